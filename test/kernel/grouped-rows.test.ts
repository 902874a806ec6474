import { describe, expect, test } from 'vitest';
import { groupedProducts, groupedRows, groupsOf } from '../../src/kernel/grouped-rows';
import { naiveGroups } from '../reference/naive';
import { noise } from '../reference/noise';
import { solve, unhurried } from './run';
import { stored } from './stored';

const close = (found: Float64Array, wanted: Float64Array): void => {
  expect(found.length).toBe(wanted.length);
  const size = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const [k, value] of wanted.entries()) expect(Math.abs(found[k]! - value)).toBeLessThan(1e-12 * size);
};
const layers = [{ name: 'a', size: 3 }, { name: 'b', size: 6 }]; // prettier-ignore
const dense = noise(14, 9, 3).map((row) => row.map((value) => value + 2));
const sparse = dense.map((row) =>
  row.map((value, j) => (j % 3 === 0 ? Math.max(0, value - 2.5) : j === 4 ? 0 : value)),
);
const tall = noise(60, 9, 4);

describe.each([
  ['dense rows', dense],
  ['rows of a ReLU, most of which are 0', sparse],
  ['more rows than columns', tall],
])('%s', (_, rows) => {
  const names = rows.map((__, i) => (i % 5 === 4 ? 'last' : i % 4));

  test('have the means of groups that adding them up gives, from the rows', async () => {
    const wanted = naiveGroups(rows, names, layers);
    for (const order of ['C', 'F'] as const) {
      const dump = stored(rows, { layers, order });
      const { moments, spectrum } = await solve(dump);
      const found = groupedRows(dump, names, moments, spectrum.gram, unhurried);
      expect([found.names, [...found.of], [...found.sizes]]).toEqual([wanted.names, [...wanted.of], [...wanted.sizes]]);
      close(found.squaredDistances, wanted.squaredDistances);
      close(found.layers, wanted.layers);
      close(found.products!, wanted.products!);
    }
  });

  test('and from their products alone', async () => {
    const wanted = naiveGroups(rows, names, []);
    const { spectrum } = await solve(stored(rows));
    const n = rows.length;
    const products = stored(Array.from({ length: n }, (__, i) => spectrum.gram!.slice(i * n, (i + 1) * n).map((value) => n * value))).arrays[0]!; // prettier-ignore
    const found = groupedProducts({ products }, names, unhurried);
    close(found.squaredDistances, wanted.squaredDistances);
    close(found.products!, wanted.products!);
    expect(found.layers.length).toBe(0);
  });
});

test('a dump of blocks that do not fit at once has the same groups', async () => {
  const rows = noise(20, 700, 6);
  const names = rows.map((_, i) => i % 3);
  const dump = stored(rows);
  const { moments, spectrum } = await solve(dump);
  const found = groupedRows(dump, names, moments, spectrum.gram, { ...unhurried, memoryBudget: 4 * 8 * 23 * 50 });
  close(found.squaredDistances, naiveGroups(rows, names).squaredDistances);
});

test('rows near the ends of the range of doubles have groups in proportion', async () => {
  const names = dense.map((_, i) => i % 3);
  const of = async (power: number): Promise<Float64Array> => {
    const dump = stored(dense.map((row) => row.map((value) => value * 2 ** power)));
    const { moments, spectrum } = await solve(dump);
    return groupedRows(dump, names, moments, spectrum.gram, unhurried).squaredDistances;
  };
  const plain = await of(0);
  for (const power of [-400, 400])
    expect(await of(power)).toEqual(plain.map((value) => value * 2 ** power * 2 ** power));
});

test('more groups than products are kept for have none from the rows, and those of K where that is known', async () => {
  const rows = noise(150, 4, 1);
  const names = rows.map((_, i) => i >> 1);
  const dump = stored(rows);
  const { moments, spectrum } = await solve(dump);
  expect(groupedRows(dump, names, moments, undefined, unhurried).products).toBeUndefined();
  const found = groupedRows(dump, names, moments, spectrum.gram, unhurried);
  close(
    Float64Array.from(found.squaredDistances.keys(), (p) => found.products![p * 75 + p]!),
    found.squaredDistances,
  );
});

test('numbers and texts are different names, in the order in which they appear', () => {
  expect(groupsOf([2, '2', 2, 'a'])).toEqual({ names: ['2', '2', 'a'], of: Int32Array.of(0, 1, 0, 2), sizes: Float64Array.of(2, 1, 1) }); // prettier-ignore
});
