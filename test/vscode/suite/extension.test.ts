import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';

suite('the extension in a real VS Code', () => {
  test('is present, and activates', async () => {
    const extension = vscode.extensions.getExtension('gradient-covariance.gradient-covariance');
    assert.ok(extension);
    await extension.activate();
    assert.ok(extension.isActive);
  });
});
