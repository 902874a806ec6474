import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { HostMessage } from '../../src/shared/protocol';
import { DUMPS } from './dumps';
import { runsOf, runState } from './runs';
import { openBrowser, openStage, stateOf, THEMES, unfoldAll } from './stage';
import type { Theme } from './stage';

const WIDTHS = [420, 820, 1100];

/** What is photographed: a page with little in its metadata, one with much, and one of a training run. */
const PAGES: Readonly<Record<string, () => Promise<HostMessage>>> = {
  sample: async () => stateOf(await DUMPS['the sample']!()),
  labelled: async () => stateOf(await DUMPS['labels, losses and layers']!()),
  run: async () => runsOf([await runState()]),
};

/**
 * Pictures to be looked at, of every section and of every line of it that unfolds, at three widths in four themes: the page as
 * it is opened, and each part by itself. They are called page-theme-width-part.png.
 *
 * @example npm run tool -- pictures test/screenshots sample-light-1100 hc-420-spectrum
 */
async function main(): Promise<void> {
  const [folder = 'test/screenshots', ...only] = process.argv.slice(2);
  mkdirSync(folder, { recursive: true });
  const browser = await openBrowser();
  for (const [name, message] of Object.entries(PAGES))
    for (const theme of Object.keys(THEMES) as Theme[])
      for (const width of WIDTHS) {
        const begin = `${name}-${theme.replace('high contrast', 'hc').replaceAll(' ', '-')}-${width}`;
        const wanted = (part: string): boolean =>
          only.length === 0 || only.some((each) => `${begin}-${part}`.includes(each));
        // a filter may name a part that is known only when the page is there
        if (only.length > 0 && !only.some((each) => each.includes(begin) || begin.includes(each))) continue;
        const { page, send } = await openStage(browser, { theme, width });
        await send(await message());
        if (wanted('opened')) {
          await drawn(page, width);
          await page.screenshot({ path: path.join(folder, `${begin}-opened.png`), fullPage: true });
        }
        await unfoldAll(page);
        await drawn(page, width);
        for (const part of await page.locator('section[id], .drawer[id]').all()) {
          const id = (await part.getAttribute('id')) ?? '';
          if (id !== 'more-findings' && wanted(id))
            await part.screenshot({ path: path.join(folder, `${begin}-${id}.png`) });
        }
        await page.close();
      }
  await browser.close();
}

/** What is out of sight is drawn when it comes into sight. */
async function drawn(page: Page, width: number): Promise<void> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.min(height, 12_000) });
  await page.waitForTimeout(400);
}

void main();
