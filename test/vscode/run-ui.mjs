// What a user does, in the packed extension: right-click a dump, read, hover, move an input, overwrite the dump, reload the
// window. Pictures of it stay in test/screenshots. Writes how many steps passed to the file that TEST_COUNTS names.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './machine.mjs';
import { removeWorkspace, sampleWorkspace } from './sample-workspace.mjs';
import { startServer } from './server.mjs';
import { takeSteps } from './steps.mjs';
import { chooseInExplorer, openBrowser, panelDocument, runCommand, THEMES, workbenchAddress } from './workbench.mjs';

const DUMP = 'grad-step-000020.npy';
const PICTURES = path.join(ROOT, 'test/screenshots');

rmSync(PICTURES, { recursive: true, force: true });
mkdirSync(PICTURES, { recursive: true });
const folder = sampleWorkspace();
const server = await startServer({ vsix: path.join(ROOT, 'gradient-covariance.vsix') });
const { browser, page } = await openBrowser();
page.setDefaultTimeout(60_000);
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

/** What a card says, as a number; waits for it. */
async function numberOn(id) {
  await card(id).filter({ hasText: /\d/ }).waitFor({ timeout: 60_000 });
  return Number.parseFloat(/\d[\d,]*(\.\d+)?/.exec(await card(id).innerText())[0].replaceAll(',', ''));
}

/** Waits until a card shows a number, to the digits it shows. */
async function shows(id, wanted) {
  let shown;
  for (const end = Date.now() + 60_000; Date.now() < end; await page.waitForTimeout(50)) {
    shown = await numberOn(id);
    if (Math.abs(shown / wanted - 1) < 0.005) return;
  }
  throw new Error(`${id} shows ${shown} instead of ${wanted}`);
}

async function staysAtBatchSize(wanted) {
  const value = await batchSize.inputValue();
  if (value !== String(wanted)) throw new Error(`the batch size is ${value} instead of ${wanted}`);
}

/** What the command line says of the same dump, or of another. */
const metricsAt = (...settings) => metricsOf(DUMP, ...settings);
function metricsOf(dump, ...settings) {
  const args = ['dist/cli.js', 'analyze', path.join(folder, dump), '--json', ...settings];
  const { metrics } = JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }));
  return { trace: metrics['covariance-trace'].value, batchTrace: metrics['batch-covariance-trace'].value };
}

function overwriteTimes(factor) {
  const bytes = readFileSync(path.join(folder, DUMP));
  const start = 10 + bytes.readUInt16LE(8);
  for (let at = start; at < bytes.length; at += 4) bytes.writeFloatLE(factor * bytes.readFloatLE(at), at);
  writeFileSync(path.join(folder, DUMP), bytes);
}

