import { describe, expect, test } from 'vitest';
import { debiasedTraces, entropyRank, participationRatio, stableRank } from '../../src/theory/effective-rank';
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
      const estimate = debiasedTraces({
        rows,
        population: Infinity,
        squaredFrobenius: frobenius,
        trace,
        fourth,
      }).squares;
      sum += estimate;
      squares += estimate ** 2;
      plain += frobenius / rounds;
    }
    const mean = sum / rounds;
    const error = Math.sqrt((squares / rounds - mean ** 2) / rounds);
    expect(Math.abs(mean - truth)).toBeLessThan(4 * error);
    expect(plain).toBeGreaterThan(2 * truth);
  });

  // the four gradients near have ‖S‖² = 32/9, tr S = 8/3, Σ‖xᵢ‖⁴/3 = 16/3, and far 16, 4, 16 times as much
  const near = { rows: 4, squaredFrobenius: 32 / 9, trace: 8 / 3, fourth: 16 / 3 };
  const far = { rows: 4, squaredFrobenius: (16 * 32) / 9, trace: 32 / 3, fourth: (16 * 16) / 3 };

  test('has the values of the four gradients near and far', () => {
    expect(debiasedTraces({ ...near, population: Infinity }).squares).toBeCloseTo(8 / 3, 12);
    expect(debiasedTraces({ ...far, population: Infinity }).squares).toBeCloseTo(128 / 3, 12);
    expect(debiasedTraces({ ...near, population: Infinity }).squaredTrace).toBeCloseTo(8, 12);
  });

  test('is by hand 16/5, and 36/5 for the squared trace, for four gradients of five', () => {
    // 3/8·(6·32/9 + 64/9 − 64/3) = 8/3, 3/8·(5·64/9 − 64/3 + 64/9) = 8, 32/3 + 3/4·(128/9 + 128/9) = 32;
    // p = 3/2·8/3 + 16 = 20, q = 3/2·8 + 16 = 28; (3·20 − 28)/10 and (4·28 − 2·20)/10
    expect(debiasedTraces({ ...near, population: 5 }).squares).toBeCloseTo(16 / 5, 13);
    expect(debiasedTraces({ ...near, population: 5 }).squaredTrace).toBeCloseTo(36 / 5, 13);
  });

  test('is that of the rows themselves when they are all there are, and that of N = ∞ when there are very many', () => {
    const whole = debiasedTraces({ ...near, population: 4 });
    expect(whole.squares).toBeCloseTo(32 / 9, 13);
    expect(whole.squaredTrace).toBeCloseTo(64 / 9, 13);
    const many = debiasedTraces({ ...near, population: 1e9 });
    expect(many.squares).toBeCloseTo(8 / 3, 7);
    expect(many.squaredTrace).toBeCloseTo(8, 7);
  });

  test('is right on average over every sample of four and of five from seven gradients, one of them far out', () => {
    const everyone = [
      [1, 0],
      [0, 2],
      [-1, 1],
      [3, -1],
      [0.5, 0.25],
      [-2, -2],
      [40, 7],
    ];
    const subsets = <T>(items: readonly T[], size: number): T[][] =>
      size === 0
        ? [[]]
        : items.flatMap((item, i) => subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
    const of = (rows: readonly (readonly number[])[]) => {
      const n = rows.length;
      const mean = [0, 1].map((j) => rows.reduce((sum, row) => sum + row[j]! / n, 0));
      const x = rows.map((row) => row.map((value, j) => value - mean[j]!));
      const entry = (i: number, j: number): number => x.reduce((sum, row) => sum + row[i]! * row[j]!, 0) / (n - 1);
      return {
        rows: n,
        squaredFrobenius: entry(0, 0) ** 2 + 2 * entry(0, 1) ** 2 + entry(1, 1) ** 2,
        trace: entry(0, 0) + entry(1, 1),
        fourth: x.reduce((sum, row) => sum + (row[0]! ** 2 + row[1]! ** 2) ** 2, 0) / (n - 1),
      };
    };
    const truth = of(everyone);
    for (const size of [4, 5, 6, 7]) {
      const all = subsets(everyone, size).map((rows) => debiasedTraces({ ...of(rows), population: 7 }));
      const average = (pick: (found: (typeof all)[number]) => number): number =>
        all.reduce((sum, found) => sum + pick(found) / all.length, 0);
      expect(average(({ squares }) => squares) / truth.squaredFrobenius).toBeCloseTo(1, 12);
      expect(average(({ squaredTrace }) => squaredTrace) / truth.trace ** 2).toBeCloseTo(1, 12);
    }
  });

  test('needs four rows', () =>
    expect(() => debiasedTraces({ ...near, rows: 3, population: 9 })).toThrow('tr Σ² needs at least 4 rows'));
});
