import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel';
import { plainKernel } from '../../src/kernel/plain';
import type { GradientDump, StoredArray } from '../../src/shared/dump';
import type { Gram } from '../../src/shared/statistics';
import type { Moments, Spectrum } from '../../src/shared/summary';
import { noise } from '../reference/noise';
import { close } from './close';
import { compiled } from './compiled';
import { refused, solve, unhurried } from './run';
import { stored } from './stored';

const kernels: readonly (readonly [string, Kernel])[] = [
  ['plain', plainKernel],
  ['WebAssembly', compiled({ parallel: 2 })],
];

const kept = (products: Float64Array, N: number): StoredArray => ({
  columns: N,
  element: 'f8',
  littleEndian: true,
  order: 'C',
  location: { kind: 'memory', bytes: new Uint8Array(products.buffer), offset: 0 },
});

async function gramOf(
  dump: GradientDump,
  kernel: Kernel,
): Promise<{ moments: Moments; products: Float64Array; gram: Gram }> {
  const products = new Float64Array(dump.rows ** 2);
  const { moments, ...rest } = await kernel.gram(dump, products, unhurried);
  return { moments, products, gram: { ...rest, products: kept(products, dump.rows) } };
}

const withLayers = (d: number) => [
  { name: 'first', size: Math.ceil(d / 3) },
  { name: 'second', size: d - Math.ceil(d / 3) },
];

describe.each(kernels)('%s: the two halves of a spectrum', (_, kernel) => {
  const shapes = [
    [2, 7],
    [5, 30],
    [37, 700],
    [130, 600],
    [96, 97],
    [600, 700],
  ] as const;
  test.each(shapes)('%i rows of %i parameters: together they give its very bits', async (N, d) => {
    for (const element of ['f4', 'f8'] as const)
      for (const layers of [[], [{ name: 'all', size: d }], withLayers(d)]) {
        const rows = noise(N, d, N).map((row) => row.map((value) => value * 2 ** -30));
        const dump = stored(rows, { element, layers });
        const { moments, gram } = await gramOf(dump, kernel);
        const { covariance: _, ...whole } = await solve(dump, kernel).then(({ spectrum }) => spectrum);
        const again = await kernel.spectrumOfGram(gram, moments, d, unhurried);
        expect(again).toEqual(whole);
      }
  });

  test('more rows than parameters: the products say what the covariance says, up to rounding', async () => {
    const [N, d] = [90, 8];
    const dump = stored(noise(N, d, 7), { layers: withLayers(d) });
    const { moments, gram } = await gramOf(dump, kernel);
    const { spectrum } = await solve(dump, kernel);
    const again = await kernel.spectrumOfGram(gram, moments, d, unhurried);
    expect(again.eigenvalues.length).toBe(d);
    const summary = ({ plane, layers, eigenvalues, frobeniusNorm, secondMomentNorm, meanCosine }: Spectrum) => ({
      ...{ eigenvalues, frobeniusNorm, secondMomentNorm, meanCosine, layers },
      plane: { ...plane, points: plane.points.map(Math.abs), mean: plane.mean.map(Math.abs) },
    });
    close(summary(again), summary(spectrum), 1e-12);
  });

  test('both triangles hold X·Xᵀ, and more of it is added to what is there', async () => {
    const rows = noise(6, 40, 2);
    const { products } = await gramOf(stored(rows), kernel);
    const means = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
    const centered = rows.map((row) => row.map((value, j) => value - means[j]!));
    const expected = centered.flatMap((a) => centered.map((b) => a.reduce((sum, x, j) => sum + x * b[j]!, 0)));
    close(products, Float64Array.from(expected), 1e-13);
    const dump = stored(rows);
    await kernel.gram(dump, products, unhurried);
    close(
      products,
      Float64Array.from(expected, (value) => 2 * value),
      1e-13,
    );
  });

  test('what does not fit the budget is refused before anything is read', async () => {
    const dump = stored(noise(300, 400, 1));
    const { moments, gram } = await gramOf(dump, kernel);
    const run = { ...unhurried, memoryBudget: 2 ** 18 };
    await expect(async () => kernel.spectrumOfGram(gram, moments, 400, run)).rejects.toEqual(
      refused('memory/budget', /300 × 300 products between rows need/),
    );
    await expect(async () => kernel.gram(dump, new Float64Array(9e4), run)).rejects.toEqual(
      refused('memory/budget', /300 × 300/),
    );
    const one = stored([[1, 2, 3]]);
    await expect(async () => gramOf(one, kernel)).rejects.toEqual(refused('data/too-few-examples'));
  });
});

describe('what only the WebAssembly kernel does', () => {
  const [, [, kernel]] = kernels as readonly [unknown, (typeof kernels)[number]];

  test('float32 products of long rows: the very bits, and the rounding that they bring', async () => {
    const [N, d] = [520, 33000];
    const dump = stored(noise(N, d, 3), { element: 'f4' });
    const { moments, gram } = await gramOf(dump, kernel);
    expect(gram.rounding).toBeGreaterThan(0);
    expect(await kernel.spectrumOfGram(gram, moments, d, unhurried)).toEqual((await solve(dump, kernel)).spectrum);
    // the other kernel counts it, too
    const plain = await plainKernel.spectrumOfGram(gram, moments, d, unhurried);
    expect(plain.roundingFloor).toBeGreaterThan(gram.rounding);
  });

  test('only the leading eigenvalues where memory does not hold the whole matrix, as from the rows', async () => {
    const [N, d] = [1500, 1600];
    const dump = stored(noise(N, d, 1), {});
    const { moments, gram } = await gramOf(dump, kernel);
    const run = { ...unhurried, memoryBudget: 16 << 20 };
    const few = await kernel.spectrumOfGram(gram, moments, d, run);
    expect(few.eigenvalues.length).toBe(32);
    const { spectrum } = await kernel.solve(dump, { ...run, memoryBudget: 20 << 20 });
    expect(few).toEqual(spectrum);
  });
});
