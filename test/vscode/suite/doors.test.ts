import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, suiteSetup, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { dumpOfKey, keyOf } from '../../../src/host/chosen-dump';
import { assertClose, closeAll, copyOfSample, ended, SAMPLE, theExtension } from './workbench';
import { until } from './until';

const EDITOR = 'gradientCovariance.editor';
const states = () => theExtension().exports.panels();

/** Runs a command that asks, and answers with the first or second of what it offers. */
async function answering(answer: 0 | 1, command: string, ...args: unknown[]): Promise<void> {
  const run = Promise.resolve(vscode.commands.executeCommand(command, ...args)).then(() => true);
  const press = async (): Promise<boolean> => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (answer === 1) await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    return new Promise((resolve) => setTimeout(() => resolve(false), 100));
  };
  while (!(await Promise.race([run, press()])));
}

suite('the ways to a report', () => {
  suiteSetup(async () => theExtension().activate());
  teardown(closeAll);

  test('Open With… shows it in an editor of the file, next to a panel that shows it already', async () => {
    const file = copyOfSample();
    const uri = vscode.Uri.file(file);
    await vscode.commands.executeCommand('vscode.openWith', uri, EDITOR);
    const state = await ended(file);
    assert.equal(state.phase, 'done');
    assertClose(state.summary?.moments?.scatter, SAMPLE.scatter);
    const { input } = vscode.window.tabGroups.activeTabGroup.activeTab ?? {};
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.deepEqual([input.viewType, input.uri.toString()], [EDITOR, uri.toString()]);

    await vscode.commands.executeCommand('gradientCovariance.analyze', uri);
    await until('the panel', () => states().length === 2);
    assert.deepEqual(new Set(states().map((each) => each.path)), new Set([uri.toString()]));
    await vscode.commands.executeCommand('gradientCovariance.analyze', uri);
    await vscode.commands.executeCommand('vscode.openWith', uri, EDITOR);
    assert.equal(states().length, 2);
  });

  test('a file opens as it always did, unless the reader associates another editor with it', async () => {
    const file = copyOfSample('grad-text.json');
    writeFileSync(file, '[[1, 0], [0, 1], [1, 1]]');
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    const opened = () => vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    await until('the tab of the text', () => opened() instanceof vscode.TabInputText);
    assert.deepEqual(states(), []);

    const configuration = vscode.workspace.getConfiguration('workbench');
    const associated = copyOfSample();
    await configuration.update('editorAssociations', { '*.npy': EDITOR }, vscode.ConfigurationTarget.Global);
    try {
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(associated));
      await until('the tab of the report', () => opened() instanceof vscode.TabInputCustom);
      assertClose((await ended(associated)).summary?.moments?.scatter, SAMPLE.scatter);
    } finally {
      await configuration.update('editorAssociations', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  test('several selected files are one dump, with rows under one another or columns side by side as asked', async () => {
    const first = copyOfSample('rank0.npy');
    const second = path.join(path.dirname(first), 'rank10.npy');
    const third = path.join(path.dirname(first), 'rank2.npy');
    for (const file of [second, third]) copyFileSync(first, file);
    const selected = [second, first, third].map((file) => vscode.Uri.file(file));
    for (const [answer, shape, factor] of [
      [0, [360, 610], 3],
      [1, [120, 1830], 3],
    ] as const) {
      await answering(answer, 'gradientCovariance.analyze', selected[0], selected);
      const { state } = await until('the report', () => states().find((each) => each.state.phase === 'done'));
      assert.deepEqual([state.summary?.dump.rows, state.summary?.dump.parameters], shape);
      assertClose(state.summary?.moments?.scatter, factor * SAMPLE.scatter);
      // in the order of their numbers
      assert.deepEqual(
        state.summary?.dump.joined?.files.map(({ name }) => name),
        ['rank0.npy', 'rank2.npy', 'rank10.npy'],
      );
      await closeAll();
    }
  });

  test('a folder is its only dump, or its dumps as one', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gradient-covariance-suite-'));
    const uri = vscode.Uri.file(folder);
    copyFileSync(SAMPLE.path(), path.join(folder, 'batch0.npy'));
    writeFileSync(path.join(folder, 'notes.txt'), 'none');
    mkdirSync(path.join(folder, 'checkpoints'));
    await vscode.commands.executeCommand('gradientCovariance.analyze', uri);
    assert.equal((await ended(path.join(folder, 'batch0.npy'))).phase, 'done');
    await closeAll();

    copyFileSync(SAMPLE.path(), path.join(folder, 'batch1.npy'));
    await answering(0, 'gradientCovariance.analyze', uri);
    const { state } = await until('the report', () => states().find((each) => each.state.phase === 'done'));
    assert.equal(state.summary?.dump.rows, 240);
    assertClose(state.summary.moments?.scatter, 2 * SAMPLE.scatter);
  });

  test('a dump of several files is named by one URI, which survives a reload of the window', () => {
    const of = (...names: string[]) => names.map((name) => vscode.Uri.file(name)) as [vscode.Uri, ...vscode.Uri[]];
    for (const dump of [
      { files: of('/a/g #1?.npy') },
      { files: of('/a'), layout: 'rows' as const },
      { files: of('/a/g 0.npy', '/a/g#1%.npy', '/b/g2.npy'), layout: 'columns' as const },
    ]) {
      const again = dumpOfKey(keyOf(dump));
      assert.deepEqual(
        [again?.files.map(String), again?.layout],
        [dump.files.map(String), 'layout' in dump ? dump.layout : undefined],
      );
    }
    assert.equal(dumpOfKey('/a/g.npy')?.files[0].toString(), 'file:///a/g.npy');
    for (const kept of ['file:///a#rows', 'file:///a#{"layout":"rows"}', 'file:///a#{"layout":"up","with":[]}'])
      assert.equal(dumpOfKey(kept), undefined);
  });
});
