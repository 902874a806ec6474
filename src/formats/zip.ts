import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { contentOf } from './content';
import { shortened } from './source';
import type { ByteSource } from './source';

/** An entry of an archive, as its directory and its own header agree. */
export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  /** Position of its data in the archive. */
  readonly begin: number;
  /** Bytes of its data in the archive. */
  readonly compressed: number;
  /** Bytes after decompression. */
  readonly size: number;
  readonly crc: number;
}

const END_RECORD = 0x06054b50;
const END_RECORD_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const DIRECTORY_HEADER = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const LONGEST_COMMENT = 0xffff;
const MAX_DIRECTORY = 1 << 26;
const METHODS: ReadonlyMap<number, string> = new Map([
  [6, 'implode'],
  [9, 'Deflate64'],
  [12, 'bzip2'],
  [14, 'LZMA'],
  [93, 'Zstandard'],
  [95, 'xz'],
  [99, 'AES encryption'],
]);
/** Bits of the general purpose flag: encryption in its three forms, and patches. */
const UNSUPPORTED_FLAGS = 0x2061;
const FLAG_SIZES_FOLLOW = 0x08;
const FLAG_UTF8 = 0x800;

/**
 * The entries of a zip archive in the order of its directory. Whatever could be read in two ways is refused: bytes before or
 * after the archive, a second end record, overlapping entries, headers that contradict the directory.
 *
 * @throws AnalysisError npz/damaged, npz/unsupported
 * @see PKWARE, APPNOTE 6.3 §4.3; D. Fifield, "A better zip bomb", WOOT 2019, on overlaps
 */
export function zipEntries(source: ByteSource): readonly ZipEntry[] {
  const known = ENTRIES.get(source) ?? entriesOf(source);
  ENTRIES.set(source, known);
  return known;
}

/** Whoever recognizes an archive by its entries leaves them to whoever reads it. */
const ENTRIES = new WeakMap<ByteSource, readonly ZipEntry[]>();

function entriesOf(source: ByteSource): readonly ZipEntry[] {
  const { begin, end, count } = directoryOf(source);
  const bytes = source.read(begin, end - begin);
  const view = viewOf(bytes);
  const entries: (ZipEntry & { readonly header: number })[] = [];
  let at = 0;
  while (at < bytes.length) {
    const where = source.where(begin + at);
    if (bytes.length - at < 46 || view.getUint32(at, true) !== DIRECTORY_HEADER)
      throw damaged('The directory of the archive holds something that is not an entry', where);
    const extraBegin = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = extraBegin + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damaged('The last entry of the directory is cut short', where);
    const nameBytes = bytes.subarray(at + 46, extraBegin);
    const flags = view.getUint16(at + 8, true);
    const name = nameOf(nameBytes, flags);
    const method = view.getUint16(at + 10, true);
    if ((flags & UNSUPPORTED_FLAGS) !== 0)
      throw unsupported(`The entry “${shortened(name)}” is encrypted or a patch`, where);
    if (method !== 0 && method !== 8)
      throw unsupported(
        `The entry “${shortened(name)}” is compressed by ${METHODS.get(method) ?? `method ${method}`}`,
        where,
      );
    const extra = bytes.subarray(extraBegin, extraEnd);
    const { size, compressed, header } = sizesOf(view, at, extra, where);
    const crc = view.getUint32(at + 16, true);
    const entry = { name, deflated: method === 8, compressed, size, crc, header };
    entries.push({ ...entry, begin: dataBegin(source, entry, nameBytes, flags, begin) });
    at = next;
  }
  if (entries.length !== count)
    throw damaged(
      `The archive claims ${wholeNumber(count)} entries, its directory has ${wholeNumber(entries.length)}`,
      source.where(begin),
    );
  checkSpans(source, entries, begin);
  return entries.map(({ header: _, ...entry }) => entry);
}

