import { binaryExponent, timesPowerOfTwo } from './power-of-two';

/** Intervals of the covariance’s trace, the signal and their ratio need so many rows. */
export const LEAST_ROWS = 4;

/** ‖ḡ‖² over the largest ‖xᵢ‖² from which on the error of ‖ḡ‖² is below the last bit. */
export const HARDLY_NOISY = 2 ** 120;

/**
 * What the n rows of a dump say about tr Σ and ‖G‖², a few numbers per row: with gᵢ [d] the rows, ḡ their mean, xᵢ = gᵢ − ḡ and
 * V = Σ‖xᵢ‖²/(n − 1), the estimates are tr Σ = κV and ‖G‖² = ‖ḡ‖² − φV/n. All in units of gradient² where not said otherwise.
 */
export interface RowStatistics {
  /** [n] hᵢ = ‖xᵢ‖² */
  readonly centeredSquaredNorms: ArrayLike<number>;
  /**
   * [n] What takes the place of hᵢ in tr Σ = κΣ/(n − 1), where that has more parts than the noise of the mean: of rows that are the
   * means of groups, the noise within them. hᵢ itself where it is absent.
   */
  readonly traceNorms?: ArrayLike<number>;
  /** [n] pᵢ = ḡᵀxᵢ */
  readonly meanProducts: ArrayLike<number>;
  /** ‖ḡ‖² */
  readonly meanSquaredNorm: number;
  /** d */
  readonly parameters: number;
  /** PR = (tr S)²/‖S‖_F² of the rows’ covariance, whatever its divisor; left out where the products of rows are not known. */
  readonly participationRatio?: number;
  /** b: a row is the mean over b examples. */
  readonly meanOf: number;
  /** κ: b, and less where the rows are part of a finite data set. */
  readonly traceFactor: number;
  /** φ: 1, less where the rows are part of a finite data set, 0 where their mean is the mean of all. */
  readonly meanFactor: number;
}

/** √φ for single examples, 1 for means of b, of which not even a whole pass over the data shows every variance. */
export const traceErrorFactor = ({ meanOf, meanFactor }: RowStatistics): number =>
  meanOf === 1 ? Math.sqrt(meanFactor) : 1;

/**
 * V = Σ‖xᵢ‖²/(n − 1), unbiased for the trace of the covariance of the rows.
 *
 * @throws RangeError for fewer than 2 rows
 * @example rowVariance([2, 2, 2, 2]) // => 8 / 3
 */
export function rowVariance(centeredSquaredNorms: ArrayLike<number>): number {
  const n = centeredSquaredNorms.length;
  if (n < 2) throw new RangeError(`a variance of ${n} rows; it needs at least 2`);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += centeredSquaredNorms[i] ?? 0;
  return sum / (n - 1);
}

/**
 * The same rows divided by 2ᵏ, so that the largest hᵢ is in [1/4, 1): fourth powers of the results neither overflow nor
 * underflow, and rows times 2ᵉ become the same numbers to the last bit.
 *
 * @returns the rows, and the exponent 2k that brings squared quantities back; undefined when all hᵢ are 0
 */
export function normalizedRows(
  rows: RowStatistics,
): { readonly rows: RowStatistics; readonly exponent: number } | undefined {
  const { centeredSquaredNorms, meanProducts, meanSquaredNorm, traceNorms = [] } = rows;
  let largest = 0;
  for (let i = 0; i < centeredSquaredNorms.length; i++)
    largest = Math.max(largest, Math.abs(centeredSquaredNorms[i] ?? 0), Math.abs(traceNorms[i] ?? 0));
  if (largest === 0) return undefined;
  // an even exponent: the square root of a squared length is divided by a power of two as well
  const exponent = 2 * Math.floor(binaryExponent(largest) / 2) + 2;
  const divided = (value: number): number => timesPowerOfTwo(value, -exponent);
  return {
    exponent,
    rows: {
      ...rows,
      centeredSquaredNorms: Float64Array.from(centeredSquaredNorms, divided),
      ...(rows.traceNorms && { traceNorms: Float64Array.from(traceNorms, divided) }),
      meanProducts: Float64Array.from(meanProducts, divided),
      meanSquaredNorm: divided(meanSquaredNorm),
    },
  };
}
