import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { openFile } from '../../src/storage/file';
import { ERRNOS, systemError, watchedDisk } from './disk';

const folder = mkdtempSync(path.join(tmpdir(), 'storage-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
let count = 0;
function fresh(content = 'ten bytes.'): string {
  const file = at(`file ${++count}`);
  writeFileSync(file, content);
  return file;
}
function problemOf(work: () => unknown): Problem | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof AnalysisError) return error.problem;
    throw error;
  }
}
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('a file', () => {
  test('is read where one asks, whole, however short the single reads are', () => {
    for (const limit of [1, 3, 10, Infinity]) {
      const { disk, open, calls } = watchedDisk(undefined, limit);
      const file = openFile(fresh(), disk);
      const target = new Uint8Array(5);
      file.read(target, 4);
      expect(text(target)).toBe('bytes');
      file.checkUnchanged();
      expect(open.size).toBe(1);
      file.close();
      // a second close could close what the system gave the number to
      file.close();
      expect(open.size).toBe(0);
      expect(calls.filter((call) => call === 'closeSync')).toHaveLength(1);
    }
  });

  test('is told from other versions by size, device, inode and times', () => {
    const name = fresh();
    const file = openFile(name);
    expect(file).toMatchObject({ path: name, identity: { size: 10 } });
    expect(Object.values(file.identity).every((value) => value > 0)).toBe(true);
    file.close();
  });

  test.runIf(process.platform !== 'win32')(
    'is never a pipe, a folder, a device or what leads to one, and nothing waits for them',
    () => {
      // whoever waited for the pipe would wait for ever
      execFileSync('mkfifo', [at('pipe')]);
      mkdirSync(at('folder.npy'));
      symlinkSync('/dev/zero', at('zero'));
      symlinkSync(at('loop'), at('loop'));
      symlinkSync(at('nothing'), at('dangling'));
      const found = ['pipe', 'folder.npy', 'zero', 'loop', 'dangling', 'nothing', 'zero/below'].map((name) => {
        const problem = problemOf(() => openFile(at(name)));
        return [name, problem?.code, problem?.found];
      });
      expect(found).toEqual([
        ['pipe', 'file/not-a-file', 'This is a named pipe'],
        ['folder.npy', 'file/not-a-file', 'This is a folder'],
        ['zero', 'file/not-a-file', 'This is a device or a socket'],
        ['loop', 'file/unreadable', 'Symbolic links lead round in a circle while looking it up (ELOOP)'],
        ['dangling', 'file/missing', 'There is no file of this name'],
        ['nothing', 'file/missing', 'There is no file of this name'],
        ['zero/below', 'file/missing', 'There is no file of this name'],
      ]);
      expect(existsSync(at('nothing'))).toBe(false);
    },
  );

  test.runIf(process.platform !== 'win32')(
    'that becomes a pipe between the look and the open is refused without waiting',
    () => {
      const name = fresh();
      const { disk, open } = watchedDisk((_, call) => {
        if (call !== 'openSync') return;
        unlinkSync(name);
        execFileSync('mkfifo', [name]);
      });
      expect(problemOf(() => openFile(name, disk))).toMatchObject({
        code: 'file/not-a-file',
        found: 'This is a named pipe',
        where: name,
        remedy: 'Choose a file.',
      });
      expect(open.size).toBe(0);
    },
  );
});

describe('a file that changes while it is open', () => {
  const open = (): { readonly name: string; readonly file: ReturnType<typeof openFile> } => {
    const name = fresh();
    // times of the disk have steps: a change within one is not the matter here
    utimesSync(name, 1e9, 1e9);
    return { name, file: openFile(name) };
  };
  const after = (change: (name: string) => void): string | undefined => {
    const { name, file } = open();
    change(name);
    const problem = problemOf(() => file.checkUnchanged());
    file.close();
    const remedy = 'Analyze it again when it is whole.';
    if (problem !== undefined) expect(problem).toMatchObject({ code: 'file/changed', where: name, remedy });
    return problem?.found;
  };

  test('and ends before what is read is not filled up with zeros', () => {
    const { name, file } = open();
    truncateSync(name, 4);
    expect(problemOf(() => file.read(new Uint8Array(10), 0))).toMatchObject({
      code: 'file/changed',
      found: 'It ends at byte 4, but had 10 bytes when it was opened',
    });
    file.close();
  });

  test('is noticed: cut, grown, rewritten, replaced, deleted, or rewritten with forged times', () => {
    expect(after(() => undefined)).toBeUndefined();
    expect(after((name) => truncateSync(name, 4))).toBe('It had 10 bytes when it was opened and has 4 now');
    expect(after((name) => appendFileSync(name, '!'))).toBe('It had 10 bytes when it was opened and has 11 now');
    expect(after((name) => writeFileSync(name, 'ten others'))).toBe(
      'It was written to between the first and the last read',
    );
    const other = 'It was replaced, deleted, or given other attributes between the first and the last read';
    expect(after((name) => renameSync(fresh(), name))).toBe(other);
    expect(after((name) => unlinkSync(name))).toBe(other);
    expect(
      after((name) => {
        writeFileSync(name, 'ten others');
        utimesSync(name, 1e9, 1e9);
      }),
    ).toBe(other);
  });

  test('by being replaced or deleted still shows the version that was opened', () => {
    for (const change of [
      (name: string) => renameSync(fresh('something else'), name),
      (name: string) => unlinkSync(name),
    ]) {
      const { name, file } = open();
      change(name);
      const target = new Uint8Array(10);
      file.read(target, 0);
      expect(text(target)).toBe('ten bytes.');
      file.close();
    }
  });
});

