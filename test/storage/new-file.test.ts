import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeNewFile } from '../../src/storage/new-file';
import type { WritableDisk } from '../../src/storage/new-file';
import { refused } from '../kernel/run';

const folder = mkdtempSync(path.join(tmpdir(), 'new-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const within = (name: string): string => path.join(folder, name);
const chunks = [Uint8Array.of(1, 2), Uint8Array.of(3)];

/** The disk, telling which of its calls were made, with changes of the test's. */
function watched(changes: Partial<WritableDisk> = {}): { disk: WritableDisk; calls: string[] } {
  const calls: string[] = [];
  const { openSync, write, fsync, closeSync, linkSync, renameSync } = fs;
  const disk = { openSync, write, fsync, closeSync, linkSync, renameSync, ...changes };
  return {
    calls,
    disk: Object.fromEntries(
      Object.entries(disk).map(([name, call]) => [
        name,
        (...words: never[]): unknown => {
          calls.push(name);
          return (call as (...words: never[]) => unknown)(...words);
        },
      ]),
    ) as unknown as WritableDisk,
  };
}

test('a link is never written through: what it leads to stays, and by force the link itself gives way', async () => {
  writeFileSync(within('precious'), 'kept');
  symlinkSync(within('precious'), within('link'));
  await expect(writeNewFile(within('link'), chunks, false)).rejects.toThrow(refused('file/exists'));
  await writeNewFile(within('link'), chunks, true);
  expect(readFileSync(within('precious'), 'utf8')).toBe('kept');
  expect([...readFileSync(within('link'))]).toEqual([1, 2, 3]);
  expect(lstatSync(within('link')).isSymbolicLink()).toBe(false);
});

test('a link that leads nowhere is a file that exists: it gives way by force only, and nothing is made where it points', async () => {
  symlinkSync(within('nowhere'), within('dangling'));
  await expect(writeNewFile(within('dangling'), chunks, false)).rejects.toThrow(refused('file/exists'));
  expect(lstatSync(within('dangling')).isSymbolicLink()).toBe(true);
  await writeNewFile(within('dangling'), chunks, true);
  expect([...readFileSync(within('dangling'))]).toEqual([1, 2, 3]);
  expect(readdirSync(folder)).not.toContain('nowhere');
});

test('nothing is left beside it when writing fails', async () => {
  const failing = function* (): Generator<Uint8Array> {
    yield Uint8Array.of(1);
    throw new Error('no more');
  };
  const before = readdirSync(folder);
  await expect(writeNewFile(within('half'), failing(), false)).rejects.toThrow('no more');
  expect(readdirSync(folder)).toEqual(before);
});

describe('the content of a new file', () => {
  test('is on the disk before the file has its name', async () => {
    const { disk, calls } = watched();
    await writeNewFile(within('synced'), chunks, false, disk);
    expect(calls).toEqual(['openSync', 'write', 'write', 'fsync', 'closeSync', 'linkSync']);
    const forced = watched();
    await writeNewFile(within('synced'), chunks, true, forced.disk);
    expect(forced.calls).toEqual(['openSync', 'write', 'write', 'fsync', 'closeSync', 'renameSync']);
  });

  test('that cannot be brought to the disk is a problem, and there is no file', async () => {
    const { disk } = watched({
      fsync: ((_, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' }))) as typeof fs.fsync,
    });
    await expect(writeNewFile(within('unsynced'), chunks, false, disk)).rejects.toThrow('The disk is full (ENOSPC)');
    expect(readdirSync(folder).filter((name) => name.startsWith('unsynced'))).toEqual([]);
  });

  test('is written in pieces where one chunk has more than 2³¹ bytes, also where the system takes less than it is given', async () => {
    const size = 2 ** 31 + 5;
    let written = 0;
    let largest = 0;
    const { disk } = watched({
      write: ((
        ...[, , offset, length, , done]: [
          number,
          Uint8Array,
          number,
          number,
          null,
          (error: null, count: number) => void,
        ]
      ) => {
        expect(offset).toBe(written);
        largest = Math.max(largest, length);
        const taken = Math.max(1, length - 1000);
        written += taken;
        done(null, taken);
      }) as unknown as typeof fs.write,
    });
    // the system gives memory when it is touched, and this is not
    await writeNewFile(within('large'), [new Uint8Array(size)], false, disk);
    expect(written).toBe(size);
    expect(largest).toBeLessThan(2 ** 31);
  });
});

describe.runIf(process.platform !== 'win32')('a process that is ended while it writes', () => {
  const script = within('writes.js');
  beforeAll(() => {
    buildSync({
      stdin: {
        // endless chunks: it can only end by the signal
        contents: `import { writeNewFile } from './new-file';
          const chunks = function* () { for (;;) { yield new Uint8Array(100000); process.send?.('writing'); } };
          const slow = { ...require('node:fs') };
          slow.write = (fd, chunk, at, length, position, done) => setTimeout(() => done(null, length), 5);
          void writeNewFile(process.argv[2], chunks(), false, slow);`,
        resolveDir: path.resolve(import.meta.dirname, '../../src/storage'),
      },
      bundle: true,
      platform: 'node',
      outfile: script,
    });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s leaves no file, and exits with %i', async (signal, code) => {
    const target = within(`ended-by-${signal}`);
    const child = spawn(process.execPath, [script, target], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const exit = once(child, 'exit');
    await once(child, 'message');
    expect(readdirSync(folder).filter((name) => name.startsWith(path.basename(target)))).toHaveLength(1);
    child.kill(signal);
    expect(await exit).toEqual([code, null]);
    expect(readdirSync(folder).filter((name) => name.startsWith(path.basename(target)))).toEqual([]);
  });

  test('listens to no signal after it wrote', async () => {
    const count = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
    const before = count();
    await writeNewFile(within('quiet'), chunks, false);
    expect(count()).toBe(before);
  });
});
