import { describe, expect, test } from 'vitest';
import { clippedMeans, privateError } from '../../src/theory/clipping';
import { normalRandom } from '../../src/theory/random';

type Rows = readonly (readonly number[])[];
const F: Rows = [[3, 1], [1, 0], [2, -2], [2, 3]]; // prettier-ignore
const productsOf = (rows: Rows): number[] =>
  rows.flatMap((a) => rows.map((b) => a.reduce((sum, value, j) => sum + value * b[j]!, 0)));
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, j) => sum + x * b[j]!, 0);

/** The same from the rows themselves. */
function directly(rows: Rows, C: number) {
  const weights = rows.map((row) => Math.min(1, C / (Math.sqrt(dot(row, row)) || 1)));
  const mean = (of: (i: number) => number): number[] =>
    rows[0]!.map((_, j) => rows.reduce((sum, row, i) => sum + of(i) * row[j]!, 0) / rows.length);
  const [kept, lost, all] = [mean((i) => weights[i]!), mean((i) => 1 - weights[i]!), mean(() => 1)];
  const sum = (of: (w: number) => number): number => rows.reduce((total, row, i) => total + of(weights[i]!) * dot(row, row), 0); // prettier-ignore
  return {
    clipped: weights.filter((w) => w < 1).length,
    kept: dot(kept, kept),
    lost: dot(lost, lost),
    along: dot(all, kept),
    keptSquares: sum((w) => w * w),
    lostSquares: sum((w) => (1 - w) ** 2),
    crossSquares: sum((w) => w),
  };
}

describe('rows clipped to a length', () => {
  test('have the share, bias, cosine and length that a hand finds for four rows', () => {
    const at = clippedMeans(productsOf(F), 4);
    const length = Math.sqrt(17 / 4);
    const expected = [
      [1, 3 / 4, 1.259199904263, 0.994128481486, 0.392987799287, 1.598276039704],
      [2, 3 / 4, 0.702695678958, 0.996505117102, 0.666041406191, 0.544239110734],
      [3, 1 / 2, 0.185094846631, 0.998492461827, 0.92744039039, 0.148537629426],
      [4, 0, 0, 1, 1, 0.1484375],
    ] as const;
    for (const [C, share, bias, cosine, kept, error] of expected) {
      const found = at(C);
      expect(found.clipped / 4).toBe(share);
      expect(Math.sqrt(found.lost)).toBeCloseTo(bias, 11);
      expect(found.along / length / Math.sqrt(found.kept)).toBeCloseTo(cosine, 11);
      expect(Math.sqrt(found.kept) / length).toBeCloseTo(kept, 11);
      const given = { C, batchSize: 32, multiplier: 1, parameters: 2, correction: 1 };
      expect(privateError(found.lost, found.keptSquares / 4 - found.kept, given)).toBeCloseTo(error, 11);
    }
  });

  test('of length 0 have a mean of 0, and of any length are as they are', () => {
    const at = clippedMeans(productsOf(F), 4);
    expect(at(0)).toMatchObject({ clipped: 4, kept: 0, lost: expect.closeTo(17 / 4, 12) as number, along: 0 });
    expect(at(Infinity)).toMatchObject({ clipped: 0, lost: 0, lostSquares: 0, along: expect.closeTo(17 / 4, 12) as number }); // prettier-ignore
    expect(at(Infinity).kept).toBeCloseTo(17 / 4, 12);
  });

  test.each([
    ['of any kind', Array.from({ length: 23 }, () => Array.from({ length: 7 }, normalRandom(3)))],
    ['with ties and zeros, as a ReLU leaves them', [...F, ...F, [0, 0], [0, 0], [3, -1], [-1, 0]]],
    ['that are one', [[3, 4]]],
    ['of lengths from 10⁻⁹ to 10⁹', Array.from({ length: 19 }, (_, i) => [10 ** (i - 9), -(10 ** (9 - i)) / 3, 2 ** i])], // prettier-ignore
  ])('%s give what the rows themselves give', (_, rows) => {
    const at = clippedMeans(productsOf(rows), rows.length);
    const norms = rows.map((row) => Math.sqrt(dot(row, row)));
    const near = norms.flatMap((norm) => [norm, norm * (1 - 1e-7), norm * 0.3]);
    for (const C of [0, 1e-12, ...near, 2 * Math.max(...norms)]) {
      const [found, expected] = [at(C), directly(rows, C)];
      expect(found.clipped).toBe(norms.filter((norm) => norm > C).length);
      for (const key of ['kept', 'lost', 'keptSquares', 'lostSquares', 'crossSquares'] as const) {
        const size = Math.max(Math.abs(expected[key]), 1e-13 * dot(norms, norms));
        expect(Math.abs(found[key] - expected[key]) / size, `${key} at ${C}`).toBeLessThan(1e-5);
      }
    }
  });

  test('times a power of two, with C, have the same numbers to the last bit', () => {
    const plain = clippedMeans(productsOf(F), 4);
    for (const power of [-40, 41]) {
      const at = clippedMeans(productsOf(F.map((row) => row.map((x) => x * 2 ** power))), 4);
      for (const C of [0.7, 2, 3.1, 9]) {
        const [before, after] = [plain(C), at(C * 2 ** power)];
        expect(after.lost).toBe(before.lost * 4 ** power);
        expect(after.kept).toBe(before.kept * 4 ** power);
        expect(after.clipped).toBe(before.clipped);
      }
    }
  });
});
