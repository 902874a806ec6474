import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openBrowser, openStage, stateOf, summaryOf } from './stage';
import type { Stage } from './stage';

let browser: Browser;
let stage: Stage;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  stage = await openStage(browser);
  ({ page } = stage);
  await stage.send(stateOf(await summaryOf()));
  await page.locator('#calculators > summary').click();
  await page.locator('.four-gradients summary').click();
  await page.locator('.four-gradients canvas').waitFor();
});
afterEach(async () => {
  expect(stage.complaints).toEqual([]);
  await page.close();
});

const formulas = (): Promise<string> => page.locator('.four-gradients .formulas').innerText();
const finding = (): Promise<string> => page.locator('.four-gradients .finding').innerText();
const field = (name: string) => page.getByRole('spinbutton', { name });

test('dragging a gradient moves it, its coordinates, the covariance and the sentence', async () => {
  const before = { formulas: await formulas(), finding: await finding() };
  const canvas = page.locator('.four-gradients canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = (await canvas.boundingBox())!;
  // the mark of gradient 3 is found by its own coordinates: the read-out names the point under the pointer
  const found = await markOf('gradient 3', box);
  await page.mouse.move(box.x + found.x, box.y + found.y);
  await page.mouse.down();
  await page.mouse.move(box.x + found.x + 10, box.y + found.y - 10);
  await page.mouse.move(box.x + found.x + 40, box.y + found.y - 30);
  await page.mouse.up();
  expect(Number(await field('Gradient 3 along parameter 1').inputValue())).toBeGreaterThan(4.3);
  expect(Number(await field('Gradient 3 along parameter 2').inputValue())).toBeGreaterThan(4.2);
  expect(Number(await field('Gradient 1 along parameter 1').inputValue())).toBe(2);
  expect(await formulas()).not.toBe(before.formulas);
  expect(await finding()).not.toBe(before.finding);
});

async function markOf(
  name: string,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
) {
  for (let y = 30; y < box.height; y += 24)
    for (let x = 60; x < box.width; x += 24) {
      await page.mouse.move(box.x + x, box.y + y);
      if ((await page.locator('.four-gradients .readout').innerText()).startsWith(name)) return { x, y };
    }
  throw new Error(`${name} is not in the picture`);
}

test('typing a coordinate does the same without a pointer, and what is no number changes nothing', async () => {
  const before = await formulas();
  await field('Gradient 1 along parameter 1').fill('');
  expect(await formulas()).toBe(before);
  await field('Gradient 1 along parameter 1').fill('0');
  expect(await formulas()).not.toBe(before);
  expect(await finding()).toContain('along the wider axis');
});

test('a set to begin with is pressed as long as the gradients are its own', async () => {
  const far = page.getByRole('button', { name: 'Twice as far out' });
  await far.click();
  expect(await far.getAttribute('aria-pressed')).toBe('true');
  expect(await field('Gradient 3 along parameter 2').inputValue()).toBe('5');
  await field('Gradient 3 along parameter 2').fill('6');
  expect(await far.getAttribute('aria-pressed')).toBe('false');
});
