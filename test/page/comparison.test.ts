import path from 'node:path';
import AxeBuilder from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import type { ComparisonState, HostMessage, PanelState } from '../../src/shared/protocol';
import { suggestedSettings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { openBrowser, openStage, THEMES, unfoldAll } from './stage';
import type { Theme } from './stage';

const RUN = path.resolve('test/fixtures/digits-mlp/run');
const fileOf = (step: string): string => path.join(RUN, `step-${step}.npy`);
const summaryOf = (step: string, compared?: string): Promise<DumpSummary> =>
  analyze(
    {
      paths: [fileOf(step)],
      memoryBudget: 350 * 2 ** 20,
      cancelFlag: new SharedArrayBuffer(4),
      ...(compared !== undefined && { companions: { compared: fileOf(compared) } }),
    },
    () => undefined,
  );

const sideOf = (summary: DumpSummary, more: Partial<PanelState> = {}): PanelState => ({
  run: 1,
  path: `file://${summary.dump.path}`,
  fileName: summary.dump.name,
  phase: 'done',
  summary,
  settings: suggestedSettings(summary.dump),
  updated: Date.UTC(2026, 0, 1, 12),
  ...more,
});
const message = (baseline: PanelState, other: PanelState): HostMessage => ({
  kind: 'comparison',
  state: { baseline, other },
});

let browser: Browser;
let state: ComparisonState;
beforeAll(async () => {
  browser = await openBrowser();
  state = { baseline: sideOf(await summaryOf('000200', '001000')), other: sideOf(await summaryOf('001000')) };
});
afterAll(() => browser.close());
const whole = (): HostMessage => ({ kind: 'comparison', state });

const wordsOf = (page: Page): Promise<string[]> =>
  page.locator('[data-table="differences"] tbody tr td:last-child').allInnerTexts();

describe('the page of a comparison', () => {
  test('shows both dumps, what differs first, every resolved difference before the others, spectra and angles', async () => {
    const { page, send, complaints } = await openStage(browser);
    await send(whole());
    expect(await page.locator('.compared h1').allInnerTexts()).toEqual(['A step-000200.npy', 'B step-001000.npy']);
    expect(await page.locator('.differs').innerText()).toMatch(/^Differs: step 200 → 1,000, loss .*settings agree: /);
    expect(await page.locator('#changed p.verdict').innerText()).toMatch(/noise/);
    expect(await page.locator('[data-plot="comparison-spectra"] canvas').count()).toBe(2);
    expect(await page.locator('[data-plot="principal-angles"] canvas').count()).toBe(1);
    expect(await page.locator('[data-metric="covariance-cosine"] .value').innerText()).toMatch(/^0\.\d+$/);

    await page
      .locator('[data-table="differences"]')
      .getByRole('button', { name: /^All \d+ rows/ })
      .click();
    const words = await wordsOf(page);
    const resolved = words.filter((word) => word !== 'not resolved').length;
    expect(words.slice(0, resolved).every((word) => word === 'rose' || word === 'fell')).toBe(true);
    expect(words.length).toBeGreaterThan(resolved);
    expect(await page.locator('[data-table="differences"] .range.resolved').count()).toBe(resolved);
    expect(await page.locator('[data-table="differences"] p.fine').innerText()).toMatch(
      /with an interval, about [\d.]+ would be resolved by chance alone/,
    );

    await page.locator('#same-examples summary').click();
    expect(await page.locator('#same-examples .inside').innerText()).toContain('23 of the 32 rows');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('asks for the other way around, for the report of a side, and for a copy as JSON', async () => {
    const { page, send, posted, complaints } = await openStage(browser);
    await send(whole());
    await page.getByRole('button', { name: 'Swap' }).click();
    await page.getByRole('button', { name: 'B step-001000.npy' }).click();
    await page.getByRole('button', { name: 'Copy JSON' }).click();
    const messages = await posted();
    expect(messages).toContainEqual({ kind: 'swap' });
    expect(messages).toContainEqual({ kind: 'open-side', side: 'other' });
    const copied = messages.flatMap((each) => (each.kind === 'copy' ? [each.text] : []));
    expect(JSON.parse(copied[0] ?? '')).toMatchObject({ schema: 1, kind: 'comparison' });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('says what it waits for, and the problem of a dump that cannot be read', async () => {
    const { page, send, complaints } = await openStage(browser);
    const { summary: _, settings: __, ...waiting } = sideOf(state.other.summary ?? (await summaryOf('001000')), { phase: 'analyzing' }); // prettier-ignore
    await send(message(state.baseline, waiting));
    expect(await page.locator('.progress').count()).toBe(1);
    expect(await page.locator('#changed').count()).toBe(0);
    const problem = { code: 'file/missing', found: 'There is no file of this name', remedy: 'Choose another file.' } as const; // prettier-ignore
    await send(message(state.baseline, { ...waiting, phase: 'failed', problem }));
    expect(await page.locator('.compared.other .failure').innerText()).toContain('There is no file of this name');
    await send(whole());
    expect(await page.locator('#changed').count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('of two dumps without a spectrum in common shows the table alone', async () => {
    const { page, send, complaints } = await openStage(browser);
    const bare = (side: PanelState): PanelState => {
      const { spectrum: _, companions: __, directions: ___, ...summary } = side.summary ?? { dump: undefined as never };
      const problem = { code: 'memory/budget', found: 'The products need 9 GiB', remedy: 'Raise the limit.' } as const;
      return { ...side, summary: { ...summary, spectrumProblem: problem } };
    };
    await send(message(bare(state.baseline), bare(state.other)));
    expect(await page.locator('#spectra').count()).toBe(0);
    expect(await page.locator('[data-table="differences"] tbody tr').count()).toBeGreaterThan(5);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('is back where it was after a reload of the window', async () => {
    const { page, send } = await openStage(browser);
    await send(whole());
    await page.evaluate(() => window.scrollTo(0, 300));
    await page.waitForFunction(() => /"scroll":300/.test(sessionStorage.getItem('state') ?? ''));
    await page.reload();
    await page.waitForFunction(() => (window as unknown as { posted: unknown[] }).posted.length > 0);
    await send(whole());
    expect(await page.evaluate(() => window.scrollY)).toBe(300);
    await page.close();
  });

  test.each(Object.keys(THEMES) as Theme[])(
    'fits 380 to 1,800 pixels and is accessible, unfolded too (%s)',
    async (theme) => {
      for (const width of [380, 420, 820, 1100, 1800]) {
        const { page, send, complaints } = await openStage(browser, { theme, width });
        await send(whole());
        const folder = process.env['SCREENSHOTS'];
        const picture = (name: string): Promise<unknown> =>
        folder === undefined ? Promise.resolve() : page.screenshot({ path: `${folder}/comparison-${theme.replaceAll(' ', '-')}-${width}${name}.png`, fullPage: true }); // prettier-ignore
        if (folder !== undefined) {
          await page.setViewportSize({
            width,
            height: await page.evaluate(() => document.documentElement.scrollHeight),
          });
          await page.waitForTimeout(400);
        }
        await picture('');
        await unfoldAll(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0); // prettier-ignore
        await page.evaluate(AxeBuilder.source);
        const found = await page.evaluate(async () => {
          const { violations } = await (window as unknown as { axe: typeof AxeBuilder }).axe.run('main');
          return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]); // prettier-ignore
        });
        expect(found).toEqual([]);
        expect(complaints).toEqual([]);
        await page.close();
      }
    },
  );
});
