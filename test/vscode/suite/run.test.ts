import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, suiteSetup, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import type { RunState } from '../../../src/shared/protocol';
import { closeAll, SAMPLE, theExtension } from './workbench';
import { until } from './until';

/** A folder of copies of the sample, whose names say their steps. */
function folderOf(...steps: readonly number[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'gradient-covariance-run-'));
  for (const step of steps) copyFileSync(SAMPLE.path(), path.join(folder, `step-${step}.npy`));
  return folder;
}

const theRun = (): RunState | undefined => theExtension().exports.runs()[0]?.runs[0];
const traceAt = (run: RunState, step: number): number | null | undefined =>
  run.points.find((point) => point.step === step)?.summary?.metrics['covariance-trace']?.[0];
const done = async (what: string, look: (run: RunState) => boolean): Promise<RunState> =>
  until(what, () => {
    const run = theRun();
    return run?.phase === 'done' && look(run) && run;
  });
const analyzeRun = async (...files: readonly string[]): Promise<void> => {
  const uris = files.map((file) => vscode.Uri.file(file));
  await vscode.commands.executeCommand('gradientCovariance.analyzeRun', uris[0], uris);
};
// SAMPLE.scatter / 119
const TRACE = 636.3158961340944 / 119;
const isTrace = (value: number | null | undefined): boolean =>
  typeof value === 'number' && Math.abs(value / TRACE - 1) < 1e-9;

suite('a training run', () => {
  suiteSetup(async () => theExtension().activate());
  teardown(async () => {
    await closeAll();
    await until('the end of the runs', () => theExtension().exports.runs().length === 0);
  });

  test('is a folder whose names say the steps, and takes in a dump that is saved while it is open', async () => {
    const folder = folderOf(10, 20);
    await analyzeRun(folder);
    const first = await done('two steps', ({ points }) => points.length === 2);
    assert.ok(isTrace(traceAt(first, 10)) && isTrace(traceAt(first, 20)));
    copyFileSync(SAMPLE.path(), path.join(folder, 'part'));
    renameSync(path.join(folder, 'part'), path.join(folder, 'step-30.npy'));
    const later = await done('the third step', (run) => isTrace(traceAt(run, 30)));
    assert.deepEqual(
      later.points.map(({ step }) => step),
      [10, 20, 30],
    );
    assert.equal(later.points.find(({ step }) => step === 10)?.summary, first.points[0]?.summary);
  });

  test('is three selected dumps, in the order of their numbers', async () => {
    const folder = folderOf(9, 10, 100);
    await analyzeRun(...[100, 9, 10].map((step) => path.join(folder, `step-${step}.npy`)));
    const { points } = await done('three steps', (run) => isTrace(traceAt(run, 9)) && run.points.length === 3);
    assert.deepEqual(
      points.map(({ step }) => step),
      [9, 10, 100],
    );
  });

  test('is offered where a folder of steps is analyzed as a dump', async () => {
    const folder = folderOf(1, 2);
    await vscode.commands.executeCommand('gradientCovariance.analyze', vscode.Uri.file(folder));
    await done('two steps', (run) => isTrace(traceAt(run, 1)) && isTrace(traceAt(run, 2)));
    assert.deepEqual(theExtension().exports.panels(), []);
  });

  test('is a norm log, which grows line by line', async () => {
    const log = path.join(folderOf(), 'a.gradnorms.jsonl');
    const line = (step: number): string => `{"step": ${step}, "b": 8, "B": 512, "small": [6.1], "big": [4.2]}\n`;
    writeFileSync(log, `{"gradnorms": 1, "layers": ["w"]}\n${line(0)}`);
    await analyzeRun(log);
    await done('a line', (run) => run.log?.steps.length === 1);
    writeFileSync(log, line(1), { flag: 'a' });
    await done('two lines', (run) => run.log?.steps.length === 2);
  });

  test('says what is wrong with its file, and goes on when that is mended', async () => {
    const folder = folderOf(5, 6);
    const file = path.join(folder, 'run.json');
    writeFileSync(file, '{}');
    await analyzeRun(file);
    const { problem } = await until('the failure', () => theRun()?.phase === 'failed' && theRun());
    assert.equal(problem?.code, 'metadata/invalid');
    writeFileSync(file, '{"steps": [{"step": 5, "file": "step-5.npy"}, {"step": 6, "file": "step-6.npy"}]}');
    await done('two steps', (run) => isTrace(traceAt(run, 5)) && isTrace(traceAt(run, 6)));
  });
});
