import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { PLOTS } from '../../src/plots';
import { Quantities } from '../../src/metrics/quantities';
import type { Panel } from '../../src/shared/plot';
import { suggestedSettings } from '../../src/shared/settings';
import type { Difference } from './chart-and-picture';
import { openBrowser, summaryOf } from './stage';

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage();
  const { outputFiles } = await build({
    entryPoints: ['test/page/chart-and-picture.ts'],
    bundle: true,
    write: false,
    format: 'iife',
  });
  await page.setContent('<body style="margin: 0; background: white"></body>');
  await page.addScriptTag({ content: outputFiles[0]!.text });
});
afterAll(() => browser.close());

const compared = (panel: Panel): Promise<readonly Difference[]> =>
  page.evaluate(
    (text) =>
      (window as unknown as { compared: (panel: Panel) => Promise<readonly Difference[]> }).compared(
        JSON.parse(text, (_, value: unknown) => (value === 'NaN' ? NaN : value)) as Panel,
      ),
    JSON.stringify(panel, (_, value: unknown) =>
      ArrayBuffer.isView(value)
        ? [...(value as Float64Array)]
        : typeof value === 'number' && Number.isNaN(value)
          ? 'NaN'
          : value,
    ),
  );

function expectAlike(differences: readonly Difference[]): void {
  const drawn = differences.filter(({ chart, picture }) => chart + picture > 0);
  expect(drawn.length).toBeGreaterThan(0);
  for (const { ink, chart, picture, farthest } of drawn) {
    expect(chart, ink).toBeGreaterThan(0);
    expect(picture, ink).toBeGreaterThan(0);
    // both draw on fractions of pixels
    expect(farthest, ink).toBeLessThanOrEqual(2);
  }
}

describe('a picture has its marks where the chart of the page has them', () => {
  test('in every plot of the sample', async () => {
    const summary = await summaryOf();
    const quantities = new Quantities(summary, suggestedSettings(summary.dump));
    let panels = 0;
    for (const plot of PLOTS) {
      let drawn;
      try {
        drawn = plot.draw(quantities);
      } catch {
        continue;
      }
      for (const panel of drawn.panels) {
        if (panel.series.some(({ mark }) => mark === 'cell')) continue;
        expectAlike(await compared(panel));
        panels++;
      }
    }
    expect(panels).toBeGreaterThan(8);
  });

  const steps = Array.from({ length: 11 }, (_, k) => k);
  const x = { scale: 'linear', min: -0.5, max: 10.5, title: [], name: 'step' } as const;
  const y = { scale: 'log', min: 0.1, max: 1000, title: [], name: 'noise scale' } as const;
  const values = steps.map((k) => 3 * 1.5 ** k);

  test('with a band around a broken line, whiskers, and every mark', async () => {
    const broken = values.map((value, k) => (k === 4 ? NaN : value));
    const interval = { lower: broken.map((value) => value / 2), upper: broken.map((value) => value * 3) };
    const lines = [{ axis: 'y', at: 30, ink: 'here', dash: 'dash-dot' }] as const;
    for (const mark of ['disc', 'circle', 'square', 'triangle', 'cross', 'bar'] as const)
      expectAlike(
        await compared({
          height: 260,
          x,
          y: mark === 'bar' ? { ...y, scale: 'linear', min: 0 } : y,
          lines,
          series: [
            { name: 'marks', x: steps, y: broken, mark, ink: 'second', size: 6, interval },
            { name: 'line', x: steps, y: broken.map((value) => value * 2), mark: 'line', ink: 'data', interval },
          ],
        }),
      );
  });

  test.each(['arrow-up', 'arrow-down', 'arrow-left', 'arrow-right'] as const)(
    'with an %s at each bound',
    async (mark) => {
      expectAlike(
        await compared({ height: 260, x, y, series: [{ name: 'bounds', x: steps, y: values, mark, ink: 'third' }] }),
      );
    },
  );
});
