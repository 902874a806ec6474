import { describe, expect, test } from 'vitest';
import { comparedGroups, conflictCosines } from '../../src/metrics/conflict';
import { conflictingPairs as declared } from '../../src/metrics/measured/conflicting-pairs';
import { Quantities } from '../../src/metrics/quantities';
import { suggestedSettings } from '../../src/shared/settings';
import { conflictingPairs, groupCosines } from '../../src/theory/group-conflict';
import { normalRandom } from '../../src/theory/random';
import { dot, naiveSummary } from '../reference/naive';

/** A = (2, 1), (2, −1), (1, 0) and B = (−1, 2), (−1, 1), (−2, 3). */
const rows = [[2, 1], [2, -1], [1, 0], [-1, 2], [-1, 1], [-2, 3]]; // prettier-ignore
const labels = ['A', 'A', 'A', 'B', 'B', 'B'];
const quantitiesOf = (of: readonly (readonly number[])[], names: readonly (number | string)[]): Quantities => {
  const summary = naiveSummary(of, { labels: names });
  return new Quantities(summary, suggestedSettings(summary.dump, { convention: 'sample' }));
};

describe('two groups of three rows', () => {
  const given = quantitiesOf(rows, labels);
  const compared = comparedGroups(given);

  test('have a cosine of −0.629940788349 without their noise, and of −0.554700196225 with it', () => {
    const cosines = conflictCosines(given, compared);
    // U_A = 7/3, U_B = 16/3, and −20/9 between them
    expect(cosines[1]).toBeCloseTo(-0.629940788349, 12);
    expect(cosines[1]).toBeCloseTo(-20 / 9 / Math.sqrt((7 / 3) * (16 / 3)), 12);
    expect([...cosines]).toEqual([1, cosines[1], cosines[2], 1]);
    const [a, b] = [[5 / 3, 0], [-4 / 3, 2]]; // prettier-ignore
    expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeCloseTo(-0.554700196225, 12);
  });

  test('are in conflict in 8 of 9 pairs', () => {
    const inner = rows.flatMap((u) => rows.map((v) => dot(u, v)));
    const { share, pairs, without } = conflictingPairs(inner, [0, 0, 0, 1, 1, 1], [0, 1, 2, 3, 4, 5]);
    expect([share, pairs]).toEqual([8 / 9, 9]);
    // one row less has part in three pairs less
    expect([...without].sort()).toEqual([5 / 6, 5 / 6, 5 / 6, 5 / 6, 1, 1]);
    expect(conflictingPairs(inner, [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1]).without).toEqual(Float64Array.of(NaN, NaN));
  });
});

test('a group of one row, and one hidden by its noise, have no cosine', () => {
  const cosines = groupCosines({ products: [1, 1, 1, 1, 4, 1, 1, 1, 1], sizes: [1, 2, 2], withinScatter: [0, 1, 9] });
  expect([...cosines].map(Number.isNaN)).toEqual([true, true, true, true, false, true, true, true, true]);
  expect(() => conflictingPairs([1, 1, 1, 1], [0, 0], [0, 1])).toThrow(RangeError);
});

test('rows of a ReLU, most of whose products are exactly 0, are not in conflict', () => {
  const sparse = [[1, 0, 0], [2, 0, 0], [0, 1, 0], [0, 3, 0], [0, 0, 1], [0, 0, 2]]; // prettier-ignore
  expect(declared.compute(quantitiesOf(sparse, [0, 0, 1, 1, 2, 2])).value).toBe(0);
});

test('95 % intervals of the share of pairs in conflict cover it', () => {
  const normal = normalRandom(3);
  // gᵀg′ of two groups on a line with means ±m and unit noise is negative with probability Φ(m)² + Φ(−m)²
  const m = 0.7;
  const phi = 0.7580363477769;
  const truth = phi ** 2 + (1 - phi) ** 2;
  const draws = 600;
  let covered = 0;
  for (let draw = 0; draw < draws; draw++) {
    const sample = Array.from({ length: 40 }, (_, i) => [normal() + (i % 2 === 0 ? m : -m)]);
    const { interval } = declared.compute(quantitiesOf(sample, sample.map((_, i) => i % 2))); // prettier-ignore
    if (interval !== undefined && interval.lower <= truth && truth <= interval.upper!) covered++;
  }
  expect(covered / draws).toBeGreaterThan(0.92 - 3 * Math.sqrt((0.92 * 0.08) / draws));
});
