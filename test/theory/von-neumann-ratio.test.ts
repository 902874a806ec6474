import { expect, test } from 'vitest';
import { leastRatio, neighborRatio } from '../../src/theory/von-neumann-ratio';
import { noise } from '../reference/noise';

/** XXᵀ of rows centered by their mean. */
function gram(rows: readonly (readonly number[])[]): Float64Array {
  const mean = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
  const x = rows.map((row) => row.map((value, j) => value - mean[j]!));
  return Float64Array.from(x.flatMap((a) => x.map((b) => a.reduce((sum, value, j) => sum + value * b[j]!, 0))));
}

test('von Neumann’s ratio of the numbers 1 … 8 is 7/42, by hand', () => {
  const { ratio, threshold } = neighborRatio(gram([1, 2, 3, 4, 5, 6, 7, 8].map((x) => [x])), 8)!;
  expect(ratio).toBeCloseTo(7 / 42, 14);
  // one direction: 2 − 6/√8
  expect(threshold).toBeCloseTo(2 - 6 / Math.sqrt(8), 14);
});

test('von Neumann’s ratio is that of squared distances of neighbors, whatever the scale', () => {
  const rows = noise(20, 5, 1);
  const distances = rows
    .slice(1)
    .reduce((sum, row, i) => sum + row.reduce((s, x, j) => s + (x - rows[i]![j]!) ** 2, 0), 0);
  const products = gram(rows);
  const trace = rows.reduce((sum, _, i) => sum + products[i * 21]!, 0);
  expect(neighborRatio(products, 20)!.ratio).toBeCloseTo(distances / trace, 12);
  const large = products.map((value) => value * 2 ** 900);
  expect(neighborRatio(large, 20)).toEqual(neighborRatio(products, 20));
});

test('the ratio of the first rows is that of a dump of these alone', () => {
  const rows = noise(20, 5, 1);
  const some = neighborRatio(gram(rows), 20, 12)!;
  const alone = neighborRatio(gram(rows.slice(0, 12)), 12)!;
  expect(some.ratio).toBeCloseTo(alone.ratio, 12);
  expect(some.threshold).toBeCloseTo(alone.threshold, 12);
});

test('there is no ratio of fewer than 8 rows, and none of rows that do not differ', () => {
  expect(neighborRatio(gram(noise(7, 3, 1)), 7)).toBeUndefined();
  expect(neighborRatio(new Float64Array(64), 8)).toBeUndefined();
});

test('the threshold is three deviations below 2, and 1 at most', () => {
  expect(leastRatio(16, 1)).toBe(0.5);
  expect(leastRatio(9, 4)).toBe(1);
  expect(leastRatio(512, 1)).toBe(1);
});
