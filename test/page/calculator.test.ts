import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { suggestedSettings } from '../../src/shared/settings';
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
});
afterEach(async () => {
  expect(stage.complaints).toEqual([]);
  await page.close();
});

async function open(nth: number): Promise<void> {
  await page.locator('#calculators > summary').click();
  await page.locator('#calculators .calculator > summary').nth(nth).click();
}
const answer = (): Promise<string> => page.locator('#calculators .calculator .answer').first().innerText();
const field = (name: string) => page.getByRole('spinbutton', { name, exact: true });

test('typed squared norms give their own noise scale, and a size that is none says so', async () => {
  await stage.send(stateOf(await summaryOf()));
  await open(0);
  await field('The smaller batch size').fill('1');
  await field('The squared norm of the smaller batch').fill('20');
  await field('The larger batch size').fill('2');
  await field('The squared norm of the larger batch').fill('19');
  expect(await answer()).toContain('equal at 0.111 examples');
  await field('The larger batch size').fill('2.5');
  expect(await answer()).toBe('The larger batch size is a whole number of at least 1.');
  expect(await field('The larger batch size').getAttribute('aria-invalid')).toBe('true');
});

test('the temperature of the odds follows the settings until the reader types one', async () => {
  const summary = await summaryOf();
  const settings = suggestedSettings(summary.dump);
  const { learningRate = 0 } = settings;
  await stage.send(stateOf(summary, { settings }));
  await open(1);
  const temperature = field('The Gibbs temperature');
  const before = Number(await temperature.inputValue());
  await page.locator('#input-learningRate').fill(String(2 * learningRate));
  expect(Number(await temperature.inputValue()) / before).toBeCloseTo(2, 2);
  await temperature.fill('0.5');
  await page.locator('#input-learningRate').fill(String(learningRate));
  expect(await temperature.inputValue()).toBe('0.5');
});
