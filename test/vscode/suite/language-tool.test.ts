import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setup, suite, suiteSetup, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { AnalysisWorkers, startAnalysisThread } from '../../../src/host/analysis-worker';
import type { Host } from '../../../src/host/host';
import { GradientTool } from '../../../src/host/language-tool';
import { preferencesFrom } from '../../../src/host/preferences';
import { SAMPLE, theExtension } from './workbench';

const TOOL = 'gradient-covariance_analyze_gradient_dump';
const LINK = 'grad-link.npy';

const textOf = ({ content }: vscode.LanguageModelToolResult): string =>
  content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '?')).join('');

suite('the tool for language models', () => {
  let workers: AnalysisWorkers;
  let tool: GradientTool;
  const outside = path.join(mkdtempSync(path.join(tmpdir(), 'gradient-covariance-suite-')), 'grad.npy');
  const folder = (): string => vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const trusted = Object.getOwnPropertyDescriptor(vscode.workspace, 'isTrusted');
  const trust = (value: boolean): void =>
    void Object.defineProperty(vscode.workspace, 'isTrusted', { get: () => value, configurable: true });

  suiteSetup(() => copyFileSync(SAMPLE.path(), outside));
  setup(() => {
    const script = vscode.Uri.joinPath(theExtension().extensionUri, 'dist', 'worker.js').fsPath;
    workers = new AnalysisWorkers(() => startAnalysisThread(script));
    const preferences = preferencesFrom(
      () => undefined,
      () => undefined,
    );
    tool = new GradientTool({ workers, preferences: () => preferences } as Partial<Host> as Host);
  });
  teardown(() => {
    workers.dispose();
    rmSync(path.join(folder(), LINK), { force: true });
    if (trusted) Object.defineProperty(vscode.workspace, 'isTrusted', trusted);
  });

  const invoked = async (input: object): Promise<string> => {
    const { token } = new vscode.CancellationTokenSource();
    return textOf(await tool.invoke({ input, toolInvocationToken: undefined }, token));
  };
  const asks = async (file: string): Promise<boolean> =>
    (await tool.prepareInvocation({ input: { path: file } })).confirmationMessages !== undefined;

  test('is registered, and answers with the numbers of the report', async () => {
    assert.ok(vscode.lm.tools.some(({ name }) => name === TOOL));
    const input = { path: path.basename(SAMPLE.path()) };
    const result = await vscode.lm.invokeTool(TOOL, { input, toolInvocationToken: undefined });
    const text = textOf(result);
    assert.ok(Buffer.byteLength(text) <= 2048);
    assert.match(text, /^Gradient dump “grad-step-000020\.npy”: 120 rows × 610 parameters/);
    assert.match(text, /^Verdict: /m);
    // scatter/(n−1)·(N−1)/N = 636.316/119·1499/1500
    assert.match(text, /^covariance-trace \(Covariance trace\): 5\.34 gradient² \(/m);
    assert.deepEqual(theExtension().exports.panels(), []);
  });

  test('takes what the user said in place of what the dump says', async () => {
    const text = await invoked({ path: path.basename(SAMPLE.path()), batchSize: 64, datasetSize: 120 });
    assert.match(text, /^Settings: learning rate η = 0\.1, batch size B = 64, data set N = 120\.$/m);
    assert.match(text, /^Convention: population/m);
  });

  test('compares with a baseline, for which it asks as well', async () => {
    const input = { path: path.basename(SAMPLE.path()), baseline: outside };
    assert.notEqual((await tool.prepareInvocation({ input })).confirmationMessages, undefined);
    assert.match(await invoked(input), /^Comparison of two gradient dumps: baseline A “grad\.npy”, other B “grad-step/);
    trust(false);
    assert.match(await invoked(input), /^No report \(file\/unreadable\)[^]*restricted mode/);
  });

  test('asks before it reads a file outside the workspace, also one that a link leads to', async () => {
    symlinkSync(outside, path.join(folder(), LINK));
    assert.equal(await asks(path.basename(SAMPLE.path())), false);
    assert.equal(await asks(path.join(folder(), 'missing', 'grad.npy')), false);
    for (const file of [outside, LINK, '../grad.npy', path.join(folder(), '..', 'grad.npy')])
      assert.equal(await asks(file), true, file);
  });

  test('reads nothing outside the workspace in restricted mode', async () => {
    trust(false);
    symlinkSync(outside, path.join(folder(), LINK));
    for (const file of [outside, LINK]) {
      assert.equal(await asks(file), false);
      assert.match(await invoked({ path: file }), /^No report \(file\/unreadable\)[^]*restricted mode/);
    }
    assert.match(await invoked({ path: path.basename(SAMPLE.path()) }), /^Gradient dump “/);
  });

  test('says what is wrong as a text: with the file, with the path, and with its input', async () => {
    const text = path.join(folder(), 'grad-text.npy');
    writeFileSync(text, 'step,loss\n');
    try {
      assert.match(await invoked({ path: text }), /^No report \(npy\/magic\): [^]*What to do: /);
    } finally {
      rmSync(text);
    }
    assert.match(await invoked({ path: 'missing.npy' }), /^No report \(file\/missing\)/);
    for (const file of ['//server/share/g.npy', '\\\\server\\share\\g.npy', '/dev/zero', '/proc/self/mem'])
      assert.match(await invoked({ path: file }), /^No report \(file\/not-a-file\)/);
    for (const input of [{}, { path: 7 }, { path: 'g.npy', batchSize: 0 }, { path: 'g.npy', learningRate: '1' }])
      assert.match(await invoked(input), /^No report \(settings\/invalid\)/);
  });

  test('ends when it is canceled', async () => {
    const source = new vscode.CancellationTokenSource();
    const result = tool.invoke({ input: { path: SAMPLE.path() }, toolInvocationToken: undefined }, source.token);
    source.cancel();
    assert.match(textOf(await result), /^(?:No report \(run\/canceled\)|Gradient dump “)/);
  });
});
