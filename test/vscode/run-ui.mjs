// What a user does, in the packed extension: right-click a dump, read, hover, move an input, overwrite the dump, reload the
// window. Pictures of it stay in test/screenshots. Writes how many steps passed to the file that TEST_COUNTS names.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './machine.mjs';
import { sampleWorkspace } from './sample-workspace.mjs';
import { startServer } from './server.mjs';
import { chooseInExplorer, openBrowser, panelDocument, runCommand, workbenchAddress } from './workbench.mjs';

const DUMP = 'grad-step-000020.npy';
const PICTURES = path.join(ROOT, 'test/screenshots');
const THEMES = {
  light: { theme: 'Light Modern', kind: 'vscode-light' },
  dark: { theme: 'Dark Modern', kind: 'vscode-dark' },
  'high-contrast': { theme: 'Default High Contrast', kind: 'vscode-high-contrast' },
  'high-contrast-light': { theme: 'Default High Contrast Light', kind: 'vscode-high-contrast-light' },
};

rmSync(PICTURES, { recursive: true, force: true });
mkdirSync(PICTURES, { recursive: true });
const folder = sampleWorkspace();
const server = await startServer({ vsix: path.join(ROOT, 'gradient-covariance.vsix') });
const { browser, page } = await openBrowser();
page.setDefaultTimeout(20_000);
const complaints = [];
page.on('console', (message) => {
  if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
});
page.on('pageerror', (error) => complaints.push(String(error)));

const panel = panelDocument(page);
const card = (id) => panel.locator(`[data-metric="${id}"]`);
const batchSize = panel.getByRole('spinbutton', { name: /batch size/i });
const tooltip = panel.locator('[role="tooltip"]:visible');
const picture = (name) => page.screenshot({ path: path.join(PICTURES, `${name}.png`) });

/** Waits until a card reads differently than before. */
async function changed(id, before) {
  for (const end = Date.now() + 20_000; Date.now() < end; await page.waitForTimeout(50))
    if ((await card(id).innerText()) !== before) return;
  throw new Error(`the card still reads ${JSON.stringify(before)} after 20 s`);
}

const STEPS = {
  'a right-click on a dump in the Explorer opens its report': async () => {
    await page.goto(workbenchAddress(server, folder));
    await chooseInExplorer(page, DUMP, 'Analyze Gradient Dump');
    await card('covariance-trace').filter({ hasText: /\d/ }).waitFor({ timeout: 60_000 });
  },

  'hovering a card explains it, and Escape closes the explanation': async () => {
    await card('covariance-trace').hover();
    await tooltip.waitFor();
    await picture('tooltip');
    await page.keyboard.press('Escape');
    await tooltip.waitFor({ state: 'hidden' });
  },

  'another batch size changes what depends on it, and not what was measured': async () => {
    const measured = await card('covariance-trace').innerText();
    const derived = await card('batch-covariance-trace').innerText();
    await batchSize.fill('60');
    await changed('batch-covariance-trace', derived);
    if ((await card('covariance-trace').innerText()) !== measured) throw new Error('the covariance trace changed, too');
  },

  'a dump that is overwritten is analyzed again, and the input stays': async () => {
    const before = await card('covariance-trace').innerText();
    const bytes = readFileSync(path.join(folder, DUMP));
    const start = 10 + bytes.readUInt16LE(8);
    for (let at = start; at < bytes.length; at += 4) bytes.writeFloatLE(3 * bytes.readFloatLE(at), at);
    writeFileSync(path.join(folder, DUMP), bytes);
    await changed('covariance-trace', before);
    if ((await batchSize.inputValue()) !== '60') throw new Error('the batch size was lost');
  },

  'a window that is reloaded shows the report again, with its input': async () => {
    await page.waitForTimeout(7000); // a browser's workbench keeps what it has opened every five seconds
    await page.reload();
    await card('covariance-trace').filter({ hasText: /\d/ }).waitFor({ timeout: 60_000 });
    if ((await batchSize.inputValue()) !== '60') throw new Error('the batch size was lost');
  },

  ...Object.fromEntries(
    Object.entries(THEMES).map(([name, { theme, kind }]) => [
      `the report follows the theme: ${name}`,
      async () => {
        await runCommand(page, 'Preferences: Color Theme', theme);
        await panel.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
        await page.waitForTimeout(500); // for the last frame of the charts
        await picture(name);
      },
    ]),
  ),

  'a narrow report does not scroll sideways': async () => {
    await page.keyboard.press('Control+b'); // hides the Explorer
    await page.setViewportSize({ width: 480, height: 900 });
    await page.waitForTimeout(500);
    await picture('narrow');
    const overflow = await panel.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
    if (overflow > 0) throw new Error(`the report is ${overflow} px wider than its panel`);
  },

  'nothing was refused by the content security policy, and nothing was thrown': () => {
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  },
};

const counts = { passed: 0, failed: 0, skipped: [] };
for (const [title, step] of Object.entries(STEPS)) {
  if (counts.passed === 0 && counts.failed > 0) {
    counts.skipped.push(`${title}: there is no report`);
    continue;
  }
  const started = Date.now();
  try {
    await step();
    counts.passed++;
    console.log(`  ✔ ${title} (${Date.now() - started} ms)`);
  } catch (error) {
    counts.failed++;
    console.log(`  ✘ ${title}\n${error.stack}`);
    await picture(`failed-${counts.failed}`);
  }
}
await browser.close();
await server.stop();
rmSync(folder, { recursive: true, force: true });
if (process.env.TEST_COUNTS) writeFileSync(process.env.TEST_COUNTS, JSON.stringify(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;
