import { describe, expect, test } from 'vitest';
import { coherence, gradientDiversity, products } from '../../src/theory/agreement';
import { gradientTests, passingBatchSize } from '../../src/theory/gradient-tests';
import { signFlipTest } from '../../src/theory/sign-flips';
import { fromTwoBatchSizes } from '../../src/theory/two-batch-sizes';
import { identical, narrow, opposites, threeByFour, wide } from '../reference/dumps';
import { dot, mean, naiveSummary } from '../reference/naive';
import { noise } from '../reference/noise';

type Rows = readonly (readonly number[])[];
const inner = (rows: Rows): number[] => rows.flatMap((a) => rows.map((b) => dot(a, b)));

describe('four gradients near and far', () => {
  test('have the published tests, whose squares add up', () => {
    for (const [rows, norm, part] of [
      [narrow, 1 / 27, 1 / 54],
      [wide, 4 / 27, 2 / 27],
    ] as const) {
      const { centeredSquaredNorms, meanProducts, meanSquaredNorm } = naiveSummary(rows).moments!;
      const tests = gradientTests(meanSquaredNorm, centeredSquaredNorms, meanProducts);
      expect(tests.norm ** 2).toBeCloseTo(norm, 14);
      expect(tests.inner ** 2).toBeCloseTo(part, 14);
      expect(tests.orthogonality ** 2).toBeCloseTo(part, 14);
    }
  });

  test('have the published diversity and coherence', () => {
    expect(gradientDiversity({ meanSquaredNorm: 18, scatter: 8, rows: 4 })).toBeCloseTo(5 / 18, 14);
    expect(gradientDiversity({ meanSquaredNorm: 18, scatter: 32, rows: 4 })).toBeCloseTo(13 / 36, 14);
    expect(coherence(18, 2)).toBeCloseTo(9 / 10, 14);
    expect(coherence(18, 8)).toBeCloseTo(9 / 13, 14);
  });
});

describe('tests of a batch', () => {
  test('satisfy Pythagoras for any rows, and equal variances of projections', () => {
    const rows = noise(9, 5, 2).map((row) => row.map((value, j) => value + j));
    const g = mean(rows);
    const { centeredSquaredNorms, meanProducts, meanSquaredNorm } = naiveSummary(rows).moments!;
    const tests = gradientTests(meanSquaredNorm, centeredSquaredNorms, meanProducts);
    expect(tests.inner ** 2 + tests.orthogonality ** 2).toBeCloseTo(tests.norm ** 2, 13);
    const projections = rows.map((row) => dot(row, g));
    const variance = projections.reduce((sum, p) => sum + (p - dot(g, g)) ** 2, 0) / 8;
    expect(tests.inner).toBeCloseTo(Math.sqrt(variance / 9) / dot(g, g), 13);
  });

  test('just pass at the batch size they imply', () => {
    const size = passingBatchSize(0.7, 64, 0.5);
    expect(0.7 * Math.sqrt(64 / size)).toBeCloseTo(0.5, 14);
  });
});

describe('products of rows', () => {
  test('come back from those of centered rows', () => {
    for (const rows of [narrow, threeByFour, opposites, identical] as readonly Rows[]) {
      const { moments, spectrum } = naiveSummary(rows);
      const back = products(spectrum!.gram!, moments!.meanProducts, moments!.meanSquaredNorm);
      for (const [k, value] of inner(rows).entries()) expect(back[k]).toBeCloseTo(value, 12);
    }
  });
});

describe('the sign-flip test', () => {
  const brute = (rows: Rows): number => {
    const norm = (signs: readonly number[]): number => {
      const sum = rows[0]!.map((_, j) => rows.reduce((s, row, i) => s + signs[i]! * row[j]!, 0));
      return dot(sum, sum);
    };
    const observed = norm(rows.map(() => 1));
    let count = 0;
    for (let choice = 0; choice < 2 ** rows.length; choice++)
      if (norm(rows.map((_, i) => ((choice >> i) & 1 ? -1 : 1))) >= observed * (1 - 1e-12)) count++;
    return count / 2 ** rows.length;
  };

  test.each([
    ['narrow', narrow],
    ['opposites', opposites],
    ['three by four', threeByFour],
    ['eleven rows of noise', noise(11, 3, 4)],
    ['sixteen rows of noise', noise(16, 2, 5)],
  ] as [string, Rows][])('counts every choice of signs up to 16 rows: %s', (_, rows) =>
    expect(signFlipTest(inner(rows), rows.length, 1)).toBe(brute(rows)),
  );

  test('draws signs beyond 16 rows, and comes near the count', () => {
    const rows = noise(17, 4, 6).map((row) => row.map((value) => value + 0.2));
    const truth = brute(rows);
    const draws = 4000;
    const error = Math.sqrt((truth * (1 - truth)) / draws);
    expect(Math.abs(signFlipTest(inner(rows), 17, draws) - truth)).toBeLessThan(4 * error);
  });

  test.each([1, 2, 3])(
    'draws signs beyond 16 rows also where lengths differ and most directions cancel (%i)',
    (seed) => {
      const rows = noise(17, 2, seed).map((row, i) => row.map((value) => value * (1 + (i % 4)) + 0.3));
      const truth = brute(rows);
      const draws = 4000;
      const error = Math.sqrt((truth * (1 - truth)) / draws);
      expect(truth).toBeGreaterThan(0.05);
      expect(Math.abs(signFlipTest(inner(rows), 17, draws) - truth)).toBeLessThan(4 * error);
    },
  );

  test('counts the signs as they are as one of the draws, and sums of equal length as reached', () => {
    // no random signs bring 17 equal rows so far
    const equal = Array.from({ length: 17 }, () => [1, 2]);
    expect(signFlipTest(inner(equal), 17, 99)).toBe(1 / 100);
    // and none change the length of a sum of perpendicular rows
    for (const count of [5, 17]) {
      const perpendicular = Array.from({ length: count }, (_, i) => Array.from({ length: count }, (__, j) => (i === j ? 0.1 * (i + 1) : 0))); // prettier-ignore
      expect(signFlipTest(inner(perpendicular), count, 99)).toBe(1);
    }
  });

  test('is not decided by the length of the rows', () => {
    const rows = noise(12, 3, 10);
    const scaled = rows.map((row) => row.map((value) => value * 2 ** 60));
    expect(signFlipTest(inner(scaled), 12, 1)).toBe(signFlipTest(inner(rows), 12, 1));
  });
});

describe('from two batch sizes', () => {
  test('signal and noise come back from the expected squared norms', () => {
    const at = (size: number) => ({ size, squaredNorm: 3 + 7 / size });
    const { signal, trace } = fromTwoBatchSizes(at(4), at(64));
    expect(signal).toBeCloseTo(3, 13);
    expect(trace).toBeCloseTo(7, 13);
  });

  test('single rows and their mean give the unbiased estimates, identically', () => {
    const { meanSquaredNorm, scatter } = naiveSummary(threeByFour).moments!;
    const { signal, trace } = fromTwoBatchSizes(
      { size: 1, squaredNorm: meanSquaredNorm + scatter / 3 },
      { size: 3, squaredNorm: meanSquaredNorm },
    );
    expect(signal).toBeCloseTo(11.75, 12);
    expect(trace).toBeCloseTo(6.833333, 6);
  });

  // the README of nanoGNS prints the ratio of the numbers before rounding
  test('the published noise scale is the ratio of the published parts', () =>
    expect(20.4898 / 0.9331).toBeCloseTo(21.9588, 3));
});
