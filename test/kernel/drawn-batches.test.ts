import { describe, expect, test } from 'vitest';
import { drawnBatches } from '../../src/kernel/drawn-batches';
import { uniformRandom } from '../../src/theory/random';
import { squaredNormDeviation } from '../../src/theory/sampling';
import { dot, mean } from '../reference/naive';
import { noise } from '../reference/noise';
import { solve, unhurried } from './run';
import { stored } from './stored';

/** With as many parameters as rows at least, for K to be at hand; those added are always 0. */
const of = async (short: readonly (readonly number[])[], draws = 400) => {
  const rows = short.map((row) => [...row, ...short.map(() => 0)]);
  const { moments, spectrum } = await solve(stored(rows));
  return { moments, spectrum, found: drawnBatches(spectrum.gram!, moments, rows.length, draws, uniformRandom(3), unhurried) }; // prettier-ignore
};

describe('squared norms of batches drawn from the rows', () => {
  test('of one row are those of the rows, less their mean: of four rows the smallest and the largest', async () => {
    const rows = [[1, 0], [0, 2], [3, 1], [1, 1]]; // prettier-ignore
    const { found } = await of(rows);
    const norms = rows.map((row) => dot(row, row));
    const expected = norms.reduce((sum, norm) => sum + norm, 0) / 4;
    expect(found.sizes).toEqual(Float64Array.of(1, 2, 3, 4));
    for (const { lower, upper } of [found.with, found.without]) {
      expect(lower[0]).toBeCloseTo(Math.min(...norms) - expected, 12);
      expect(upper[0]).toBeCloseTo(Math.max(...norms) - expected, 12);
    }
  });

  test('of two rows without replacement lie among those of the six pairs', async () => {
    const rows = [[1, 0], [0, 2], [3, 1], [1, 1]]; // prettier-ignore
    const { found } = await of(rows);
    const pairs = rows.flatMap((a, i) => rows.slice(0, i).map((b) => mean([a, b]))).map((g) => dot(g, g));
    const expected = pairs.reduce((sum, norm) => sum + norm, 0) / 6;
    expect(found.without.lower[1]).toBeCloseTo(Math.min(...pairs) - expected, 12);
    expect(found.without.upper[1]).toBeCloseTo(Math.max(...pairs) - expected, 12);
  });

  test('do not vary when the batch is the whole dump, unless rows may come twice', async () => {
    const { found, moments } = await of(noise(30, 12, 4));
    expect(found.without.upper.at(-1)! / moments.meanSquaredNorm).toBeCloseTo(0, 12);
    expect(found.without.lower.at(-1)! / moments.meanSquaredNorm).toBeCloseTo(0, 12);
    expect(found.with.upper.at(-1)).toBeGreaterThan(0);
  });

  test('vary as Gaussian gradients do where the rows are Gaussian', async () => {
    const rows = noise(300, 20, 9).map((row) => row.map((value) => value + 1));
    const { found, moments, spectrum } = await of(rows, 4000);
    const along = moments.meanProducts.reduce((sum, product) => sum + product ** 2, 0) / 300;
    for (const [place, B] of found.sizes.entries()) {
      if (B < 16 || B > 100) continue;
      const deviation = squaredNormDeviation(1 / B, along, spectrum.frobeniusNorm ** 2);
      const width = found.with.upper[place]! - found.with.lower[place]!;
      // 95 % of a Gaussian lie within ±1.96 deviations
      expect(width / (2 * 1.96 * deviation)).toBeGreaterThan(0.93);
      expect(width / (2 * 1.96 * deviation)).toBeLessThan(1.07);
    }
  });
});
