import { describe, expect, test } from 'vitest';
import { clipped, clippedOfGiven } from '../../src/kernel/eigen';
import { plainKernel } from '../../src/kernel/plain';
import type { GradientDump } from '../../src/shared/dump';
import { normalRandom, uniformRandom } from '../../src/theory/random';
import { compiled } from './compiled';
import { solve, unhurried } from './run';

/** As many columns as products in single precision need at least. */
const [N, d] = [512, 1 << 15];
const fast = compiled({ parallel: 2 });
const portable = compiled({ parallel: 2, variants: ['simd'] });

const uniform = uniformRandom(3);
const normal = normalRandom(4);

/** Rows of float32, and the same numbers as float64, whose products are formed in double precision. */
function dumps(fill: (row: number, column: number) => number): Record<'narrow' | 'wide', GradientDump> {
  const values = new Float32Array(N * d);
  for (let i = 0, k = 0; i < N; i++) for (let j = 0; j < d; j++, k++) values[k] = fill(i, j);
  const dump = (bytes: Uint8Array, element: 'f4' | 'f8'): GradientDump => ({
    name: 'rows.npy',
    path: '/rows.npy',
    format: 'npy',
    rows: N,
    parameters: d,
    dtype: element,
    bytes: bytes.length,
    layers: [],
    arrays: [{ columns: d, element, littleEndian: true, order: 'C', location: { kind: 'memory', bytes, offset: 0 } }],
    metadata: {},
    notes: [],
  });
  return {
    narrow: dump(new Uint8Array(values.buffer), 'f4'),
    wide: dump(new Uint8Array(Float64Array.from(values).buffer), 'f8'),
  };
}

/** δ ⊗ h of a layer whose inputs are 0 in this share: the gradient of one example. */
function outer(zeros: number): (row: number, column: number) => number {
  const width = 512;
  const inputs = Array.from({ length: N * width }, () => (uniform() < zeros ? 0 : Math.abs(normal())));
  const errors = Array.from({ length: (N * d) / width }, () => (uniform() < 0.5 ? 0 : normal()));
  return (row, column) =>
    errors[(row * d) / width + Math.floor(column / width)]! * inputs[row * width + (column % width)]!;
}

const base = Array.from({ length: 20 * d }, normal);
const weights = Array.from({ length: N * 20 }, normal);
const lowRank = (row: number, column: number): number => {
  let sum = 0;
  for (let k = 0; k < 20; k++) sum += weights[row * 20 + k]! * base[k * d + column]!;
  return sum;
};
const patterns = Array.from({ length: 40 * d }, () => (uniform() < 0.05 ? Math.abs(normal()) : 0));

describe('the spectrum of 512 × 32768 float32 rows is that of products in double precision', () => {
  test.each([
    ['dense', () => normal()],
    ['95 % zeros', () => (uniform() < 0.05 ? normal() : 0)],
    ['95 % zeros, the others positive', () => (uniform() < 0.05 ? Math.abs(normal()) : 0)],
    ['half zeros', () => (uniform() < 0.5 ? normal() : 0)],
    ['one dense row among rows of 97 % zeros', (row: number) => (row === 7 || uniform() < 0.03 ? normal() : 0)],
    ['outer products', outer(0.7)],
    ['steps of float16, most of which underflowed', () => Math.round(0.4 * normal()) * 2 ** -24],
    ['40 sparse rows again and again', (row: number, column: number) => patterns[(row % 40) * d + column]!],
    ['of rank 20', lowRank],
    ['of rank 20, cut off below', (row: number, column: number) => Math.max(4, lowRank(row, column)) - 4],
    ['every second row 0', (row: number) => (row % 2 === 0 || uniform() < 0.9 ? 0 : normal())],
  ] as const)(
    '%s',
    async (_, fill) => {
      const { narrow, wide } = dumps(fill);
      const expected = await solve(wide, fast);
      const { moments, spectrum } = await solve(narrow, fast);
      expect(expected.spectrum.products).toBe('float64');
      expect(moments.scatter).toBeCloseTo(expected.moments.scatter, 9 - Math.ceil(Math.log10(moments.scatter)));
      const [largest = 0] = expected.spectrum.eigenvalues;
      const floor = spectrum.roundingFloor + expected.spectrum.roundingFloor;
      expect(spectrum.roundingFloor).toBeLessThan(1e-6 * largest);
      spectrum.eigenvalues.forEach((value, k) => {
        const right = expected.spectrum.eigenvalues[k]!;
        // large eigenvalues to nine digits, small ones to the bound of rounding that the report states
        expect(Math.abs(value - right)).toBeLessThanOrEqual(floor + 1e-9 * right);
      });
      expect(Math.abs(spectrum.frobeniusNorm / expected.spectrum.frobeniusNorm - 1)).toBeLessThan(1e-8);
      const above = (values: Float64Array): number => values.filter((value) => value > 2 * floor).length;
      expect(above(spectrum.eigenvalues)).toBe(above(expected.spectrum.eigenvalues));
    },
    240_000,
  );

  test('products that go beyond their bound are formed again in double precision', async () => {
    // of low rank, and all in one strip: nothing averages the rounding of its products
    const { narrow, wide } = dumps((row, column) => lowRank(row, column) * (column < 512 ? 1 : 1e-4));
    const expected = await solve(wide, fast);
    const told: number[] = [];
    const { spectrum } = await fast.solve(narrow, unhurried, (known) => told.push(known.scatter));
    expect(spectrum.products).toBe('float64');
    expect(spectrum.eigenvalues).toEqual(expected.spectrum.eigenvalues);
    expect(told).toHaveLength(1);
  }, 240_000);

  test('without fused multiply-add as well, and the statistics of the rows say the same', async () => {
    const { narrow, wide } = dumps(() => (uniform() < 0.05 ? normal() : 0));
    const expected = await solve(wide, fast);
    const { moments, spectrum } = await solve(narrow, portable);
    expect(spectrum.kernel).toBe('simd');
    const products = new Float64Array(N * N);
    const { rounding, layers } = await fast.gram(narrow, products, unhurried);
    const location = { kind: 'memory', bytes: new Uint8Array(products.buffer), offset: 0 } as const;
    const stored = { columns: N, element: 'f8', littleEndian: true, order: 'C', location } as const;
    for (const kernel of [fast, plainKernel]) {
      const again = await kernel.spectrumOfGram({ products: stored, rounding, layers }, moments, d, unhurried);
      for (const { eigenvalues, roundingFloor } of [spectrum, again])
        eigenvalues.forEach((value, k) =>
          expect(Math.abs(value - expected.spectrum.eigenvalues[k]!)).toBeLessThanOrEqual(roundingFloor + 1e-9 * value),
        );
    }
  }, 240_000);
});

describe('an eigenvalue below 0', () => {
  test('of rows says how far rounding goes, and costs no spectrum', () => {
    expect(clipped(Float64Array.of(3, 1, -1e-3), 1e-6)).toEqual({ eigenvalues: Float64Array.of(3, 1, 0), floor: 1e-3 });
    expect(clipped(Float64Array.of(3, 1, -1e-9), 1e-6).floor).toBe(1e-6);
  });

  test('of products that somebody else formed is refused beyond rounding', () => {
    expect(() => clippedOfGiven(Float64Array.of(3, 1, -1e-3), 1e-6)).toThrow('A covariance came out with');
    expect(clippedOfGiven(Float64Array.of(3, 1, -2e-6), 1e-6).floor).toBe(2e-6);
  });
});
