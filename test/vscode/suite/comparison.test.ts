import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { suite, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import type { ComparisonState } from '../../../src/shared/protocol';
import { until } from './until';
import { assertClose, closeAll, copyOfSample, ended, SAMPLE, theExtension } from './workbench';

const comparisons = (): readonly ComparisonState[] => theExtension().exports.comparisons();
const names = ({ baseline, other }: ComparisonState): string[] => [baseline.fileName, other.fileName];

/** Waits until there is one comparison and both of its dumps are analyzed. */
const only = async (what: string): Promise<ComparisonState> =>
  until(what, () => {
    const [state, ...others] = comparisons();
    return state !== undefined && others.length === 0 && [state.baseline, state.other].every(({ phase }) => phase === 'done') && state; // prettier-ignore
  });

/** The commands take the report in front, which a busy window brings there late. */
const inFront = async (name: string): Promise<void> => {
  await until(`the report of ${name} in front`, () => {
    const { activeTab } = vscode.window.tabGroups.activeTabGroup;
    return activeTab?.label.includes(name) === true;
  });
};

/** Two copies of the sample in one folder. */
function twoDumps(): readonly [string, string] {
  const first = copyOfSample('grad-a.npy');
  const second = path.join(path.dirname(first), 'grad-b.npy');
  copyFileSync(SAMPLE.path(), second);
  return [first, second];
}

suite('two dumps compared', () => {
  teardown(async () => {
    await closeAll();
    await until('the end of all comparisons', () => comparisons().length === 0);
  });

  test('by two selected files: the clicked one is the baseline, and knows what the other says about it', async () => {
    const [first, second] = twoDumps().map((file) => vscode.Uri.file(file));
    await vscode.commands.executeCommand('gradientCovariance.compare', second, [first, second]);
    const state = await only('the comparison');
    assert.deepEqual(names(state), ['grad-b.npy', 'grad-a.npy']);
    const compared = state.baseline.summary?.companions?.compared;
    assert.ok(compared !== undefined && 'summary' in compared);
    assertClose(compared.summary.scatter, SAMPLE.scatter);
    assert.equal(compared.summary.matchingRows, SAMPLE.shape[0]);
    assertClose(state.other.summary?.moments?.scatter, SAMPLE.scatter);
  });

  test('by the baseline that was chosen before, from another report', async () => {
    const [first, second] = twoDumps();
    await vscode.commands.executeCommand('gradientCovariance.analyze', vscode.Uri.file(first));
    await ended(first);
    await inFront('grad-a.npy');
    await vscode.commands.executeCommand('gradientCovariance.useAsBaseline');
    await vscode.commands.executeCommand('gradientCovariance.analyze', vscode.Uri.file(second));
    await ended(second);
    await inFront('grad-b.npy');
    await vscode.commands.executeCommand('gradientCovariance.compareWithBaseline');
    assert.deepEqual(names(await only('the comparison')), ['grad-a.npy', 'grad-b.npy']);
  });

  test('again when the other dump is overwritten, also what both say together', async () => {
    const [first, second] = twoDumps();
    const uris = [first, second].map((file) => vscode.Uri.file(file));
    await vscode.commands.executeCommand('gradientCovariance.compare', uris[0], uris);
    await only('the comparison');
    const doubled = await vscode.workspace.fs.readFile(vscode.Uri.file(second));
    // elements of float32 behind the header, each twice as large
    const bytes = Uint8Array.from(doubled);
    const offset = new DataView(bytes.buffer).getUint16(8, true) + 10;
    const elements = new DataView(bytes.buffer);
    for (let at = offset; at < bytes.length; at += 4) elements.setFloat32(at, 2 * elements.getFloat32(at, true), true);
    await vscode.workspace.fs.writeFile(vscode.Uri.file(second), bytes);
    await until('the new comparison', () => {
      const [state] = comparisons();
      const compared = state?.baseline.summary?.companions?.compared;
      return compared !== undefined && 'summary' in compared && compared.summary.scatter > 3.9 * SAMPLE.scatter;
    });
  });

  test('says which of its files is missing', async () => {
    const [first] = twoDumps();
    const gone = path.join(path.dirname(first), 'grad-gone.npy');
    const uris = [first, gone].map((file) => vscode.Uri.file(file));
    await vscode.commands.executeCommand('gradientCovariance.compare', uris[0], uris);
    const state = await until('the failure', () => comparisons().find(({ other }) => other.phase === 'failed'));
    assert.equal(state.other.problem?.code, 'file/missing');
  });
});
