import { ELEMENT_BYTES } from '../shared/dump';
import type { GradientDump } from '../shared/dump';

/** Where an array lies in its dump. */
interface Place {
  readonly firstRow: number;
  readonly rows: number;
  readonly firstColumn: number;
}

/** Side by side, one after another, where nothing else is said. */
export function placesOf({ rows: n, arrays }: Pick<GradientDump, 'rows' | 'arrays'>): readonly Place[] {
  let next = 0;
  return arrays.map(({ columns, place }) => {
    const own = place ?? { firstRow: 0, rows: n, firstColumn: next };
    next = own.firstColumn + columns;
    return own;
  });
}

/** Stretches of columns that hold the same arrays in all rows, as the layers of a file do; in the order of the columns. */
export function stretchesOf(
  dump: Pick<GradientDump, 'rows' | 'arrays'>,
): readonly { readonly firstColumn: number; readonly columns: number }[] {
  const places = placesOf(dump);
  const found = new Map<number, { firstColumn: number; columns: number }>();
  dump.arrays.forEach(({ columns }, k) => {
    const { firstColumn } = places[k]!;
    const own = found.get(firstColumn);
    if (own === undefined || own.columns < columns) found.set(firstColumn, { firstColumn, columns });
  });
  return [...found.values()].sort((a, b) => a.firstColumn - b.firstColumn);
}

/** Bytes of a row as it is stored, on average where files differ in their types. */
export function rowBytes(dump: Pick<GradientDump, 'rows' | 'arrays'>): number {
  const places = placesOf(dump);
  const bytes = dump.arrays.reduce(
    (sum, { columns, element }, k) => sum + places[k]!.rows * columns * ELEMENT_BYTES[element],
    0,
  );
  return bytes / dump.rows;
}

/**
 * Stretches of columns, to be asked which of them meet another. It is prepared once, so that an answer takes as long as it is
 * itself, and not as long as there are stretches: dumps have an array for each of thousands of parameters.
 */
export class Stretches {
  /** By their first columns; of as many as begin before it, the last column that any reaches. */
  readonly #sorted: readonly { readonly index: number; readonly from: number; readonly to: number }[];
  readonly #reached: Float64Array;

  constructor(stretches: readonly { readonly from: number; readonly to: number }[]) {
    this.#sorted = stretches.map(({ from, to }, index) => ({ index, from, to })).sort((a, b) => a.from - b.from);
    let reached = 0;
    this.#reached = Float64Array.from(this.#sorted, ({ to }) => (reached = Math.max(reached, to)));
  }

  /** Indices of those that have a column in [from, to), in the order of their columns. */
  meeting(from: number, to: number): number[] {
    const found: number[] = [];
    for (let k = this.#firstBeyond(from); k < this.#sorted.length; k++) {
      const stretch = this.#sorted[k]!;
      if (stretch.from >= to) break;
      if (stretch.to > from) found.push(stretch.index);
    }
    return found;
  }

  /** The first that reaches beyond a column; all before it end there or earlier. */
  #firstBeyond(column: number): number {
    let [low, high] = [0, this.#reached.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#reached[middle]! > column) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
