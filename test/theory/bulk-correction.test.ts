import { describe, expect, test } from 'vitest';
import { bulkCorrected, spectralNormInterval } from '../../src/theory/bulk-correction';
import fixture from '../fixtures/intervals/cases.json';
import { centered, jacobi } from '../reference/naive';
import { noise } from '../reference/noise';

const eigenvalues = [9, 4, 1, 0.5];
const scores = [1, 4, 9, 16, 25, 4, 9, 4];

describe('the largest eigenvalue, corrected for the bulk,', () => {
  test('is the harmonic mean of its gaps to all others, by hand', () => {
    // gaps 5, 8, 8.5 and three of 9, of eigenvalues that are 0: 6 over the sum of their reciprocals
    const { value, slope } = bulkCorrected(eigenvalues, 8)!;
    expect(value).toBeCloseTo(6 / (1 / 5 + 1 / 8 + 1 / 8.5 + 3 / 9), 13);
    expect(slope).toBeCloseTo((value ** 2 * (1 / 25 + 1 / 64 + 1 / 8.5 ** 2 + 3 / 81)) / 6, 13);
  });

  test('is itself when there is nothing else', () => {
    expect(bulkCorrected([7], 12)).toEqual({ value: 7, slope: 1 });
    expect(bulkCorrected([7, -1e-15, -1e-14], 12)).toEqual({ value: 7, slope: 1 });
  });

  test('takes eigenvalues that were not computed as equal, none above the last known one', () => {
    // 20 − 14 left for four others: 1.5, but the last known one is 1
    const whole = bulkCorrected([9, 4, 1, 1, 1, 1, 1], 8)!;
    expect(bulkCorrected([9, 4, 1], 8, 20)).toEqual(whole);
    // 2 left for four: 0.5 each
    const some = bulkCorrected([9, 4, 1], 8, 16)!;
    const same = bulkCorrected([9, 4, 1, 0.5, 0.5, 0.5, 0.5], 8)!;
    expect(some.value).toBeCloseTo(same.value, 12);
    expect(some.slope).toBeCloseTo(same.slope, 12);
  });

  test('falls and becomes steep as the second eigenvalue comes near', () => {
    const [apart, near, tied] = [1, 8.9, 9].map((second) => bulkCorrected([9, second], 10)!);
    expect(apart!.value).toBeGreaterThan(near!.value);
    expect(near!.value).toBeGreaterThan(tied!.value);
    expect(near!.slope).toBeGreaterThan(5 * apart!.slope);
    // one gap of eight counts alone: its square over the mean of squares
    expect(tied!.slope).toBeCloseTo(8, 6);
  });

  test('does not exist without noise or for two rows', () => {
    expect(bulkCorrected([0, 0], 5)).toBeUndefined();
    expect(bulkCorrected([], 5)).toBeUndefined();
    expect(bulkCorrected([1], 2)).toBeUndefined();
  });

  test('scales exactly with powers of two', () => {
    const { value, slope } = bulkCorrected(eigenvalues, 8)!;
    for (const e of [-1000, 3, 1000])
      expect(bulkCorrected(eigenvalues.map((x) => x * 2 ** e), 8)).toEqual({ value: value * 2 ** e, slope }); // prettier-ignore
  });
});

describe('the interval of the largest eigenvalue', () => {
  // computed with 40 digits
  test('has ten right digits, in every scale and for every share of the data set', () => {
    const { lower, upper } = spectralNormInterval(9, bulkCorrected(eigenvalues, 8)!, scores)!;
    expect(lower).toBeCloseTo(2.23461342934, 10);
    expect(upper).toBeCloseTo(21.2462377283, 9);
    const doubled = bulkCorrected(eigenvalues.map((x) => 2 * x), 8)!; // prettier-ignore
    const half = spectralNormInterval(18, doubled, scores, 0.5)!;
    expect(doubled.value).toBeCloseTo(15.4643082754, 10);
    expect(half.lower).toBeCloseTo(9.96676756705, 10);
    expect(half.upper).toBeCloseTo(28.9783918661, 9);
  });

  test('agrees with a second program that has 40 digits', () => {
    for (const spectrum of fixture.spectra) {
      const corrected = bulkCorrected(spectrum.eigenvalues, spectrum.scores.length)!;
      const ends = spectralNormInterval(spectrum.eigenvalues[0]!, corrected, spectrum.scores)!;
      expect(corrected.value / spectrum.value).toBeCloseTo(1, 11);
      if (spectrum.ends[0] === 0) expect(ends.lower).toBe(0);
      else expect(ends.lower / spectrum.ends[0]!).toBeCloseTo(1, 10);
      expect(ends.upper / spectrum.ends[1]!).toBeCloseTo(1, 10);
    }
  });

  test('takes scores of any unit, and needs some that differ', () => {
    const corrected = bulkCorrected(eigenvalues, 8)!;
    const ends = spectralNormInterval(9, corrected, scores)!;
    expect(spectralNormInterval(9, corrected, scores.map((s) => s * 2 ** 1000))).toEqual(ends); // prettier-ignore
    expect(spectralNormInterval(9, corrected, [1, 1, 1, 1])).toBeUndefined();
    expect(spectralNormInterval(9, corrected, [0, 0, 0, 0])).toBeUndefined();
    expect(spectralNormInterval(9, corrected, scores, 0)).toBeUndefined();
  });

  test('covers where the plain value lies far off: isotropic noise, and one strong direction', () => {
    const [n, d, dumps] = [24, 8, 150];
    for (const strong of [1, 4]) {
      let [covered, plain, corrected] = [0, 0, 0];
      for (let k = 0; k < dumps; k++) {
        const rows = noise(n, d, 1 + k).map(([first, ...rest]) => [strong * first!, ...rest]);
        const x = centered(rows);
        const sigma = Array.from({ length: d }, (_, i) =>
          Array.from({ length: d }, (__, j) => x.reduce((sum, row) => sum + row[i]! * row[j]!, 0) / (n - 1)),
        );
        const { values, vectors } = jacobi(sigma);
        const squares = x.map((row) => row.reduce((sum, value, j) => sum + value * vectors[0]![j]!, 0) ** 2);
        const found = bulkCorrected(values, n)!;
        const ends = spectralNormInterval(values[0]!, found, squares)!;
        const truth = strong ** 2;
        covered += ends.lower <= truth && truth <= ends.upper ? 1 / dumps : 0;
        plain += values[0]! / truth / dumps;
        corrected += found.value / truth / dumps;
      }
      expect(covered).toBeGreaterThan(0.9);
      if (strong === 1) {
        expect(plain).toBeGreaterThan(2);
        expect(Math.abs(corrected - 1)).toBeLessThan(plain - 1.5);
        // seven directions of variance 1 beside one of 16: 7/(22·15) of it is theirs
      } else expect(plain - corrected).toBeCloseTo(7 / (22 * 15), 2);
    }
  });
});
