import { describe, expect, test } from 'vitest';
import { noiseDirections, withQuotients } from '../../src/kernel/noise-directions';
import type { NoiseDirection, Spectrum } from '../../src/shared/summary';
import { narrow } from '../reference/dumps';
import { naiveSummary } from '../reference/naive';
import { noise } from '../reference/noise';
import { close } from './close';
import { solve, unhurried } from './run';
import { stored } from './stored';

const layers = [
  { name: 'first', size: 3 },
  { name: 'empty', size: 0 },
  { name: 'second', size: 17 },
];

const directionsOf = async (dump: ReturnType<typeof stored>): Promise<readonly NoiseDirection[]> => {
  const { moments, spectrum } = await solve(dump);
  return noiseDirections(dump, moments, spectrum, unhurried);
};

describe('the leading eigenvectors of Σ, seen in the parameters', () => {
  test.each([
    ['fewer rows than parameters', 9, {}],
    ['more rows than parameters', 50, {}],
    ['columns stored one after the other', 9, { order: 'F' as const }],
    ['several arrays', 9, { widths: [5, 15] }],
  ])('are those of the d × d matrix: %s', async (_, N, how) => {
    // columns of different size keep the eigenvalues apart
    const rows = noise(N, 20, 7).map((row) => row.map((value, j) => value * (1 + j) + 100));
    const found = await directionsOf(stored(rows, { layers, ...how }));
    const naive = naiveSummary(rows, { layers }).directions!;
    close(
      found.map(({ residual: _residual, ...rest }) => rest),
      naive.map(({ residual: _residual, ...rest }) => rest),
      1e-9,
    );
    for (const { eigenvalue, residual, layers: shares } of found) {
      expect(residual).toBeLessThan(1e-12 * eigenvalue);
      expect([...shares].reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 14);
      expect(shares[1]).toBe(0);
    }
  });

  test('that lie along one parameter, evenly over four, and nowhere', async () => {
    const alone = await directionsOf(stored([[0, 3, 1], [0, -3, 1]])); // prettier-ignore
    expect(alone).toEqual([
      {
        eigenvalue: expect.closeTo(9, 14) as number,
        residual: expect.closeTo(0, 14) as number,
        spread: 1,
        parameters: [{ index: 1, component: 1 }],
        layers: Float64Array.of(),
      },
    ]);
    const even = await directionsOf(stored([[2, 2, -2, 2], [0, 0, 0, 0]])); // prettier-ignore
    expect(even[0]?.eigenvalue).toBeCloseTo(4, 14);
    expect(even[0]?.spread).toBeCloseTo(4, 14);
    expect(even[0]?.parameters.map(({ component }) => component * even[0]!.parameters[0]!.component)).toEqual(
      [0.25, 0.25, -0.25, 0.25].map((share) => expect.closeTo(share, 14) as number),
    );
    expect(await directionsOf(stored([[1, 2], [1, 2]]))).toEqual([]); // prettier-ignore
  });

  test('of the same numbers 10¹²⁰ times smaller are the same', async () => {
    const rows = noise(6, 30, 2);
    const [of, small] = await Promise.all([
      directionsOf(stored(rows)),
      directionsOf(stored(rows.map((row) => row.map((value) => value * 2 ** -400)))),
    ]);
    expect(small).toEqual(
      of.map(({ eigenvalue, residual, ...rest }) => ({
        ...rest,
        eigenvalue: eigenvalue * 2 ** -800,
        residual: residual * 2 ** -800,
      })),
    );
  });

  test('name ten parameters at most, by the size of the component, the first positive', async () => {
    const [first] = await directionsOf(stored(noise(8, 64, 11)));
    const components = first!.parameters.map(({ component }) => component);
    expect(components).toHaveLength(10);
    expect(components[0]).toBeGreaterThan(0);
    expect(components.map(Math.abs)).toEqual(components.map(Math.abs).sort((a, b) => b - a));
  });

  test.each([
    ['columns', 8, 3000],
    ['rows', 3000, 8],
  ])('are bitwise the same whatever the memory: by blocks of %s', async (_, N, d) => {
    const dump = stored(noise(N, d, 5));
    const { moments, spectrum } = await solve(dump);
    const [much, little] = [2 ** 30, 8 * 8 * 8 * 100].map((memoryBudget) =>
      noiseDirections(dump, moments, spectrum, { ...unhurried, memoryBudget }),
    );
    expect(much).toHaveLength(5);
    expect(little).toEqual(much);
  });

  test('stop when the reader asks', async () => {
    const dump = stored(noise(4, 20, 1));
    const { moments, spectrum } = await solve(dump);
    const stop = (): void => {
      throw new Error('stop');
    };
    expect(() => noiseDirections(dump, moments, spectrum, { ...unhurried, checkCanceled: stop })).toThrow('stop');
  });
});

describe('eigenvalues of products in single precision', () => {
  const spectrum = (products: Spectrum['products'], eigenvalues: readonly number[]): Spectrum => ({
    ...naiveSummary(narrow).spectrum!,
    products,
    eigenvalues: Float64Array.from(eigenvalues),
  });
  const found = [5.01, 4.97].map((eigenvalue): NoiseDirection => ({
    eigenvalue,
    residual: 0,
    spread: 1,
    parameters: [],
    layers: Float64Array.of(),
  }));

  test('are replaced by the quotients of the rows, in falling order', () => {
    expect([...withQuotients(spectrum('float32', [5, 4.99, 4.98, 1]), found).eigenvalues]).toEqual([
      5.01, 4.98, 4.97, 1,
    ]);
  });

  test('of products in double precision stay to the last bit', () => {
    expect([...withQuotients(spectrum('float64', [5, 4.99, 4.98, 1]), found).eigenvalues]).toEqual([5, 4.99, 4.98, 1]);
  });
});
