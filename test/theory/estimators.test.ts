import { describe, expect, test } from 'vitest';
import {
  covarianceScale,
  covarianceTrace,
  meanCorrection,
  othersInPass,
  trueGradientSquaredNorm,
} from '../../src/theory/estimators';
import { uniformRandom } from '../../src/theory/random';
import { narrow, wide } from '../reference/dumps';
import { naiveSummary } from '../reference/naive';
import { noise } from '../reference/noise';

type Rows = readonly (readonly number[])[];

const describeRows = (rows: Rows, population = Infinity) => {
  const { meanSquaredNorm, scatter, centeredSquaredNorms, meanProducts } = naiveSummary(rows).moments!;
  const given = { meanSquaredNorm, scatter, rows: rows.length, meanOf: 1, population };
  return { given, centeredSquaredNorms, meanProducts };
};
const estimates = (rows: Rows, population = Infinity) => {
  const { given } = describeRows(rows, population);
  return { signal: trueGradientSquaredNorm(given), trace: covarianceTrace(given) };
};
const leftOut = (rows: Rows) => rows.map((_, i) => rows.filter((__, j) => j !== i));

describe('the estimators', () => {
  test('change nothing, to the last bit, when the rows are the whole data set', () => {
    for (let rows = 2; rows < 300; rows++) expect(covarianceScale({ rows, meanOf: 1, population: rows })).toBe(1);
  });

  test('of rows that are means of b examples: b times the trace, the same signal', () => {
    const given = { meanSquaredNorm: 18, scatter: 8, rows: 4, meanOf: 1, population: Infinity };
    const means = { ...given, meanOf: 3 };
    expect(covarianceTrace(means)).toBeCloseTo(3 * covarianceTrace(given), 12);
    expect(trueGradientSquaredNorm(means)).toBeCloseTo(trueGradientSquaredNorm(given), 12);
    // 12 of 24 examples were seen: half of what is subtracted goes
    const subtracted = (population: number): number => 18 - trueGradientSquaredNorm({ ...means, population });
    expect(subtracted(24) / subtracted(Infinity)).toBeCloseTo(0.5, 12);
  });

  test('say how many rows they need', () => {
    const one = { meanSquaredNorm: 1, scatter: 0, rows: 1, meanOf: 1, population: 9 };
    expect(() => covarianceTrace(one)).toThrow('Σ needs at least 2 rows');
    expect(() => trueGradientSquaredNorm(one)).toThrow('an unbiased ‖G‖² needs at least 2 rows');
    expect(trueGradientSquaredNorm({ ...one, population: 1 })).toBe(1);
  });
});

