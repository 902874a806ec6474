import assert from 'node:assert/strict';
import path from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { AnalysisWorkers, startAnalysisThread } from '../../../src/host/analysis-worker';
import { preferencesFrom } from '../../../src/host/preferences';
import { RecentSummaries } from '../../../src/host/recent-summaries';
import { newPanel } from '../../../src/host/report-panel';
import { RowsAnswers } from '../../../src/host/rows-answers';
import { ReportPanels } from '../../../src/host/report-panels';
import { suggestedSettings } from '../../../src/shared/settings';
import { assertClose, copyOfSample, SAMPLE, theExtension } from './workbench';
import { until } from './until';

const SETTINGS = {
  ...suggestedSettings({ rows: 120, metadata: { learningRate: 0.7, batchSize: 8 } }),
  scaleFactor: 2,
};

suite('panels after a reload of the window', () => {
  let panels: ReportPanels;
  let workers: AnalysisWorkers;
  /** Threads. */
  let started = 0;

  setup(() => {
    const { extensionUri } = theExtension();
    started = 0;
    workers = new AnalysisWorkers(() => {
      started++;
      return startAnalysisThread(vscode.Uri.joinPath(extensionUri, 'dist', 'worker.js').fsPath);
    });
    const globalState = {
      get: () => undefined,
      update: async () => Promise.resolve(),
      keys: () => [],
      setKeysForSync: () => undefined,
    };
    panels = new ReportPanels({
      context: { extensionUri, globalState, globalStorageUri: extensionUri },
      workers,
      programDumps: { about: () => undefined, closed: () => undefined },
      recent: new RecentSummaries(),
      rowsAnswers: new RowsAnswers({ get: () => undefined, update: async () => Promise.resolve() }),
      log: vscode.window.createOutputChannel('Suite', { log: true }),
      preferences: () =>
        preferencesFrom(
          () => undefined,
          () => undefined,
        ),
    });
  });
  teardown(async () => {
    workers.dispose();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
  const panel = (): vscode.WebviewPanel => newPanel(vscode.ViewColumn.Active);
  const gone = (given: vscode.WebviewPanel): boolean => {
    try {
      return given.webview.html === '';
    } catch {
      return true;
    }
  };

  test('come back with their dump and what the reader had chosen', async () => {
    const restored = panels.restore(panel(), { path: vscode.Uri.file(copyOfSample()).toString(), settings: SETTINGS });
    assert.ok(restored);
    assert.deepEqual(restored.report.state.settings, SETTINGS);
    const state = await until('the report', () => restored.report.state.phase === 'done' && restored.report.state);
    assertClose(state.summary?.moments?.scatter, SAMPLE.scatter);
    assert.deepEqual(state.settings, SETTINGS);
  });

  test('come back by a path, too', async () => {
    const restored = panels.restore(panel(), { path: copyOfSample() });
    assert.equal((await restored?.report.dump())?.rows, 120);
  });

  test('say that their dump is gone', async () => {
    const restored = panels.restore(panel(), { path: 'file:///no/such/grad.npy' });
    const { problem } = await until(
      'the failure',
      () => restored?.report.state.phase === 'failed' && restored.report.state,
    );
    assert.equal(problem?.code, 'file/missing');
  });

  test('are closed when they do not say of which dump they were', () => {
    for (const kept of [
      undefined,
      {},
      { path: 7 },
      { path: '' },
      { path: 'file:///a.npy', settings: { optimizer: 'lion' } },
    ]) {
      const given = panel();
      assert.equal(panels.restore(given, kept), undefined);
      assert.ok(gone(given));
    }
    assert.deepEqual(panels.all, []);
  });

  test('are one a dump', () => {
    const memory = { path: copyOfSample() };
    const [first, second] = [panel(), panel()];
    panels.restore(first, memory);
    panels.restore(second, memory);
    assert.equal(panels.all.length, 1);
    assert.ok(gone(second));
  });

  test('of steps of a run are one beside it, which shows the step asked for last', async () => {
    const [first, second] = [vscode.Uri.file(copyOfSample()), vscode.Uri.file(copyOfSample())];
    panels.openBeside(first);
    const [shown] = panels.all;
    assert.ok(shown);
    for (const step of [second, second, first]) {
      panels.openBeside(step);
      assert.deepEqual(panels.all.map(({ key }) => key), [step.toString()]); // prettier-ignore
      assert.equal(panels.all[0]?.panel, shown.panel);
    }
    assert.ok(shown.closed);
    await until('the report', () => panels.all[0]?.report.state.phase === 'done');
  });

  test('may use the script and the style of the extension, and nothing else', () => {
    const given = panel();
    panels.restore(given, { path: copyOfSample() });
    const { enableScripts, enableCommandUris, localResourceRoots } = given.webview.options;
    assert.equal(enableScripts, true);
    assert.ok(!enableCommandUris);
    assert.deepEqual(
      localResourceRoots?.map((root) => root.path.slice(-'/dist/webview'.length)),
      ['/dist/webview'],
    );
    assert.ok(given.webview.html.includes(`style-src ${given.webview.cspSource}`));
  });

  test('let go of everything when they are closed during a run', async () => {
    const restored = panels.restore(panel(), { path: copyOfSample() });
    restored?.panel.dispose();
    await until('the end of the panel', () => panels.all.length === 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(restored?.report.state.phase, 'analyzing'); // nothing was heard of the run any more
  });

  test('are a hundred at once: each has its own dump, two threads serve them all, and none is left behind', async () => {
    const files = Array.from({ length: 100 }, (_, i) => copyOfSample(`grad-${i}.npy`));
    const opened = files.map((file) => panels.restore(panel(), { path: file }));
    await until('the end of all', () => opened.every((each) => each?.report.state.phase === 'done'), 120_000);
    assert.deepEqual(
      opened.map((each) => each?.report.state.fileName),
      files.map((file) => path.basename(file)),
    );
    for (const each of opened) assertClose(each?.report.state.summary?.moments?.scatter, SAMPLE.scatter);
    assert.ok(started <= 2, `${started} threads were started`);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('the end of all panels', () => panels.all.length === 0);
  }).timeout(180_000);
});
