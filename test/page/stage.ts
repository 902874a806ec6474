import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { analyze } from '../../src/analysis/analyze';
import { pageHtml } from '../../src/host/page';
import type { HostMessage, PageMessage, PanelState } from '../../src/shared/protocol';
import { suggestedSettings } from '../../src/shared/settings';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';

/** The real page in a real browser, under the host's own HTML and policy, with a stand-in for the editor. */
export interface Stage {
  readonly page: Page;
  readonly send: (message: HostMessage) => Promise<void>;
  readonly posted: () => Promise<readonly PageMessage[]>;
  /** Violations of the content security policy, errors of the page, requests that left the extension. */
  readonly complaints: readonly string[];
}

export const THEMES = {
  light: 'vscode-light',
  dark: 'vscode-dark',
  'high contrast': 'vscode-high-contrast',
  'high contrast light': 'vscode-high-contrast vscode-high-contrast-light',
};
export type Theme = keyof typeof THEMES;

const ORIGIN = 'https://page.test';
const BUILT = path.resolve('dist/webview');

/** What VS Code gives a webview: the function to acquire, and the variables of the theme. */
const EDITOR = `
  const posted = [];
  let kept = JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined;
  window.posted = posted;
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective + ' ' + event.blockedURI));
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => posted.push(message),
    getState: () => kept,
    setState: (state) => { kept = state; sessionStorage.setItem('state', JSON.stringify(state)); },
  });`;

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });

export async function openStage(
  browser: Browser,
  { theme = 'light', width = 1100 }: { theme?: Theme; width?: number } = {},
): Promise<Stage> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  page.setDefaultTimeout(50_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const html = pageHtml({ cspSource: ORIGIN, script: `${ORIGIN}/main.js`, style: `${ORIGIN}/main.css` });
  await page.route('**/*', async (route) => {
    const { origin, pathname } = new URL(route.request().url());
    if (origin !== ORIGIN) {
      complaints.push(`a request left: ${route.request().url()}`);
      await route.abort();
    } else if (pathname === '/') await route.fulfill({ contentType: 'text/html', body: html });
    else await route.fulfill({ path: path.join(BUILT, pathname) });
  });
  await page.addInitScript(EDITOR);
  const themes = readFileSync('test/page/themes.css', 'utf8');
  await page.addInitScript(
    ({ css, classes }) => {
      document.addEventListener('DOMContentLoaded', () => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(css);
        document.adoptedStyleSheets = [sheet];
        document.body.className = classes;
      });
    },
    { css: themes, classes: THEMES[theme] },
  );
  await page.goto(`${ORIGIN}/`);
  await page.waitForFunction(() => (window as unknown as Editor).posted.some(({ kind }) => kind === 'ready'));
  return {
    page,
    complaints,
    send: async (message) => {
      await page.evaluate(deliver, encoded(message));
      // two frames: one to lay out, one to draw
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      complaints.push(...(await page.evaluate(() => (window as unknown as Editor).violations.splice(0))));
    },
    posted: () => page.evaluate(() => (window as unknown as Editor).posted),
  };
}

interface Editor {
  readonly posted: PageMessage[];
  readonly violations: string[];
}

/** Typed arrays do not survive the way of a test into the browser; VS Code keeps them. */
function encoded(value: unknown): unknown {
  if (value instanceof Float64Array)
    return { typed: [...value].map((number) => (Number.isNaN(number) ? 'NaN' : number)) };
  if (Array.isArray(value)) return value.map(encoded);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encoded(item)]));
  return value;
}

function deliver(message: unknown): void {
  const decode = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object') return value;
    if ('typed' in value) return Float64Array.from(value.typed as number[]);
    if (Array.isArray(value)) return value.map(decode);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
  };
  window.dispatchEvent(new MessageEvent('message', { data: decode(message) }));
}

/** Unfolds everything, also what comes into being by it. */
export async function unfoldAll(page: Page): Promise<void> {
  for (;;) {
    const folded = await page.locator('details:not([open])').evaluateAll((all) => {
      for (const each of all) (each as HTMLDetailsElement).open = true;
      return all.length;
    });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    if (folded === 0) return;
  }
}

/** The summary of a dump: the shipped sample, or what is given in JSON: rows, or an object with metadata. */
export async function summaryOf(content?: object): Promise<DumpSummary> {
  const bytes = content && new TextEncoder().encode(JSON.stringify(content));
  return analyze(
    {
      paths: [path.resolve(bytes ? 'grad.json' : 'media/sample/grad-step-000020.npy')],
      ...(bytes && { bytes }),
      memoryBudget: 350 * 2 ** 20,
      cancelFlag: new SharedArrayBuffer(4),
    },
    () => undefined,
  );
}

export function stateOf(
  summary: DumpSummary,
  more: Partial<PanelState> & { readonly settings?: Settings } = {},
): HostMessage {
  const { dump } = summary;
  return {
    kind: 'state',
    state: {
      run: 1,
      path: `file://${dump.path}`,
      fileName: dump.name,
      phase: 'done',
      summary,
      settings: suggestedSettings(dump),
      updated: Date.UTC(2026, 0, 1, 12),
      ...more,
    },
  };
}
