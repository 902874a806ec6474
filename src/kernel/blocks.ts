import { ELEMENT_BYTES } from '../shared/dump';
import type { GradientDump, StoredArray } from '../shared/dump';
import { FilePool } from '../storage/file-pool';
import { decodeElements } from './elements';
import { Stretches, placesOf } from './placement';

/** Reads blocks of a dump as float64, whatever its types, orders and number of arrays. */
export interface BlockReader {
  /** Columns [from, from + width) of all rows → tile [n, width], row-major. */
  readonly readColumns: (from: number, width: number, tile: Float64Array) => void;
  /** Rows [from, from + count), all columns → tile [count, d], row-major. */
  readonly readRows: (from: number, count: number, tile: Float64Array) => void;
  /** Rows [firstRow, firstRow + rows), columns [firstColumn, firstColumn + width) → tile [rows, width], row-major. */
  readonly readRectangle: (
    firstRow: number,
    rows: number,
    firstColumn: number,
    width: number,
    tile: Float64Array,
  ) => void;
  /** Checks that no file changed since it was opened here. */
  readonly checkUnchanged: () => void;
  readonly close: () => void;
}

/** Bytes read from the disk at a time when rows or columns lie apart. */
const SCRATCH_BYTES = 1 << 20;

export function openBlocks(dump: Pick<GradientDump, 'rows' | 'parameters' | 'arrays'>): BlockReader {
  const scratch = new Uint8Array(SCRATCH_BYTES);
  const files = new FilePool(dump.arrays.flatMap(({ location }) => (location.kind === 'file' ? [location.path] : [])));

  const bytesAt = (array: StoredArray, position: number, length: number): Uint8Array => {
    const { location } = array;
    if (location.kind === 'memory')
      return location.bytes.subarray(location.offset + position, location.offset + position + length);
    const target = length <= SCRATCH_BYTES ? scratch.subarray(0, length) : new Uint8Array(length);
    files.read(location.path, target, location.offset + position);
    return target;
  };

  /** Elements [first, first + count) of the array in storage order → every stride-th place of the tile from start on. */
  const decode = (
    array: StoredArray,
    first: number,
    count: number,
    tile: Float64Array,
    start: number,
    stride: number,
  ) => {
    const size = ELEMENT_BYTES[array.element];
    const most = Math.floor(SCRATCH_BYTES / size);
    for (let done = 0; done < count; done += most) {
      const now = Math.min(most, count - done);
      const bytes = bytesAt(array, (first + done) * size, now * size);
      decodeElements(bytes, array.element, array.littleEndian, now, tile, start + done * stride, stride);
    }
  };

  const places = placesOf(dump);
  const stretches = new Stretches(
    dump.arrays.map(({ columns }, k) => ({ from: places[k]!.firstColumn, to: places[k]!.firstColumn + columns })),
  );

  /** A rectangle of rows and columns; visits the storage in its own order. */
  const read = (firstRow: number, rows: number, firstColumn: number, width: number, tile: Float64Array): void => {
    for (const index of stretches.meeting(firstColumn, firstColumn + width)) {
      const [array, place] = [dump.arrays[index]!, places[index]!];
      const from = Math.max(firstColumn, place.firstColumn);
      const count = Math.min(firstColumn + width, place.firstColumn + array.columns) - from;
      const top = Math.max(firstRow, place.firstRow);
      const high = Math.min(firstRow + rows, place.firstRow + place.rows) - top;
      if (high <= 0) continue;
      // where the rectangle begins in the array and in the tile
      const [row, column] = [top - place.firstRow, from - place.firstColumn];
      const target = (top - firstRow) * width + from - firstColumn;
      if (array.order === 'C' && count === width && array.columns === width)
        decode(array, row * width, high * width, tile, target, 1); // rows that lie side by side here and there
      else if (array.order === 'C')
        for (let k = 0; k < high; k++)
          decode(array, (row + k) * array.columns + column, count, tile, target + k * width, 1);
      else
        for (let k = 0; k < count; k++) decode(array, (column + k) * place.rows + row, high, tile, target + k, width);
    }
  };

  return {
    readColumns: (from, width, tile) => read(0, dump.rows, from, width, tile),
    readRows: (from, count, tile) => read(from, count, 0, dump.parameters, tile),
    readRectangle: read,
    checkUnchanged: () => files.checkUnchanged(),
    close: () => files.close(),
  };
}