describe('a fault of the disk', () => {
  const work = (name: string, disk: ReturnType<typeof watchedDisk>['disk']): string => {
    const file = openFile(name, disk);
    try {
      const target = new Uint8Array(10);
      file.read(target.subarray(0, 5), 0);
      file.read(target.subarray(5), 5);
      file.checkUnchanged();
      return text(target);
    } finally {
      file.close();
    }
  };

  test.each(ERRNOS)(
    '%s at any call ends in a problem in our words, or in the right answer, with no handle left',
    (code) => {
      const name = fresh();
      const calls = watchedDisk();
      work(name, calls.disk);
      expect(calls.calls).toEqual([
        'statSync',
        'openSync',
        'fstatSync',
        'readSync',
        'readSync',
        'fstatSync',
        'closeSync',
      ]);
      for (const [index, call] of calls.calls.entries()) {
        const faulty = watchedDisk((k) => {
          if (k === index + 1) throw systemError(code);
        });
        let answer: string | undefined;
        const problem = problemOf(() => {
          answer = work(name, faulty.disk);
        });
        const passing = call === 'closeSync' || (call === 'readSync' && (code === 'EAGAIN' || code === 'EBUSY'));
        expect([call, problem === undefined]).toEqual([call, passing]);
        if (passing) expect(answer).toBe('ten bytes.');
        else {
          expect(problem?.code).toBe(code === 'ENOENT' ? 'file/missing' : 'file/unreadable');
          expect(problem?.found).toMatch(
            code === 'ENOENT' ? /^There is no file/ : new RegExp(String.raw`^[A-Z].* while .* \(${code}\)$`),
          );
          expect(problem?.found).not.toMatch(/as the system says it/);
        }
        expect(faulty.open.size).toBe(0);
      }
    },
  );

  const meanings: readonly (readonly [code: string, found: string, remedy: string])[] = [
    ['EACCES', 'Permission was refused', 'Give yourself the right to read it.'],
    ['EPERM', 'Permission was refused', 'Give yourself the right to read it.'],
    ['ELOOP', 'Symbolic links lead round in a circle', 'Open the file itself.'],
    ['EIO', 'The disk reports a read error', 'Copy the file to another disk, or write it again.'],
    ['ESTALE', 'The network mount lost the file', 'Mount it again.'],
    ['ETIMEDOUT', 'The network mount did not answer in time', 'Check the connection and try again.'],
    ['ENXIO', 'No device answers there', 'Choose a regular file.'],
    ['ENODEV', 'The device is gone', 'Attach it again.'],
    ['EAGAIN', 'The disk stayed busy', 'Try again in a moment.'],
    ['EBUSY', 'The disk stayed busy', 'Try again in a moment.'],
    ['EMFILE', 'Too many files are open', 'Close some panels and try again.'],
    ['ENAMETOOLONG', 'The name is too long for the file system', 'Rename the file.'],
    ['EWHAT', 'The system reports EWHAT', 'Try again, or copy the file elsewhere.'],
  ];
  test.each(meanings)('%s says what happened, at which call, and what to do', (code, found, remedy) => {
    const calls = ['looking it up', 'opening it', 'looking it up', 'reading byte 0', 'reading byte 5', 'looking it up'];
    const name = fresh();
    for (const [index, call] of calls.entries()) {
      // those that pass by themselves are tried four times in all
      const { disk } = watchedDisk((k) => {
        if (k > index) throw systemError(code);
      });
      expect(problemOf(() => work(name, disk))).toEqual({
        code: 'file/unreadable',
        found: `${found} while ${call} (${code})`,
        where: name,
        remedy,
      });
    }
  });

  test.each(['ENOENT', 'ENOTDIR'])('%s says that the file is not there, and leads to another', (code) => {
    const name = fresh();
    const { disk } = watchedDisk(() => {
      throw systemError(code);
    });
    expect(problemOf(() => work(name, disk))).toEqual({
      code: 'file/missing',
      found: 'There is no file of this name',
      where: name,
      remedy: 'Choose another file.',
    });
  });

  test('in the middle of a read is told with the byte that was to be read next', () => {
    const { disk } = watchedDisk((k) => {
      if (k === 5) throw systemError('EIO');
    }, 2);
    const file = openFile(fresh(), disk);
    expect(problemOf(() => file.read(new Uint8Array(5), 3))?.found).toBe(
      'The disk reports a read error while reading byte 5 (EIO)',
    );
    file.close();
  });

  test('that passes is tried again three times, not more', () => {
    const failing = (times: number): (() => void) => {
      let left = times;
      const { disk } = watchedDisk((_, call) => {
        if (call === 'readSync' && left-- > 0) throw systemError('EAGAIN');
      });
      return () => openFile(fresh(), disk).read(new Uint8Array(3), 0);
    };
    expect(problemOf(failing(3))).toBeUndefined();
    expect(problemOf(failing(4))).toMatchObject({ found: 'The disk stayed busy while reading byte 0 (EAGAIN)' });
  });

  test('without a code is a problem, too', () => {
    const { disk } = watchedDisk(() => {
      throw new Error('no code');
    });
    expect(problemOf(() => openFile(fresh(), disk))).toMatchObject({
      code: 'file/unreadable',
      found: 'The system reports unknown while looking it up (unknown)',
    });
  });

  test('is no reason to hide a fault of our own', () => {
    const { disk } = watchedDisk(() => {
      throw new AnalysisError({ code: 'run/canceled', found: 'Canceled', remedy: 'Again.' });
    });
    expect(problemOf(() => openFile(fresh(), disk))?.code).toBe('run/canceled');
  });
});
