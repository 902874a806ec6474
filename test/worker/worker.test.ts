import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AnalysisWorkers, startAnalysisThread, TIMES } from '../../src/host/analysis-worker';
import type { AnalysisThread, AnalysisCall } from '../../src/host/analysis-worker';
import type { WorkerEvent } from '../../src/shared/protocol';
import type { DumpSummary } from '../../src/shared/summary';
import { races } from './races';

const root = path.resolve(import.meta.dirname, '../..');
const sample = path.join(root, 'media/sample/grad-step-000020.npy');
const folder = mkdtempSync(path.join(tmpdir(), 'worker-test-'));
const script = path.join(folder, 'worker.js');
const large = path.join(folder, 'large.npy');
const MEMORY = 350 * 2 ** 20;

/** A cancel that is not heard ends the thread; on a busy machine it may be heard late. */
const PATIENT = { ...TIMES, grace: 30_000 };
const threads: AnalysisThread[] = [];
const workers = new AnalysisWorkers(() => {
  const thread = startAnalysisThread(script);
  threads.push(thread);
  return thread;
}, PATIENT);

/** 256 rows of zeros, of which the disk holds the header only. */
function zeros(name: string, columns: number): void {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (256, ${columns}), }`.padEnd(117) + '\n';
  const file = openSync(name, 'w');
  writeSync(file, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.of(118, 0), Buffer.from(header)]));
  ftruncateSync(file, 128 + 256 * columns * 4);
  closeSync(file);
}
beforeAll(() => {
  buildSync({
    entryPoints: [path.join(root, 'src/worker/worker.ts')],
    bundle: true,
    platform: 'node',
    outfile: script,
  });
  zeros(large, 1_000_000);
});
afterEach(() => threads.splice(0, Math.max(0, threads.length - 1)));
afterAll(() => {
  workers.dispose();
  rmSync(folder, { recursive: true });
});

const analyze = (file: string, onEvent: (event: WorkerEvent) => void = () => undefined): AnalysisCall<DumpSummary> =>
  workers.analyze({ paths: [file], memoryBudget: MEMORY }, onEvent);
const refused = (code: string): unknown =>
  expect.objectContaining({ problem: expect.objectContaining({ code }) as unknown });
const pause = async (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A small deterministic generator: the moments differ, and a failure can be repeated. */
function* moments(count: number, within: number): Generator<number> {
  for (let i = 0, state = 12345; i < count; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    yield (within * state) / 2 ** 32;
  }
}

describe('the worker', () => {
  test('sends the header, the moments, the spectrum, its directions, then the whole summary', async () => {
    const partial: DumpSummary[] = [];
    const summary = await analyze(sample, (event) => {
      if (event.kind === 'partial') partial.push(event.summary);
    }).answer;
    expect(
      partial.map(({ dump, ...known }) => [
        dump.rows,
        ...['moments', 'spectrum', 'directions'].filter((part) => part in known),
      ]),
    ).toEqual([[120], [120, 'moments'], [120, 'moments', 'spectrum'], [120, 'moments', 'spectrum', 'directions']]);
    // python3 -c "import numpy as np; g = np.load('media/sample/grad-step-000020.npy').astype(float); print(((g - g.mean(0))**2).sum())"
    expect(summary.moments?.scatter).toBeCloseTo(636.3158961340944, 9);
    expect(summary.spectrum?.eigenvalues).toHaveLength(120);
  });

  test('answers with the problem of a file that is no dump', async () => {
    const file = path.join(folder, 'text.npy');
    writeFileSync(file, 'step,loss\n');
    await expect(analyze(file).answer).rejects.toEqual(refused('npy/magic'));
    await expect(analyze(path.join(folder, 'none.npy')).answer).rejects.toEqual(refused('file/missing'));
  });

  test('reads bytes where there is no disk', async () => {
    const bytes = Buffer.from('[[1, 0], [0, 1], [1, 1]]');
    const { dump, moments } = await workers.analyze(
      { paths: ['memfs:/grad.json'], bytes, memoryBudget: MEMORY },
      () => undefined,
    ).answer;
    expect([dump.rows, dump.parameters]).toEqual([3, 2]);
    expect(moments?.scatter).toBeCloseTo(4 / 3, 12);
  });

  test('lists the steps of a run', async () => {
    const file = path.join(folder, 'run.json');
    writeFileSync(
      file,
      '{ "steps": [{ "step": 20, "file": "grad.npy", "loss": 2.25 }, { "step": 40, "file": "b.npy" }] }',
    );
    await expect(workers.readRun({ path: file }).answer).resolves.toEqual([
      { step: 20, file: 'grad.npy', loss: 2.25 },
      { step: 40, file: 'b.npy' },
    ]);
    await expect(workers.readRun({ path: sample }).answer).rejects.toHaveProperty('problem.code');
  });

  test('canceled at any moment is heard by the thread, which goes on', async () => {
    await analyze(sample).answer; // the thread is warm
    const started = threads.length;
    for (const moment of moments(25, 200)) {
      const asked = analyze(large);
      await pause(moment);
      asked.cancel();
      await expect(asked.answer).rejects.toEqual(refused('run/canceled'));
    }
    expect((await analyze(sample).answer).dump.rows).toBe(120);
    expect(threads.length).toBe(started);
  });

  test('killed at any moment answers, and the next run is right', async () => {
    for (const moment of moments(8, 200)) {
      const asked = analyze(large);
      asked.answer.catch(() => undefined);
      await pause(moment);
      threads.at(-1)!.terminate();
      await expect(asked.answer).rejects.toEqual(refused('run/stopped'));
    }
    const { moments: known } = await analyze(sample).answer;
    expect(known?.scatter).toBeCloseTo(636.3158961340944, 9);
  });

  test('answers each of many races with the file and its thread: never a mixed, stale or crossed result', async () => {
    // Node 20 itself aborts about once in some hundred kills, while it compiles code of the thread that ends: those are in `npm run tool -- races`
    const counts = await races(script, 7, 60, ['canceled', 'overwritten', 'replaced', 'truncated', 'deleted', 'asked again']); // prettier-ignore
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(60);
    expect(counts.get('canceled: run/canceled')).toBeGreaterThan(0);
  }, 300_000);

  test('tells of a file that becomes another while it is read', async () => {
    const file = path.join(folder, 'changing.npy');
    zeros(file, 50_000);
    let overwritten = false;
    const asked = analyze(file, ({ kind }) => {
      if (kind !== 'progress' || overwritten) return;
      overwritten = true;
      const opened = openSync(file, 'r+');
      writeSync(opened, Buffer.of(1), 0, 1, 4096);
      closeSync(opened);
    });
    await expect(asked.answer).rejects.toEqual(refused('file/changed'));
  });
});
