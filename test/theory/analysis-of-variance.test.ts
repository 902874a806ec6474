import { describe, expect, test } from 'vitest';
import { partsWithoutGroup, varianceParts, wholeVarianceParts } from '../../src/theory/analysis-of-variance';
import { centered, dot, mean, naiveGroups } from '../reference/naive';
import { noise } from '../reference/noise';

type Rows = readonly (readonly number[])[];

const scatterOf = (rows: Rows): number => centered(rows).reduce((sum, row) => sum + dot(row, row), 0);
const partsOf = (rows: Rows, names: readonly (number | string)[]) =>
  varianceParts({ ...naiveGroups(rows, names), scatter: scatterOf(rows) });

/** Groups {(3, 1), (1, 1)} and {(0, 2), (2, 4)}. */
const rows = [
  [3, 1],
  [1, 1],
  [0, 2],
  [2, 4],
];
const names = [0, 0, 1, 1];

describe('two groups of two rows', () => {
  const parts = partsOf(rows, names);
  const meanSquaredNorm = dot(mean(rows), mean(rows));
  const total = parts.within + parts.between;

  test('have mean squares of 3 within and of 5 between, of which 1 lies between groups', () => {
    expect(parts.within).toBeCloseTo(3, 14);
    expect(parts.within + 2 * parts.between).toBeCloseTo(5, 14);
    expect(parts.between).toBeCloseTo(1, 14);
    expect(parts.correlation).toBeCloseTo(1 / 4, 14);
    expect(parts.designEffect).toBeCloseTo(5 / 4, 14);
  });

  test('leave a signal of 5, where independent rows would leave 16/3', () => {
    expect(meanSquaredNorm).toBe(6.25);
    expect(meanSquaredNorm - (parts.designEffect * total) / 4).toBeCloseTo(5, 13);
    expect(meanSquaredNorm - scatterOf(rows) / 3 / 4).toBeCloseTo(16 / 3, 13);
  });

  test('make batches of 8 groups with 4 rows noisy by 7/32, and balance at half a group', () => {
    expect(parts.between / 8 + parts.within / 32).toBeCloseTo(7 / 32, 14);
    expect((parts.between + parts.within / 2) / 5).toBeCloseTo(1 / 2, 14);
  });

  test('as the whole data set hold 1.5 within and 1.25 between, together scatter/n', () => {
    const whole = wholeVarianceParts({ ...naiveGroups(rows, names), scatter: scatterOf(rows) });
    expect([whole.within, whole.between]).toEqual([1.5, 1.25]);
    expect(whole.within + whole.between).toBeCloseTo(scatterOf(rows) / 4, 14);
    // by all ordered pairs of rows of one group
    const x = centered(rows);
    const pairs = [x[0]!, x[1]!, x[2]!, x[3]!].map((row, i) => dot(row, x[[1, 0, 3, 2][i]!]!));
    expect(whole.correlation).toBeCloseTo(mean(pairs.map((pair) => [pair]))[0]! / (scatterOf(rows) / 4), 14);
  });
});

describe('groups of several sizes', () => {
  const many = noise(23, 5, 8).map((row, i) => row.map((value) => value + (i % 4)));
  const uneven = many.map((_, i) => (i < 14 ? i % 4 : i % 7));

  test('are all there is of a data set, when the mean takes its own part away', () => {
    // tr Σ·(1 − D/n) is the scatter over n, whatever the sizes
    const { within, between, designEffect } = partsOf(many, uneven);
    expect((within + between) * (1 - designEffect / 23)).toBeCloseTo(scatterOf(many) / 23, 12);
  });

  test('without one of them have the parts of the others', () => {
    const groups = naiveGroups(many, uneven);
    const within = Float64Array.from(groups.names, (name) =>
      scatterOf(many.filter((_, i) => String(uneven[i]) === name)),
    );
    const found = partsWithoutGroup(groups, within);
    groups.names.forEach((name, p) => {
      const rest = many.filter((_, i) => String(uneven[i]) !== name);
      const other = partsOf(rest, uneven.filter((group) => String(group) !== name)); // prettier-ignore
      expect(found[p]?.within).toBeCloseTo(other.within, 12);
      expect(found[p]?.between).toBeCloseTo(other.between, 12);
      expect(found[p]?.designEffect).toBeCloseTo(other.designEffect, 12);
    });
  });

  test('have no parts when there is one, and when each has one row', () => {
    expect(() => partsOf(rows, [0, 0, 0, 0])).toThrow(RangeError);
    expect(() => partsOf(rows, [0, 1, 2, 3])).toThrow(RangeError);
    expect(() => wholeVarianceParts({ ...naiveGroups(rows, [0, 1, 2, 3]), scatter: 11 })).toThrow(RangeError);
    expect(partsWithoutGroup({ sizes: [2, 1], squaredDistances: [1, 1] }, [1, 0])).toEqual([undefined, undefined]);
  });
});