/** Where the directory lies, from the record at the end. */
function directoryOf(source: ByteSource): { readonly begin: number; readonly end: number; readonly count: number } {
  const start = source.read(0, 64);
  const other = contentOf(source);
  if (source.size === 0) throw damaged('It has 0 bytes: the writer has not begun, or failed', source.where(0));
  if (start[0] !== 0x50 || (start.length > 1 && start[1] !== 0x4b))
    throw new AnalysisError({
      code: 'format/unknown',
      found: other === undefined ? 'It does not begin like a zip archive' : `It is ${other.what}`,
      where: source.where(0),
      remedy: other?.remedy ?? 'Choose a .npz file, or write it again with np.savez.',
      ...(other?.fix !== undefined && { fix: other.fix }),
    });
  const tail = source.read(Math.max(0, source.size - 22 - LONGEST_COMMENT), 22 + LONGEST_COMMENT);
  const view = viewOf(tail);
  const ends: number[] = [];
  for (let k = tail.length - 4; k >= 0; k--) if (view.getUint32(k, true) === END_RECORD) ends.push(k);
  const [k] = ends;
  if (k === undefined) throw damaged('It is cut short: there is no end of the archive', source.where(source.size));
  const record = source.size - tail.length + k;
  const where = source.where(record);
  if (tail.length - k < 22) throw damaged('It is cut short inside the end of the archive', source.where(source.size));
  if (k + 22 + view.getUint16(k + 20, true) !== tail.length)
    throw damaged('The end of the archive is not the end of the file', where);
  if (ends.length > 1) throw damaged('It holds two ends of an archive, and which one counts is open', where);
  const total = view.getUint16(k + 10, true);
  const narrow = { begin: view.getUint32(k + 16, true), size: view.getUint32(k + 12, true), count: total, record };
  // some writers, PyTorch among them, always write the 64-bit record, whether it is needed or not
  const wide = endRecord64(source, record);
  // number of this part, number of the part with the directory, entries in this part
  const [part, first, here] = [4, 6, 8].map((offset) => view.getUint16(k + offset, true));
  const whole = (number: number | undefined): boolean => number === 0 || (wide !== undefined && number === 0xffff);
  if (!whole(part) || !whole(first) || here !== total)
    throw unsupported('It is one of several parts of an archive', where);
  if (wide !== undefined) checkAgreement(narrow, wide, where);
  const { begin, size, count, record: end } = wide ?? narrow;
  if (begin + size !== end)
    throw damaged(
      `The directory should lie from byte ${begin} to ${begin + size}, and the end of the archive begins at ${end}`,
      where,
    );
  if (size > MAX_DIRECTORY) throw unsupported(`Its directory has ${wholeNumber(size)} bytes`, where);
  return { begin, end, count };
}

/** What a record at the end says of the directory. */
interface EndRecord {
  readonly record: number;
  readonly begin: number;
  readonly size: number;
  readonly count: number;
}

/** What does not fit the narrow record stands there as the largest number, and everything else twice. */
function checkAgreement(narrow: EndRecord, wide: EndRecord, where: string): void {
  const fields = [
    ['entries', narrow.count, wide.count, 0xffff],
    ['bytes of directory', narrow.size, wide.size, 0xffffffff],
    ['bytes before the directory', narrow.begin, wide.begin, 0xffffffff],
  ] as const;
  const odd = fields.find(([, said, meant, most]) => said !== meant && said !== most);
  if (odd === undefined) return;
  const [what, said, meant] = odd;
  throw damaged(
    `The end of the archive says ${wholeNumber(said)} ${what}, its 64-bit end ${wholeNumber(meant)}`,
    where,
  );
}

/** The record of archives of more than 4 GiB or 65,534 entries; undefined where no locator leads to one. */
function endRecord64(source: ByteSource, before: number): EndRecord | undefined {
  if (before < 76) return undefined;
  const locator = viewOf(source.read(before - 20, 20));
  if (locator.getUint32(0, true) !== LOCATOR_64) return undefined;
  const record = Number(locator.getBigUint64(8, true));
  const where = source.where(before - 20);
  // without an extensible part the record has 56 bytes; with one, nobody knows what is in it
  if (record + 56 !== before - 20) throw damaged('The 64-bit end of the archive is not where it should be', where);
  const view = viewOf(source.read(record, 56));
  if (view.getUint32(0, true) !== END_RECORD_64) throw damaged('There is no 64-bit end of the archive', where);
  const field = (offset: number): number => Number(view.getBigUint64(offset, true));
  if (view.getUint32(16, true) !== 0 || view.getUint32(20, true) !== 0 || field(24) !== field(32))
    throw unsupported('It is one of several parts of an archive', where);
  return { record, begin: field(48), size: field(40), count: field(32) };
}

