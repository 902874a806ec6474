import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { chooseKernel } from '../../src/kernel';
import { noiseDirections, withQuotients } from '../../src/kernel/noise-directions';
import { plainKernel } from '../../src/kernel/plain';
import { compile } from '../../src/kernel/wasm/engine';
import type { ElementType, GradientDump } from '../../src/shared/dump';
import { problemOf } from '../../src/shared/problem';
import type { Moments, Spectrum } from '../../src/shared/summary';
import { narrow } from '../reference/dumps';
import { noise } from '../reference/noise';
import { timesOpen } from '../storage/open-files';
import { close } from './close';
import { compiled } from './compiled';
import { momentsOf, refused, solve, unhurried } from './run';
import { inFile, stored } from './stored';

const folder = mkdtempSync(path.join(tmpdir(), 'wasm-'));
afterAll(() => rmSync(folder, { recursive: true }));

const threads = { 1: compiled({ parallel: 1 }), 2: compiled({ parallel: 2 }), 3: compiled({ parallel: 3 }) } as const;

/** Everything but what rounding alone decides. */
const comparable = ({ roundingFloor: _, kernel: __, products: ___, ...rest }: Spectrum): unknown => rest;

/** Multiples of 1/16, which every type holds; with a mean, zeros, and a parameter that is always 0. */
const coarse = (N: number, d: number, seed: number): number[][] =>
  noise(N, d, seed).map((row) => row.map((value, j) => (j === 1 ? 0 : Math.round(16 * value + (j % 3)) / 16)));
const layered = (d: number) => [
  { name: 'first', size: 5 },
  { name: 'second', size: d - 6 },
  { name: 'bias', size: 1 },
];

