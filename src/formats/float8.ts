import { endianness } from 'node:os';
import type { StoredArray } from '../shared/dump';
import { beyondMemory, workingMemory } from '../shared/memory-budget';
import type { ReadLimits } from './read-limits';
import type { ByteSource } from './source';

/** Exponent bits, their bias, and the patterns (without sign) of NaN. */
interface Form {
  readonly exponentBits: number;
  readonly bias: number;
  /** A finite form has NaN at one place only: where all bits are set, or where −0 would be. */
  readonly finite?: 'all ones' | 'negative zero';
}

/** The 8-bit floats of PyTorch and ml_dtypes by their names. */
const FORMS = {
  float8_e4m3fn: { exponentBits: 4, bias: 7, finite: 'all ones' },
  float8_e5m2: { exponentBits: 5, bias: 15 },
  float8_e4m3fnuz: { exponentBits: 4, bias: 8, finite: 'negative zero' },
  float8_e5m2fnuz: { exponentBits: 5, bias: 16, finite: 'negative zero' },
} as const satisfies Readonly<Record<string, Form>>;
export type Float8 = keyof typeof FORMS;

export const isFloat8 = (name: string): name is Float8 => Object.hasOwn(FORMS, name);
/** The names of all. */
export const FLOAT8: readonly Float8[] = Object.keys(FORMS).filter(isFloat8);

/** @see P. Micikevicius et al., "FP8 Formats for Deep Learning", 2022, arXiv:2209.05433 */
function valueOf(byte: number, { exponentBits, bias, finite }: Form): number {
  const fractionBits = 7 - exponentBits;
  const exponent = (byte & 127) >> fractionBits;
  const fraction = byte & (2 ** fractionBits - 1);
  if (finite === 'negative zero' && byte === 128) return NaN;
  if (finite === 'all ones' && (byte & 127) === 127) return NaN;
  if (finite === undefined && exponent === 2 ** exponentBits - 1) return fraction > 0 ? NaN : byte > 127 ? -Infinity : Infinity; // prettier-ignore
  // the smallest exponent comes without the hidden bit
  const magnitude = exponent === 0 ? 2 * fraction : 2 ** fractionBits + fraction;
  return (byte > 127 ? -1 : 1) * magnitude * 2 ** (exponent - bias - fractionBits);
}

/** Every 8-bit float is a binary16 as well. */
function half(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === Infinity) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

const HALVES: ReadonlyMap<Float8, Uint16Array> = new Map(
  FLOAT8.map((name) => [name, Uint16Array.from({ length: 256 }, (_, byte) => half(valueOf(byte, FORMS[name])))]),
);

/**
 * An array [n, columns] of single bytes as one of float16, which has the same values: a copy within the memory budget.
 *
 * @param source in which the array begins at `offset`, where it is not in memory
 * @throws AnalysisError memory/budget
 */
export function widened(
  array: StoredArray,
  float8: Float8,
  n: number,
  source: ByteSource,
  offset: number,
  { memoryBudget, checkCanceled }: ReadLimits,
): StoredArray {
  const count = n * array.columns;
  if (2 * count > memoryBudget)
    throw beyondMemory('memory/budget', `To widen its ${float8} numbers takes`, 2 * count, memoryBudget, {
      where: source.where(offset),
      bytes: 2 * count + workingMemory(n, array.columns),
      otherwise: 'save them as float32, which is read piece by piece',
      fix: 'np.save("grad.npy", grads.astype(np.float32))',
    });
  const table = HALVES.get(float8) ?? new Uint16Array(256);
  const halves = new Uint16Array(count);
  for (let begin = 0; begin < count; begin += PIECE) {
    checkCanceled();
    const length = Math.min(PIECE, count - begin);
    const at = array.location.offset + begin;
    const bytes = array.location.kind === 'memory' ? array.location.bytes.subarray(at, at + length) : source.read(offset + begin, length); // prettier-ignore
    bytes.forEach((byte, k) => (halves[begin + k] = table[byte] ?? 0));
  }
  const location = { kind: 'memory' as const, bytes: new Uint8Array(halves.buffer), offset: 0 };
  return { ...array, element: 'f2', littleEndian: endianness() === 'LE', location };
}

/** Bytes read at a time. */
const PIECE = 1 << 20;
