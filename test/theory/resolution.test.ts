import { describe, expect, test } from 'vitest';
import { normalRandom } from '../../src/theory/random';
import { examplesNeeded, isResolved, largestSignal } from '../../src/theory/resolution';
import type { Resolution } from '../../src/theory/resolution';
import { rowVariance } from '../../src/theory/row-statistics';
import { noiseScaleInterval, squaresOf } from '../../src/theory/score-interval';
import { studentTQuantile } from '../../src/theory/student-t';
import { estimatesOf, rowStatisticsOf } from '../reference/row-statistics';

const normal = normalRandom(3);
const drawn = (n: number, d: number, shift: number): number[][] =>
  Array.from({ length: n }, () => Array.from({ length: d }, (_, j) => normal() * (1 + j) + shift));

describe('rows tell the signal from 0', () => {
  test('exactly where the interval of the noise scale has an upper end', () => {
    const seen = { resolved: 0, not: 0 };
    for (let k = 0; k < 400; k++) {
      const n = 4 + (k % 40);
      const size = k % 3 === 0 ? 60 : Infinity;
      const rows = rowStatisticsOf(drawn(n, 1 + (k % 7), (k % 11) / 4), { size, products: k % 5 !== 0 });
      const given: Resolution = {
        rows: n,
        variance: rowVariance(rows.centeredSquaredNorms),
        meanFactor: rows.meanFactor,
        squares: squaresOf(rows),
      };
      const bounded = noiseScaleInterval(rows)!.upper !== undefined;
      expect(isResolved(estimatesOf(rows).signal, given, studentTQuantile(0.975, n - 1))).toBe(bounded);
      seen[bounded ? 'resolved' : 'not']++;
    }
    expect(Math.min(seen.resolved, seen.not)).toBeGreaterThan(50);
  });

  test('when there are as many as are needed, and not when half as many are missing', () => {
    for (const [size, squares] of [
      [Infinity, 0.3],
      [500, 0.3],
      [Infinity, 1],
    ] as const) {
      // prettier-ignore
      const [signal, variance, q] = [0.5, 20, 2];
      const needed = examplesNeeded({ noiseScale: variance / signal, squares, population: size }, q);
      const resolved = (rows: number): boolean =>
        isResolved(signal, { rows, variance, meanFactor: size === Infinity ? 1 : 1 - rows / size, squares }, q);
      expect(resolved(needed + 1)).toBe(true);
      expect(resolved(needed - 1)).toBe(false);
      expect(needed).toBeLessThan(size);
    }
  });
});

test('the largest signal of a layer is above the true one in 19 of 20 samples, and so its noise scale is at least tr Σ over it', () => {
  // normal rows, and rows whose lengths are skewed like an exponential; noise of five directions, of which the last is the largest
  for (const [shift, skewed] of [
    [0, false],
    [0.3, false],
    [0.3, true],
  ] as const) {
    // prettier-ignore
    let above = 0;
    for (let round = 0; round < 500; round++) {
      const rows = drawn(32, 5, 0).map((row) => {
        const length = skewed ? Math.sqrt(normal() ** 2 + normal() ** 2) / Math.SQRT2 : 1;
        return row.map((value) => value * length + shift);
      });
      const statistics = rowStatisticsOf(rows);
      const { signal, trace } = estimatesOf(statistics);
      const variance = rowVariance(statistics.centeredSquaredNorms);
      const given = { rows: 32, variance, meanFactor: 1, squares: squaresOf(statistics) };
      // λ₁ is at least the largest variance of a parameter
      const last = rows.map((row) => row[4]!);
      const mean = last.reduce((sum, value) => sum + value, 0) / 32;
      const largest = last.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 31;
      const least = trace / largestSignal(signal, given, largest, studentTQuantile(0.975, 31));
      if (least < 55 / (5 * shift ** 2)) above++;
    }
    expect(above / 500).toBeGreaterThan(0.95);
  }
});
