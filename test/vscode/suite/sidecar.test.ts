import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite, suiteSetup, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { closeAll, copyOfSample, theExtension } from './workbench';
import { until } from './until';

suite('a metadata file in the editor', () => {
  suiteSetup(async () => theExtension().activate());
  teardown(closeAll);

  async function opened(text: string): Promise<{ document: vscode.TextDocument; editor: vscode.TextEditor }> {
    const file = copyOfSample().replace(/\.npy$/, '.meta.json');
    writeFileSync(file, text);
    const document = await vscode.workspace.openTextDocument(file);
    return { document, editor: await vscode.window.showTextDocument(document) };
  }
  const ours = ({ uri }: vscode.TextDocument): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Gradient Covariance');

  test('is marked where it contradicts its dump, until it is mended', async () => {
    const { document, editor } = await opened('{\n  "batchSize": 32,\n  "losses": [1, 2]\n}\n');
    const [found] = await until('the mark', () => ours(document).length > 0 && ours(document));
    assert.match(found?.message ?? '', /2 entries, the dump has 120 rows/);
    assert.equal(found?.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(document.getText(found.range), '"losses"');
    await editor.edit((edit) => edit.replace(document.lineAt(2).range, '  "datasetSize": 1500'));
    await until('the end of the mark', () => ours(document).length === 0);
    // as it is typed, not as it is on the disk
    await editor.edit((edit) => edit.replace(document.lineAt(2).range, '  "datasetSize": 16'));
    await until('the next mark', () => ours(document).some(({ message }) => /cannot be drawn/.test(message)));
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await until('the end of all marks', () => ours(document).length === 0);
  });

  test('has what each key does under the pointer, and values to choose from', async () => {
    const { document } = await opened('{\n  "gradientScale": 2,\n  "convention": ""\n}\n');
    // the language server of JSON starts with the first text of it
    let hover = '';
    for (
      const end = Date.now() + 60_000;
      hover === '' && Date.now() < end;
      await new Promise((resolve) => setTimeout(resolve, 100))
    ) {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, new vscode.Position(1, 6)); // prettier-ignore
      hover = hovers
        .flatMap(({ contents }) =>
          contents.map((content) => (content instanceof vscode.MarkdownString ? content.value : '')),
        )
        .join('');
    }
    assert.match(hover, /the rows hold c times the gradients/);
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>('vscode.executeCompletionItemProvider', document.uri, new vscode.Position(2, 17)); // prettier-ignore
    const labels = items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    for (const value of ['"population"', '"sample"']) assert.ok(labels.includes(value), labels.join());
  });

  test('that lists steps is a run; a run.json of another tool is left alone', async () => {
    const warnings = async (text: string): Promise<vscode.Diagnostic[]> => {
      const file = path.join(path.dirname(copyOfSample()), 'run.json');
      writeFileSync(file, text);
      const document = await vscode.workspace.openTextDocument(file);
      await vscode.window.showTextDocument(document);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return vscode.languages.getDiagnostics(document.uri);
    };
    assert.deepEqual(await warnings('{ "name": "mine", "step": -1 }'), []);
    assert.deepEqual(await warnings('{ "steps": [{ "step": 0, "file": "grad-copy.npy" }] }'), []);
    const [missing, ...others] = await warnings('{ "steps": [{ "step": 0 }] }');
    assert.match(missing?.message ?? '', /file/);
    assert.deepEqual(others, []);
  });
});
