import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { reduce } from '../../src/analysis/reduce';
import { plainKernel } from '../../src/kernel/plain';
import type { WorkerEvent } from '../../src/shared/protocol';
import { refused } from '../kernel/run';

const SAMPLE = path.resolve('media/sample/grad-step-000020.npy');
const folder = mkdtempSync(path.join(tmpdir(), 'replaced-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder of its own with a copy of the sample in it. */
function copied(name: string): { readonly own: string; readonly file: string } {
  const own = path.join(folder, name);
  mkdirSync(own);
  copyFileSync(SAMPLE, path.join(own, 'g.npy'));
  return { own, file: path.join(own, 'g.npy') };
}

test('an analysis whose folder gives way to another with the same names is refused, though its own file never changed', async () => {
  const { own, file } = copied('analyzed');
  let moved = false;
  const replace = (event: WorkerEvent): void => {
    if (moved || event.kind !== 'partial' || event.summary.spectrum === undefined) return;
    moved = true;
    // the open file keeps its size and its times: only the path leads elsewhere
    renameSync(own, `${own}-before`);
    copied('analyzed');
  };
  const request = { paths: [file], memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) };
  await expect(analyze(request, replace)).rejects.toEqual(refused('file/changed', /Another file was put in its place/));
  expect(moved).toBe(true);
});

test('statistics of a file that is written to after its rows were read, and before it was hashed, are refused', async () => {
  const { file } = copied('reduced');
  const reducing = async (at: (call: number) => void): Promise<void> => {
    let calls = 0;
    await reduce({ paths: [file], memoryBudget: 2 ** 28, checkCanceled: () => at(++calls) }, plainKernel);
  };
  let last = 0;
  await reducing((call) => (last = call));
  // the last question whether to go on is asked before the bytes are hashed
  const write = (call: number): void => {
    if (call === last) utimesSync(file, new Date(0), new Date(0));
  };
  await expect(reducing(write)).rejects.toEqual(refused('file/changed'));
});
