import { describe, expect, test } from 'vitest';
import { rowCosines } from '../../src/metrics/row-cosines';
import { Quantities } from '../../src/metrics/quantities';
import { PLOTS } from '../../src/plots';
import { blockEnds } from '../../src/plots/heat-map';
import type { DumpMetadata } from '../../src/shared/dump';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

type Rows = readonly (readonly number[])[];
const given = (rows: Rows, metadata: DumpMetadata = {}): Quantities => {
  const summary = naiveSummary(rows, metadata);
  return new Quantities(summary, settingsFor(summary));
};
const draw = (id: string, rows: Rows, metadata: DumpMetadata = {}) =>
  PLOTS.find((plot) => plot.id === id)!.draw(given(rows, metadata));

/** Straight from the definition. */
function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((sum, x, k) => sum + x * v[k]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('cosines between rows', () => {
  const rows = noise(9, 20, 3);
  const labels = [2, 10, 2, 1, 10, 1, 1, 2, 2];

  test('are those of the rows themselves, ordered by label, with 1 on the diagonal', () => {
    const { order, cosines, boundaries } = rowCosines(given(rows, { labels }));
    expect(order).toEqual([3, 5, 6, 0, 2, 7, 8, 1, 4]);
    expect(boundaries).toEqual([3, 7]);
    for (const [a, i] of order.entries())
      for (const [b, j] of order.entries()) expect(cosines[a * 9 + b]).toBeCloseTo(cosine(rows[i]!, rows[j]!), 12);
  });

  test('have means within and between labels over all pairs', () => {
    const { within, between } = rowCosines(given(rows, { labels }));
    const pairs = rows.flatMap((_, i) => rows.slice(0, i).map((__, j) => [i, j] as const));
    const mean = (same: boolean): number => {
      const chosen = pairs.filter(([i, j]) => (labels[i] === labels[j]) === same);
      return chosen.reduce((sum, [i, j]) => sum + cosine(rows[i]!, rows[j]!), 0) / chosen.length;
    };
    expect(within).toEqual({ mean: expect.closeTo(mean(true), 12) as number, pairs: 10 });
    expect(between).toEqual({ mean: expect.closeTo(mean(false), 12) as number, pairs: 26 });
  });

  test('without labels are ordered along the noisiest direction: opposite groups lie at opposite ends', () => {
    const two = noise(8, 12, 9).map((row, i) => row.map((value, j) => value * 0.01 + (i % 2 === 0 ? 1 : -1) * (j + 1)));
    const { order, by } = rowCosines(given(two));
    expect(by).toBe('direction');
    expect(new Set(order.slice(0, 4).map((row) => row % 2)).size).toBe(1);
  });
});

test('blocks cover every index once, at most 64 of them', () => {
  for (const count of [1, 2, 63, 64, 65, 120, 128, 129, 500, 512]) {
    const ends = blockEnds(count);
    expect(ends[0]).toBe(0);
    expect(ends.at(-1)).toBe(count);
    expect(ends.length - 1).toBeLessThanOrEqual(64);
    for (let block = 1; block < ends.length; block++) expect(ends[block]!).toBeGreaterThan(ends[block - 1]!);
  }
});

test('a cell of many rows is the mean of their cosines, so that the mean over all cells is that of all pairs', () => {
  const rows = noise(66, 70, 5);
  const { series } = draw('example-cosines', rows).panels[0]!;
  const { values, ends } = series[0]!.shades!;
  expect(ends).toHaveLength(34);
  const all = rows.flatMap((a) => rows.map((b) => cosine(a, b)));
  const mean = (numbers: ArrayLike<number>): number =>
    Array.from(numbers).reduce((sum, value) => sum + value, 0) / numbers.length;
  expect(mean(values)).toBeCloseTo(mean(all), 12);
});

test('rows without labels but with losses are ordered by loss, and rows of one label, too', () => {
  const rows = noise(5, 6, 3);
  const losses = [3, 1, 2, 5, 4];
  expect(rowCosines(given(rows, { losses }))).toMatchObject({ by: 'loss', order: [1, 2, 0, 4, 3], boundaries: [] });
  const labels = ['b', 'a', 'b', 'a', 'a'];
  expect(rowCosines(given(rows, { losses, labels })).order).toEqual([1, 4, 3, 2, 0]);
  expect(draw('example-cosines', rows, { losses }).note).toContain('Ordered by loss, smallest first');
});

describe('covariances between parameters', () => {
  const rows = [[1, 2, 0], [3, 2, 1], [5, 2, -1], [3, 2, 0]]; // prettier-ignore
  // python3 -c "import numpy as np; print(np.cov(np.array([[1,2,0],[3,2,1],[5,2,-1],[3,2,0]]).T, bias=True))"
  const covariances = [2, 0, -0.5, 0, 0, 0, -0.5, 0, 0.5];

  test('are the matrix itself in the chosen convention, with full color for the largest', () => {
    const summary = naiveSummary(rows);
    for (const [convention, scale] of [
      ['population', 1],
      ['sample', 4 / 3],
    ] as const) {
      const plot = PLOTS.find(({ id }) => id === 'parameter-covariances')!;
      const { panels, note } = plot.draw(new Quantities(summary, settingsFor(summary, { convention })));
      const { values, full } = panels[0]!.series[0]!.shades!;
      expect(Array.from(values)).toEqual(covariances.map((value) => expect.closeTo(value * scale, 12) as number));
      expect(full).toBeCloseTo(2 * scale, 12);
      expect(note).toMatch(/of parameter 0\. Full color is ±.* Divisor: 1\//);
    }
  });
});

describe('correlations between parameters', () => {
  test('of four gradients on a square are none, and of four on a line are 1', () => {
    const square = draw('parameter-correlations', [[2, 2], [2, 4], [4, 4], [4, 2]]); // prettier-ignore
    expect(Array.from(square.panels[0]!.series[0]!.shades!.values)).toEqual([1, 0, 0, 1]);
    expect(square.summary).toContain('make up 0 % of');
    const line = draw('parameter-correlations', [[1, 1], [2, 2], [4, 4], [5, 5]]); // prettier-ignore
    for (const value of Array.from(line.panels[0]!.series[0]!.shades!.values)) expect(value).toBeCloseTo(1, 12);
    expect(line.summary).toContain('make up 50 % of');
  });

  test('have the same share of the covariances in units in which squares of variances are no numbers', () => {
    for (const unit of [2 ** -400, 2 ** 300]) {
      const line = draw('parameter-correlations', [[1, 1], [2, 2], [4, 4], [5, 5]].map((row) => row.map((g) => unit * g))); // prettier-ignore
      expect(line.summary).toContain('make up 50 % of');
    }
  });

  test('of a parameter that never changes are 0, and layers are parted by lines', () => {
    const rows = noise(12, 3, 5).map(([a, b, c]) => [a!, 0, b!, c!]);
    const { series, lines } = draw('parameter-correlations', rows, {
      layers: [{ name: 'first', size: 1 }, { name: 'second', size: 3 }], // prettier-ignore
    }).panels[0]!;
    expect(Array.from(series[0]!.shades!.values).slice(4, 8)).toEqual([0, 0, 0, 0]);
    expect(lines!.map(({ at }) => at)).toEqual([0.5, 0.5]);
    expect(series[0]!.pointNames![1]).toBe('parameter 0 (first) and parameter 1 (second): correlation 0');
  });
});
