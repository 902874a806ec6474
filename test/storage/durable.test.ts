import type * as Fs from 'node:fs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { writeNewFile } from '../../src/storage/new-file';

/** What became of each file descriptor and name, in order. */
const calls = vi.hoisted((): string[] => []);

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof Fs>();
  const watched = (name: 'openSync' | 'writeSync' | 'fsyncSync' | 'closeSync' | 'linkSync' | 'renameSync') => ({
    [name]: (...given: unknown[]): unknown => {
      calls.push(name);
      return (fs[name] as (...all: unknown[]) => unknown)(...given);
    },
  });
  return {
    ...fs,
    ...watched('openSync'),
    ...watched('writeSync'),
    ...watched('fsyncSync'),
    ...watched('closeSync'),
    ...watched('linkSync'),
    ...watched('renameSync'),
  };
});

const folder = mkdtempSync(path.join(tmpdir(), 'durable-'));
afterAll(() => rmSync(folder, { recursive: true }));
const chunks = [Uint8Array.of(1, 2), Uint8Array.of(3)];

test.each([
  ['without force', false, 'linkSync'],
  ['by force', true, 'renameSync'],
] as const)('the bytes of a new file are on the disk before it has its name, %s', (name, force, named) => {
  calls.length = 0;
  const target = path.join(folder, name);
  writeNewFile(target, chunks, force);
  // a crash between the two must not leave the name with nothing behind it
  const synced = calls.indexOf('fsyncSync');
  expect(synced).toBeGreaterThan(calls.lastIndexOf('writeSync'));
  expect(calls.indexOf(named)).toBeGreaterThan(synced);
  expect([...readFileSync(target)]).toEqual([1, 2, 3]);
});
