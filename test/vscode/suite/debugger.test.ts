import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { closeAll, errorMessages, onlyPanel, panels, putBack, replace, theExtension } from './workbench';
import { until } from './until';

const COMMAND = 'gradientCovariance.analyzeGradients';

/* the adapter's rows are (1, 2), (3, 6), (8, 1) times a factor: centered, their squares add up to 40 times its square */
const scatter = (factor: number): number => 40 * factor * factor;

interface Place {
  readonly name: string;
  readonly line: number;
  readonly file: string;
}
const train = (line: number): Place => ({ name: 'train', line, file: 'train.py' });

suite('gradients of a stopped program', () => {
  let session: vscode.DebugSession;
  let messages: readonly string[];
  const evaluated = async (): Promise<number> =>
    ((await session.customRequest('evaluated')) as { count: number }).count;

  /** Resolves when VS Code has selected the innermost frame of the new stop. */
  async function stopAt(frames: readonly Place[], values: Record<string, number>): Promise<void> {
    const before = vscode.debug.activeStackItem;
    await session.customRequest('move', { frames, values });
    await until('the stop', () => {
      const item = vscode.debug.activeStackItem;
      return item instanceof vscode.DebugStackFrame && item !== before;
    });
  }

  setup(async () => {
    await theExtension().activate();
    messages = errorMessages();
    const started = new Promise<vscode.DebugSession>((resolve) => {
      const listener = vscode.debug.onDidStartDebugSession((each) => {
        listener.dispose();
        resolve(each);
      });
    });
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(await vscode.debug.startDebugging(folder, { type: 'debugpy', request: 'launch', name: 'scripted' }));
    session = await started;
    await stopAt([train(41), { name: '<module>', line: 80, file: 'train.py' }], { g: 1 });
  });
  teardown(async () => {
    putBack();
    await vscode.debug.stopDebugging();
    await closeAll();
  });

  test('are shown beside the source, as of the stop, under the name of the expression', async () => {
    await vscode.commands.executeCommand(COMMAND, { container: {}, variable: { name: 'g', evaluateName: 'g' } });
    const state = await onlyPanel('the report', ({ origin }) => origin === 'as of the stop at train.py:41');
    assert.equal(state.fileName, 'g');
    assert.equal(state.summary?.moments?.scatter, scatter(1));
    assert.deepEqual(messages, []);
  });

  test('follow the steps of their function, also into one that it calls', async () => {
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'g' } });
    await onlyPanel('the report', ({ origin }) => origin === 'as of the stop at train.py:41');
    await stopAt([train(42)], { g: 2 });
    await onlyPanel(
      'the value of the next step',
      ({ origin, summary }) => origin === 'as of the stop at train.py:42' && summary?.moments?.scatter === scatter(2),
    );
    await stopAt([{ name: 'loss', line: 7, file: 'loss.py' }, train(43)], { g: 3 });
    await onlyPanel(
      'the value in the caller',
      ({ origin, summary }) => origin === 'as of the stop at train.py:43' && summary?.moments?.scatter === scatter(3),
    );
  });

  test('stay when their name is lost or their function has returned, and go on when it is back', async () => {
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'g' } });
    await onlyPanel('the report', ({ origin }) => origin === 'as of the stop at train.py:41');
    await stopAt([train(50)], {});
    const lost = await onlyPanel('the loss of the name', ({ origin }) => origin?.includes(';') === true);
    assert.equal(
      lost.origin,
      "as of the stop at train.py:41; not saved at train.py:50: The program answered: NameError: name 'g' is not defined",
    );
    assert.equal(lost.summary?.moments?.scatter, scatter(1));
    await stopAt([{ name: '<module>', line: 81, file: 'train.py' }], { g: 9 });
    const returned = await onlyPanel('the return', ({ origin }) => origin?.includes('on the stack') === true);
    assert.equal(returned.origin, 'as of the stop at train.py:41; its function is not on the stack at train.py:81');
    assert.equal(returned.summary?.moments?.scatter, scatter(1));
    await stopAt([train(41)], { g: 4 });
    await onlyPanel(
      'the name again',
      ({ origin, summary }) => origin === 'as of the stop at train.py:41' && summary?.moments?.scatter === scatter(4),
    );
  });

  test('are evaluated once when a call gives them', async () => {
    await stopAt([train(41)], { 'next(loader)': 5 });
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'next(loader)' } });
    const state = await onlyPanel('the report', ({ summary }) => summary?.moments?.scatter === scatter(5));
    assert.equal(state.origin, 'as of the stop at train.py:41; evaluated once, because it may change the program');
    await stopAt([train(42)], { 'next(loader)': 6 });
    assert.equal(await evaluated(), 1);
  });

  test('stay when the session ends, and the panel says so; the file goes with the panel', async () => {
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'g' } });
    const { path: uri } = await onlyPanel('the report', ({ origin }) => origin === 'as of the stop at train.py:41');
    const file = vscode.Uri.parse(uri).fsPath;
    assert.match(file, /live.g_[0-9a-f]{8}\.gradients$/);
    await vscode.debug.stopDebugging(session);
    const state = await onlyPanel(
      'the end of the session',
      ({ origin }) => origin === 'as of the stop at train.py:41; the debug session has ended',
    );
    assert.equal(state.summary?.moments?.scatter, scatter(1));
    assert.ok(existsSync(file));
    await closeAll();
    await until('the removal of the file', () => !existsSync(file));
    assert.deepEqual(readdirSync(path.dirname(file)), []);
  });

  test('are one report for one name in one function, and another for another', async () => {
    for (let k = 0; k < 2; k++) await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'g' } });
    await onlyPanel('one report', () => true);
    await stopAt([{ name: '<module>', line: 81, file: 'train.py' }], { g: 9 });
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'g' } });
    await until('two reports', () => panels().length === 2);
  });

  test('are refused by the command itself in restricted mode, and the program is not asked', async () => {
    replace(vscode.workspace, 'isTrusted', { get: () => false });
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'g' } });
    await until('the refusal', () => messages.length === 1);
    assert.match(messages[0] ?? '', /^This workspace is not trusted: .* restricted mode\. Trust the workspace first/);
    assert.equal(await evaluated(), 0);
    assert.deepEqual(panels(), []);
  });

  test('are refused where nothing is stopped', async () => {
    await vscode.debug.stopDebugging(session);
    await until('the end', () => vscode.debug.activeStackItem === undefined);
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'g' } });
    await until('the refusal', () => messages.length === 1);
    assert.match(messages[0] ?? '', /^No Python program is stopped here: /);
  });

  test('are refused where the selected frame is one of another language', async () => {
    await vscode.debug.stopDebugging();
    const started = new Promise<vscode.DebugSession>((resolve) => {
      const listener = vscode.debug.onDidStartDebugSession((each) => {
        listener.dispose();
        resolve(each);
      });
    });
    assert.ok(await vscode.debug.startDebugging(undefined, { type: 'scripted', request: 'launch', name: 'other' }));
    session = await started;
    await stopAt([{ name: 'main', line: 3, file: 'main.js' }], { g: 1 });
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'g' } });
    await until('the refusal', () => messages.length === 1);
    assert.match(messages[0] ?? '', /one of the debugger “scripted”, and only Python is understood/);
    assert.equal(await evaluated(), 0);
  });

  test('stay as they were when the session ends while they are being saved, and the panel says so', async () => {
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'g' } });
    await onlyPanel('the report', ({ origin }) => origin === 'as of the stop at train.py:41');
    await session.customRequest('slow');
    await stopAt([train(42)], { g: 2 });
    await vscode.debug.stopDebugging(session);
    const state = await onlyPanel('the end', ({ origin }) => origin?.includes('ended') === true);
    assert.equal(state.origin, 'as of the stop at train.py:41; the debug session has ended');
    assert.equal(state.summary?.moments?.scatter, scatter(1));
  });

  test('are those of a watch expression, or of what is selected in an editor', async () => {
    await stopAt([train(41)], { g: 1, h: 2 });
    await vscode.commands.executeCommand(COMMAND, { name: 'h', value: '…' });
    await onlyPanel('the watched value', ({ summary }) => summary?.moments?.scatter === scatter(2));
    await closeAll();
    const document = await vscode.workspace.openTextDocument({ language: 'python', content: 'x = g + 1' });
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(0, 4, 0, 5);
    await vscode.commands.executeCommand(COMMAND, document.uri);
    await onlyPanel('the selected value', ({ fileName, summary }) => {
      return fileName === 'g' && summary?.moments?.scatter === scatter(1);
    });
  });

  test('say what the program answered when a name is not there, and open nothing', async () => {
    await vscode.commands.executeCommand(COMMAND, { variable: { evaluateName: 'h' } });
    await until('the problem', () => messages.length === 1);
    assert.match(messages[0] ?? '', /NameError: name 'h' is not defined/);
    assert.deepEqual(panels(), []);
  });
});
