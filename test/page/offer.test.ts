import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import type { DumpSummary } from '../../src/shared/summary';
import { openBrowser, openStage, stateOf, summaryOf } from './stage';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** As of a dump that is too large to be shuffled without asking. */
async function large(): Promise<DumpSummary> {
  const { resampling: _, ...summary } = await summaryOf();
  return { ...summary, dump: { ...summary.dump, parameters: 1_000_000 } };
}

test('where shuffling was left out a button offers it with its time, and waits while an analysis runs', async () => {
  const { page, send, posted, complaints } = await openStage(browser);
  const summary = await large();
  await send(stateOf(summary));
  const offer = page.locator('#spectrum .offer');
  // 19 shuffles of 120 × 1,000,000 numbers, each with 120 products
  expect(await offer.innerText()).toMatch(/about 50 seconds/);
  await offer.getByRole('button').click();
  expect(await posted()).toContainEqual({ kind: 'resample' });
  await send(stateOf(summary, { run: 2, phase: 'analyzing' }));
  expect(await offer.getByRole('button').isDisabled()).toBe(true);
  await send(stateOf(await summaryOf(), { run: 2 }));
  expect(await offer.count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.close();
});

test('a companion is chosen by a button that names its kind only, and can be left out again', async () => {
  const { page, send, posted, complaints } = await openStage(browser);
  const summary = await summaryOf();
  await send(stateOf(summary));
  await page.locator('#fisher-hessian').getByRole('button', { name: 'Hessian…' }).click();
  expect(await posted()).toContainEqual({ kind: 'choose-companion', companion: 'hessian' });
  const problem = { code: 'file/missing', found: 'There is no file of this name', remedy: 'Choose another.' } as const;
  await send(stateOf({ ...summary, companions: { hessian: { path: '/run/<b>h</b>.npy', problem } } }, { run: 2 }));
  await page.locator('#fisher-hessian > summary').click();
  const offer = page.locator('#fisher-hessian .offer');
  expect(await offer.innerText()).toContain('Hessian: b>.npy (not used: There is no file of this name)');
  await offer.getByRole('button', { name: 'Without Hessian' }).click();
  expect(await posted()).toContainEqual({ kind: 'drop-companion', companion: 'hessian' });
  expect(complaints).toEqual([]);
  await page.close();
});
