import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { theExtension } from './workbench';

suite('the extension in a real VS Code', () => {
  test('is present, and activates', async () => {
    const extension = theExtension();
    await extension.activate();
    assert.ok(extension.isActive);
    assert.deepEqual(extension.exports.panels(), []);
  });

  test('has registered every command it declares', async () => {
    const { contributes } = theExtension().packageJSON as { contributes: { commands: { command: string }[] } };
    const registered = new Set(await vscode.commands.getCommands(true));
    const declared = contributes.commands.map(({ command }) => command);
    assert.ok(declared.length > 0);
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  });

  test('declares that it works in restricted mode', () => {
    const { capabilities } = theExtension().packageJSON as { capabilities: Record<string, { supported: unknown }> };
    assert.equal(capabilities['untrustedWorkspaces']?.supported, 'limited');
    assert.equal(capabilities['virtualWorkspaces']?.supported, 'limited');
  });

  test('has settings with defaults', () => {
    const configuration = vscode.workspace.getConfiguration('gradientCovariance');
    assert.equal(configuration.get('memoryBudgetMiB'), 350);
    assert.equal(configuration.get('followChanges'), true);
    assert.equal(configuration.get('learningRate'), null);
  });
});
