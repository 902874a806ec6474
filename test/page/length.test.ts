import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openStage, stateOf, summaryOf } from './stage';

// A page that is read to its end: four open sections, and a line for everything else.

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Words that a reader sees: no mathematics, nothing for other senses, nothing that is folded. */
const wordsOf = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let words = 0;
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (parent === null || parent.closest('.math, [role="tooltip"], .unseen, script') !== null) continue;
      if (!parent.checkVisibility()) continue;
      words += walker.currentNode.textContent?.match(/\p{L}+/gu)?.length ?? 0;
    }
    return words;
  });

test('the report of the sample, as opened, is at most 4,000 px, 7,000 nodes and 900 words long', async () => {
  const { page, send } = await openStage(browser);
  await page.setViewportSize({ width: 1100, height: 800 });
  await send(stateOf(await summaryOf()));
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  expect({ height, nodes, words: await wordsOf(page) }).toSatisfy(
    (found: { height: number; nodes: number; words: number }) =>
      found.height <= 4000 && found.nodes <= 7000 && found.words <= 900,
  );
  expect(await page.locator('section').count()).toBe(5);
  await page.close();
});

test('what is folded is built when it is first opened, and stays open when a slider moves', async () => {
  const { page, send, complaints } = await openStage(browser);
  await send(stateOf(await summaryOf()));
  const drawer = page.locator('#agreement');
  expect(await drawer.locator('.inside').count()).toBe(0);
  await drawer.locator('summary').first().click();
  await drawer.locator('canvas').first().waitFor();
  await drawer
    .locator('canvas')
    .first()
    .evaluate((canvas) => canvas.setAttribute('data-kept', ''));
  const cards = await drawer.locator('.card').count();
  expect(cards).toBeGreaterThan(4);
  await page.locator('#input-batchSize').fill('100');
  await page.locator('#input-learningRate').fill('0.2');
  expect(await drawer.getAttribute('open')).toBe('');
  expect(await drawer.locator('canvas[data-kept]').count()).toBe(1);
  await drawer.locator('summary').first().click();
  await page.locator('#input-batchSize').fill('90');
  expect(await drawer.getAttribute('open')).toBeNull();
  expect(complaints).toEqual([]);
  await page.close();
});

test('what is unfolded stays so when the file is overwritten, and when the page is loaded anew', async () => {
  const { page, send, complaints } = await openStage(browser);
  const summary = await summaryOf();
  await send(stateOf(summary));
  const drawer = page.locator('#agreement');
  await drawer.locator('summary').first().click();
  await drawer.locator('.card').first().waitFor();
  await page.locator('#input-batchSize').fill('48');
  const open = (): Promise<string | null> => drawer.getAttribute('open');
  const scaled = summary.moments && { ...summary.moments, scatter: 4 * summary.moments.scatter };
  await send(stateOf({ ...summary, ...(scaled && { moments: scaled }) }, { run: 2 }));
  expect(await open()).toBe('');
  // the editor keeps what the page asked it to keep
  await page.reload();
  await page.waitForFunction(() => (window as unknown as { posted: object[] }).posted.length > 0);
  await send(stateOf(summary));
  expect(await open()).toBe('');
  expect(await drawer.locator('.card').count()).toBeGreaterThan(4);
  expect(await page.locator('#spectrum-more').getAttribute('open')).toBeNull();
  expect(await page.locator('#input-batchSize').inputValue()).toBe('48');
  expect(complaints).toEqual([]);
  await page.close();
});

test('a section without its file is one line with buttons, and no card without a number', async () => {
  const { page, send } = await openStage(browser);
  await send(stateOf(await summaryOf()));
  for (const id of ['fisher-hessian', 'second-dump']) {
    const row = page.locator(`#${id}`);
    expect(await row.getByRole('button').count()).toBeGreaterThan(0);
    expect((await row.boundingBox())?.height).toBeLessThan(60);
  }
  for (const value of await page.locator('.card .value').allInnerTexts()) expect(value).toMatch(/\d/);
  await page.close();
});

test('of layers and examples the more uneven is open, the other a line', async () => {
  const { page, send } = await openStage(browser);
  // one row carries nearly all of the noise, and there are no layers
  await send(stateOf(await summaryOf([[9, 1], [1, 1], [1, 2], [2, 1], [1, 1]]))); // prettier-ignore
  expect(await page.locator('section#examples').count()).toBe(1);
  expect(await page.locator('section#layers').count()).toBe(0);
  await page.close();
});

test('a long table shows its first rows, and all of them at the press of a button', async () => {
  const { page, send } = await openStage(browser);
  await send(stateOf(await summaryOf()));
  await page.locator('#examples > summary').click();
  const table = page.locator('[data-table="examples"]');
  await expect.poll(() => table.locator('tbody tr').count()).toBe(8);
  await table.getByRole('button', { name: 'All 120 rows' }).click();
  await expect.poll(() => table.locator('tbody tr').count()).toBe(120);
  await page.close();
});