describe('the WebAssembly kernel gives the numbers of the reference kernel', () => {
  const shapes = [
    [2, 7],
    [5, 30],
    [37, 700],
    [130, 600],
    [90, 91],
  ] as const;
  test.each(shapes)('%i rows, %i parameters', async (N, d) => {
    for (const element of ['f4', 'f8'] as const)
      for (const order of ['C', 'F'] as const)
        for (const layers of [[], layered(d)]) {
          const dump = stored(noise(N, d, N), { element, order, layers });
          const plain = await solve(dump);
          const fast = await solve(dump, threads[2]);
          close(fast.moments, plain.moments, 1e-12);
          close(comparable(fast.spectrum), comparable(plain.spectrum), 1e-9);
          fast.spectrum.eigenvalues.forEach((value, k) =>
            expect(Math.abs(value - plain.spectrum.eigenvalues[k]!)).toBeLessThanOrEqual(
              2 * (fast.spectrum.roundingFloor + plain.spectrum.roundingFloor),
            ),
          );
        }
  });

  const elements = ['f2', 'bf2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'b1'] as const;
  test.each(elements)('elements of type %s, in both orders of bytes and of storage, side by side', async (element) => {
    const rows = coarse(9, 50, 5).map((row) => row.map((value) => suited(element, value)));
    const expected = await solve(stored(rows, { layers: layered(50) }));
    for (const littleEndian of [true, false])
      for (const order of ['C', 'F'] as const) {
        const dump = stored(rows, {
          element,
          order,
          littleEndian,
          layers: layered(50),
          widths: [20, 3, 27],
          offset: 5,
        });
        const { moments, spectrum } = await solve(dump, threads[1]);
        close(moments, expected.moments, 1e-13);
        close(comparable(spectrum), comparable(expected.spectrum), 1e-12);
      }
  });

  test('more rows than parameters: rows become columns', async () => {
    const layers = layered(300);
    const rows = noise(12_000, 300, 2);
    for (const order of ['C', 'F'] as const) {
      const dump = stored(rows, { element: 'f4', order, layers, widths: [130, 170] });
      const plain = await solve(dump);
      const fast = await solve(dump, threads[2]);
      expect(fast.spectrum.kernel).not.toBe('plain');
      close(comparable(fast.spectrum), comparable(plain.spectrum), 1e-9);
    }
  }, 300_000);

  test('eigenvalues of a large float32 dump that hardly differ to 1e-10, once the rows are read again', async () => {
    const rows = noise(512, 1 << 15, 12).map((row) => row.map(Math.fround));
    const plain = await solve(stored(rows), threads[2]);
    const dump = stored(rows, { element: 'f4' });
    const fast = await solve(dump, threads[2]);
    expect([plain.spectrum.products, fast.spectrum.products]).toEqual(['float64', 'float32']);
    const directions = noiseDirections(dump, fast.moments, fast.spectrum, unhurried);
    const { eigenvalues } = withQuotients(fast.spectrum, directions);
    for (let k = 0; k < 5; k++) {
      const error = Math.abs(eigenvalues[k]! - plain.spectrum.eigenvalues[k]!);
      expect(error / plain.spectrum.eigenvalues[k]!).toBeLessThan(1e-12);
      expect(error).toBeLessThanOrEqual(directions[k]!.residual);
      expect(directions[k]!.residual).toBeLessThan(fast.spectrum.roundingFloor);
    }
  });

  test('the largest eigenvalue of a large float32 dump to 1e-10, the trace to 1e-12', async () => {
    const [N, d] = [512, 1 << 15];
    const rows = noise(N, d, 12);
    const tilt = noise(1, d, 13)[0]!;
    for (const [i, row] of rows.entries()) for (let j = 0; j < d; j++) row[j]! += ((i % 7) - 3) * tilt[j]!;
    // in double precision throughout, which the tests above compare with the reference
    const plain = await solve(stored(rows.map((row) => row.map(Math.fround))), threads[2]);
    const fast = await solve(stored(rows, { element: 'f4' }), threads[2]);
    expect(Math.abs(fast.spectrum.eigenvalues[0]! / plain.spectrum.eigenvalues[0]! - 1)).toBeLessThan(1e-10);
    expect(Math.abs(fast.moments.scatter / plain.moments.scatter - 1)).toBeLessThan(1e-12);
    const sum = fast.spectrum.eigenvalues.reduce((all, value) => all + value, 0);
    expect(Math.abs((sum * N) / plain.moments.scatter - 1)).toBeLessThan(1e-10);
    expect(fast.spectrum.roundingFloor).toBeGreaterThan(plain.spectrum.roundingFloor);
    fast.spectrum.eigenvalues.forEach((value, k) =>
      expect(Math.abs(value - plain.spectrum.eigenvalues[k]!)).toBeLessThanOrEqual(fast.spectrum.roundingFloor * 100),
    );
  }, 300_000);
});

describe('the same bits', () => {
  const file = (name: string, dump: GradientDump): GradientDump => inFile(dump, path.join(folder, name), writeFileSync);
  const dumps = {
    'by columns': file('columns', stored(noise(70, 2000, 1), { element: 'f4', layers: layered(2000) })),
    'of so many rows that threads share the reduction': file('many', stored(noise(780, 800, 1), { element: 'f4' })),
    'in Fortran order': file('fortran', stored(noise(40, 1500, 1), { order: 'F', layers: layered(1500) })),
  };
  test.each(Object.entries(dumps))('whatever the blocks and the threads, %s', async (_, dump) => {
    const reference = await solve(dump, threads[1]);
    for (const parallel of [1, 2, 3, 4])
      for (const blockBytes of [1, 100_000, 1_000_000]) {
        const other = await solve(dump, compiled({ parallel, blockBytes }));
        expect(other).toEqual(reference);
      }
  });

  test('whichever way the dump is stored', async () => {
    const rows = noise(33, 600, 4).map((row) => row.map(Math.fround));
    const reference = await solve(stored(rows, { element: 'f4' }), threads[2]);
    const others = [
      stored(rows, { element: 'f4', order: 'F' }),
      stored(rows, { element: 'f4', littleEndian: false }),
      file('f4', stored(rows, { element: 'f4', offset: 3 })),
    ];
    for (const other of others) expect(await solve(other, threads[2])).toEqual(reference);
  });

  test.each([40, -40])('up to the power of two, when the gradients are scaled by 2^%i', async (power) => {
    const rows = noise(20, 700, 6).map((row) => row.map(Math.fround));
    for (const element of ['f4', 'f8'] as const) {
      const here = await solve(stored(rows, { element, layers: layered(700) }), threads[2]);
      const scaled = rows.map((row) => row.map((value) => value * 2 ** power));
      const there = await solve(stored(scaled, { element, layers: layered(700) }), threads[2]);
      const back = 2 ** (-2 * power);
      expect(there.moments.scatter * back).toBe(here.moments.scatter);
      expect(there.moments.meanSquaredNorm * back).toBe(here.moments.meanSquaredNorm);
      expect(there.spectrum.eigenvalues.map((value) => value * back)).toEqual(here.spectrum.eigenvalues);
      expect(there.spectrum.layers.map(({ spectralNorm }) => spectralNorm * back)).toEqual(
        here.spectrum.layers.map(({ spectralNorm }) => spectralNorm),
      );
    }
  });

  test.each([
    ['f4', -60, 512, 2 ** 15],
    ['f4', 60, 40, 800],
    ['f8', -300, 40, 800],
  ] as const)(
    'also when the first layer is dead, which tells nothing of the others: %s, 2^%i',
    async (element, power, N, d) => {
      const rows = noise(N, d, 6).map((row) => row.map((value, j) => (j < 256 ? 0 : Math.fround(value))));
      const here = await solve(stored(rows, { element }), threads[2]);
      const there = await solve(
        stored(
          rows.map((row) => row.map((value) => value * 2 ** power)),
          { element },
        ),
        threads[2],
      );
      const back = 2 ** (-2 * power);
      expect(there.spectrum.eigenvalues.map((value) => value * back)).toEqual(here.spectrum.eigenvalues);
      expect(there.moments.scatter * back).toBe(here.moments.scatter);
    },
    300_000,
  );
});

describe('limits', () => {
  test.each([0, 100, 10_000])('a common offset of %i standard deviations costs nothing', async (offset) => {
    const plain = noise(32, 2000, 9).map((row) => row.map((value) => Math.round(value * 2 ** 20) / 2 ** 20));
    const here = await solve(stored(plain));
    const there = await solve(stored(plain.map((row) => row.map((value) => value + offset))), threads[2]);
    expect(Math.abs(there.moments.scatter / here.moments.scatter - 1)).toBeLessThan(1e-12);
    for (let k = 0; k < 31; k++)
      expect(Math.abs(there.spectrum.eigenvalues[k]! / here.spectrum.eigenvalues[k]! - 1)).toBeLessThan(1e-12);
  });

  test('a matrix that does not fit as a whole leaves its leading eigenvalues, with certificates', async () => {
    const [N, d] = [1500, 1600];
    const rows = noise(N, d, 3).map((row, i) => row.map((value, j) => value + (i % 3) * (j % 5) + (i % 4) * (j % 7)));
    const dump = stored(rows);
    const whole = await solve(dump, threads[2]);
    const memoryBudget = 22 * 2 ** 20;
    const { spectrum } = await solve(dump, compiled({ parallel: 1 }), { ...unhurried, memoryBudget });
    const { eigenvalues, partial } = spectrum;
    expect(whole.spectrum.partial).toBeUndefined();
    expect(eigenvalues.length).toBeGreaterThan(3);
    expect(eigenvalues.length).toBeLessThan(N);
    expect(partial?.trace).toBeCloseTo(
      whole.spectrum.eigenvalues.reduce((sum, value) => sum + value, 0),
      8,
    );
    expect(partial?.upperBound).toBeGreaterThanOrEqual(whole.spectrum.eigenvalues[0]!);
    expect(Math.abs(eigenvalues[0]! / whole.spectrum.eigenvalues[0]! - 1)).toBeLessThan(1e-12);
    eigenvalues.forEach((value, k) => {
      expect(Math.abs(value - whole.spectrum.eigenvalues[k]!)).toBeLessThanOrEqual(partial!.residuals[k]! + 1e-9);
    });
    close(spectrum.frobeniusNorm, whole.spectrum.frobeniusNorm, 1e-12);
    close(spectrum.plane.points, whole.spectrum.plane.points, 1e-7);
  });

  test('less memory still is refused, with the figure', async () => {
    const dump = stored(noise(600, 900, 3));
    const tight = { ...unhurried, memoryBudget: 1.5 * 2 ** 20 };
    const known: Moments[] = [];
    await expect(async () => threads[1].solve(dump, tight, (moments) => known.push(moments))).rejects.toEqual(
      refused('memory/budget', /600 × 600 matrix .* need .* the budget is/),
    );
    // what needs less is known all the same
    close(known, [await momentsOf(dump, plainKernel, unhurried)], 1e-12);
  });

  test('NaN and infinity are counted and located', async () => {
    const rows = noise(7, 900, 2);
    rows[3]![704] = NaN;
    rows[3]![2] = -Infinity;
    rows[4]![0] = Infinity;
    const message = /1 NaN and 2 infinite in 2 of 7 rows.*row 3, parameter 2, which is 2 of layer first/;
    for (const element of ['f2', 'f4', 'f8'] as const) {
      const dump = stored(element === 'f2' ? rows.map((row) => row.map((x) => Math.round(x * 16) / 16)) : rows, { element, layers: layered(900) }); // prettier-ignore
      await expect(momentsOf(dump, threads[2], unhurried)).rejects.toEqual(refused('data/non-finite', message));
    }
  });

  test('subnormal numbers, saturated half floats and the extremes of doubles are counted as the reference counts them', async () => {
    const small = noise(5, 40, 1).map((row) => row.map((value) => value * 2 ** -130));
    const saturated = [[65504, 1, 2], [-65504, 0.5, 3]] as const; // prettier-ignore
    const huge = noise(4, 9, 1).map((row) => row.map((value) => value * 2 ** 500));
    for (const dump of [
      stored(small, { element: 'f4' }),
      stored(saturated, { element: 'f2' }),
      stored(huge),
      stored(huge.map((row) => row.map((value) => value * 2 ** -900))),
    ]) {
      const plain = await momentsOf(dump, plainKernel, unhurried);
      const fast = await momentsOf(dump, threads[1], unhurried);
      expect(fast.elementHistogram).toEqual(plain.elementHistogram);
      expect(fast.saturated).toBe(plain.saturated);
      expect(fast.largestMagnitude).toBe(plain.largestMagnitude);
      expect(Math.abs(fast.scatter / plain.scatter - 1)).toBeLessThan(1e-12);
    }
  });

  test('one row has moments and no covariance', async () => {
    const known: Moments[] = [];
    await expect(async () =>
      threads[1].solve(stored([[3, 4]]), unhurried, (moments) => known.push(moments)),
    ).rejects.toEqual(refused('data/too-few-examples'));
    expect(known).toMatchObject([{ meanSquaredNorm: 25, scatter: 0 }]);
  });
});

describe('life', () => {
  const rows = noise(200, 3000, 1);
  const write = (name: string): GradientDump =>
    inFile(stored(rows, { element: 'f4' }), path.join(folder, name), writeFileSync);

  test('a run that is canceled ends with what the check threw, and the next one works', async () => {
    const kernel = compiled({ parallel: 2, blockBytes: 50_000 });
    const dump = write('canceled');
    const expected = await solve(dump, threads[1]);
    for (const calls of [1, 2, 5, 20, 100]) {
      let left = calls;
      const checkCanceled = (): void => {
        if (--left < 0) throw new Error('stop');
      };
      await expect(solve(dump, kernel, { ...unhurried, checkCanceled })).rejects.toThrow('stop');
      expect(await solve(dump, kernel)).toEqual(expected);
    }
  });

  test('a file that is cut short while threads read it is refused, and they serve the next', async () => {
    const kernel = compiled({ parallel: 2, blockBytes: 50_000 });
    const dump = write('cut');
    const cut = {
      ...unhurried,
      report: ({ block }: { block: number }) => block === 1 && truncateSync(dump.path, 5000),
    };
    await expect(momentsOf(dump, kernel, cut)).rejects.toEqual(refused('file/changed'));
    await expect(momentsOf({ ...dump, arrays: write('gone').arrays.map((array) => ({ ...array, location: { kind: 'file', path: path.join(folder, 'never'), offset: 0 } })) }, kernel, unhurried)).rejects.toEqual(refused('file/missing')); // prettier-ignore
    const again = write('cut');
    expect((await solve(again, kernel)).spectrum.eigenvalues.length).toBe(200);
  });

  test.runIf(process.platform === 'linux')(
    'memory that the system refuses is told as such, and leaves no file open',
    async () => {
      const kernel = compiled({ parallel: 1 });
      const dump = write('refused');
      vi.spyOn(WebAssembly, 'Memory').mockImplementation(function () {
        throw new RangeError('WebAssembly.Memory(): could not allocate memory');
      });
      const problem = await solve(dump, kernel).catch(problemOf);
      vi.restoreAllMocks();
      expect(problem).toMatchObject({ code: 'memory/budget', found: expect.stringContaining('The system') as unknown });
      expect(timesOpen(dump.path)).toBe(0);
      expect((await solve(dump, kernel)).spectrum.eigenvalues.length).toBe(200);
    },
  );

  test('progress reaches all blocks and all bytes', async () => {
    const seen: number[] = [];
    const dump = write('progress');
    const report = ({ block, blocks, bytesDone }: { block: number; blocks: number; bytesDone: number }): void => {
      seen.push(bytesDone);
      if (block === blocks) expect(bytesDone).toBe(dump.bytes);
    };
    await solve(dump, compiled({ parallel: 2, blockBytes: 200_000 }), { ...unhurried, report });
    expect(seen.length).toBeGreaterThan(10);
  });
});

test('where the compiled kernel is missing, the reference kernel takes its place', async () => {
  expect(compile(folder)).toBeUndefined();
  const kernel = await chooseKernel(folder);
  expect((await solve(stored(narrow), kernel)).spectrum.kernel).toBe('plain');
  expect(await chooseKernel(folder)).toBe(kernel);
});

/** The nearest number that the type holds, in the range where all of these keep sums exact. */
function suited(element: ElementType, value: number): number {
  if (element === 'b1') return value > 0 ? 1 : 0;
  if (element.startsWith('u')) return Math.abs(Math.round(value * 16));
  if (element.startsWith('i')) return Math.round(value * 16);
  return value;
}
