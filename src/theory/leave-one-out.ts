import { covarianceTrace, trueGradientSquaredNorm } from './estimators';
import type { DrawnRows } from './estimators';

/** Estimates from all rows but one. */
export interface WithoutRow {
  readonly signal: number;
  readonly trace: number;
}

/**
 * ‖G‖² and tr Σ without one row, in O(1): ‖ḡ₋ᵢ‖² = ‖ḡ‖² − 2aᵢ/(N − 1) + cᵢ/(N − 1)² and Σ₋ᵢ‖x‖² = Σ‖x‖² − N/(N − 1)·cᵢ.
 *
 * When the rows are the whole data set, so are the others.
 *
 * @param centeredSquaredNorm cᵢ = ‖xᵢ‖²
 * @param meanProduct aᵢ = ḡᵀxᵢ
 * @throws RangeError if N < 3
 * @see Efron & Stein 1981
 * @example withoutRow({ meanSquaredNorm: 18, scatter: 8, rows: 4, meanOf: 1, population: 4 }, 2, 0).trace.toFixed(6) // => '1.777778'
 */
export function withoutRow(given: DrawnRows, centeredSquaredNorm: number, meanProduct: number): WithoutRow {
  const { rows, meanOf, population } = given;
  if (rows < 3) throw new RangeError('a covariance without one row needs at least 3 rows');
  const rest: DrawnRows = {
    ...given,
    meanSquaredNorm: given.meanSquaredNorm - (2 * meanProduct) / (rows - 1) + centeredSquaredNorm / (rows - 1) ** 2,
    // its own part is the largest of all only when it is all of it
    scatter: Math.max(0, given.scatter - (rows / (rows - 1)) * centeredSquaredNorm),
    rows: rows - 1,
    population: meanOf === 1 && population === rows ? rows - 1 : population,
  };
  return { signal: trueGradientSquaredNorm(rest), trace: covarianceTrace(rest) };
}
