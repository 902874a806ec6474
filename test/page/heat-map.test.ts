import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { openBrowser, openStage, stateOf, summaryOf } from './stage';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

test('a cell of the cosines is read out by keys and under the pointer, and the matrix is square', async () => {
  const { page, send, complaints } = await openStage(browser);
  await send(stateOf(await summaryOf()));
  await page.locator('#examples > summary').click();
  const figure = page.locator('[data-plot="example-cosines"]');
  await figure.scrollIntoViewIfNeeded();
  await figure.locator('.canvases').press('ArrowRight');
  // two rows a cell: 120 are more than 64
  await expect
    .poll(() => figure.locator('.readout').innerText())
    .toMatch(/^places 0 to 1 and places 0 to 1: cosine 0\.\d+$/);
  const box = (await figure.locator('canvas').boundingBox())!;
  expect(Math.abs(box.width - box.height)).toBeLessThan(20);
  // the middle of the square is on the diagonal, where a block agrees with itself
  await page.mouse.move(box.x + 44 + (box.width - 62) / 2, box.y + 20 + (box.height - 56) / 2);
  await expect
    .poll(() => figure.locator('.readout').innerText())
    .toMatch(/^places \d+ to \d+ and places \d+ to \d+: cosine/);
  expect(complaints).toEqual([]);
  await page.close();
});