const STEPS = {
  'a right-click on a dump in the Explorer opens its report, with the numbers of the command line': async () => {
    await page.goto(workbenchAddress(server, folder));
    await chooseInExplorer(page, DUMP, 'Analyze Gradient Dump');
    const { trace, batchTrace } = metricsAt();
    await shows('covariance-trace', trace);
    await shows('batch-covariance-trace', batchTrace);
    await picture('report'); // the README shows a copy, media/screenshot.png
  },

  'hovering a card explains it, and Escape closes the explanation': async () => {
    await card('covariance-trace').hover();
    await tooltip.waitFor();
    await picture('tooltip');
    await page.keyboard.press('Escape');
    await tooltip.waitFor({ state: 'hidden' });
  },

  'the spectrum is a click away, drawn, and said in words': async () => {
    await panel.getByRole('link', { name: 'Spectrum' }).click();
    const plot = panel.locator('[data-plot="eigen-spectrum"]');
    await plot.scrollIntoViewIfNeeded();
    await picture('spectrum');
    const summary = await plot.getByRole('img').first().getAttribute('aria-label');
    if (!/\d/.test(summary ?? '')) throw new Error(`its summary is ${JSON.stringify(summary)}`);
  },

  'another batch size changes what depends on it, and not what was measured': async () => {
    await batchSize.fill('60');
    const { trace, batchTrace } = metricsAt('--batch-size', '60');
    await shows('batch-covariance-trace', batchTrace);
    await shows('covariance-trace', trace);
  },

  'a dump that is overwritten with gradients three times as long is analyzed again, and the input stays': async () => {
    const before = metricsAt();
    overwriteTimes(3);
    await shows('covariance-trace', 9 * before.trace);
    await staysAtBatchSize(60);
  },

  'a report that is hidden while its dump is overwritten has the new numbers when it is shown again': async () => {
    const before = metricsAt();
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: '.meta.json' }).dblclick();
    await panel.locator('main').waitFor({ state: 'detached' });
    overwriteTimes(2);
    await page.waitForTimeout(1500);
    await page.locator('.tabs-container .tab', { hasText: DUMP }).click();
    await shows('covariance-trace', 4 * before.trace);
    await staysAtBatchSize(60);
  },

  'a window that is reloaded shows the report again, with its input': async () => {
    const { trace } = metricsAt();
    await page.waitForTimeout(7000); // a browser's workbench keeps what it has opened every five seconds
    await page.reload();
    await shows('covariance-trace', trace);
    await staysAtBatchSize(60);
  },

  ...Object.fromEntries(
    Object.entries(THEMES).map(([name, { label, kind }]) => [
      `the report follows the theme: ${name}`,
      async () => {
        await runCommand(page, 'Preferences: Color Theme', label);
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

  'a dump that does not say how large its data set is asks, follows the answer, and writes it next to the dump':
    async () => {
      await page.setViewportSize({ width: 1400, height: 900 });
      await page.keyboard.press('Control+b');
      copyFileSync(path.join(folder, DUMP), path.join(folder, 'unknown.npy'));
      await chooseInExplorer(page, 'unknown.npy', 'Analyze Gradient Dump');
      await panel.getByText('What is each of these 120 rows?').waitFor();
      await shows('covariance-trace', metricsOf('unknown.npy').trace);
      await picture('question');
      await panel.getByRole('button', { name: 'One example; these are all' }).click();
      await shows('covariance-trace', metricsOf('unknown.npy', '--convention', 'population').trace);
      await panel.getByRole('button', { name: 'Write to sidecar' }).click();
      const sidecar = path.join(folder, 'unknown.meta.json');
      for (const end = Date.now() + 30_000; Date.now() < end && !existsSync(sidecar);) await page.waitForTimeout(50);
      const written = JSON.parse(readFileSync(sidecar, 'utf8'));
      if (written.convention !== 'population' || written.rows !== 'example')
        throw new Error(`the sidecar says ${JSON.stringify(written)}`);
      // what it says is read like any metadata: the offer is gone
      await panel.getByRole('button', { name: 'Write to sidecar' }).waitFor({ state: 'detached' });
    },

  'a dict of per-example gradients, as torch.save wrote it, opens with its layers': async () => {
    const { read } = JSON.parse(readFileSync(path.join(ROOT, 'test/formats/written-by-pytorch.json'), 'utf8'));
    const { file } = read['the gradients of each example of a ReLU network, by name, as Opacus keeps them'];
    writeFileSync(path.join(folder, 'grad_sample.pt'), Buffer.from(file, 'base64'));
    await chooseInExplorer(page, 'grad_sample.pt', 'Analyze Gradient Dump');
    await panel
      .getByText(/\d+ rows? × [\d,]+ parameters|\d+ examples? × [\d,]+ parameters/)
      .first()
      .waitFor();
    await shows('covariance-trace', metricsOf('grad_sample.pt').trace);
    await picture('pytorch');
  },

  'two selected dumps are asked about, and become one report': async () => {
    for (const name of ['rank0.npy', 'rank1.npy']) copyFileSync(path.join(folder, DUMP), path.join(folder, name));
    const row = (name) => page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
    // the Explorer forgets a selection when it lists the new files a moment later
    const both = page.locator('.explorer-folders-view .monaco-list-row.selected', { hasText: /rank[01]\.npy/ });
    for (
      const end = Date.now() + 30_000;
      Date.now() < end && (await both.count()) < 2;
      await page.waitForTimeout(300)
    ) {
      await row('rank0.npy').click();
      await row('rank1.npy').click({ modifiers: ['Control'] });
      await page.waitForTimeout(500);
    }
    await chooseInExplorer(page, 'rank1.npy', 'Analyze Gradient Dump');
    const answer = page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Rows under one another' });
    await answer.waitFor();
    await page.waitForTimeout(300);
    await picture('layout');
    await answer.click();
    await panel.getByText('What is each of these 240 rows?').waitFor();
    await picture('joined');
  },

  'a metadata file is marked where it contradicts its dump': async () => {
    writeFileSync(path.join(folder, 'rank0.meta.json'), '{\n  "batchSize": 32,\n  "losses": [2.3, 2.1]\n}\n');
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'rank0.meta.json' }).dblclick();
    await page.locator('.squiggly-error').first().waitFor();
    // the mark lies behind the text
    await page
      .locator('.view-lines span', { hasText: /^"losses"$/ })
      .last()
      .hover();
    await page.locator('.monaco-hover', { hasText: '2 entries, the dump has 120 rows' }).first().waitFor();
    await picture('sidecar');
  },

  'nothing was refused by the content security policy, and nothing was thrown': async () => {
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  },
};

await takeSteps(STEPS, (number) => picture(`failed-${number}`), 'there is no report');
await browser.close();
await server.stop();
removeWorkspace(folder);
