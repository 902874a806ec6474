import { ELEMENT_BYTES } from '../shared/dump';
import type { ElementType, GradientDump } from '../shared/dump';
import { Stretches, placesOf } from './placement';

/** Reads one element at a byte position as the float64 of the same value (64-bit integers are rounded to it). */
type ElementReader = (view: DataView, position: number, littleEndian: boolean) => number;

const READERS: Readonly<Record<ElementType, ElementReader>> = {
  f2: (view, at, little) => float16(view.getUint16(at, little)),
  bf2: (view, at, little) => bfloat16(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  b1: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

/** The largest finite value of a narrow float: gradients at it have most likely overflowed. */
export const SATURATION: Readonly<Partial<Record<ElementType, number>>> = { f2: 65504 };

/** At which magnitude an element is saturated; rows and columns are asked in any order, neighbors mostly. */
export function saturation(dump: Pick<GradientDump, 'rows' | 'arrays'>): (row: number, column: number) => number {
  const limits = dump.arrays.map(({ element }) => SATURATION[element] ?? Infinity);
  const [first = Infinity] = limits;
  if (limits.every((limit) => limit === first)) return () => first;
  const places = placesOf(dump);
  const stretches = new Stretches(
    dump.arrays.map(({ columns }, k) => ({ from: places[k]!.firstColumn, to: places[k]!.firstColumn + columns })),
  );
  let asked = -1;
  let there: readonly number[] = [];
  return (row, column) => {
    if (column !== asked) there = stretches.meeting(column, column + 1);
    asked = column;
    for (const k of there) {
      const { firstRow, rows } = places[k]!;
      if (row >= firstRow && row < firstRow + rows) return limits[k]!;
    }
    return Infinity;
  };
}

/**
 * Decodes `count` consecutive elements into `target`, `stride` apart.
 *
 * @param bytes at least count·itemsize of them
 */
export function decodeElements(
  bytes: Uint8Array,
  element: ElementType,
  littleEndian: boolean,
  count: number,
  target: Float64Array,
  start: number,
  stride: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[element];
  const size = ELEMENT_BYTES[element];
  // the two common types by themselves: one call site a loop is what the compiler makes fast
  if (element === 'f4')
    for (let k = 0; k < count; k++) target[start + k * stride] = view.getFloat32(k * 4, littleEndian);
  else if (element === 'f8')
    for (let k = 0; k < count; k++) target[start + k * stride] = view.getFloat64(k * 8, littleEndian);
  else for (let k = 0; k < count; k++) target[start + k * stride] = read(view, k * size, littleEndian);
}

/**
 * The value of an IEEE 754 half-precision number.
 *
 * @example float16(0x3c00) // => 1
 * @example float16(0x7bff) // => 65504
 * @example float16(0x0001) // => 2 ** -24
 */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const word = new DataView(new ArrayBuffer(4));

/**
 * The value of a bfloat16: the upper half of a float32.
 *
 * @example bfloat16(0x3f80) // => 1
 * @example bfloat16(0xc040) // => -3
 */
export function bfloat16(bits: number): number {
  word.setUint16(0, bits, false);
  return word.getFloat32(0, false);
}
