import { describe, expect, test } from 'vitest';
import { resample } from '../../src/analysis/resampling';
import { plainKernel } from '../../src/kernel/plain';
import { halvesOverlap } from '../../src/kernel/resampled-gram';
import { drawsTogether, shuffledEigenvalues } from '../../src/kernel/shuffled-columns';
import { marchenkoPasturEdges } from '../../src/theory/marchenko-pastur';
import { uniformRandom } from '../../src/theory/random';
import { covariance, dot, jacobi } from '../reference/naive';
import { noise } from '../reference/noise';
import { compiled } from './compiled';
import { refused, solve, unhurried } from './run';
import { stored } from './stored';

const largest = async (rows: readonly (readonly number[])[]): Promise<number> =>
  (await solve(stored(rows))).spectrum.eigenvalues[0]!;
const KERNELS = { plain: plainKernel, WebAssembly: compiled() };

describe.each(Object.entries(KERNELS))('shuffled columns, with the %s kernel', (_, { productSums }) => {
  const shuffled = (rows: readonly (readonly number[])[], draws = 19, seed = 1): Float64Array =>
    shuffledEigenvalues(stored(rows), draws, uniformRandom(seed), productSums, unhurried);

  test('leave a single parameter its variance', async () => {
    const rows = noise(20, 1, 3);
    for (const value of shuffled(rows)) expect(value).toBeCloseTo(await largest(rows), 12);
  });

  test.each([
    [60, 200, 'more parameters than rows'],
    [200, 60, 'more rows than parameters'],
  ])('of white noise show what the dump itself shows: %i × %i, %s', async (N, d) => {
    const rows = noise(N, d, 5);
    const found = shuffled(rows);
    const own = await largest(rows);
    expect(own / found[0]!).toBeGreaterThan(0.85);
    expect(own / found[0]!).toBeLessThan(1.1);
    expect(found[0]! / marchenkoPasturEdges(1, N, d).upper).toBeGreaterThan(0.9);
    expect(found[0]! / marchenkoPasturEdges(1, N, d).upper).toBeLessThan(1.15);
    expect([...found]).toEqual([...found].sort((a, b) => b - a));
  });

  test.each([
    [40, 90],
    [90, 40],
  ])('take away what parameters have in common: %i × %i', async (N, d) => {
    const common = noise(N, 1, 7);
    const rows = noise(N, d, 8).map((row, i) => row.map((value) => value + 2 * common[i]![0]!));
    expect(await largest(rows)).toBeGreaterThan(5 * shuffled(rows)[0]!);
  });

  test('keep parameters of different size apart, which the Marchenko–Pastur edge cannot', async () => {
    // independent, but one parameter is far noisier: a direction of its own, no spike
    const rows = noise(100, 30, 9).map((row) => row.map((value, j) => (j === 0 ? 10 * value : value)));
    const own = await largest(rows);
    expect(own / shuffled(rows)[0]!).toBeLessThan(1.05);
    const trace = rows[0]!.reduce((sum, _, j) => sum + (j === 0 ? 100 : 1), 0);
    expect(own).toBeGreaterThan(5 * marchenkoPasturEdges(trace / 30, 100, 30).upper);
  });

  test('are white noise’s own line in 19 of 20 dumps', () => {
    let above = 0;
    for (let round = 0; round < 60; round++) {
      const rows = noise(12, 20, 1000 + round);
      const own = jacobi(covariance(rows)).values[0]!;
      if (own > shuffled(rows, 19, round)[0]!) above++;
    }
    // binomial with 60 rounds of 1/20: 3 ± 1.7
    expect(above).toBeLessThanOrEqual(8);
  });

  test('are the same for the same seed, others for another, and scale with the gradients exactly', () => {
    const rows = noise(15, 40, 11);
    expect(shuffled(rows)).toEqual(shuffled(rows));
    expect(shuffled(rows, 19, 2)).not.toEqual(shuffled(rows));
    const scaled = shuffled(rows.map((row) => row.map((value) => value * 2 ** 20)));
    scaled.forEach((value, k) => expect(value).toBe(shuffled(rows)[k]! * 2 ** 40));
  });

  test('go in groups when memory is short, and are refused when there is none', () => {
    const rows = noise(30, 40, 12);
    const fixed = 8 * (2 * 30 * 40 + 30 * (256 + 30 + 64));
    const run = { ...unhurried, memoryBudget: fixed + 8 * 30 * 30 * 2 };
    expect(shuffledEigenvalues(stored(rows), 5, uniformRandom(1), productSums, run).length).toBe(5);
    const none = { ...unhurried, memoryBudget: fixed };
    expect(() => shuffledEigenvalues(stored(rows), 5, uniformRandom(1), productSums, none)).toThrow(
      refused('memory/budget'),
    );
  });
});

