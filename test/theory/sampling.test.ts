import { describe, expect, test } from 'vitest';
import {
  batchCovarianceTrace,
  finitePopulationCorrection,
  reshufflingNoise,
  squaredNormDeviation,
} from '../../src/theory/sampling';
import { covarianceTrace, trueGradientSquaredNorm } from '../../src/theory/estimators';
import { normalRandom } from '../../src/theory/random';
import { centered, dot, mean } from '../reference/naive';

type Rows = readonly (readonly number[])[];

const subsets = <T>(items: readonly T[], size: number): T[][] =>
  size === 0
    ? [[]]
    : items.flatMap((item, index) => subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const squaredNorm = (row: readonly number[]): number => dot(row, row);

const population: Rows = [
  [1, 7, 0],
  [2, -3, 1],
  [0.25, 4, -2],
  [5, 5, 0.5],
  [-2, 0.5, 3],
  [3, 1, -1],
];
const trace = centered(population).reduce((sum, row) => sum + squaredNorm(row), 0) / population.length;
const signal = squaredNorm(mean(population));

describe('a batch drawn without replacement', () => {
  test('varies by (M − B)/(M − 1)·tr Σ/B, enumerated over every batch', () => {
    for (let size = 1; size <= 6; size++) {
      const distances = subsets(population, size).map((batch) =>
        squaredNorm(mean(batch).map((value, j) => value - mean(population)[j]!)),
      );
      expect(batchCovarianceTrace(trace, size, 6)).toBeCloseTo(average(distances), 12);
    }
  });

  test('cannot be larger than the data set', () =>
    expect(() => finitePopulationCorrection(7, 6)).toThrow('a batch of 7 without replacement from 6'));

  test('has no noise when it is the data set, even one of a single example', () => {
    expect(finitePopulationCorrection(6, 6)).toBe(0);
    expect(finitePopulationCorrection(1, 1)).toBe(0);
  });

  test('has no correction in an endless data set', () => expect(finitePopulationCorrection(1e9, Infinity)).toBe(1));
});

describe('estimates from a sample, averaged over every sample that could be drawn', () => {
  const given = (rows: Rows, meanOf = 1, size = 6) => ({
    meanSquaredNorm: squaredNorm(mean(rows)),
    scatter: centered(rows).reduce((sum, row) => sum + squaredNorm(row), 0),
    rows: rows.length,
    meanOf,
    population: size,
  });

  test.each([2, 3, 4, 5, 6])('%d of 6 rows give ‖G‖² and tr Σ without bias', (size) => {
    const samples = subsets(population, size);
    expect(average(samples.map((rows) => covarianceTrace(given(rows))))).toBeCloseTo(trace, 12);
    expect(average(samples.map((rows) => trueGradientSquaredNorm(given(rows))))).toBeCloseTo(signal, 12);
  });

  test('three means of two examples that make up the data set give tr Σ without bias, and ‖G‖² exactly', () => {
    // every way to cut six examples into three pairs
    const pairings = (items: readonly number[]): number[][][] => {
      const [first, ...others] = items;
      if (first === undefined) return [[]];
      return others.flatMap((other) =>
        pairings(others.filter((item) => item !== other)).map((rest) => [[first, other], ...rest]),
      );
    };
    const dumps = pairings([0, 1, 2, 3, 4, 5]).map((pairs) =>
      pairs.map((pair) => mean(pair.map((i) => population[i]!))),
    );
    expect(dumps.length).toBe(15);
    expect(average(dumps.map((rows) => covarianceTrace(given(rows, 2))))).toBeCloseTo(trace, 12);
    for (const rows of dumps) expect(trueGradientSquaredNorm(given(rows, 2))).toBeCloseTo(signal, 12);
  });
});

describe('over an epoch that repeats no example', () => {
  test('the accumulated noise has the published factors and is exactly 0 in the end', () => {
    const factors = [1, 2, 3, 4].map((j) => reshufflingNoise(1, j, 3, 12));
    expect(factors.map((factor) => Number(factor.toFixed(4)))).toEqual([0.2727, 0.3636, 0.2727, 0]);
    expect(factors[3]).toBe(0);
    expect([1, 2, 3, 4].map((j) => Number((j / 3).toFixed(4)))).toEqual([0.3333, 0.6667, 1, 1.3333]);
  });

  test('it is that of the sum of the batch gradients, enumerated', () => {
    for (const j of [1, 2, 3]) {
      // after j batches of two the sum of their means is j times the mean of the 2j examples seen
      const noises = subsets(population, 2 * j).map((seen) =>
        squaredNorm(mean(seen).map((value, k) => j * (value - mean(population)[k]!))),
      );
      expect(reshufflingNoise(trace, j, 2, 6)).toBeCloseTo(average(noises), 12);
    }
  });
});

test('the squared norm of Gaussian batch gradients scatters as its closed form says', () => {
  const normal = normalRandom(8);
  const [g, deviations, rounds] = [[1, -0.5, 2], [1.5, 0.5, 1], 40_000];
  const norms = Array.from({ length: rounds }, () =>
    squaredNorm(g.map((value, j) => value + deviations[j]! * normal())),
  );
  const middle = average(norms);
  const along = g.reduce((sum, value, j) => sum + (value * deviations[j]!) ** 2, 0);
  const frobenius = deviations.reduce((sum, deviation) => sum + deviation ** 4, 0);
  const measured = Math.sqrt(average(norms.map((norm) => (norm - middle) ** 2)));
  // the standard deviation of a standard deviation is below 1.5 % of it here
  expect(squaredNormDeviation(1, along, frobenius) / measured).toBeCloseTo(1, 1.3);
});

test('the squared norm of a batch scatters as that of one gradient whose covariance is cΣ', () => {
  for (const factor of [1 / 32, 0.25, 3])
    expect(squaredNormDeviation(factor, 1.5, 2.5)).toBeCloseTo(squaredNormDeviation(1, 1.5 * factor, 2.5 * factor ** 2), 14); // prettier-ignore
});
