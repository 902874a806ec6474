import { describe, expect, test } from 'vitest';
import { joined, npy, read, refusal, rowsOf, u16, u32, u64, zip } from './build';

const entry = { name: 'g.npy', data: npy() };
const archive = zip([entry]);
const end = archive.length - 22;
const local = 30 + entry.name.length + entry.data.length;

interface Said {
  /** Of the narrow record: number of this part, of the part with the directory, entries here, entries. */
  readonly counts?: readonly number[];
  readonly size?: number;
  readonly begin?: number;
  /** Of the wide one. */
  readonly parts?: readonly number[];
  readonly wide?: readonly number[];
}

/** With a 64-bit end that is not needed, as torch.save writes it. */
const with64 = ({
  counts = [0, 0, 1, 1],
  size = end - local,
  begin = local,
  parts = [0, 0],
  wide = [1, 1, end - local, local],
}: Said = {}): Uint8Array =>
  joined(
    archive.subarray(0, end),
    u32(0x06064b50),
    u64(44),
    u16(45, 45),
    u32(...parts),
    u64(...wide),
    u32(0x07064b50, 0),
    u64(end),
    u32(1),
    u32(0x06054b50),
    u16(...counts),
    u32(size, begin),
    u16(0),
  );

describe('an archive with a 64-bit end', () => {
  test('that it does not need is read', () => {
    expect(rowsOf(read('g.npz', with64()))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ]);
  });

  test.each([
    ['the number of entries', { counts: [0, 0, 0xffff, 0xffff] }],
    ['the length of the directory', { size: 0xffffffff }],
    ['the beginning of the directory', { begin: 0xffffffff }],
    ['the numbers of its parts', { counts: [0xffff, 0xffff, 1, 1] }],
  ])('is read where the narrow end leaves %s to it', (_, said) => expect(read('g.npz', with64(said)).rows).toBe(3));

  test.each([
    ['entries', { counts: [0, 0, 2, 2] }, 'The end of the archive says 2 entries, its 64-bit end 1'],
    ['length', { size: 50 }, `The end of the archive says 50 bytes of directory, its 64-bit end ${end - local}`],
    ['beginning', { begin: 7 }, `The end of the archive says 7 bytes before the directory, its 64-bit end ${local}`],
  ])('is damaged where the two ends differ in the %s', (_, said, found) =>
    expect(refusal('g.npz', with64(said))).toMatchObject({ code: 'npz/damaged', found }),
  );

  test.each([
    ['the narrow end is of another part', { counts: [1, 0, 1, 1] }],
    ['the directory is in another part', { counts: [0, 1, 1, 1] }],
    ['the narrow end counts fewer entries here', { counts: [0, 0, 0, 1] }],
    ['the wide end is of another part', { parts: [1, 0] }],
    ['the wide end says that the directory is in another part', { parts: [0, 1] }],
    ['the wide end counts fewer entries here', { wide: [0, 1, end - local, local] }],
  ])('is one of several parts where %s', (_, said) =>
    expect(refusal('g.npz', with64(said))?.found).toBe('It is one of several parts of an archive'),
  );
});
