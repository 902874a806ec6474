import { deflateRawSync } from 'node:zlib';
import { headerOf, joined, latin1, npy, npz, u16, u32, u64, utf8, zip } from './build';
import { badFiles } from './case';

const good = npy();
const entry = { name: 'g.npy', data: good };
const archive = zip([entry]);
const noise = Uint8Array.from({ length: 4096 }, (_, k) => (k * k * 2654435761) >>> 13);

/** With one byte changed. */
function changed(bytes: Uint8Array, at: number, value: (old: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = value(copy[at]!);
  return copy;
}

const local = 30 + entry.name.length + good.length;
/** Two directory entries that lead to the same data. */
const overlapping = zip([
  { ...entry, name: 'a.npy' },
  { ...entry, name: 'b.npy', header: 0, localName: 'b.npy' },
]);
/** With a 64-bit end of the archive, said to be so many bytes from where it is. */
const with64 = (shift: number, signature = 0x06064b50): Uint8Array => {
  const end = archive.length - 22;
  return joined(
    archive.subarray(0, end),
    u32(signature),
    u64(44),
    u16(45, 45),
    u32(0, 0),
    u64(1, 1, end - local, local),
    u32(0x07064b50, 0),
    u64(end + shift),
    u32(1),
    u32(0x06054b50),
    u16(0, 0, 0xffff, 0xffff),
    u32(0xffffffff, 0xffffffff),
    u16(0),
  );
};

export const BAD_NPZ = badFiles('.npz', [
  ['an empty file', new Uint8Array(0), 'npz/damaged', '0 bytes', 0],
  ['a file of one byte', latin1('P'), 'npz/damaged', 'cut short', 1],
  ['a file of the first two bytes', latin1('PK'), 'npz/damaged', 'cut short', 2],
  ['half an archive', archive.subarray(0, 120), 'npz/damaged', 'there is no end of the archive', 120],
  ['an archive without its directory', archive.subarray(0, local), 'npz/damaged', 'there is no end', local],
  [
    'an archive whose last byte is missing',
    archive.subarray(0, -1),
    'npz/damaged',
    'cut short inside the end',
    archive.length - 1,
  ],
  [
    'bytes after the archive',
    joined(archive, utf8('end')),
    'npz/damaged',
    'not the end of the file',
    archive.length - 22,
  ],
  [
    'bytes before the archive',
    joined(utf8('PK12'), archive),
    'npz/damaged',
    'The directory should lie',
    archive.length + 4 - 22,
  ],
  [
    'bytes before the first entry',
    joined(utf8('PK12'), zip([{ ...entry, header: 4 }], { shift: 4 })),
    'npz/damaged',
    '4 bytes stand before the first entry',
    0,
  ],
  [
    'an end record inside the comment',
    zip([entry], { comment: joined(utf8('see '), archive.subarray(-22)) }),
    'npz/damaged',
    'two ends of an archive',
  ],
  [
    'an end record inside the comment that does not fit',
    zip([entry], { comment: joined(archive.subarray(-22), utf8('!')) }),
    'npz/damaged',
    'not the end of the file',
  ],
  ['an archive in several parts', zip([entry], { disk: 1 }), 'npz/unsupported', 'several parts'],
  [
    '65,535 entries claimed',
    zip([entry], { count: 65535 }),
    'npz/damaged',
    'claims 65,535 entries, its directory has 1',
  ],
  [
    'too few entries claimed',
    zip([entry, { ...entry, name: 'h.npy' }], { count: 1 }),
    'npz/damaged',
    'claims 1 entries, its directory has 2',
  ],
  ['a directory that is shifted', zip([entry], { shift: 1 }), 'npz/damaged', 'The directory should lie'],
  [
    'a directory of something else',
    changed(archive, local, () => 0x51),
    'npz/damaged',
    'something that is not an entry',
    local,
  ],
  [
    'a directory whose entry is longer than it',
    changed(archive, local + 28, () => 200),
    'npz/damaged',
    'cut short',
    local,
  ],
  ['a 64-bit end that is somewhere else', with64(4), 'npz/damaged', '64-bit end of the archive is not where'],
  ['a 64-bit end that is none', with64(0, 0x06064b51), 'npz/damaged', 'no 64-bit end'],
  [
    'an end that promises a 64-bit one',
    zip([entry], { count: 0xffff, shift: 0xffffffff - local }),
    'npz/damaged',
    'The directory should lie',
  ],
  [
    'an archive too short for a 64-bit end',
    joined(latin1('PK'), zip([], { count: 0xffff }).subarray(2)),
    'npz/damaged',
    'claims 65,535 entries',
  ],
  [
    'a size that is expected in an extra field',
    zip([{ ...entry, size: 0xffffffff }]),
    'npz/damaged',
    'lacks its 64-bit size',
  ],
  [
    'a size that is expected in an extra field, which is cut',
    zip([{ ...entry, size: 0xffffffff, directoryExtra: u16(1, 4, 0, 0) }]),
    'npz/damaged',
    'lacks its 64-bit size',
  ],
  ['overlapping entries', overlapping, 'npz/damaged', 'contradicts the directory'],
  [
    'an entry that goes on in the next',
    zip([
      { ...entry, name: 'a.npy', packed: noise, size: noise.length + 60, claimedPacked: noise.length + 60, crc: 0 },
      entry,
    ]),
    'npz/damaged',
    'what follows begins',
  ],
  ['an entry behind the end', zip([{ ...entry, header: 100_000 }]), 'npz/damaged', 'behind the directory'],
  ['a header with another name', zip([{ ...entry, localName: 'h.npy' }]), 'npz/damaged', 'contradicts the directory'],
  ['a header with a longer name', zip([{ ...entry, localName: 'gg.npy' }]), 'npz/damaged', 'contradicts the directory'],
  ['a header with another method', changed(archive, 8, () => 8), 'npz/damaged', 'contradicts the directory'],
  ['a header with another size', changed(archive, 22, (old) => old + 1), 'npz/damaged', 'contradicts the directory'],
  ['a header with other flags', changed(archive, 6, () => 8), 'npz/damaged', 'contradicts the directory'],
  [
    'a header with another checksum',
    changed(archive, 14, (old) => old + 1),
    'npz/damaged',
    'contradicts the directory',
  ],
  ['a header that is none', changed(archive, 3, () => 5), 'npz/damaged', 'contradicts the directory', 0],
  [
    'a second header that is none',
    changed(zip([entry, { ...entry, name: 'h.npy' }]), local + 3, () => 5),
    'npz/damaged',
    'contradicts the directory',
    local,
  ],
  [
    'a stored entry of two sizes',
    zip([{ ...entry, size: 10 }]),
    'npz/damaged',
    'stored, but in 176 bytes instead of 10',
  ],
  ['a wrong checksum', zip([{ ...entry, crc: 1 }]), 'npz/damaged', 'checksum of the entry “g.npy” is', 35],
  [
    'a flipped bit in a stored array',
    changed(archive, 35 + 150, (old) => old ^ 4),
    'npz/damaged',
    'and the archive says',
    35,
  ],
  [
    'a flipped bit in a deflated array',
    changed(zip([{ ...entry, deflated: true }]), 35 + 30, (old) => old ^ 4),
    'npz/damaged',
    /cannot be decompressed|checksum|decompresses to/,
    35,
  ],
  [
    'a deflated array with a wrong checksum',
    zip([{ ...entry, deflated: true, crc: 1 }]),
    'npz/damaged',
    'checksum',
    35,
  ],
  [
    'a deflated array that claims less',
    zip([{ ...entry, deflated: true, size: 100 }]),
    'npz/damaged',
    'decompresses to more than the 100 bytes it claims',
    35,
  ],
  [
    'a deflated array that claims more',
    zip([{ ...entry, deflated: true, size: 200 }]),
    'npz/damaged',
    'decompresses to 176 bytes instead of 200',
    35,
  ],
  [
    'a deflated array that is cut',
    zip([{ ...entry, deflated: true, packed: deflateRawSync(good).subarray(0, 40) }]),
    'npz/damaged',
    /cannot be decompressed|decompresses to/,
    35,
  ],
  [
    'a deflated array that is garbage',
    zip([{ ...entry, method: 8, packed: noise, size: 5000 }]),
    'npz/damaged',
    /cannot be decompressed|decompresses to/,
    35,
  ],
  [
    'a deflated array of no bytes',
    zip([{ ...entry, method: 8, packed: new Uint8Array(0), size: 0, crc: 0 }]),
    'npy/empty',
    '0 bytes',
    'entry “g.npy”, byte 0',
  ],
  [
    'a claim that no compression reaches',
    zip([{ ...entry, deflated: true, packed: noise, size: 2 ** 25 }]),
    'npz/damaged',
    'cannot decompress to as many',
    35,
  ],
  [
    '512 MiB of zeros',
    zip([
      { name: 'g.npy', data: new Uint8Array(0), method: 8, packed: new Uint8Array(2 ** 19), size: 2 ** 29, crc: 0 },
    ]),
    'file/too-large',
    'its arrays need 512 MiB, the budget is 64 MiB',
  ],
  [
    '200 arrays of 512 MiB each',
    zip(
      Array.from({ length: 200 }, (_, k) => ({
        name: `g${k}.npy`,
        data: new Uint8Array(0),
        method: 8,
        size: 2 ** 29,
        crc: 0,
      })),
    ),
    'file/too-large',
    'need 100 GiB',
  ],
  ['LZMA', zip([{ ...entry, method: 14 }]), 'npz/unsupported', 'compressed by LZMA', local],
  ['bzip2', zip([{ ...entry, method: 12 }]), 'npz/unsupported', 'compressed by bzip2', local],
  ['an unknown method', zip([{ ...entry, method: 77 }]), 'npz/unsupported', 'compressed by method 77', local],
  ['encryption', zip([{ ...entry, flags: 1 }]), 'npz/unsupported', 'encrypted', local],
  ['strong encryption', zip([{ ...entry, flags: 64 }]), 'npz/unsupported', 'encrypted', local],
  ['two entries of one name', zip([entry, entry]), 'npz/entries', 'Two entries are called “g”', 'grad.npz'],
  [
    'the same name with and without .npy',
    zip([entry, { ...entry, name: 'g' }]),
    'npz/entries',
    'Two entries are called “g”',
    'grad.npz',
  ],
  [
    'no entries behind other bytes',
    joined(latin1('PK12'), zip([], { shift: 4 })),
    'npz/damaged',
    '4 bytes stand before the first entry',
    0,
  ],
  ['no entries', zip([]), 'npz/entries', 'holds no arrays', 'grad.npz'],
  ['folders alone', zip([{ name: 'weights/', data: new Uint8Array(0) }]), 'npz/entries', 'holds no arrays', 'grad.npz'],
  [
    '10,000 empty entries',
    zip(Array.from({ length: 10_000 }, (_, k) => ({ name: `${k}.npy`, data: new Uint8Array(0) }))),
    'npy/empty',
    '0 bytes',
    'entry “0.npy”, byte 0',
  ],
  [
    'an array of Python objects',
    npz({ g: npy({ header: headerOf("'|O'") }) }),
    'npy/dtype',
    'Python objects',
    'entry “g.npy”, byte 10',
  ],
  [
    'an array that is cut short',
    npz({ g: good.subarray(0, 170) }),
    'npy/truncated',
    'after 42 bytes of data',
    'entry “g.npy”, byte 170',
  ],
  [
    'an entry that is no array',
    zip([{ name: 'notes.txt', data: utf8('see the paper') }]),
    'npz/entries',
    'It holds no arrays, but “notes.txt”',
    'grad.npz',
  ],
  [
    '4 TB claimed inside',
    npz({ g: npy({ header: headerOf(undefined, '(1000000, 1000000)') }) }, true),
    'npy/truncated',
    '3.6 TiB',
    'entry “g.npy”, byte 176',
  ],
  [
    'one vector inside',
    npz({ b: npy({ header: headerOf(undefined, '(12,)') }) }),
    'data/one-dimension',
    '(12,)',
    'entry “b.npy”, byte 0',
  ],
  [
    'arrays with different rows',
    npz({ g: good, h: npy({ header: headerOf(undefined, '(4, 3)') }) }),
    'npz/entries',
    '“h” has 4 rows, “g” has 3',
    'grad.npz',
  ],
  ['gzip', latin1('\x1f\x8b\x08\0\0\0\0\0'), 'format/unknown', 'gzip', 0],
  ['HTML', utf8('<html>'), 'format/unknown', 'HTML', 0],
]);

/** Archives in an unusual form that is allowed; each holds 3 × 4, 1 to 12, as `g`. */
export const UNUSUAL_NPZ: Readonly<Record<string, Uint8Array>> = {
  'sizes that follow the data': zip([{ ...entry, descriptor: true }]),
  'sizes that follow the compressed data': zip([{ ...entry, deflated: true, descriptor: true }]),
  'a comment': zip([entry], { comment: utf8('written by hand') }),
  'sizes in an extra field, among others': zip([
    {
      ...entry,
      size: 0xffffffff,
      claimedPacked: 0xffffffff,
      directoryExtra: joined(u16(0x5455, 1), Uint8Array.of(0), u16(1, 16), u64(176, 176)),
    },
  ]),
  'a name that leads out of a folder': zip([{ ...entry, name: '../../g.npy' }]),
  'a folder beside it': zip([{ name: 'weights/', data: new Uint8Array(0) }, entry]),
  'a 64-bit end of the archive': with64(0),
  'a name in latin-1': zip([{ ...entry, name: latin1('gr\xf6\xdfe.npy') }]),
  'a name that is said to be UTF-8 and is not': zip([{ ...entry, name: latin1('gr\xf6\xdfe.npy'), flags: 0x800 }]),
  'no .npy in the name': zip([{ ...entry, name: 'g' }]),
};
