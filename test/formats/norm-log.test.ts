import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNormLog, readNormLog } from '../../src/formats/norm-log';
import { AnalysisError } from '../../src/shared/problem';
import type { NormLog } from '../../src/shared/training-run';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'norm-log-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (text: string, name = 'run.gradnorms.jsonl'): NormLog => readNormLog(name, { bytes: Buffer.from(text) });

const HEAD = '{"gradnorms": 1, "layers": ["a", {"name": "b", "size": 3}], "learningRate": 0.1}';
const LOG = `${HEAD}
{"step": 0, "b": 1, "B": 4, "small": [6, 2], "big": [4, 0.25], "loss": 2}
{"step": 10, "b": 1, "B": 8, "small": [5, 2], "big": [3, 0.25], "learningRate": 0.05}
`;

describe('A norm log', () => {
  test('of JSON lines gives steps, sizes and squared norms of layers', () => {
    const log = read(LOG);
    expect(log.layers).toEqual(['a', 'b']);
    expect([...log.steps]).toEqual([0, 10]);
    expect([...log.largeSizes]).toEqual([4, 8]);
    expect([...log.small]).toEqual([6, 2, 5, 2]);
    expect([...log.large]).toEqual([4, 0.25, 3, 0.25]);
    expect([...log.learningRates]).toEqual([NaN, 0.05]);
    expect([...log.losses]).toEqual([2, NaN]);
    expect(log.training).toEqual({ learningRate: 0.1 });
    expect(log.problems).toEqual([]);
  });

  test('as a table needs the columns step, b, B, small, big in any order', () => {
    const log = read('small,big,step,b,B,tokens\n8,4.25,3,1,4,1000\n', 'norms.csv');
    expect([log.steps[0], log.small[0], log.large[0], log.tokens[0]]).toEqual([3, 8, 4.25, 1000]);
    expect(log.layers).toEqual([]);
  });

  test('of Composer holds squares already', () => {
    const keys = 'noise_scale/b_small,noise_scale/b_big,noise_scale/g_small_l2norm_squared,noise_scale/g_big_l2norm_squared'; // prettier-ignore
    const log = read(`step,${keys}\n5,8,32,2,1\n6,,,,\n`, 'metrics.csv');
    expect([...log.steps]).toEqual([5]);
    expect([log.smallSizes[0], log.largeSizes[0], log.small[0], log.large[0]]).toEqual([8, 32, 2, 1]);
  });

  test('of nanoGNS holds lengths, which are squared, and leaves out tied embeddings with a note', () => {
    const names = ['ln.weight', 'wte.weight'].flatMap((name) => ['norm', 'pegn', 'batch_size'].map((kind) => `train/gns/${name}/${kind}`)); // prettier-ignore
    const log = read(`step,tokens_processed,${names.join()}\n1,512,2,3,16,9,9,16\n`, 'log.csv');
    expect(log.layers).toEqual(['ln.weight']);
    expect([log.smallSizes[0], log.largeSizes[0], log.small[0], log.large[0]]).toEqual([1, 16, 9, 4]);
    expect(log.notes.join()).toContain('wte.weight');
  });

  test('is sorted by step, and of a step that is there twice the later line counts', () => {
    const line = (step: number, big: number): string =>
      `{"step": ${step}, "b": 1, "B": 4, "small": 8, "big": ${big}}\n`;
    const log = read(`{"gradnorms": 1}\n${line(2, 1)}${line(1, 2)}${line(2, 3)}`);
    expect([...log.steps]).toEqual([1, 2]);
    expect([...log.large]).toEqual([2, 3]);
    expect(log.notes).toEqual(['1 steps are there twice, as in a run that was resumed; the later line counts.']);
  });

  test.each([
    ['"small": [NaN, 1], "big": [1, 1]', 'A squared norm is “NaN”, not a number from 0 up'],
    ['"small": [-1, 1], "big": [1, 1]', 'A squared norm is -1, not a number from 0 up'],
    ['"small": [1e300, 1], "big": [1, 1]', 'A squared norm is 1e+300, not a number from 0 up'],
    ['"small": [1], "big": [1, 1]', 'It has norms of 1 and 2 layers, not of 2'],
  ])('tells of a step with %s, and keeps the others', (norms, found) => {
    const log = read(`${LOG}{"step": 20, "b": 1, "B": 4, ${norms}}\n`);
    expect([...log.steps]).toEqual([0, 10]);
    expect(log.problems.map(({ line, step, problem }) => [line, step, problem.found, problem.where])).toEqual([
      [4, 20, found, 'line 4'],
    ]);
  });

  test('cut anywhere is read as far as it goes, or refused with a reason', () => {
    for (let length = 0; length < LOG.length; length++) {
      try {
        const log = read(LOG.slice(0, length));
        expect(log.steps.length).toBeGreaterThan(0);
        expect(log.problems).toEqual([]);
      } catch (error) {
        expect(error).toBeInstanceOf(AnalysisError);
      }
    }
  });

  test('of any text whatever yields finite numbers or a problem', () => {
    const word = fc.oneof(fc.constantFrom('NaN', '-1', '1e999', '1e308', '{', '[', '"', 'null', '0', ','), fc.string());
    fc.assert(
      fc.property(fc.nat(LOG.length), fc.nat(20), word, fc.boolean(), (at, removed, inserted, table) => {
        const whole = table ? 'step,b,B,small,big\n1,1,4,8,4.25\n2,1,4,8,4.25\n' : LOG;
        try {
          const log = read(whole.slice(0, at) + inserted + whole.slice(at + removed), table ? 'a.csv' : undefined);
          for (const numbers of [log.steps, log.smallSizes, log.largeSizes, log.small, log.large])
            expect(numbers.every((number) => Number.isFinite(number) && number >= 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(AnalysisError);
        }
      }),
      { seed: 16, numRuns: 2000 },
    );
  });

  test('is known by its name or its columns, and a table of gradients is none', () => {
    const at = (name: string, text: string): string => {
      writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    expect(isNormLog(at('x.gradnorms.jsonl', LOG))).toBe(true);
    expect(isNormLog(at('norms.csv', 'step,b,B,small,big\n'))).toBe(true);
    expect(isNormLog(at('grad.csv', 'w0,w1\n1,2\n'))).toBe(false);
    expect(isNormLog(at('grad.npy', LOG))).toBe(false);
  });
});
