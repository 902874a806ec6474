import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite, suiteSetup, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { assertClose, closeAll, copyOfSample, ended, SAMPLE, stateOf, theExtension } from './workbench';
import { until } from './until';

const analyze = async (file: string): Promise<void> => {
  await vscode.commands.executeCommand('gradientCovariance.analyze', vscode.Uri.file(file));
};

/** The sample with every gradient doubled: Σ becomes four times as large, and every bit of it is known. */
function doubled(file: string): Buffer {
  const bytes = readFileSync(file);
  const header = 10 + bytes.readUInt16LE(8);
  for (let at = header; at < bytes.length; at += 4) bytes.writeFloatLE(2 * bytes.readFloatLE(at), at);
  return bytes;
}

suite('a report', () => {
  suiteSetup(async () => theExtension().activate());
  teardown(closeAll);

  test('of the sample opens by its command, and has the numbers of NumPy', async () => {
    await vscode.commands.executeCommand('gradientCovariance.trySample');
    const { phase, summary, settings } = await ended(SAMPLE.path());
    assert.equal(phase, 'done');
    assert.deepEqual([summary?.dump.rows, summary?.dump.parameters], SAMPLE.shape);
    assertClose(summary?.moments?.meanSquaredNorm, SAMPLE.meanSquaredNorm);
    assertClose(summary?.moments?.scatter, SAMPLE.scatter);
    assertClose(summary?.spectrum?.eigenvalues[0], SAMPLE.spectralNorm, 1e-7);
    assert.deepEqual([settings?.learningRate, settings?.batchSize, settings?.datasetSize], [0.1, 32, 1500]);
  });

  test('is a panel of its own, and the same one when it is asked for again', async () => {
    const file = copyOfSample();
    await analyze(file);
    const tab = await until('the tab', () => vscode.window.tabGroups.activeTabGroup.activeTab);
    assert.ok(tab.input instanceof vscode.TabInputWebview);
    assert.match(tab.input.viewType, /gradientCovariance\.report$/);
    assert.equal(tab.label, 'Gradients: grad-copy.npy');
    await ended(file);
    await analyze(file);
    assert.equal(theExtension().exports.panels().length, 1);
    assert.equal(stateOf(file)?.run, 1);
  });

  test('opens for the dump of the active editor when nothing was clicked', async () => {
    const file = copyOfSample('small.json');
    writeFileSync(file, '{ "gradients": [[1, 0], [0, 1], [1, 1]], "learningRate": 0.5, "batchSize": 2 }');
    await vscode.window.showTextDocument(vscode.Uri.file(file));
    await until(
      'the tab',
      () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputText,
    );
    await vscode.commands.executeCommand('gradientCovariance.analyze');
    const { phase, summary } = await ended(file);
    assert.equal(phase, 'done');
    assertClose(summary?.moments?.scatter, 4 / 3); // both columns: Σ(x − 2/3)² = 2/3
  });

  test('is not needed for the cluster script, which goes to the clipboard whole', async () => {
    await vscode.env.clipboard.writeText('');
    await vscode.commands.executeCommand('gradientCovariance.copyClusterScript');
    const script = await vscode.env.clipboard.readText();
    assert.match(script, /^"""Statistics of gradients/);
    assert.match(script, /sys\.exit\(main\(\)\)\s*$/);
  });

  test('of the temperature is the same report, and asks nothing that the dump says', async () => {
    await vscode.commands.executeCommand('gradientCovariance.trySample');
    await ended(SAMPLE.path());
    await vscode.commands.executeCommand('gradientCovariance.analyzeTemperature');
    assert.equal(theExtension().exports.panels().length, 1);
    assert.equal(stateOf(SAMPLE.path())?.run, 1);
  });

  test('of the temperature asks for what the dump does not say, and Escape leaves it unknown', async () => {
    const file = copyOfSample();
    const answered = Promise.resolve(
      vscode.commands.executeCommand('gradientCovariance.analyzeTemperature', vscode.Uri.file(file)),
    ).then(() => true);
    const pressEscape = async (): Promise<boolean> => {
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
      return new Promise((resolve) => setTimeout(() => resolve(false), 50));
    };
    await ended(file);
    let presses = 0;
    while (!(await Promise.race([answered, pressEscape()]))) presses++;
    assert.ok(presses > 0);
    const { settings } = stateOf(file)!;
    assert.deepEqual([settings?.learningRate, settings?.batchSize], [undefined, undefined]);
  });

  test('of a run is that of the step the reader picks', async () => {
    const file = copyOfSample('grad-step-20.npy');
    const run = path.join(path.dirname(file), 'run.json');
    writeFileSync(run, '{ "steps": [{ "step": 20, "file": "grad-step-20.npy", "learningRate": 0.3 }] }');
    const answered = Promise.resolve(
      vscode.commands.executeCommand('gradientCovariance.analyze', vscode.Uri.file(run)),
    ).then(() => true);
    const pressEnter = async (): Promise<boolean> => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return new Promise((resolve) => setTimeout(() => resolve(false), 50));
    };
    while (!(await Promise.race([answered, pressEnter()])));
    const { settings } = await ended(file);
    assert.equal(settings?.learningRate, 0.3);
  });

  test('that is opened again is there at once, as long as nothing it rests on has changed', async () => {
    const file = copyOfSample();
    const opened = async () => {
      await closeAll();
      await analyze(file);
      return (await ended(file)).summary;
    };
    // it is kept a moment after it was there: the one that comes twice was kept
    let [before, again] = [await opened(), await opened()];
    while (again !== before) [before, again] = [again, await opened()];

    // same size, and the time of the last change put back
    const { atime, mtime } = statSync(file);
    writeFileSync(file, doubled(file));
    utimesSync(file, atime, mtime);
    assertClose((await opened())?.moments?.scatter, 4 * SAMPLE.scatter);

    writeFileSync(`${file}.other`, doubled(file));
    utimesSync(`${file}.other`, atime, mtime);
    renameSync(`${file}.other`, file);
    assertClose((await opened())?.moments?.scatter, 16 * SAMPLE.scatter);

    writeFileSync(
      path.join(path.dirname(file), 'run.json'),
      '{ "steps": [{ "step": 7, "file": "grad-copy.npy", "loss": 3 }] }',
    );
    assert.equal((await opened())?.dump.metadata.loss, 3);
    writeFileSync(file.replace('.npy', '.meta.json'), '{ "loss": 5 }');
    assert.equal((await opened())?.dump.metadata.loss, 5);
  });

  test('follows a dump that another file is renamed over', async () => {
    const file = copyOfSample();
    await analyze(file);
    await ended(file);
    writeFileSync(`${file}.tmp`, doubled(file));
    renameSync(`${file}.tmp`, file);
    const { phase, summary, stale } = await ended(file, 2);
    assert.deepEqual([phase, stale], ['done', undefined]);
    assertClose(summary?.moments?.scatter, 4 * SAMPLE.scatter);
  });

  test('waits for a dump that is written slowly, and never shows a part of it', async () => {
    const file = copyOfSample();
    await analyze(file);
    await ended(file);
    const whole = doubled(file);
    truncateSync(file, 0);
    for (let part = 1; part <= 8; part++) {
      writeFileSync(file, whole.subarray(0, Math.ceil((part * whole.length) / 8)));
      await new Promise((resolve) => setTimeout(resolve, 150));
      const { phase, summary } = stateOf(file)!;
      assert.ok(phase === 'done' || phase === 'analyzing', phase);
      const { scatter } = summary?.moments ?? { scatter: NaN };
      assert.ok(
        [1, 4].some((factor) => Math.abs(scatter - factor * SAMPLE.scatter) < 1e-6),
        `${scatter}`,
      );
    }
    const { summary } = await until('the new version', () => {
      const state = stateOf(file);
      return state?.phase === 'done' && state.stale === undefined && state.run > 1 && state;
    });
    assertClose(summary?.moments?.scatter, 4 * SAMPLE.scatter);
  });

  test('follows its sidecar', async () => {
    const file = copyOfSample();
    await analyze(file);
    const { settings } = await ended(file);
    assert.equal(settings?.learningRate, undefined);
    writeFileSync(path.join(path.dirname(file), 'grad-copy.meta.json'), '{ "learningRate": 0.25 }');
    const { settings: now } = await ended(file, 2);
    assert.equal(now?.learningRate, 0.25);
  });

  test('keeps its numbers when the dump is deleted, says so, and goes on when it is back', async () => {
    const file = copyOfSample();
    const bytes = readFileSync(file);
    await analyze(file);
    await ended(file);
    rmSync(file);
    const gone = await ended(file, 2);
    assert.deepEqual([gone.phase, gone.problem?.code], ['failed', 'file/missing']);
    assertClose(gone.summary?.moments?.scatter, SAMPLE.scatter);
    writeFileSync(file, bytes);
    const { phase, problem } = await ended(file, 3);
    assert.deepEqual([phase, problem], ['done', undefined]);
  });

  test('of a file that is no dump says what is wrong', async () => {
    const file = copyOfSample('grad-text.npy');
    writeFileSync(file, 'step,loss\n0,2.3\n');
    await analyze(file);
    const { phase, problem, summary } = await ended(file);
    assert.deepEqual([phase, problem?.code, summary], ['failed', 'npy/magic', undefined]);
  });
});
