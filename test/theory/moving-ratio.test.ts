import { describe, expect, test } from 'vitest';
import { fromBatchSizes, movingRatios, ratioOfMeans } from '../../src/theory/moving-ratio';
import { normalRandom } from '../../src/theory/random';
import { fromTwoBatchSizes } from '../../src/theory/two-batch-sizes';

const NOISE = [10, 12, 8, 11, 9, 13];
const SIGNAL = [1, -0.5, 2, 0.2, 1.5, 0.3];
const STEPS = [0, 1, 2, 3, 4, 5];
const DECAY = Math.log(0.5) / Math.log(0.9);

describe('Averages of noise and signal over steps', () => {
  test('with a decay of 0.9 have the ratios that NumPy finds for debiased averages of both parts', () => {
    const ratios = movingRatios(STEPS, NOISE, SIGNAL, DECAY).map(({ value = NaN }) => value);
    [10, 52.5, 11.398305084746, 15.150602409639, 11.328934179753, 14.046976027901].forEach((ratio, t) =>
      expect(ratios[t]).toBeCloseTo(ratio, 10),
    );
  });

  test('are not the average of the ratios, which is 18.43 here', () => {
    expect(ratioOfMeans(NOISE, SIGNAL)?.value).toBeCloseTo(63 / 4.5, 12);
    expect(movingRatios(STEPS, NOISE, SIGNAL, DECAY).at(-1)?.value).not.toBeCloseTo(18.43, 0);
  });

  test('give the published noise scales of nanoGNS within the rounding of their printed parts', () => {
    for (const [trace, signal, published, rounding] of [
      [20.4898, 0.9331, 21.9598, 6e-5],
      [3.8755, 0.0182, 213.1733, 3e-3],
      [0.1105, 0.0009, 122.2856, 6e-2],
    ] as const) {
      const value = ratioOfMeans([trace], [signal])?.value ?? NaN;
      expect(Math.abs(value / published - 1)).toBeLessThan(rounding);
    }
  });

  test('begin with the first point itself, and weigh steps that are missing by their distance', () => {
    expect(movingRatios([7], [10], [2], 3)[0]).toEqual({ numerator: 10, denominator: 2, value: 5 });
    // two half-lives on, the first point weighs a quarter
    expect(movingRatios([0, 6], [10, 20], [1, 1], 3)[1]?.numerator).toBeCloseTo((10 / 4 + 20) / 1.25, 12);
  });

  test('have no ratio where the signal is not positive, and no interval from fewer than eight points', () => {
    const [only] = movingRatios([0], [5], [-1], 3);
    expect(only).toEqual({ numerator: 5, denominator: -1 });
    expect(ratioOfMeans(NOISE, SIGNAL)?.interval).toBeUndefined();
  });

  test('show a jump at its step and smear nothing where the half-life is 0', () => {
    const noise = STEPS.map((step) => (step < 3 ? 4 : 40));
    const ratios = movingRatios(STEPS, noise, [2, 2, 2, 2, 2, 2], 1e-9).map(({ value }) => value);
    expect(ratios).toEqual([2, 2, 2, 20, 20, 20]);
  });
});

describe('The interval of a noise scale from logged norms', () => {
  /** Squared norms of a mean of b and of B Gaussian gradients of 20 parameters with tr Σ = 20 and ‖G‖² = 1. */
  function log(normal: () => number, steps: number): { noise: number[]; signal: number[] } {
    const squaredNorm = (size: number): number => {
      let sum = 0;
      for (let j = 0; j < 20; j++) sum += (Math.sqrt(1 / 20) + normal() / Math.sqrt(size)) ** 2;
      return sum;
    };
    const parts = Array.from({ length: steps }, () =>
      fromTwoBatchSizes({ size: 4, squaredNorm: squaredNorm(4) }, { size: 64, squaredNorm: squaredNorm(64) }),
    );
    return { noise: parts.map(({ trace }) => trace), signal: parts.map(({ signal }) => signal) };
  }

  test('covers a constant noise scale in 95 of 100 runs, within four standard errors of 600 runs', () => {
    const normal = normalRandom(16);
    let covered = 0;
    for (let run = 0; run < 600; run++) {
      const { noise, signal } = log(normal, 40);
      const { lower = NaN, upper = Infinity } = ratioOfMeans(noise, signal)?.interval ?? {};
      if (lower <= 20 && 20 <= upper) covered++;
    }
    expect(Math.abs(covered / 600 - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / 600));
  });

  test('has no upper end where the signal cannot be distinguished from zero', () => {
    const interval = ratioOfMeans([10, 12, 9, 11, 10, 9, 12, 11, 10], [1, -2, 2, -1, 1, -2, 2, -1, 0.5])?.interval;
    expect(interval?.upper).toBeUndefined();
    expect(interval?.lower).toBeGreaterThan(0);
  });

  test('is the points themselves where all of them are equal', () => {
    const { lower, upper } = ratioOfMeans(Array(9).fill(6), Array(9).fill(2))?.interval ?? {};
    expect([lower, upper]).toEqual([3, 3]);
  });
});

test('Squared norms 3 + 5/B of batches of 1, 2, 4 and 8 yield a signal of 3 and a noise of 5', () => {
  const { signal, trace } = fromBatchSizes([1, 2, 4, 8].map((size) => ({ size, squaredNorm: 3 + 5 / size })));
  expect([signal, trace]).toEqual([expect.closeTo(3, 12), expect.closeTo(5, 12)]);
  expect(() => fromBatchSizes([{ size: 4, squaredNorm: 1 }])).toThrow(RangeError);
});
