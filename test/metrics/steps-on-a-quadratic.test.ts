import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import { breakEven } from '../../src/metrics/curvature';
import { LowerBound, Quantities } from '../../src/metrics/quantities';
import { evaluate } from '../../src/report/evaluate';
import { bestLearningRate } from '../../src/theory/curvature-noise-scale';
import { normalRandom } from '../../src/theory/random';
import { spectrumExponent } from '../../src/theory/spectrum-exponent';
import { suggestedSettings } from '../../src/shared/settings';
import type { SaidSettings } from '../../src/shared/settings';
import { naiveMatrix } from '../reference/companions';
import { naiveSummary } from '../reference/naive';

/** Linear regression of y on x at θ = (½, −¼), without an intercept: residuals −½, −½, −¼, −¼. */
const x = [[1, 0], [0, 2], [1, 1], [1, -1]]; // prettier-ignore
const y = [1, 0, 0.5, 1];
const theta = [0.5, -0.25];
const loss = (at: readonly number[]): number =>
  x.reduce((sum, row, i) => sum + (row[0]! * at[0]! + row[1]! * at[1]! - y[i]!) ** 2 / 8, 0);
const rows = x.map((row, i) => row.map((value) => (row[0]! * theta[0]! + row[1]! * theta[1]! - y[i]!) * value));
const hessian = [[0.75, 0], [0, 1.5]]; // prettier-ignore

const numbers = (said: SaidSettings) => {
  const summary = {
    ...naiveSummary(rows, { loss: loss(theta), learningRate: 0.5, batchSize: 2 }),
    companions: { hessian: { path: '/h.npy', summary: naiveMatrix(rows, hessian) } },
  };
  const { metrics } = evaluate(summary, suggestedSettings(summary.dump, said));
  return (id: string): number => {
    const { outcome } = metrics.find((metric) => metric.id === id)!;
    return outcome.kind === 'value' ? outcome.value : NaN;
  };
};
/** The mean loss after a step, over all batches of two. */
function meanLossAfter(rate: number, replacement: 'with' | 'without'): number {
  const batches = [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3].filter((k) => replacement === 'with' || k !== i).map((k) => [i, k])); // prettier-ignore
  return batches.reduce((sum, [i, k]) => sum + loss(theta.map((at, j) => at - (rate * (rows[i!]![j]! + rows[k!]![j]!)) / 2)) / batches.length, 0); // prettier-ignore
}

describe('a linear regression', () => {
  test('breaks even at 0.790123456790 with independent batches of two, and at 0.969697 without replacement', () => {
    expect(loss(theta)).toBe(0.078125);
    const independent = numbers({ convention: 'population', replacement: 'with' });
    expect(independent('maximum-learning-rate')).toBeCloseTo(8 / 9, 12);
    expect(independent('curvature-noise-scale')).toBeCloseTo(5 / 2, 12);
    expect(independent('break-even-learning-rate')).toBeCloseTo(0.79012345679, 11);
    expect(numbers({ convention: 'population' })('break-even-learning-rate')).toBeCloseTo(0.969697, 6);
  });

  test.each(['with', 'without'] as const)('has the loss that it had, after steps of that rate (%s replacement)', (replacement) => {
    const rate = numbers({ convention: 'population', replacement })('break-even-learning-rate');
    expect(meanLossAfter(rate, replacement)).toBeCloseTo(loss(theta), 14);
    expect(meanLossAfter(0.9 * rate, replacement)).toBeLessThan(loss(theta));
    expect(meanLossAfter(1.1 * rate, replacement)).toBeGreaterThan(loss(theta));
  }); // prettier-ignore

  test('has a mean loss of 0.05517578125 after steps of ½', () => {
    expect(meanLossAfter(0.5, 'with')).toBeCloseTo(0.05517578125, 14);
  });

  test('has an alignment of 1.12, and a norm below the bound 2.672612419124', () => {
    const value = numbers({ convention: 'population' })('loss-alignment');
    expect(value).toBeCloseTo(1.12, 12);
    expect(Math.sqrt(2 / value) / 0.5).toBeCloseTo(2.672612419124, 12);
  });

  test('is stable below a ratio of 1', () => {
    expect(numbers({ convention: 'population' })('stability-ratio')).toBeCloseTo(0.5 * 1.5 / 2, 14); // prettier-ignore
  });
});

test.each([[1, 0.135064935065], [10, 0.742857142857], [100, 1.350649350649]])('the quadratic of McCandlish breaks even with batches of %d at %d', (batch, rate) => {
  expect(2 * bestLearningRate(1.04 / 1.4, 10, batch)).toBeCloseTo(rate, 11);
}); // prettier-ignore

test('95 % intervals of the break-even rate cover it', () => {
  const normal = normalRandom(8);
  const curved = [[1, 0.5, 0], [0.5, 2, 0], [0, 0, 4]]; // prettier-ignore
  const [mean, deviations] = [[1, -1, 0.5], [1, 2, 0.5]]; // prettier-ignore
  const along = 1 - 1 + 2 + 4 * 0.25;
  const truth = (2 * 2.25) / (along + (1 + 2 * 4 + 4 * 0.25) / 8);
  const draws = 300;
  let covered = 0;
  for (let draw = 0; draw < draws; draw++) {
    const sample = Array.from({ length: 48 }, () => mean.map((m, j) => m + deviations[j]! * normal()));
    const summary = { ...naiveSummary(sample, { batchSize: 8 }), companions: { hessian: { path: '/h.npy', summary: naiveMatrix(sample, curved) } } }; // prettier-ignore
    try {
      const { interval } = breakEven(new Quantities(summary, suggestedSettings(summary.dump)));
      if (interval!.lower <= truth && truth <= interval!.upper!) covered++;
    } catch (error) {
      if (!(error instanceof LowerBound)) throw error;
      if (error.interval.lower <= truth) covered++;
    }
  }
  // three standard errors below 93 %
  expect(covered / draws).toBeGreaterThan(0.93 - 3 * Math.sqrt((0.93 * 0.07) / draws));
});

test('a spectrum that falls as a power of the rank has that exponent, whatever its unit', () => {
  const power = (s: number, unit: number): number[] => Array.from({ length: 30 }, (_, k) => unit * (k + 1) ** -s);
  for (const s of [0.5, 1, 1.79]) for (const unit of [1, 1e-200, 1e200]) expect(spectrumExponent(power(s, unit))).toBeCloseTo(s, 12); // prettier-ignore
  expect(() => spectrumExponent([1])).toThrow(RangeError);
  expect(METRICS.some(({ id }) => id === 'spectrum-exponent')).toBe(true);
});
