import { deflateRawSync } from 'node:zlib';
import { readDump } from '../../src/formats';
import { crc32 } from '../../src/formats/crc32';
import { openBlocks } from '../../src/kernel/blocks';
import type { GradientDump } from '../../src/shared/dump';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';

/* small files made by hand, whole or broken on purpose */

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** One byte a character. */
export const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Little-endian numbers of 2, 4 or 8 bytes. */
export const u16 = (...values: number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);
export const u32 = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
export const u64 = (...values: (number | bigint)[]): Uint8Array =>
  new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
export const f4 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
export const f8 = (...values: number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer);
export const counting = (count: number): number[] => Array.from({ length: count }, (_, k) => k + 1);

export interface NpyParts {
  readonly magic?: string;
  readonly version?: readonly [number, number];
  /** The Python literal. */
  readonly header?: string;
  /** Instead of padding with spaces and a line end to a multiple of 64. */
  readonly padding?: string;
  /** What the file claims, instead of the length of the header. */
  readonly length?: number;
  readonly data?: Uint8Array;
}

export const headerOf = (descr = "'<f4'", shape = '(3, 4)', order = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

/** A .npy file; without parts a good one of 3 × 4 float32, 1 to 12. */
export function npy({
  magic = '\x93NUMPY',
  version = [1, 0],
  header = headerOf(),
  padding,
  length,
  data = f4(...counting(12)),
}: NpyParts = {}): Uint8Array {
  const prefix = 6 + 2 + (version[0] === 1 ? 2 : 4);
  const text = utf8(header);
  const fill = padding ?? `${' '.repeat(64 - ((prefix + text.length + 1) % 64))}\n`;
  const claimed = length ?? text.length + fill.length;
  return joined(
    latin1(magic),
    Uint8Array.from(version),
    version[0] === 1 ? u16(claimed) : u32(claimed),
    text,
    latin1(fill),
    data,
  );
}

export interface EntryParts {
  readonly name: string | Uint8Array;
  readonly data: Uint8Array;
  readonly deflated?: boolean;
  /** What the headers say, where it is not the truth. */
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly packed?: Uint8Array;
  readonly localName?: string;
  readonly header?: number;
  readonly directoryExtra?: Uint8Array;
  readonly claimedPacked?: number;
  readonly descriptor?: boolean;
}
export interface ArchiveParts {
  readonly count?: number;
  readonly comment?: Uint8Array;
  readonly shift?: number;
  readonly disk?: number;
}

/** A zip archive. */
export function zip(
  entries: readonly EntryParts[],
  { count, comment = new Uint8Array(0), shift = 0, disk = 0 }: ArchiveParts = {},
): Uint8Array {
  const local: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const {
      data,
      deflated = false,
      flags = entry.descriptor ? 8 : 0,
      method = deflated ? 8 : 0,
      directoryExtra = new Uint8Array(0),
    } = entry;
    const packed = entry.packed ?? (deflated ? Uint8Array.from(deflateRawSync(data)) : data);
    const name = typeof entry.name === 'string' ? utf8(entry.name) : entry.name;
    const localName = entry.localName === undefined ? name : utf8(entry.localName);
    const sums = u32(entry.crc ?? crc32(data), entry.claimedPacked ?? packed.length, entry.size ?? data.length);
    const begin = joined(
      u32(0x04034b50),
      u16(20, flags, method, 0, 0),
      entry.descriptor ? u32(0, 0, 0) : sums,
      u16(localName.length, 0),
      localName,
      packed,
      entry.descriptor ? joined(u32(0x08074b50), sums) : new Uint8Array(0),
    );
    local.push(begin);
    directory.push(
      joined(
        u32(0x02014b50),
        u16(20, 20, flags, method, 0, 0),
        sums,
        u16(name.length, directoryExtra.length, 0, 0, 0),
        u32(0, entry.header ?? at),
        name,
        directoryExtra,
      ),
    );
    at += begin.length;
  }
  const list = joined(...directory);
  const total = count ?? entries.length;
  return joined(
    ...local,
    list,
    u32(0x06054b50),
    u16(disk, disk, total, total),
    u32(list.length, at + shift),
    u16(comment.length),
    comment,
  );
}

/** A .npz file of arrays given as .npy files. */
export const npz = (arrays: Readonly<Record<string, Uint8Array>>, deflated = false): Uint8Array =>
  zip(Object.entries(arrays).map(([name, data]) => ({ name: `${name}.npy`, data, deflated })));

export const tensor = (dtype: string, shape: readonly number[], begin: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

/** A .safetensors file. */
export function safetensors(header: object | string, data: Uint8Array, length?: number | bigint): Uint8Array {
  const text = utf8(typeof header === 'string' ? header : JSON.stringify(header));
  return joined(u64(length ?? text.length), text, data);
}

/* reading them */

export const MEANS = { memoryBudget: 64 * 2 ** 20, checkCanceled: (): void => undefined };

export const read = (name: string, bytes: Uint8Array, means: Partial<typeof MEANS> = {}): GradientDump =>
  readDump({ path: `/dumps/${name}`, bytes, ...MEANS, ...means });

/** The problem a file is refused with; undefined when it is read. */
export function refusal(name: string, bytes: Uint8Array, means: Partial<typeof MEANS> = {}): Problem | undefined {
  try {
    read(name, bytes, means);
    return undefined;
  } catch (error) {
    if (error instanceof AnalysisError) return error.problem;
    throw error;
  }
}

/** The rows of a dump as the kernel reads them. */
export function rowsOf(dump: GradientDump): number[][] {
  const blocks = openBlocks(dump);
  try {
    const tile = new Float64Array(dump.rows * dump.parameters);
    blocks.readRows(0, dump.rows, tile);
    return Array.from({ length: dump.rows }, (_, row) => [
      ...tile.subarray(row * dump.parameters, (row + 1) * dump.parameters),
    ]);
  } finally {
    blocks.close();
  }
}
