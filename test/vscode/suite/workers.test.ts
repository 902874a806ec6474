import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, suiteSetup, suiteTeardown, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { AnalysisWorkers, startAnalysisThread, TIMES } from '../../../src/host/analysis-worker';
import type { AnalysisThread } from '../../../src/host/analysis-worker';
import type { ProblemCode } from '../../../src/shared/problem';
import type { WorkerEvent } from '../../../src/shared/protocol';
import { assertClose, SAMPLE, theExtension } from './workbench';
import { until } from './until';

const refused = (code: ProblemCode) => (error: { problem?: { code?: string } }) => {
  assert.equal(error.problem?.code, code);
  return true;
};

suite('the worker threads in the extension host', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gradient-covariance-suite-'));
  const large = path.join(folder, 'large.npy');
  const threads: AnalysisThread[] = [];
  let workers: AnalysisWorkers;

  suiteSetup(() => {
    const script = vscode.Uri.joinPath(theExtension().extensionUri, 'dist', 'worker.js').fsPath;
    workers = new AnalysisWorkers(
      () => {
        const thread = startAnalysisThread(script);
        threads.push(thread);
        return thread;
        // on a busy machine a cancel may be heard late
      },
      { ...TIMES, grace: 20_000 },
    );
    // 512 × 500,000 zeros, of which the disk holds the header only
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (512, 500000), }".padEnd(117) + '\n';
    const file = openSync(large, 'w');
    writeSync(
      file,
      Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.of(118, 0), Buffer.from(header)]),
    );
    ftruncateSync(file, 128 + 512 * 500_000 * 4);
    closeSync(file);
  });
  teardown(() => threads.splice(0, threads.length - 1));
  suiteTeardown(() => {
    workers.dispose();
    rmSync(folder, { recursive: true });
  });
  /** A run that is in the middle of its work. */
  async function running(): Promise<ReturnType<AnalysisWorkers['analyze']>> {
    const heard: WorkerEvent[] = [];
    const asked = workers.analyze({ paths: [large], memoryBudget: 350 * 2 ** 20 }, (event) => heard.push(event));
    asked.answer.catch(() => undefined);
    await until('progress', () => heard.some(({ kind }) => kind === 'progress'));
    return asked;
  }
  const sample = async (): Promise<void> => {
    const { moments } = await workers.analyze({ paths: [SAMPLE.path()], memoryBudget: 350 * 2 ** 20 }, () => undefined)
      .answer;
    assertClose(moments?.scatter, SAMPLE.scatter);
  };

  test('hear cancel, and go on', async () => {
    for (let i = 0; i < 5; i++) {
      const asked = await running();
      asked.cancel();
      await assert.rejects(asked.answer, refused('run/canceled'));
    }
    await sample();
    assert.equal(threads.length, 1);
  });

  test('answer when they are killed, and the next run is served by another', async () => {
    const asked = await running();
    threads.at(-1)?.terminate();
    await assert.rejects(asked.answer, refused('run/stopped'));
    await sample();
  });
});
