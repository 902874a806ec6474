import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import AxeBuilder from 'axe-core';
import type { Browser } from 'playwright-core';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { openBrowser, openStage, stateOf, summaryOf, THEMES } from './stage';
import type { Theme } from './stage';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** The sample dump, as if nobody had said how large its data set is. */
async function unknown(): Promise<DumpSummary> {
  const summary = await summaryOf();
  const { datasetSize: _, ...metadata } = summary.dump.metadata;
  return { ...summary, dump: { ...summary.dump, metadata } };
}

/** The same, as if nobody had said what a row is either. */
async function unstated(): Promise<DumpSummary> {
  const summary = await unknown();
  const { rows: _, ...metadata } = summary.dump.metadata;
  return { ...summary, dump: { ...summary.dump, metadata } };
}

describe('a dump that does not say how large its data set is', () => {
  test('asks whether its rows are all training data, shows what either answer means, and follows it', async () => {
    const { page, send, posted, complaints } = await openStage(browser);
    await send(stateOf(await unknown()));
    const question = page.locator('#glance .question');
    expect(await question.innerText()).toContain('Are these 120 rows all your training data?');
    expect(await question.locator('.answers > div').count()).toBe(2);
    // until then the numbers are those of a sample
    expect(await page.locator('[data-metric="covariance-trace"] .note').innerText()).toMatch(/…/);
    const sampler = page.locator('select[name="replacement"]');
    expect(await sampler.isDisabled()).toBe(true);

    const verdict = await question.locator('.answers > div').first().locator('p').first().innerText();
    await question.getByRole('button', { name: 'Yes, all of it' }).click();
    expect(await question.count()).toBe(0);
    expect(await page.locator('#glance p.verdict').innerText()).toBe(verdict);
    expect(await page.locator('[data-metric="covariance-trace"] .note').innerText()).toBe('exact for these rows');
    expect(await sampler.isDisabled()).toBe(false);
    const settings = (await posted()).flatMap((message) => (message.kind === 'settings' ? [message.settings] : []));
    expect(settings.at(-1)).toMatchObject({ convention: 'population', conventionFrom: 'answer', datasetSize: 120 });

    await page.locator('#glance .offer').getByRole('button', { name: 'Write to sidecar' }).click();
    expect(await posted()).toContainEqual({ kind: 'write-sidecar' });

    // and the other way, at the switch
    await page.getByText('Sample', { exact: true }).click();
    expect(await page.locator('#glance p.verdict').innerText()).toContain('cannot tell');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('asks what each row is where nothing says so, and takes a mean with the number that is typed', async () => {
    const { page, send, posted, complaints } = await openStage(browser);
    await send(stateOf(await unstated()));
    const question = page.locator('#glance .question');
    expect(await question.innerText()).toContain('What is each of these 120 rows?');
    expect(await question.locator('.answers > div').count()).toBe(4);
    expect(await page.locator('header .facts').innerText()).toContain('120 rows');
    expect(await page.locator('#glance').innerText()).toContain('if each row is one example');
    const size = question.getByRole('spinbutton', { name: 'Examples that one row averages' });
    expect(await size.inputValue()).toBe('32');
    const single = await page.locator('[data-metric="covariance-trace"] .value').first().innerText();
    await size.fill('');
    await question.getByRole('button', { name: 'The mean of several examples' }).click();
    expect(await question.count()).toBe(1);
    await size.fill('16');
    await size.press('Enter');
    expect(await question.count()).toBe(0);
    expect(await page.locator('header .facts').innerText()).toContain('120 means of 16 examples');
    expect(await page.locator('[data-metric="covariance-trace"] .value').first().innerText()).not.toBe(single);
    const settings = (await posted()).flatMap((message) => (message.kind === 'settings' ? [message.settings] : []));
    expect(settings.at(-1)).toMatchObject({ convention: 'sample', rows: { meanOf: 16 } });
    expect(await page.locator('#glance .offer').innerText()).toContain('average 16 examples each');
    // the answer can be changed later
    await page.locator('select[name="row-kind"]').selectOption('step');
    expect(await page.locator('#glance p.verdict').innerText()).toContain('do not show the noise at any one point');
    expect(await page.locator('#spectrum').count()).toBe(0);
    await page.locator('select[name="row-kind"]').selectOption('example');
    expect(await page.locator('header .facts').innerText()).toContain('120 examples');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('takes a size that is typed for an answer', async () => {
    const { page, send, posted, complaints } = await openStage(browser);
    await send(stateOf(await unknown()));
    await page.locator('#input-datasetSize').fill('1500');
    expect(await page.locator('.question').count()).toBe(0);
    const last = (await posted()).flatMap((message): Settings[] => (message.kind === 'settings' ? [message.settings] : [])); // prettier-ignore
    expect(last.at(-1)).toMatchObject({ convention: 'sample', datasetSize: 1500, replacement: 'without' });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(Object.keys(THEMES) as Theme[])('asks readably at 400, 800 and 1,100 pixels (%s)', async (theme) => {
    for (const width of [400, 800, 1100]) {
      const { page, send, complaints } = await openStage(browser, { theme, width });
      await send(stateOf(await unstated()));
      const box = page.locator('.question');
      expect(await box.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
      await page.evaluate(AxeBuilder.source);
      const found = await page.evaluate(async () => {
        const { violations } = await (window as unknown as { axe: typeof AxeBuilder }).axe.run('.question');
        return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
      });
      expect(found).toEqual([]);
      expect(complaints).toEqual([]);
      if (process.env['SCREENSHOTS']) await page.screenshot({ path: `${process.env['SCREENSHOTS']}/question-${theme.replaceAll(' ', '-')}-${width}.png` }); // prettier-ignore
      await page.close();
    }
  });
});
