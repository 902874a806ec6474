import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { openBrowser, openStage, stateOf, summaryOf, THEMES, unfoldAll } from './stage';
import type { Theme } from './stage';

/**
 * Pictures of the sample's report, to be looked at: as opened, and with everything unfolded.
 *
 * @example npm run tool -- pictures folder light-1100
 */
async function main(): Promise<void> {
  const [folder = 'pictures', ...only] = process.argv.slice(2);
  mkdirSync(folder, { recursive: true });
  const browser = await openBrowser();
  const summary = await summaryOf();
  for (const theme of Object.keys(THEMES) as Theme[])
    for (const width of [420, 820, 1100])
      for (const state of ['opened', 'unfolded'] as const) {
        const name = `${theme.replaceAll(' ', '-')}-${width}-${state}`;
        if (only.length > 0 && !only.some((part) => name.includes(part))) continue;
        const { page, send } = await openStage(browser, { theme, width });
        await send(stateOf(summary));
        if (state === 'unfolded') await unfoldAll(page);
        // what is out of sight is drawn when it comes into sight
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height: Math.min(height, 12_000) });
        await page.waitForTimeout(400);
        await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
        await page.close();
      }
  await browser.close();
}

void main();
