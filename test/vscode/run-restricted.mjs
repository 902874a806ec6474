// The packed extension in a window that the reader does not trust: what only reads still works, and what would run code is
// refused by the command itself, which key bindings reach though no menu shows it. Writes how many steps passed to the file
// that TEST_COUNTS names.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './machine.mjs';
import { removeWorkspace, sampleWorkspace } from './sample-workspace.mjs';
import { startServer } from './server.mjs';
import { takeSteps } from './steps.mjs';
import { chooseInExplorer, openBrowser, panelDocument, workbenchAddress } from './workbench.mjs';

const DUMP = 'grad-step-000020.npy';
const PICTURES = path.join(ROOT, 'test/screenshots');
const command = 'gradientCovariance.analyzeGradients';
const folder = sampleWorkspace();
const server = await startServer({
  vsix: path.join(ROOT, 'gradient-covariance.vsix'),
  settings: { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' },
  keybindings: [
    { key: 'ctrl+alt+shift+d', command, args: { container: {}, variable: { name: 'g', evaluateName: 'g' } } },
    { key: 'ctrl+alt+shift+n', command, args: { source: 'untitled:Untitled-1.ipynb', name: 'g', expression: 'g' } },
    { key: 'ctrl+alt+shift+p', command },
  ],
});
const { browser, page } = await openBrowser();
page.setDefaultTimeout(60_000);
mkdirSync(PICTURES, { recursive: true });
const picture = (name) => page.screenshot({ path: path.join(PICTURES, `restricted-${name}.png`) });
const notice = page.locator('.notification-list-item-message');

/** Presses a key, and resolves with what is said then. */
async function said(key) {
  await page.keyboard.press('Escape');
  await page.keyboard.press(`Control+Alt+Shift+${key}`);
  await notice.first().waitFor();
  const text = await notice.first().innerText();
  await page.locator('.notification-list-item').first().hover();
  await page.locator('.notification-list-item .codicon-notifications-clear').first().click();
  await notice.first().waitFor({ state: 'detached' });
  return text;
}

const REFUSED = /^This workspace is not trusted: .* restricted mode\. Trust the workspace first/;
const refuses = (key) => async () => {
  const text = await said(key);
  if (!REFUSED.test(text)) throw new Error(`it says: ${text}`);
};

await takeSteps(
  {
    'a window that is not trusted is in restricted mode, and a dump is analyzed there': async () => {
      await page.goto(workbenchAddress(server, folder));
      await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
      await chooseInExplorer(page, DUMP, 'Analyze Gradient Dump');
      await panelDocument(page).locator('[data-metric="covariance-trace"]').filter({ hasText: /\d/ }).waitFor();
      await picture('report');
    },
    'the palette does not offer to run code there': async () => {
      const box = page.locator('.quick-input-widget');
      await page.keyboard.press('F1');
      await box.locator('input').first().fill('>Gradient Covariance: ');
      await box.locator('.monaco-list-row', { hasText: 'Show Log' }).waitFor();
      if ((await box.locator('.monaco-list-row', { hasText: /Analyze Gradients/ }).count()) > 0)
        throw new Error('it is offered');
      await page.keyboard.press('Escape');
    },
    'the command for a variable of a stopped program refuses by itself': refuses('d'),
    'the command for a variable of a notebook refuses by itself': refuses('n'),
    'the command without anything clicked refuses by itself': refuses('p'),
    'once the reader trusts the workspace, the command looks for a program': async () => {
      await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).click();
      await page.getByRole('button', { name: 'Trust', exact: true }).first().click();
      await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor({ state: 'detached' });
      await page.keyboard.press('Control+w');
      const text = await said('d');
      if (!/^No Python program is stopped here: /.test(text)) throw new Error(`it says: ${text}`);
    },
  },
  (number) => picture(`failed-${number}`),
  'there is no window',
);
await browser.close();
await server.stop();
removeWorkspace(folder);