test.each([
  [1, 1],
  [5, 3],
  [12, 256],
  [13, 257],
  [96, 700],
  [109, 1023],
  [200, 64],
])('the sums of products of both kernels agree: %i × %i, in two matrices at once', (order, width) => {
  const tiles = [51, 52, 53].map((seed) => Float64Array.from(noise(order, width, seed).flat()));
  const [plain, fast] = Object.values(KERNELS).map(({ productSums }) => {
    const sums = productSums(order, 2);
    tiles.forEach((tile, k) => sums.add(k % 2, tile, width, () => undefined));
    return [sums.lower(0), sums.lower(1)];
  });
  for (const k of [0, 1])
    for (let i = 0; i < order; i++)
      for (let j = 0; j <= i; j++) expect(fast![k]![i * order + j]).toBeCloseTo(plain![k]![i * order + j]!, 10);
  const row = tiles[1]!.subarray((order - 1) * width, order * width);
  expect(fast![1]!.at(-1)).toBeCloseTo(
    row.reduce((sum, x) => sum + x * x, 0),
    9,
  );
});

test('draws share a pass over the dump as long as their sums fit into the budget and into 32-bit addresses', () => {
  const [n, d] = [8192, 20_000];
  // 8·8192² bytes are half a GiB
  expect(drawsTogether({ rows: n, parameters: d }, 19, 2 ** 40)).toBe(4);
  expect(drawsTogether({ rows: 1024, parameters: d }, 19, 2 ** 40)).toBe(19);
  expect(drawsTogether({ rows: n, parameters: d }, 19, 2 ** 30)).toBe(0);
});

describe('from the products between rows alone', () => {
  const rows = noise(24, 30, 21).map((row) => row.map((value, j) => (value * 30) / (1 + j) + 3));

  test('two halves overlap as their own eigenvectors do', async () => {
    const { spectrum } = await solve(stored(rows));
    const found = halvesOverlap(spectrum.gram!, 24, uniformRandom(6), unhurried);
    const uniform = uniformRandom(6);
    const order = rows.map((_, i) => i);
    for (let last = 23; last > 0; last--) {
      const other = Math.floor(uniform() * (last + 1));
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    const vectors = [order.slice(0, 12), order.slice(12)].map(
      (half) => jacobi(covariance(half.map((i) => rows[i]!))).vectors,
    );
    expect(found.map(({ directions }) => directions)).toEqual([1, 2, 5, 10]);
    for (const { directions, overlap } of found) {
      let sum = 0;
      for (const u of vectors[0]!.slice(0, directions))
        for (const v of vectors[1]!.slice(0, directions)) sum += dot(u, v) ** 2;
      expect(overlap).toBeCloseTo(sum / directions, 8);
    }
  });
});

test('all of it together: the same for every look, without the parts that many rows do not allow', async () => {
  const dump = stored(noise(20, 30, 31));
  const { productSums } = plainKernel;
  const { moments, spectrum } = await solve(dump);
  const { resampling: found, problems } = resample(dump, moments, spectrum, productSums, unhurried);
  expect(problems).toEqual({});
  expect(found).toEqual(resample(dump, moments, spectrum, productSums, unhurried).resampling);
  expect(found.shuffled).toHaveLength(19);
  expect(found.halves?.length).toBe(3);
  expect(found.batches?.sizes).toEqual(Float64Array.of(1, 2, 3, 4, 6, 8, 11, 16, 20));
  const { gram: _, ...many } = spectrum;
  expect(Object.keys(resample(dump, moments, many, productSums, unhurried).resampling)).toEqual(['seed', 'shuffled']);
  expect(
    resample(dump, moments, spectrum, productSums, { ...unhurried, memoryBudget: 10 }).resampling.shuffled,
  ).toHaveProperty('problem.code', 'memory/budget');
});
