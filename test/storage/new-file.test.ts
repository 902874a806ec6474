import { lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeNewFile } from '../../src/storage/new-file';
import { refused } from '../kernel/run';

const folder = mkdtempSync(path.join(tmpdir(), 'new-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const within = (name: string): string => path.join(folder, name);
const chunks = [Uint8Array.of(1, 2), Uint8Array.of(3)];

test('a link is never written through: what it leads to stays, and by force the link itself gives way', () => {
  writeFileSync(within('precious'), 'kept');
  symlinkSync(within('precious'), within('link'));
  expect(() => writeNewFile(within('link'), chunks, false)).toThrow(refused('file/exists'));
  writeNewFile(within('link'), chunks, true);
  expect(readFileSync(within('precious'), 'utf8')).toBe('kept');
  expect([...readFileSync(within('link'))]).toEqual([1, 2, 3]);
  expect(lstatSync(within('link')).isSymbolicLink()).toBe(false);
});

test('a link that leads nowhere creates nothing where it points', () => {
  symlinkSync(within('nowhere'), within('dangling'));
  writeNewFile(within('dangling'), chunks, false);
  expect([...readFileSync(within('dangling'))]).toEqual([1, 2, 3]);
  expect(readdirSync(folder)).not.toContain('nowhere');
});

test('nothing is left beside it when writing fails', () => {
  const failing = function* (): Generator<Uint8Array> {
    yield Uint8Array.of(1);
    throw new Error('no more');
  };
  const before = readdirSync(folder);
  expect(() => writeNewFile(within('half'), failing(), false)).toThrow('no more');
  expect(readdirSync(folder)).toEqual(before);
});
