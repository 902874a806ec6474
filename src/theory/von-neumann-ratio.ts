/** Below 8 rows the ratio says nothing. */
export const LEAST_NEIGHBORS = 8;

/** A ratio of neighboring rows, and how far chance can lead it away from 2. */
export interface NeighborRatio {
  /** Σ‖xᵢ₊₁ − xᵢ‖²/Σ‖xᵢ‖² of centered rows: about 2 for rows in random order, near 0 for a slow sequence. */
  readonly ratio: number;
  /** Rows in random order hardly come below it. */
  readonly threshold: number;
}

/**
 * von Neumann's ratio of the first rows of a dump, centered by their own mean, from the products of all rows.
 *
 * @param gram [n, n] row-major XXᵀ of centered rows, times anything
 * @param n rows
 * @param kept rows to take, from the first on
 * @returns undefined for fewer than 8 rows, and for rows that do not differ
 * @see von Neumann 1941, "Distribution of the ratio of the mean square successive difference to the variance"
 */
export function neighborRatio(gram: Float64Array, n: number, kept = n): NeighborRatio | undefined {
  if (kept < LEAST_NEIGHBORS) return undefined;
  let largest = 0;
  for (let i = 0; i < kept; i++) largest = Math.max(largest, gram[i * n + i] ?? 0);
  if (!(largest > 0)) return undefined;
  const at = (i: number, j: number): number => (gram[i * n + j] ?? 0) / largest;
  const means = new Float64Array(kept);
  let mean = 0;
  // the mean of all rows is 0 already; that of the first ones is not
  if (kept < n)
    for (let i = 0; i < kept; i++) {
      let sum = 0;
      for (let j = 0; j < kept; j++) sum += at(i, j);
      means[i] = sum / kept;
      mean += sum / kept / kept;
    }
  const product = (i: number, j: number): number => at(i, j) - (means[i] ?? 0) - (means[j] ?? 0) + mean;
  let [trace, squares, neighbors] = [0, 0, 0];
  for (let i = 0; i < kept; i++) {
    trace += product(i, i);
    for (let j = 0; j < kept; j++) squares += product(i, j) ** 2;
    if (i > 0) neighbors += product(i, i) + product(i - 1, i - 1) - 2 * product(i, i - 1);
  }
  if (!(trace > 0 && squares > 0)) return undefined;
  return { ratio: neighbors / trace, threshold: leastRatio(kept, (trace * trace) / squares) };
}

/**
 * The ratio of independent rows has a deviation of about 2/√(n·PR): three of them below 2, and never more than 1.
 *
 * @param participationRatio PR of the products of the rows
 * @example leastRatio(16, 1) // => 0.5
 * @example leastRatio(512, 1) // => 1
 */
export const leastRatio = (n: number, participationRatio: number): number =>
  Math.min(1, 2 - 6 / Math.sqrt(n * participationRatio));
