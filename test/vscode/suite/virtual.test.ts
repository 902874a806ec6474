import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, suiteSetup, suiteTeardown, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import type { PanelState } from '../../../src/shared/protocol';
import { assertClose, closeAll, SAMPLE, theExtension } from './workbench';
import { until } from './until';

/** A file system of the editor alone: files by their path, of which nothing is on a disk. */
class Memory implements vscode.FileSystemProvider {
  readonly files = new Map<string, { bytes: Uint8Array; size: number; mtime: number }>();
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;

  put(path: string, bytes: Uint8Array, size = bytes.length): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: 'gradient-memory', path });
    const mtime = (this.files.get(path)?.mtime ?? 0) + 1;
    this.files.set(path, { bytes, size, mtime });
    this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    return uri;
  }

  stat({ path }: vscode.Uri): vscode.FileStat {
    const found = this.files.get(path);
    if (found === undefined) throw vscode.FileSystemError.FileNotFound(path);
    return { type: vscode.FileType.File, ctime: 0, mtime: found.mtime, size: found.size };
  }

  readFile({ path }: vscode.Uri): Uint8Array {
    const found = this.files.get(path);
    if (found === undefined) throw vscode.FileSystemError.FileNotFound(path);
    return found.bytes;
  }

  watch = (): vscode.Disposable => new vscode.Disposable(() => undefined);
  readDirectory = (): [string, vscode.FileType][] => [];
  createDirectory = this.#refuse;
  writeFile = this.#refuse;
  delete = this.#refuse;
  rename = this.#refuse;

  #refuse(): never {
    throw vscode.FileSystemError.NoPermissions('nothing is ever written here');
  }
}

suite('a dump that is not on a disk', () => {
  const memory = new Memory();
  let registered: vscode.Disposable;
  suiteSetup(() => (registered = vscode.workspace.registerFileSystemProvider('gradient-memory', memory)));
  suiteTeardown(() => {
    registered.dispose();
  });
  teardown(closeAll);

  async function analyzed(uri: vscode.Uri, run = 1): Promise<PanelState> {
    if (run === 1) await vscode.commands.executeCommand('gradientCovariance.analyze', uri);
    return until(`the end of run ${run}`, () => {
      const state = theExtension()
        .exports.panels()
        .find(({ path }) => path === uri.toString())?.state;
      return state !== undefined && state.run >= run && state.phase !== 'analyzing' && state;
    });
  }

  test('is read through the editor, and has the same numbers', async () => {
    const { phase, summary } = await analyzed(memory.put('/runs/grad.npy', readFileSync(SAMPLE.path())));
    assert.equal(phase, 'done');
    assertClose(summary?.moments?.scatter, SAMPLE.scatter);
  });

  test('has the learning rate of its run, and the batch size of the file beside it', async () => {
    memory.put(
      '/training/run.json',
      Buffer.from('{"learningRate": 0.5, "batchSize": 4, "steps": [{"file": "a b.json"}]}'),
    );
    memory.put('/training/a b.meta.json', Buffer.from('{"batchSize": 8}'));
    const { summary } = await analyzed(memory.put('/training/a b.json', Buffer.from('[[1, 0], [0, 1]]')));
    assert.deepEqual(summary?.dump.metadata, { learningRate: 0.5, batchSize: 8, step: 0 });
  });

  test('is refused with the file and the place when the file beside it is broken', async () => {
    memory.put('/broken/grad.meta.json', Buffer.from('{"batchSize": 8.5}'));
    const { problem } = await analyzed(memory.put('/broken/grad.json', Buffer.from('[[1, 0], [0, 1]]')));
    assert.deepEqual([problem?.code, problem?.where], ['metadata/invalid', 'grad.meta.json, $.batchSize']);
  });

  test('is followed', async () => {
    const uri = memory.put('/runs/grad.json', Buffer.from('[[1, 0], [0, 1]]'));
    const first = await analyzed(uri);
    assertClose(first.summary?.moments?.scatter, 1);
    memory.put('/runs/grad.json', Buffer.from('[[2, 0], [0, 2]]'));
    assertClose((await analyzed(uri, 2)).summary?.moments?.scatter, 4);
  });

  test('is refused before it is read when it is larger than the limit', async () => {
    const uri = memory.put('/runs/large.npy', new Uint8Array(), 65 * 2 ** 20);
    const { phase, problem } = await analyzed(uri);
    assert.deepEqual([phase, problem?.code], ['failed', 'file/too-large']);
    assert.match(problem?.found ?? '', /^It has 65 MiB, .* up to 64 MiB$/);
  });

  test('may be missing', async () => {
    const { problem } = await analyzed(vscode.Uri.from({ scheme: 'gradient-memory', path: '/runs/none.npy' }));
    assert.equal(problem?.code, 'file/missing');
  });
});
