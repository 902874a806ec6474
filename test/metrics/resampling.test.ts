import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import type { MetricId } from '../../src/metrics';
import type { MetricDefinition } from '../../src/metrics/definition';
import { Quantities } from '../../src/metrics/quantities';
import { eigenSpectrum } from '../../src/plots/eigen-spectrum';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary, Resampling } from '../../src/shared/summary';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

const rows = noise(40, 6, 3).map((row) => row.map((value, j) => value * (6 - j)));
const plain = naiveSummary(rows);
const eigenvalues = plain.spectrum!.eigenvalues;
const floor = (eigenvalues[1]! + eigenvalues[2]!) / 2;
const summary: DumpSummary = {
  ...plain,
  resampling: { seed: 1, shuffled: Float64Array.of(floor, floor / 2) },
};
const metrics: readonly MetricDefinition[] = METRICS;
const estimate = (id: MetricId, of: DumpSummary, changes: Partial<Settings> = {}) =>
  metrics.find((metric) => metric.id === id)!.compute(new Quantities(of, settingsFor(of, changes)));
const refused = (code: string): unknown =>
  expect.objectContaining({ problem: expect.objectContaining({ code }) as unknown });

describe('the noise floor', () => {
  test('is the largest of the shuffles in the convention of the settings, and counts what rises above', () => {
    expect(estimate('noise-floor', summary).value).toBe(floor);
    expect(estimate('noise-floor', summary, { convention: 'sample' }).value).toBeCloseTo((floor * 40) / 39, 12);
    expect(estimate('noise-floor', summary).note).toMatch(/^2 above, \d+ % of the trace$/);
  });

  test('waits for the pass that it needs, and hands on why that failed', () => {
    expect(() => estimate('noise-floor', plain)).toThrow(refused('value/on-demand'));
    const problem = { code: 'memory/budget', found: 'Too much', remedy: 'Less.' } as const;
    const resampling: Resampling = { seed: 1, shuffled: { problem } };
    expect(() => estimate('noise-floor', { ...plain, resampling })).toThrow(refused('memory/budget'));
  });

  test('divides the points of the spectrum', () => {
    const { panels, summary: told } = eigenSpectrum.draw(new Quantities(summary, settingsFor(summary)));
    expect(panels[0]!.series.map(({ x, mark }) => [mark, x.length])).toEqual([
      ['disc', 2],
      ['circle', 4],
    ]);
    expect(panels[0]!.lines).toEqual([{ axis: 'y', at: floor, ink: 'reference', dash: 'dashed' }]);
    expect(told).toContain('2 rise above the noise floor');
  });
});