describe('rows that are means of b examples', () => {
  /** Every ordered choice of `count` disjoint batches of b among the indices of a data set. */
  const passes = (rest: readonly number[], b: number, count: number): readonly (readonly (readonly number[])[])[] => {
    if (count === 0) return [[]];
    const batches = subsets(rest, b);
    return batches.flatMap((batch) =>
      passes(
        rest.filter((i) => !batch.includes(i)),
        b,
        count - 1,
      ).map((others) => [batch, ...others]),
    );
  };
  const subsets = (of: readonly number[], size: number): readonly (readonly number[])[] =>
    size === 0
      ? [[]]
      : of.flatMap((first, k) => subsets(of.slice(k + 1), size - 1).map((others) => [first, ...others]));
  const average = (rows: Rows): number[] =>
    rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
  const squared = (row: readonly number[]): number => row.reduce((sum, value) => sum + value * value, 0);
  const describeMeans = (rows: Rows, rest: { readonly meanOf: number; readonly population: number }) => {
    const mean = average(rows);
    const scatter = rows.reduce((sum, row) => sum + squared(row.map((value, j) => value - mean[j]!)), 0);
    return { meanSquaredNorm: squared(mean), scatter, rows: rows.length, ...rest };
  };

  const examples: Rows = [[3, 1], [0, -2], [5, 0], [1, 7], [-4, 2]]; // prettier-ignore
  const all = describeRows(examples, examples.length).given;
  const truth = { signal: all.meanSquaredNorm, trace: all.scatter / examples.length };
  const indices = examples.map((_, i) => i);

  test.each([
    ['one pass that is not over', 2, 2, false],
    ['a whole pass and one row of the next', 2, 3, false],
    ['two whole passes', 2, 4, false],
    ['three batches of which each is a pass', 3, 3, false],
    ['three independent batches', 2, 3, true],
    ['two independent single examples', 1, 2, true],
    ['four single examples of five', 1, 4, false],
  ])('give unbiased estimates over all ways to draw them: %s', (_, b, n, independent) => {
    const length = independent ? 1 : Math.floor(examples.length / b);
    let ways: (readonly (readonly number[])[])[] = [[]];
    for (let left = n; left > 0; left -= length) {
      const pass = passes(indices, b, Math.min(left, length));
      ways = ways.flatMap((way) => pass.map((batches) => [...way, ...batches]));
    }
    let signal = 0;
    let trace = 0;
    for (const way of ways) {
      const rows = way.map((batch) => average(batch.map((i) => examples[i]!)));
      const given = { ...describeMeans(rows, { meanOf: b, population: examples.length }), independent };
      signal += trueGradientSquaredNorm(given) / ways.length;
      trace += covarianceTrace(given) / ways.length;
    }
    expect(signal).toBeCloseTo(truth.signal, 10);
    expect(trace).toBeCloseTo(truth.trace, 10);
  });

  test.each([
    [40, 4, 10],
    [40, 4, 20],
    [40, 4, 25],
    [40, 4, 30],
    [40, 8, 15],
    [41, 4, 25],
  ])('stay within 2 % of the truth in simulated training: N = $0, b = $1, n = $2', (N, b, n) => {
    const random = uniformRandom(N * n);
    const population = noise(N, 3, 7).map((row) => row.map((value, j) => value * (j + 1) + 0.3));
    const whole = describeRows(population, N).given;
    const length = Math.floor(N / b);
    let trace = 0;
    let signal = 0;
    const times = 1500;
    for (let time = 0; time < times; time++) {
      const rows: number[][] = [];
      while (rows.length < n) {
        const order = Array.from({ length: N }, (_, i) => i);
        for (let i = N - 1; i > 0; i--) {
          const j = Math.floor(random() * (i + 1));
          [order[i], order[j]] = [order[j]!, order[i]!];
        }
        for (let k = 0; k < length && rows.length < n; k++)
          rows.push(average(order.slice(k * b, (k + 1) * b).map((i) => population[i]!)));
      }
      const given = describeMeans(rows, { meanOf: b, population: N });
      trace += covarianceTrace(given) / times;
      signal += trueGradientSquaredNorm(given) / times;
    }
    expect(trace / (whole.scatter / N)).toBeGreaterThan(0.98);
    expect(trace / (whole.scatter / N)).toBeLessThan(1.02);
    expect(Math.abs(signal - whole.meanSquaredNorm)).toBeLessThan(0.02 * whole.meanSquaredNorm);
  });

  test('of 20 batches of 512 from 5,000 have the factors of two passes of nine and two rows more', () => {
    // p = (2·9·8 + 2·1)/(20·19) = 146/380
    const drawn = { rows: 20, meanOf: 512, population: 5000 };
    expect(othersInPass(drawn)).toBeCloseTo(146 / 20, 14);
    const p = 146 / 380;
    expect(covarianceScale(drawn)).toBeCloseTo(((512 * 20) / 19) * (4999 / (5000 - 512 + p * 512)), 9);
    expect(meanCorrection(drawn)).toBeCloseTo((5000 - 512 - 19 * p * 512) / (5000 - 512 + p * 512), 14);
  });

  test('say the true gradient without error after whole passes, and nothing about Σ when each is the full gradient', () => {
    for (const n of [3, 6, 9, 300]) expect(meanCorrection({ rows: n, meanOf: 4, population: 12 })).toBe(0);
    expect(meanCorrection({ rows: 2, meanOf: 12, population: 12 })).toBe(0);
    expect(() => covarianceScale({ rows: 2, meanOf: 12, population: 12 })).toThrow('say nothing about Σ');
  });

  test('single rows beyond the data set count as drawn with replacement', () => {
    const drawn = { rows: 12, meanOf: 1, population: 5 };
    expect(covarianceScale(drawn)).toBeCloseTo(12 / 11, 14);
    expect(meanCorrection(drawn)).toBe(1);
  });
});

describe('the jackknife', () => {
  test('leaves one of the four gradients out as published', () => {
    const ratios = (rows: Rows): number[] =>
      leftOut(rows).map((rest) => estimates(rest).trace / estimates(rest).signal);
    expect(ratios(narrow).map((r) => Number(r.toFixed(6)))).toEqual([0.125, 0.153846, 0.2, 0.153846]);
    expect(ratios(wide).map((r) => Number(r.toFixed(6)))).toEqual([0.457143, 0.695652, 1.454545, 0.695652]);
  });
});
