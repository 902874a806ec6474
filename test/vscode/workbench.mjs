// Driving the workbench of a running code-server in a headless browser.
import { chromium } from 'playwright-core';
import { ensureBrowser } from './machine.mjs';

/** Kinds of themes that VS Code has, each with the name of one. */
export const THEMES = {
  light: { label: 'Light Modern', kind: 'vscode-light' },
  dark: { label: 'Dark Modern', kind: 'vscode-dark' },
  'high-contrast': { label: 'Default High Contrast', kind: 'vscode-high-contrast' },
  'high-contrast-light': { label: 'Default High Contrast Light', kind: 'vscode-high-contrast-light' },
};

/** A page in a headless browser that reaches this machine only. */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: ensureBrowser(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
  return { browser, page: await browser.newPage({ viewport: { width: 1400, height: 900 } }) };
}

/**
 * The address of the workbench on a folder.
 *
 * @param extension the extension under development, @param tests the module whose run() to call in its extension host:
 *   absolute paths, for a server that was started for development
 * @param proposals whether extensions may use what VS Code only proposes yet
 */
export function workbenchAddress(server, folder, { extension, tests, proposals = false } = {}) {
  const address = new URL(server.address);
  const onServer = (file) => `vscode-remote://${address.host}${file}`;
  const payload = [
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ];
  if (extension) payload.push(['extensionDevelopmentPath', onServer(extension)]);
  if (tests) payload.push(['extensionTestsPath', onServer(tests)]);
  if (proposals) payload.push(['enableProposedApi', '']);
  address.searchParams.set('folder', folder);
  address.searchParams.set('payload', JSON.stringify(payload));
  return address.href;
}

/**
 * The document inside the panel that is showing; hidden panels that are kept stay in the page, hence `:visible`, and the
 * outputs of a notebook are a webview, too.
 */
export const panelDocument = (page) =>
  page
    .frameLocator('iframe.webview.ready[src*="extensionId=gradient-covariance."]:visible')
    .frameLocator('iframe#active-frame');

/**
 * Right-clicks a file in the Explorer and chooses an entry. The menu is filled when it opens, and extensions may register
 * later than the Explorer is drawn: so it is opened again until the entry is there.
 */
export async function chooseInExplorer(page, file, entry, patience = 60_000) {
  const row = page.locator('.explorer-folders-view .monaco-list-row', { hasText: file });
  await row.waitFor({ timeout: patience });
  const entries = page.locator('.monaco-menu .action-item');
  const wanted = entries.filter({ hasText: entry });
  for (const end = Date.now() + patience; ;) {
    await row.click({ button: 'right' });
    await entries.first().waitFor();
    if (await wanted.isVisible()) break;
    await page.keyboard.press('Escape');
    if (Date.now() > end) throw new Error(`there is no "${entry}" in the context menu of ${file}`);
    await page.waitForTimeout(500);
  }
  await page.waitForTimeout(300); // a menu of VS Code ignores the mouse when it has just opened
  await wanted.click();
  await entries.first().waitFor({ state: 'detached' });
}

/** Runs a command of the palette, and chooses an entry of the list if it offers one. */
export async function runCommand(page, command, answer) {
  const box = page.locator('.quick-input-widget');
  const entry = (text) => box.locator('.monaco-list-row', { hasText: text }).first();
  await page.keyboard.press('F1');
  await box.locator('input').first().fill(`>${command}`);
  await entry(command).click();
  if (answer === undefined) return;
  await page.waitForTimeout(300); // the list takes the place of the palette in the same box
  await page.keyboard.type(answer);
  await entry(answer).waitFor();
  await page.keyboard.press('Enter');
  await box.waitFor({ state: 'hidden' });
}
