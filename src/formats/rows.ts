import { ELEMENT_BYTES } from '../shared/dump';
import type { StoredArray } from '../shared/dump';
import { beyondMemory, workingMemory } from '../shared/memory-budget';
import { AnalysisError } from '../shared/problem';
import { itemBytes } from './dtype';
import { widened } from './float8';
import { shapeText } from './npy';
import type { NpyArray } from './npy';
import type { ReadLimits } from './read-limits';
import type { ByteSource } from './source';
import { contiguous, stridedArray } from './strided';

export interface Rows {
  /** n */
  readonly rows: number;
  readonly array: StoredArray;
}

/**
 * n and the columns of a shape [n, …]: axis 0 are the examples.
 *
 * @throws AnalysisError data/one-dimension, npy/shape
 */
export function rowsAndColumns(shape: readonly number[], where: string): readonly [rows: number, columns: number] {
  const [n, ...rest] = shape;
  if (n === undefined)
    throw new AnalysisError({
      code: 'data/one-dimension',
      found: 'It is a single number, while a dump is examples × parameters',
      where,
      remedy: 'Save the gradients, one row for each example.',
    });
  if (rest.length === 0)
    throw new AnalysisError({
      code: 'data/one-dimension',
      found: `It has the shape (${n},), one vector, while a dump is examples × parameters`,
      where,
      remedy: 'One gradient has no covariance. If the rows were flattened, give them back their shape:',
      fix: 'np.save("grad.npy", grads.reshape(n, -1))',
    });
  const columns = rest.reduce((product, length) => product * length, 1);
  if (n > 0 && columns > 0) return [n, columns];
  throw new AnalysisError({
    code: 'npy/shape',
    found: `The shape ${shapeText(shape)} has no elements`,
    where,
    remedy: 'Save at least two rows of at least one parameter.',
  });
}

/** The shape of an array as rows: its own, or that of the one row that it is. */
export const rowsShape = (shape: readonly number[], { vector }: Pick<ReadLimits, 'vector'>): readonly number[] =>
  vector === true ? [1, ...shape] : shape;

/** An array as a column block of a dump, its trailing axes flattened in C order. */
export function asRows(npy: NpyArray, source: ByteSource, limits: ReadLimits): Rows {
  const { order, offset, dtype } = npy;
  const shape = rowsShape(npy.shape, limits);
  const [n, columns] = rowsAndColumns(shape, source.where(0));
  if (dtype.complex === true) return { rows: n, array: complexRows(npy, shape, source, limits) };
  if (dtype.float8 !== undefined) {
    const { float8, ...byte } = dtype;
    const { array } = asRows({ ...npy, dtype: byte }, source, limits);
    return { rows: n, array: widened(array, float8, n, source, offset, limits) };
  }
  const trailing = shape.slice(1).filter((length) => length > 1);
  const location =
    order === 'F' && trailing.length > 1
      ? { kind: 'memory' as const, bytes: reorderedColumns(npy, source, n, trailing, limits), offset: 0 }
      : source.location(offset);
  return {
    rows: n,
    array: { columns, element: dtype.element, littleEndian: dtype.littleEndian, order, location },
  };
}

/** A complex parameter is two real ones, which lie one after the other. */
function complexRows(npy: NpyArray, shape: readonly number[], source: ByteSource, limits: ReadLimits): StoredArray {
  const { order, offset, dtype } = npy;
  const bytes = itemBytes(dtype);
  const strides = order === 'C' ? contiguous(shape, bytes) : [...contiguous([...shape].reverse(), bytes)].reverse();
  const view = {
    ...{ element: dtype.element, littleEndian: dtype.littleEndian, offset },
    shape: [...shape, 2],
    strides: [...strides, bytes / 2],
  };
  const what = { name: source.name, fix: 'np.save("grad.npy", np.ascontiguousarray(grads))' };
  return stridedArray(view, source, limits, what).array;
}

/** Bytes read at a time. */
const PIECE = 1 << 20;

/**
 * Fortran order of more than two axes stores the columns in another order than C order counts them: a copy that keeps each
 * column contiguous and puts it where C order wants it.
 */
function reorderedColumns(
  { shape, bytes, offset, dtype }: NpyArray,
  source: ByteSource,
  n: number,
  trailing: readonly number[],
  { memoryBudget, checkCanceled }: ReadLimits,
): Uint8Array {
  if (bytes > memoryBudget)
    throw beyondMemory(
      'memory/budget',
      `The array ${shapeText(shape)} is in Fortran order, and to reorder its axes takes`,
      bytes,
      memoryBudget,
      {
        where: source.where(0),
        bytes: bytes + workingMemory(n, trailing.reduce((product, length) => product * length, 1)), // prettier-ignore
        otherwise: 'save it in C order, which is read piece by piece',
        fix: 'np.save("grad.npy", np.ascontiguousarray(grads))',
      },
    );
  const target = new Uint8Array(bytes);
  const column = n * ELEMENT_BYTES[dtype.element];
  // how far one step along each axis leads in C order
  const strides = trailing.map((_, axis) => trailing.slice(axis + 1).reduce((product, length) => product * length, 1));
  const index = trailing.map(() => 0);
  let piece: Uint8Array = new Uint8Array(0);
  let begin = 0;
  for (let from = 0; from < bytes; from += column) {
    const to = index.reduce((sum, k, axis) => sum + k * (strides[axis] ?? 0), 0) * column;
    for (let done = 0; done < column;) {
      if (from + done >= begin + piece.length) {
        checkCanceled();
        begin = from + done;
        piece = source.read(offset + begin, Math.min(PIECE, bytes - begin));
      }
      const part = piece.subarray(from + done - begin, from + column - begin);
      target.set(part, to + done);
      done += part.length;
    }
    // Fortran order: the first axis runs fastest
    for (let axis = 0; axis < index.length; axis++) {
      index[axis] = (index[axis] ?? 0) + 1;
      if (index[axis] !== trailing[axis]) break;
      index[axis] = 0;
    }
  }
  return target;
}
