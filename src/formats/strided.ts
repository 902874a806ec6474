import { endianness } from 'node:os';
import { ELEMENT_BYTES } from '../shared/dump';
import type { ElementType, StoredArray } from '../shared/dump';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { ReadLimits } from './read-limits';
import type { ByteSource } from './source';

/** An array of any order in a stretch of bytes: element (i, j, …) lies `strides` · (i, j, …) bytes after the first. */
export interface StridedView {
  readonly element: ElementType;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  /** In bytes, none of them negative. */
  readonly strides: readonly number[];
  /** Of the first element, in bytes of the source. */
  readonly offset: number;
}

/** Bytes read at a time. */
const PIECE = 1 << 20;

/** The strides of C order, for elements of so many bytes. */
export const contiguous = (shape: readonly number[], bytes: number): readonly number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, bytes));

/** Whether axes longer than one have these strides; those of length one lead nowhere. */
const matches = (shape: readonly number[], strides: readonly number[], wanted: readonly number[]): boolean =>
  shape.every((length, axis) => length === 1 || strides[axis] === wanted[axis]);

/**
 * A strided view [n, …] as a column block of a dump: in place where its rows or its columns are contiguous, else a copy in C
 * order within the memory budget.
 *
 * @param fix the line that makes a copy unnecessary
 * @returns the array, and whether it was copied
 * @throws AnalysisError memory/budget
 */
export function stridedArray(
  view: StridedView,
  source: ByteSource,
  limits: ReadLimits,
  what: { readonly name: string; readonly fix: string },
): { readonly array: StoredArray; readonly copied: boolean } {
  const { element, littleEndian, shape, strides, offset } = view;
  const [n = 0, ...trailing] = shape;
  const columns = trailing.reduce((product, length) => product * length, 1);
  const array = { columns, element, littleEndian };
  const size = ELEMENT_BYTES[element];
  const rows = contiguous(shape, size);
  if (matches(shape, strides, rows))
    return { array: { ...array, order: 'C', location: source.location(offset) }, copied: false };
  const columnwise = [size, ...contiguous(trailing, size).map((stride) => stride * n)];
  if (matches(shape, strides, columnwise))
    return { array: { ...array, order: 'F', location: source.location(offset) }, copied: false };
  const bytes = n * columns * size;
  if (bytes > limits.memoryBudget)
    throw new AnalysisError({
      code: 'memory/budget',
      found: `The elements of “${what.name}” are not in order; a copy would need ${byteCount(bytes)}, the budget is ${byteCount(limits.memoryBudget)}`,
      where: source.where(offset),
      remedy: 'Save it in order, which is read piece by piece:',
      fix: what.fix,
    });
  const location = { kind: 'memory' as const, bytes: gathered(view, source, limits.checkCanceled), offset: 0 };
  return { array: { ...array, order: 'C', location }, copied: true };
}

/** The elements in C order; the source is read in the order in which they lie there, as far as it goes. */
function gathered(view: StridedView, source: ByteSource, checkCanceled: () => void): Uint8Array {
  const { shape, strides, offset } = view;
  const size = ELEMENT_BYTES[view.element];
  const target = new Uint8Array(shape.reduce((product, length) => product * length, size));
  const to = contiguous(shape, size);
  // the axis of the longest steps first
  const axes = shape
    .map((length, axis) => ({ length, from: strides[axis] ?? 0, to: to[axis] ?? 0 }))
    .filter(({ length }) => length > 1)
    .sort((a, b) => b.from - a.from);
  /** Bytes from the first to the last element of the axes from this one on. */
  const spans = axes.map(
    (_, k) => size + axes.slice(k).reduce((sum, { length, from }) => sum + (length - 1) * from, 0),
  );
  const whole = spans.findIndex((span) => span <= PIECE);
  const pieces = whole < 0 ? axes.length : whole;
  const inner = axes.slice(pieces);
  const span = spans[pieces] ?? size;
  let read = 0;

  const copy = (bytes: Uint8Array, axis: number, from: number, at: number): void => {
    const step = inner[axis];
    if (step === undefined) {
      for (let k = 0; k < size; k++) target[at + k] = bytes[from + k] ?? 0;
      return;
    }
    if (axis === inner.length - 1)
      for (let i = 0; i < step.length; i++) {
        const [here, there] = [from + i * step.from, at + i * step.to];
        for (let k = 0; k < size; k++) target[there + k] = bytes[here + k] ?? 0;
      }
    else for (let i = 0; i < step.length; i++) copy(bytes, axis + 1, from + i * step.from, at + i * step.to);
  };
  const walk = (axis: number, from: number, at: number): void => {
    const step = axes[axis];
    if (axis === pieces || step === undefined) {
      if (++read % 64 === 0) checkCanceled();
      copy(source.read(offset + from, span), 0, 0, at);
    } else for (let i = 0; i < step.length; i++) walk(axis + 1, from + i * step.from, at + i * step.to);
  };
  checkCanceled();
  walk(0, 0, 0);
  return target;
}

/** The elements of a view as numbers, in C order; there are few of them. */
export const elementsOf = (view: StridedView, source: ByteSource): number[] =>
  numbersOf(
    view,
    gathered(view, source, () => undefined),
  );

/** A few elements as numbers, in the order in which they are stored. */
export function numbersOf(array: Pick<StoredArray, 'element' | 'littleEndian'>, bytes: Uint8Array): number[] {
  const { element, littleEndian: little } = array;
  const size = ELEMENT_BYTES[element];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, k) => {
    const at = k * size;
    switch (element) {
      case 'f2':
        return half(view.getUint16(at, little));
      case 'bf2': {
        const wide = new DataView(new ArrayBuffer(4));
        wide.setUint16(0, view.getUint16(at, little));
        return wide.getFloat32(0);
      }
      case 'f4':
        return view.getFloat32(at, little);
      case 'f8':
        return view.getFloat64(at, little);
      case 'i1':
        return view.getInt8(at);
      case 'i2':
        return view.getInt16(at, little);
      case 'i4':
        return view.getInt32(at, little);
      case 'i8':
        return Number(view.getBigInt64(at, little));
      case 'u1':
        return view.getUint8(at);
      case 'u2':
        return view.getUint16(at, little);
      case 'u4':
        return view.getUint32(at, little);
      case 'u8':
        return Number(view.getBigUint64(at, little));
      case 'b1':
        return view.getUint8(at) === 0 ? 0 : 1;
    }
  });
}

/** IEEE binary16. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Doubles of this machine as an array of a dump. */
export const doubles = (numbers: Float64Array, columns: number): StoredArray => ({
  columns,
  element: 'f8',
  littleEndian: endianness() === 'LE',
  order: 'C',
  location: { kind: 'memory', bytes: new Uint8Array(numbers.buffer), offset: numbers.byteOffset },
});
