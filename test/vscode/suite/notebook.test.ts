import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { closeAll, errorMessages, onlyPanel, panels, putBack, replace, theExtension } from './workbench';
import { until } from './until';

const COMMAND = 'gradientCovariance.analyzeGradients';

/* the kernel's rows are (1, 2), (3, 6), (8, 1) times a factor: centered, their squares add up to 40 times its square */
const scatter = (factor: number): number => 40 * factor * factor;

interface ScriptedKernel {
  readonly values: Record<string, number>;
  language: string;
  readonly restart: () => void;
}

suite('gradients of a notebook', () => {
  let notebook: vscode.NotebookDocument;
  let messages: readonly string[];

  const kernel = async (): Promise<ScriptedKernel> => {
    const jupyter = vscode.extensions.getExtension<{
      kernels: { getKernel: (uri: vscode.Uri) => Promise<ScriptedKernel | undefined> };
    }>('ms-toolsai.jupyter');
    const found = await jupyter?.exports.kernels.getKernel(notebook.uri);
    assert.ok(found);
    return found;
  };
  /** Puts a text into the next cell, and runs it; resolves with the number that it is given. */
  async function run(text: string): Promise<number> {
    const edit = new vscode.WorkspaceEdit();
    const index = notebook.cellCount;
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'python');
    edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(index, [cell])]);
    assert.ok(await vscode.workspace.applyEdit(edit));
    await vscode.commands.executeCommand('notebook.cell.execute', {
      ranges: [{ start: index, end: index + 1 }],
      document: notebook.uri,
    });
    return until('the end of the cell', () => {
      const summary = notebook.cellAt(index).executionSummary;
      return summary?.success !== undefined && summary.executionOrder;
    });
  }
  /** As the view of variables hands it over. */
  const clicked = (name: string): object => ({
    source: notebook.uri.toString(),
    name,
    value: '…',
    type: 'ndarray',
    expression: name,
  });
  const shown = async (cell: number, factor: number): Promise<void> => {
    await onlyPanel(
      `the value as of cell ${cell}`,
      ({ origin, summary }) => origin === `as of cell [${cell}]` && summary?.moments?.scatter === scatter(factor),
    );
  };

  setup(async () => {
    await theExtension().activate();
    await vscode.extensions.getExtension('ms-toolsai.jupyter')?.activate();
    messages = errorMessages();
    notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData([]));
    await vscode.window.showNotebookDocument(notebook, { viewColumn: vscode.ViewColumn.One });
    await vscode.commands.executeCommand('notebook.selectKernel', { id: 'scripted', extension: 'ms-toolsai.jupyter' });
  });
  teardown(async () => {
    putBack();
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await closeAll();
  });

  test('are shown as of the last cell, and follow each cell that succeeds', async () => {
    const cell = await run('{"g": 1}');
    await vscode.commands.executeCommand(COMMAND, clicked('g'));
    await shown(cell, 1);
    assert.equal(panels()[0]?.fileName, 'g');
    await shown(await run('{"g": 2}').then((next) => (assert.equal(next, cell + 1), next)), 2);
    await run('this fails');
    await shown(cell + 1, 2);
    await shown(await run('{"g": 3}'), 3);
    assert.deepEqual(messages, []);
  });

  test('are one report, however often they are asked for, and another one for another name', async () => {
    const cell = await run('{"g": 1, "h": 2}');
    for (let k = 0; k < 2; k++) await vscode.commands.executeCommand(COMMAND, clicked('g'));
    await shown(cell, 1);
    await vscode.commands.executeCommand(COMMAND, clicked('h'));
    await until('two reports', () => panels().length === 2);
  });

  test('are found where a window names the notebook as one of its remote machine', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const file = vscode.Uri.joinPath(folder.uri, 'on a remote machine.ipynb');
    const content = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(JSON.stringify(content)));
    notebook = await vscode.workspace.openNotebookDocument(file);
    await vscode.window.showNotebookDocument(notebook, { viewColumn: vscode.ViewColumn.One });
    await vscode.commands.executeCommand('notebook.selectKernel', { id: 'scripted', extension: 'ms-toolsai.jupyter' });
    const cell = await run('{"g": 4}');
    // the menu hands over a text, in which VS Code translates nothing
    const source = file.with({ scheme: 'vscode-remote', authority: 'ssh-remote+elsewhere' }).toString();
    await vscode.commands.executeCommand(COMMAND, { ...clicked('g'), source });
    await shown(cell, 4);
    assert.deepEqual(messages, []);
    await notebook.save();
    await vscode.workspace.fs.delete(file);
  });

  test('are those of an expression that is typed while the notebook is the active editor', async () => {
    const cell = await run('{"next(loader)": 5}');
    await vscode.window.showNotebookDocument(notebook, { viewColumn: vscode.ViewColumn.One });
    replace(vscode.window, 'showInputBox', { value: async () => Promise.resolve(' next(loader) ') });
    await vscode.commands.executeCommand(COMMAND);
    const state = await onlyPanel('the report', ({ summary }) => summary?.moments?.scatter === scatter(5));
    assert.equal(state.origin, `as of cell [${cell}]; evaluated once, because it may change the program`);
  });

  test('stay when the kernel restarts, and go on when their name is back', async () => {
    const cell = await run('{"g": 1}');
    await vscode.commands.executeCommand(COMMAND, clicked('g'));
    await shown(cell, 1);
    (await kernel()).restart();
    const restarted = await onlyPanel('the restart', ({ origin }) => origin?.includes(';') === true);
    assert.equal(restarted.origin, `as of cell [${cell}]; the kernel is restarting`);
    assert.equal(restarted.summary?.moments?.scatter, scatter(1));
    await run('{"h": 1}');
    const lost = await onlyPanel('the loss', ({ origin }) => origin?.includes('NameError') === true);
    assert.match(lost.origin ?? '', /; not saved after cell \[1\]: The program answered: NameError: name 'g' is not/);
    await shown(await run('{"g": 4}'), 4);
  });

  test('come over the wire from a kernel on another machine', async () => {
    const cell = await run('{"g": 6, "elsewhere": 1}');
    await vscode.commands.executeCommand(COMMAND, clicked('g'));
    await shown(cell, 6);
  });

  test('go with their panel, which says that the notebook was closed', async () => {
    const cell = await run('{"g": 1}');
    await vscode.commands.executeCommand(COMMAND, clicked('g'));
    await shown(cell, 1);
    const [panel] = theExtension().exports.panels();
    const file = vscode.Uri.parse(panel?.path ?? '').fsPath;
    await vscode.window.showNotebookDocument(notebook, { viewColumn: vscode.ViewColumn.One });
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await onlyPanel('the end', ({ origin }) => origin === `as of cell [${cell}]; the notebook was closed`);
    assert.ok(existsSync(file));
    await closeAll();
    await until('the removal of the file', () => !existsSync(file));
    assert.deepEqual(readdirSync(path.dirname(file)), []);
  });

  test('are refused by the command itself in restricted mode, and the kernel is not asked', async () => {
    await run('{"g": 1}');
    replace(vscode.workspace, 'isTrusted', { get: () => false });
    await vscode.commands.executeCommand(COMMAND, clicked('g'));
    await until('the refusal', () => messages.length === 1);
    assert.match(messages[0] ?? '', /^This workspace is not trusted: .* restricted mode\. Trust the workspace first/);
    assert.deepEqual(panels(), []);
  });

  test('are refused where no kernel was started, where it speaks another language, and without Jupyter', async () => {
    const refused = async (words: RegExp): Promise<void> => {
      const before = messages.length;
      await vscode.commands.executeCommand(COMMAND, clicked('g'));
      await until('the refusal', () => messages.length === before + 1);
      assert.match(messages[before] ?? '', words);
    };
    await refused(/^No Python kernel answers here: The kernel of this notebook has not been started\. Run the cell/);
    await run('{"g": 1}');
    (await kernel()).language = 'julia';
    await refused(/speaks julia\. Choose a kernel of Python/);
    replace(vscode.extensions, 'getExtension', { value: () => undefined });
    await refused(/The Jupyter extension is not installed, .* Install it \(ms-toolsai\.jupyter\)/);
    putBack();
  });
});
