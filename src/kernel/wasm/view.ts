import { ELEMENT_BYTES } from '../../shared/dump';
import type { ElementType, GradientDump } from '../../shared/dump';
import { placesOf } from '../placement';

/**
 * A dump as a matrix whose rows are multiplied with each other: examples × parameters, or turned around when there are more
 * examples than parameters. Plain data that every thread gets.
 */
export interface View {
  readonly rows: number;
  readonly columns: number;
  readonly turned: boolean;
  /** Whether elements become float64; else float32. */
  readonly wide: boolean;
  readonly pieces: readonly Piece[];
}

/** A stored array as a rectangle of the view. */
export interface Piece {
  /** Absent for bytes in memory, which only the thread that has them reads. */
  readonly path?: string;
  readonly offset: number;
  readonly element: ElementType;
  readonly littleEndian: boolean;
  /** What is contiguous in storage. */
  readonly runs: 'rows' | 'columns';
  readonly firstRow: number;
  readonly rows: number;
  readonly firstColumn: number;
  readonly columns: number;
}

const NARROW: ReadonlySet<ElementType> = new Set(['f2', 'bf2', 'f4']);

/** Whether float32 holds every element exactly. */
export const fitsFloat32 = ({ arrays }: GradientDump): boolean => arrays.every(({ element }) => NARROW.has(element));

export function viewOf(dump: GradientDump, turned: boolean, wide: boolean): View {
  const { rows: n, parameters: d } = dump;
  const places = placesOf(dump);
  const pieces = dump.arrays.map(({ columns, element, littleEndian, order, location }, k): Piece => {
    const { firstRow, rows, firstColumn } = places[k]!;
    const stored = { offset: location.offset, element, littleEndian, ...(location.kind === 'file' && { path: location.path }) }; // prettier-ignore
    return turned
      ? { ...stored, runs: order === 'C' ? 'columns' : 'rows', firstRow: firstColumn, rows: columns, firstColumn: firstRow, columns: rows } // prettier-ignore
      : { ...stored, runs: order === 'C' ? 'rows' : 'columns', firstRow, rows, firstColumn, columns };
  });
  return { rows: turned ? d : n, columns: turned ? n : d, turned, wide, pieces };
}

export const elementBytes = ({ element }: Piece): number => ELEMENT_BYTES[element];
