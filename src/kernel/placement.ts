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