/** Sizes and position of an entry; what does not fit 32 bits stands in an extra field instead, in this order. */
function sizesOf(
  directory: DataView,
  entry: number,
  extra: Uint8Array,
  where: string,
): { readonly size: number; readonly compressed: number; readonly header: number } {
  const view = viewOf(extra);
  let at = 0;
  while (at + 4 <= extra.length && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true);
  const end = at + 4 <= extra.length ? Math.min(extra.length, at + 4 + view.getUint16(at + 2, true)) : 0;
  at += 4;
  const field = (offset: number): number => {
    const narrow = directory.getUint32(entry + offset, true);
    if (narrow !== 0xffffffff) return narrow;
    if (at + 8 > end) throw damaged('An entry of the directory lacks its 64-bit size', where);
    at += 8;
    return Number(view.getBigUint64(at - 8, true));
  };
  return { size: field(24), compressed: field(20), header: field(42) };
}

/** Where the data of an entry begin, after its own header, which must agree with the directory. */
function dataBegin(
  source: ByteSource,
  entry: Omit<ZipEntry, 'begin'> & { readonly header: number },
  name: Uint8Array,
  flags: number,
  directory: number,
): number {
  const { header, deflated, crc, compressed, size } = entry;
  const where = source.where(Math.min(header, source.size));
  const shown = `The entry “${shortened(entry.name)}”`;
  if (header + 30 + name.length > directory)
    throw damaged(`${shown} should begin at byte ${header}, behind the directory`, where);
  const bytes = source.read(header, 30 + name.length);
  const view = viewOf(bytes);
  const sizes = [crc, compressed, size];
  const agrees =
    view.getUint32(0, true) === LOCAL_HEADER &&
    view.getUint16(6, true) === flags &&
    view.getUint16(8, true) === (deflated ? 8 : 0) &&
    view.getUint16(26, true) === name.length &&
    name.every((byte, k) => bytes[30 + k] === byte) &&
    ((flags & FLAG_SIZES_FOLLOW) !== 0 ||
      sizes.every((value, k) => {
        const own = view.getUint32(14 + 4 * k, true);
        // the first is the checksum; a size may stand in an extra field
        return own === value || (k > 0 && own === 0xffffffff);
      }));
  if (!agrees) throw damaged(`${shown} has a header that contradicts the directory`, where);
  if (!deflated && compressed !== size)
    throw damaged(`${shown} is stored, but in ${compressed} bytes instead of ${size}`, where);
  return header + 30 + name.length + view.getUint16(28, true);
}

/** The entries lie one after another from byte 0 to the directory. */
function checkSpans(
  source: ByteSource,
  entries: readonly (ZipEntry & { readonly header: number })[],
  directory: number,
): void {
  const ordered = [...entries].sort((a, b) => a.header - b.header);
  const first = ordered[0]?.header ?? directory;
  if (first > 0) throw damaged(`${wholeNumber(first)} bytes stand before the first entry`, source.where(0));
  ordered.forEach(({ name, begin, compressed }, k) => {
    const end = begin + compressed;
    const next = ordered[k + 1]?.header ?? directory;
    if (end > next)
      throw damaged(
        `The entry “${shortened(name)}” should end at byte ${end}, and what follows begins at byte ${next}`,
        source.where(next),
      );
  });
}

/** UTF-8 where the archive says so or it is, else one character a byte. */
function nameOf(bytes: Uint8Array, flags: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return (flags & FLAG_UTF8) !== 0 ? new TextDecoder().decode(bytes) : String.fromCharCode(...bytes);
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const refusal = (code: 'npz/damaged' | 'npz/unsupported', found: string, where: string): AnalysisError =>
  new AnalysisError({
    code,
    found,
    where,
    remedy:
      code === 'npz/damaged'
        ? 'If it is still being written, wait. Otherwise write or copy it again:'
        : 'Write it with NumPy:',
    fix: 'np.savez("grad.npz", **grads)',
  });
export const damaged = (found: string, where: string): AnalysisError => refusal('npz/damaged', found, where);
const unsupported = (found: string, where: string): AnalysisError => refusal('npz/unsupported', found, where);
