import { describe, expect, test } from 'vitest';
import { debiasedSquaredTrace, entropyRank, participationRatio, stableRank } from '../../src/theory/effective-rank';
import { normalRandom, uniformRandom } from '../../src/theory/random';
import { threeByFour } from '../reference/dumps';
import { covariance, jacobi } from '../reference/naive';

describe('effective ranks', () => {
  test('stand in the order 1 ≤ stable rank ≤ participation ratio ≤ entropy rank ≤ count, whatever the spectrum', () => {
    const uniform = uniformRandom(3);
    for (let round = 0; round < 200; round++) {
      const count = 1 + Math.floor(40 * uniform());
      const eigenvalues = Array.from({ length: count }, () => uniform() ** (1 + 8 * uniform()) + 1e-12);
      const ranks = [1, stableRank(eigenvalues), participationRatio(eigenvalues), entropyRank(eigenvalues), count];
      for (let i = 1; i < ranks.length; i++) expect(ranks[i]! * (1 + 1e-12)).toBeGreaterThanOrEqual(ranks[i - 1]!);
    }
  });

  test('all equal the number of directions when these are equally noisy', () => {
    for (const rank of [stableRank, participationRatio, entropyRank])
      expect(rank([0.3, 0.3, 0.3, 0.3, 0.3, 0, 0])).toBeCloseTo(5, 12);
  });

  test('do not exist without noise', () => {
    for (const rank of [stableRank, participationRatio, entropyRank])
      expect(() => rank([0, 0])).toThrow('no eigenvalue is positive');
  });

  test('are those of a published spectrum', () => {
    const { values } = jacobi(covariance(threeByFour));
    expect(participationRatio(values.slice(0, 2))).toBeCloseTo(1.15483, 6);
    expect(entropyRank(values.slice(0, 2))).toBeCloseTo(1.296202, 6);
  });
});

describe('the debiased trace of Σ²', () => {
  test.each([
    ['normal noise', (normal: () => number) => normal()],
    ['noise of heavy tails', (normal: () => number) => normal() * Math.abs(normal())],
  ])('is right on average for %s, where the plain one is far too large', (_, draw) => {
    const normal = normalRandom(5);
    const [rows, columns, rounds] = [8, 12, 4000];
    // the variance of each column is 1 for both kinds of noise
    const truth = columns;
    let [sum, squares, plain] = [0, 0, 0];
    for (let round = 0; round < rounds; round++) {
      const dump = Array.from({ length: rows }, () => Array.from({ length: columns }, () => draw(normal)));
      const s = covariance(dump).map((row) => row.map((entry) => (entry * rows) / (rows - 1)));
      const frobenius = s.flat().reduce((total, entry) => total + entry * entry, 0);
      const trace = s.reduce((total, row, j) => total + row[j]!, 0);
      const average = dump[0]!.map((__, j) => dump.reduce((total, row) => total + row[j]!, 0) / rows);
      const fourth =
        dump.reduce((total, row) => total + row.reduce((t, g, j) => t + (g - average[j]!) ** 2, 0) ** 2, 0) /
        (rows - 1);
      const estimate = debiasedSquaredTrace(rows, frobenius, trace, fourth);
      sum += estimate;
      squares += estimate ** 2;
      plain += frobenius / rounds;
    }
    const mean = sum / rounds;
    const error = Math.sqrt((squares / rounds - mean ** 2) / rounds);
    expect(Math.abs(mean - truth)).toBeLessThan(4 * error);
    expect(plain).toBeGreaterThan(2 * truth);
  });

  test('has the values of the four gradients near and far', () => {
    expect(debiasedSquaredTrace(4, 32 / 9, 8 / 3, 16 / 3)).toBeCloseTo(8 / 3, 12);
    expect(debiasedSquaredTrace(4, (16 * 32) / 9, 32 / 3, (16 * 16) / 3)).toBeCloseTo(128 / 3, 12);
  });

  test('needs four rows', () => expect(() => debiasedSquaredTrace(3, 1, 1, 1)).toThrow('tr Σ² needs at least 4 rows'));
});
