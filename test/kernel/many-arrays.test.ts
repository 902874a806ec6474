import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readDump } from '../../src/formats';
import { plainKernel } from '../../src/kernel/plain';
import { noiseDirections } from '../../src/kernel/noise-directions';
import type { GradientDump, StoredArray } from '../../src/shared/dump';
import type { Disk } from '../../src/storage/file';
import { f8, headerOf, npy, npz, safetensors, tensor, utf8 } from '../formats/build';
import { noise } from '../reference/noise';
import { compiled } from './compiled';
import { unhurried } from './run';
import { stored } from './stored';

/* Networks have thousands of parameters, and each may be an array: what is done must grow as their number does. */

const FEW = 400;
const MANY = 4 * FEW;
/** Of four times as many, with what does not grow at all to the account of the few. */
const LINEAR = 4.3;

const folder = mkdtempSync(path.join(tmpdir(), 'arrays-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a dump of four times as many arrays', () => {
  /** With a count of how often anything asks an array where it is. */
  const counted = (count: number, order: 'C' | 'F'): { readonly dump: GradientDump; readonly asked: () => number } => {
    const widths = Array.from({ length: count }, () => 1);
    const layers = widths.map((size, k) => ({ name: `w${k}`, size }));
    const { arrays, ...rest } = stored(noise(4, count, 1), { widths, layers, order });
    let asked = 0;
    const watched = arrays.map((array): StoredArray => {
      const { columns } = array;
      return Object.defineProperty({ ...array }, 'columns', { enumerable: true, get: () => (asked++, columns) });
    });
    return { dump: { ...rest, arrays: watched }, asked: () => asked };
  };
  const run = { ...unhurried, memoryBudget: 2 ** 28 };
  const PASSES = [
    ['solved by the reference kernel', (dump: GradientDump): Promise<unknown> => plainKernel.solve(dump, run)],
    ['solved in WebAssembly', (dump: GradientDump): Promise<unknown> => compiled().solve(dump, run)],
    ['reduced', (dump: GradientDump): Promise<unknown> => compiled().gram(dump, new Float64Array(dump.rows ** 2), run)], // prettier-ignore
    [
      'asked for its noisiest directions',
      async (dump: GradientDump) => {
        const { moments, spectrum } = await plainKernel.solve(dump, run);
        noiseDirections(dump, moments, spectrum, run);
      },
    ],
  ] as const;

  test.each(PASSES)('is %s with four times the questions where an array is', async (_, pass) => {
    for (const order of ['C', 'F'] as const) {
      const [few, many] = [counted(FEW, order), counted(MANY, order)];
      await pass(few.dump);
      await pass(many.dump);
      expect(few.asked()).toBeGreaterThan(FEW);
      expect(many.asked() / few.asked()).toBeLessThan(LINEAR);
    }
  });

  const names = (count: number): readonly string[] => Array.from({ length: count }, (_, k) => `w${k}`);
  const array = npy({ header: headerOf("'<f8'", '(4, 1)'), data: f8(1, 2, 3, 5) });
  const FILES = [
    ['grad.npz', (count: number) => npz(Object.fromEntries(names(count).map((name) => [name, array])))],
    ['packed.npz', (count: number) => npz(Object.fromEntries(names(count).map((name) => [name, array])), true)],
    ['grad.safetensors', (count: number) => safetensors(Object.fromEntries(names(count).map((name, k) => [name, tensor('F64', [4, 1], 32 * k, 32 * k + 32)])), new Uint8Array(32 * count))], // prettier-ignore
    ['grad.json', (count: number) => utf8(JSON.stringify({ layers: Object.fromEntries(names(count).map((name) => [name, [[1], [2], [3], [5]]])) }))], // prettier-ignore
  ] as const;

  test.each(FILES)(
    'is read from %s with four times the reads of the disk, and bytes, and one file opened at a time',
    (name, make) => {
      const reading = (count: number): { readonly reads: number; readonly bytes: number; readonly opens: number } => {
        const file = path.join(folder, name);
        writeFileSync(file, make(count));
        let [reads, bytes, opens] = [0, 0, 0];
        const disk: Disk = {
          ...fs,
          openSync: (...given: Parameters<typeof fs.openSync>) => (opens++, fs.openSync(...given)),
          readSync: ((...given: Parameters<typeof fs.readSync>) => {
            const got = fs.readSync(...given);
            reads++;
            bytes += got;
            return got;
          }) as typeof fs.readSync,
        };
        readDump({ path: file, memoryBudget: 2 ** 28, checkCanceled: () => undefined, disk });
        return { reads, bytes, opens };
      };
      const [few, many] = [reading(FEW), reading(MANY)];
      expect(many.reads / few.reads).toBeLessThan(LINEAR);
      expect(many.bytes / few.bytes).toBeLessThan(LINEAR);
      expect(many.opens).toBe(few.opens);
    },
  );
});
