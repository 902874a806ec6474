import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyzeRun } from '../../src/analysis/analyze-run';
import type { StepOutcome } from '../../src/analysis/analyze-run';
import { runFiles } from '../../src/analysis/run-files';
import type { RunFiles } from '../../src/analysis/run-files';
import { KeptResults } from '../../src/storage/kept-results';
import { AnalysisError } from '../../src/shared/problem';

const DIGITS = path.resolve('test/fixtures/digits-mlp/run');
const folder = mkdtempSync(path.join(tmpdir(), 'run-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Dumps = Extract<RunFiles, { kind: 'dumps' }>;
const find = (paths: readonly string[], said = false): RunFiles | undefined => runFiles(paths, said, () => undefined);
function dumps(...paths: string[]): Dumps {
  const run = find(paths, paths.length > 1);
  if (run?.kind !== 'dumps') throw new TypeError('these are no dumps of a run');
  return run;
}
/** tr Σ with divisor n. */
async function traces(
  { path: run, entries }: Dumps,
  more: { kept?: { results: KeptResults; view: string }; emit?: (step: number) => void } = {},
): Promise<StepOutcome<number>[]> {
  const { kept, emit } = more;
  return analyzeRun(
    {
      path: run,
      entries,
      memoryBudget: 2 ** 28,
      cancelFlag: new SharedArrayBuffer(4),
      keep: ({ moments, dump }) => (moments?.scatter ?? NaN) / dump.rows,
      ...(kept && { kept }),
    },
    (_, { entry }) => emit?.(entry.step),
  );
}
const made = (name: string, files: Readonly<Record<string, string>>): string => {
  const at = path.join(folder, name);
  mkdirSync(at, { recursive: true });
  for (const [to, from] of Object.entries(files)) copyFileSync(path.join(DIGITS, from), path.join(at, to));
  return at;
};

describe('A training run', () => {
  test('is a run.json, its folder, or a folder whose names count steps', () => {
    const steps = (run: RunFiles | undefined): unknown => run?.kind === 'dumps' && run.entries.map(({ step }) => step);
    expect(steps(find([DIGITS]))).toEqual([0, 20, 200, 1000]);
    expect(steps(find([path.join(DIGITS, 'run.json')]))).toEqual([0, 20, 200, 1000]);
    const named = made('named', { 'epoch10.npy': 'step-000020.npy', 'epoch9.npy': 'step-000000.npy' });
    expect(find([named])).toMatchObject({ order: 'names' });
    expect(steps(find([named]))).toEqual([9, 10]);
  });

  test('is not made of files that nothing calls steps, unless somebody says so', () => {
    const at = made('plain', { 'a1.npy': 'step-000000.npy', 'a2.npy': 'step-000020.npy' });
    expect(find([at])).toBeUndefined();
    expect(find([at], true)).toMatchObject({ entries: [{ step: 1 }, { step: 2 }] });
    const none = made('nameless', { 'a.npy': 'step-000000.npy', 'b.npy': 'step-000020.npy' });
    expect(() => find([none], true)).toThrow(AnalysisError);
    expect(find([path.join(at, 'a1.npy')])).toBeUndefined();
  });

  test('takes the step of the metadata before the number in the name', () => {
    const at = made('metadata', { 'step-1.npy': 'step-000000.npy', 'step-2.npy': 'step-000020.npy' });
    writeFileSync(path.join(at, 'step-1.meta.json'), '{"step": 50}');
    writeFileSync(path.join(at, 'step-2.meta.json'), '{"step": 40}');
    expect(find([at])).toMatchObject({ order: 'metadata', entries: [{ step: 40 }, { step: 50 }] });
  });

  test('that was resumed has each step once, by the later entry, in the order of the steps', () => {
    const at = made('resumed', { 'a.npy': 'step-000000.npy', 'b.npy': 'step-000020.npy', 'c.npy': 'step-000200.npy' });
    const entry = (step: number, file: string): object => ({ step, file });
    const steps = [entry(10, 'b.npy'), entry(0, 'a.npy'), entry(10, 'c.npy')];
    writeFileSync(path.join(at, 'run.json'), JSON.stringify({ steps }));
    const run = dumps(at);
    expect(run.entries.map(({ step, file }) => [step, file])).toEqual([[0, 'a.npy'], [10, 'c.npy']]); // prettier-ignore
    expect(run.notes.join()).toContain('b.npy');
  });

  test('is analyzed from its newest step on, with the traces that NumPy finds', async () => {
    const order: number[] = [];
    const outcomes = await traces(dumps(DIGITS), { emit: (step) => order.push(step) });
    expect(order).toEqual([1000, 200, 20, 0]);
    // np.load(file).astype(float).var(0).sum()
    const numpy = [5.0608527215864525, 5.110012089677709, 6.660539482841324, 2.4895068231328357].map(
      (trace) => ((trace * 1500) / 1499) * (31 / 32),
    );
    outcomes.forEach((outcome, k) => expect('kept' in outcome && outcome.kept).toBeCloseTo(numpy[k] ?? NaN, 10));
  });

  test('keeps the other steps where one is cut or missing', async () => {
    const at = path.join(folder, 'failing');
    cpSync(DIGITS, at, { recursive: true });
    writeFileSync(
      path.join(at, 'step-000020.npy'),
      readFileSync(path.join(DIGITS, 'step-000020.npy')).subarray(0, 999),
    );
    rmSync(path.join(at, 'step-000200.npy'));
    const outcomes = await traces(dumps(at));
    expect(outcomes.map((outcome) => ('problem' in outcome ? outcome.problem.code : 'known'))).toEqual([
      'known',
      'npy/truncated',
      'file/missing',
      'known',
    ]);
  });

  test('stops where it is canceled', async () => {
    const cancelFlag = new SharedArrayBuffer(4);
    const { entries } = dumps(DIGITS);
    const seen: number[] = [];
    const running = analyzeRun(
      { path: DIGITS, entries, memoryBudget: 2 ** 28, cancelFlag, keep: () => 0 },
      (_, { entry }) => {
        seen.push(entry.step);
        Atomics.store(new Int32Array(cancelFlag), 0, 1);
      },
    );
    await expect(running).rejects.toThrow(AnalysisError);
    expect(seen).toEqual([1000]);
  });
});

describe('Results that are kept on disk', () => {
  const known = (outcomes: readonly StepOutcome<number>[]): unknown =>
    outcomes.map((outcome) => 'known' in outcome && outcome.known);

  test('are used while file, metadata and view are the same, and not when one of them changes', async () => {
    const at = path.join(folder, 'kept');
    cpSync(DIGITS, at, { recursive: true });
    const results = new KeptResults(path.join(folder, 'cache'));
    const once = async (view = 'sample'): Promise<unknown> =>
      known(await traces(dumps(at), { kept: { results, view } }));
    expect(await once()).toEqual([false, false, false, false]);
    expect(await once()).toEqual([true, true, true, true]);
    expect(await once('population')).toEqual([false, false, false, false]);
    // the same bytes, written again
    copyFileSync(path.join(DIGITS, 'step-000020.npy'), path.join(at, 'step-000020.npy'));
    writeFileSync(path.join(at, 'step-000200.meta.json'), '{"loss": 1}');
    expect(await once()).toEqual([true, false, false, true]);
  });

  test('of a run file that grows stay known', async () => {
    const at = path.join(folder, 'growing');
    cpSync(DIGITS, at, { recursive: true });
    const listing = path.join(at, 'run.json');
    const { steps } = JSON.parse(readFileSync(listing, 'utf8')) as { steps: object[] };
    const kept = { results: new KeptResults(path.join(folder, 'cache-of-growing')), view: '' };
    writeFileSync(listing, JSON.stringify({ steps: steps.slice(0, 3) }));
    await traces(dumps(listing), { kept });
    writeFileSync(listing, JSON.stringify({ steps }));
    expect(known(await traces(dumps(listing), { kept }))).toEqual([true, true, true, false]);
    // the same run by its folder is the same file
    expect(known(await traces(dumps(at), { kept }))).toEqual([true, true, true, true]);
  });

  test('that are damaged, or belong to something else, count as not known', () => {
    const at = path.join(folder, 'damaged');
    const results = new KeptResults(at);
    results.keep('a', { value: 1 });
    expect(results.get('a')).toEqual({ value: 1 });
    const [file = ''] = readdirSync(at);
    for (let length = 0; length < statSync(path.join(at, file)).size; length++) {
      const whole = readFileSync(path.join(at, file));
      writeFileSync(path.join(at, file), whole.subarray(0, length));
      expect(results.get('a')).toBeUndefined();
      writeFileSync(path.join(at, file), whole);
    }
    expect(new KeptResults(path.join(at, file)).get('a')).toBeUndefined();
  });

  test('make room for newer ones, the oldest first, and leave no unfinished file for ever', () => {
    const at = path.join(folder, 'room');
    const results = new KeptResults(at, 2500);
    for (const name of ['a', 'b', 'c']) results.keep(name, 'x'.repeat(1000));
    writeFileSync(path.join(at, 'z.1.tmp'), 'half');
    results.makeRoom(Date.now() + 7_200_000);
    expect(readdirSync(at)).toHaveLength(2);
  });

  test('are whole or not there when the program is killed while it writes them', () => {
    const at = path.join(folder, 'killed');
    mkdirSync(at);
    // the same two calls, with the end between them
    const script = `const fs = require('node:fs'); fs.writeFileSync(${JSON.stringify(path.join(at, 'k.json.1.tmp'))}, '{"identity":'); process.kill(process.pid, 'SIGKILL');`;
    expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL');
    const results = new KeptResults(at);
    expect(results.get('k')).toBeUndefined();
    results.keep('k', 2);
    expect(results.get('k')).toBe(2);
  });
});
