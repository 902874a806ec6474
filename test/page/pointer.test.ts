import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openStage, stateOf, summaryOf } from './stage';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

test('a plot answers anywhere between its axes, with whole batch sizes, and the plot below follows', async () => {
  const { page, send, complaints } = await openStage(browser);
  await send(stateOf(await summaryOf()));
  const upper = page.locator('[data-plot="batch-norm"]');
  const lower = page.locator('[data-plot="scaling-rules"]');
  await upper.scrollIntoViewIfNeeded();
  const box = (await upper.locator('canvas').boundingBox())!;
  // far from every curve
  await page.mouse.move(box.x + 0.7 * box.width, box.y + 60);
  await upper.locator('.tag').waitFor();
  expect(await upper.locator('.tag b').innerText()).toMatch(/^batch size B [\d,]+$/);
  expect(await upper.locator('.dot').count()).toBeGreaterThan(0);
  expect(await lower.locator('.hair').count()).toBe(1);
  expect(await lower.locator('.tag b').count()).toBe(0);
  const [a, b] = [await upper.locator('.hair').boundingBox(), await lower.locator('.hair').boundingBox()];
  expect(Math.abs((a?.x ?? 0) - (b?.x ?? 99))).toBeLessThan(1);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.mouse.move(5, 5);
  expect(await page.locator('.hair').count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(height);
  expect(complaints).toEqual([]);
  await page.close();
});

test('the batch size is dragged in the plot by its handle, by its line, and moved by keys', async () => {
  const { page, send, complaints } = await openStage(browser);
  await send(stateOf(await summaryOf()));
  const batchSize = async (): Promise<number> => Number(await page.locator('#input-batchSize').inputValue());
  const handle = page.getByRole('slider', { name: 'Batch size, in the plot' });
  await handle.focus();
  await handle.press('ArrowRight');
  expect(await batchSize()).toBe(33);
  await handle.press('PageUp');
  expect(await batchSize()).toBe(330);
  expect(await handle.getAttribute('aria-valuenow')).toBe('330');
  await handle.scrollIntoViewIfNeeded();
  const knob = (await handle.boundingBox())!;
  await page.mouse.move(knob.x + knob.width / 2, knob.y + 8);
  await page.mouse.down();
  await page.mouse.move(knob.x + knob.width / 2 - 60, knob.y + 8);
  await page.mouse.up();
  const dragged = await batchSize();
  expect(dragged).toBeLessThan(330);
  // and by its line in the plot below
  const canvas = page.locator('[data-plot="scaling-rules"] canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = (await canvas.boundingBox())!;
  const left = box.x + 44;
  const width = box.width - 44 - 18;
  const at = left + (width * Math.log(dragged)) / Math.log(1500);
  await page.mouse.move(at, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(at + 50, box.y + 80);
  await page.mouse.up();
  expect(await batchSize()).toBeGreaterThan(dragged);
  expect(complaints).toEqual([]);
  await page.close();
});
