import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FilePool } from '../../src/storage/file-pool';
import type { Disk } from '../../src/storage/file';
import { refused } from '../kernel/run';

const folder = mkdtempSync(path.join(tmpdir(), 'pool-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Files of one byte each, their index; and a disk that counts what is open. */
function made(name: string, count: number): { paths: string[]; disk: Disk; open: () => number; most: () => number } {
  const paths = Array.from({ length: count }, (_, k) => path.join(folder, `${name}-${k}`));
  paths.forEach((file, k) => writeFileSync(file, Uint8Array.of(k % 256)));
  let [open, most] = [0, 0];
  const disk: Disk = {
    statSync,
    fstatSync,
    readSync,
    openSync: (...given) => {
      most = Math.max(most, ++open);
      return openSync(...given);
    },
    closeSync: (descriptor) => {
      open--;
      closeSync(descriptor);
    },
  };
  return { paths, disk, open: () => open, most: () => most };
}

const byteOf = (pool: FilePool, file: string): number | undefined => {
  const target = new Uint8Array(1);
  pool.read(file, target, 0);
  return target[0];
};

test('a thousand files are read again and again with 128 of them open, and none is left open', () => {
  const { paths, disk, open, most } = made('many', 1000);
  const pool = new FilePool(paths, undefined, disk);
  for (let round = 0; round < 3; round++)
    for (const [k, file] of paths.entries()) expect(byteOf(pool, file)).toBe(k % 256);
  pool.checkUnchanged();
  expect(pool.identities.size).toBe(1000);
  pool.close();
  expect([open(), most()]).toEqual([0, 129]);
});

test('a file that was closed, replaced and is needed again is refused, and one that is gone, too', () => {
  const { paths, disk, open } = made('replaced', 200);
  const [first = '', second = ''] = paths;
  const pool = new FilePool(paths, undefined, disk);
  for (const file of paths) byteOf(pool, file);
  writeFileSync(`${first}-other`, Uint8Array.of(7));
  renameSync(`${first}-other`, first);
  expect(() => byteOf(pool, first)).toThrow(refused('file/changed', /Another file was put in its place/));
  rmSync(second);
  expect(() => byteOf(pool, second)).toThrow(refused('file/changed', /It was deleted or renamed/));
  expect(() => pool.checkUnchanged()).toThrow(refused('file/changed'));
  pool.close();
  expect(open()).toBe(0);
});

test('a version that another thread opened before is the only one that is read', () => {
  const { paths, disk } = made('expected', 2);
  const first = new FilePool(paths, undefined, disk);
  const { identities } = first;
  first.close();
  const [file = ''] = paths;
  writeFileSync(`${file}-other`, Uint8Array.of(7));
  renameSync(`${file}-other`, file);
  expect(() => new FilePool(paths, identities, disk)).toThrow(refused('file/changed', /Another file/));
});

test('a file that is missing is named before anything is read', () => {
  const { paths, disk, open } = made('missing', 3);
  const none = path.join(folder, 'none');
  expect(() => new FilePool([...paths, none], undefined, disk)).toThrow(refused('file/missing'));
  expect(open()).toBe(0);
});
