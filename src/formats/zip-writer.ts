import { AnalysisError } from '../shared/problem';
import { crc32 } from './crc32';

/** An entry to be written: its data, in as many pieces as are at hand. */
export interface NewEntry {
  readonly name: string;
  readonly pieces: readonly Uint8Array[];
}

/** What 32-bit sizes reach. */
const MOST_BYTES = 0xffffffff;
/** 1980-01-01, the first day that the format knows: the same entries are the same bytes, whenever they are written. */
const FIRST_DAY = 0x21;
/** Bytes that are summed up between two looks at a cancel. */
const PIECE = 1 << 22;

/**
 * A zip archive of stored entries, piece by piece.
 *
 * @throws AnalysisError file/too-large for more than 4 GiB
 * @see PKWARE, APPNOTE 6.3 §4.3
 */
export function* storedZip(entries: readonly NewEntry[], checkCanceled: () => void): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, pieces } of entries) {
    const text = new TextEncoder().encode(name);
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (at + size + 2 ** 16 > MOST_BYTES)
      throw new AnalysisError({
        code: 'file/too-large',
        found: 'The archive would have more than 4 GiB',
        where: name,
        remedy: 'Dump fewer rows.',
      });
    let sum = 0;
    for (const piece of pieces)
      for (let done = 0; done < piece.length; done += PIECE) {
        checkCanceled();
        sum = crc32(piece.subarray(done, done + PIECE), sum);
      }
    const described = [...u16(20, 0, 0, 0, FIRST_DAY), ...u32(sum, size, size), ...u16(text.length, 0)];
    const header = Uint8Array.of(...u32(0x04034b50), ...described, ...text);
    directory.push(
      Uint8Array.of(...u32(0x02014b50), ...u16(20), ...described, ...u16(0, 0, 0), ...u32(0, at), ...text),
    );
    yield header;
    yield* pieces;
    at += header.length + size;
  }
  yield* directory;
  const length = directory.reduce((sum, { length }) => sum + length, 0);
  const count = directory.length;
  yield Uint8Array.of(...u32(0x06054b50), ...u16(0, 0, count, count), ...u32(length, at), ...u16(0));
}

const u16 = (...values: number[]): number[] => values.flatMap((value) => [value & 255, value >>> 8]);
const u32 = (...values: number[]): number[] => values.flatMap((value) => u16(value & 0xffff, value >>> 16));
