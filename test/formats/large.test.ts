import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readDump } from '../../src/formats';
import { openBlocks } from '../../src/kernel/blocks';
import { f4, headerOf, joined, MEANS, npy, u16, u32, utf8 } from './build';

const folder = mkdtempSync(path.join(tmpdir(), 'large-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file that is mostly a hole: bytes at the beginning and at the end of a size. */
function sparse(name: string, begin: Uint8Array, size: number, end: Uint8Array): string {
  const file = path.join(folder, name);
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, begin);
  ftruncateSync(descriptor, size);
  writeSync(descriptor, end, 0, end.length, size - end.length);
  closeSync(descriptor);
  return file;
}

// other systems would write the holes out
describe.runIf(process.platform === 'linux')('a file larger than memory', () => {
  test.each([3, 5])('of %i GiB is read in place, its last number at its place', (gibibytes) => {
    const columns = 2 ** 26;
    const rows = gibibytes * 4;
    const begin = npy({ header: headerOf(undefined, `(${rows}, ${columns})`), data: f4() });
    const file = sparse('large.npy', begin, begin.length + 4 * rows * columns, f4(7));
    const before = process.memoryUsage().rss;
    const dump = readDump({ path: file, ...MEANS });
    expect([dump.rows, dump.parameters]).toEqual([rows, columns]);
    const blocks = openBlocks(dump);
    const tile = new Float64Array(2 * rows);
    blocks.readColumns(columns - 2, 2, tile);
    blocks.close();
    expect([...tile.subarray(-3)]).toEqual([0, 0, 7]);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 26);
  });

  test('in a .npz is read in place without its checksum, and says so', () => {
    const columns = 2 ** 25;
    const array = npy({ header: headerOf(undefined, `(3, ${columns})`), data: f4() });
    const size = array.length + 12 * columns;
    const name = utf8('g.npy');
    const local = joined(u32(0x04034b50), u16(20, 0, 0, 0, 0), u32(0, size, size), u16(name.length, 0), name);
    const entry = joined(
      u32(0x02014b50),
      u16(20, 20, 0, 0, 0, 0),
      u32(0, size, size),
      u16(name.length, 0, 0, 0, 0),
      u32(0, 0),
      name,
    );
    const begin = local.length + size;
    const end = joined(entry, u32(0x06054b50), u16(0, 0, 1, 1), u32(entry.length, begin), u16(0));
    const dump = readDump({ path: sparse('large.npz', joined(local, array), begin + end.length, end), ...MEANS });
    expect(dump).toMatchObject({ rows: 3, parameters: columns });
    expect(dump.notes).toEqual(['The checksums of its 384 MiB of stored arrays were not checked.']);
  });

  test('that claims to be all directory of an archive is refused before that is read', () => {
    const size = 2 ** 26 + 1;
    const end = joined(u32(0x06054b50), u16(0, 0, 1, 1), u32(size, 2), u16(0));
    const file = sparse('directory.npz', utf8('PK'), 2 + size + end.length, end);
    expect(() => readDump({ path: file, ...MEANS })).toThrow(/Its directory has 67,108,865 bytes/);
  });
});
