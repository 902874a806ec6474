/**
 * When n rows distinguish ‖G‖² from 0: the score test of `signalInterval` at ‖G‖² = 0, where only the part of the error counts that is
 * quadratic in the mean. Its variance is 2 tr Σ²/(n(n − 1)), and it is skewed like a χ² with one degree of freedom.
 */

/** What the test needs to know of n rows, or of the part of them that belongs to a layer; V = Σ‖xᵢ‖²/(n − 1). */
export interface Resolution {
  /** n */
  readonly rows: number;
  /** V, in units of gradient² like the signal. */
  readonly variance: number;
  /** φ, by which a finite data set makes the error smaller. */
  readonly meanFactor: number;
  /** tr Σ²/(tr Σ)², between 1/d and 1: see `shareOfSquares`. */
  readonly squares: number;
}

/**
 * tr Σ² over (tr Σ)², unbiased for normal rows, too large for heavy tails.
 *
 * @param participationRatio (tr S)²/‖S‖_F² of the rows’ covariance
 * @see Srivastava 2005, eq. 2.5
 * @example shareOfSquares(5, 3, 2) // => (16 / 18) * (1 / 2 - 1 / 4) < 1 / 3 ? 1 / 3 : NaN
 */
export const shareOfSquares = (rows: number, parameters: number, participationRatio: number): number =>
  Math.max(1 / parameters, ((rows - 1) ** 2 / ((rows - 2) * (rows + 1))) * (1 / participationRatio - 1 / (rows - 1)));

/**
 * The multiple of its error above which ‖G‖² is more than 0, from the Wilson–Hilferty score of a χ² with one degree of freedom.
 *
 * @param q quantile of the wanted level
 * @see Wilson & Hilferty 1931
 */
const leastMultiple = (q: number): number => ((7 / 9 + (q * Math.SQRT2) / 3) ** 3 - 1) / Math.SQRT2;

const error = ({ rows, variance, meanFactor, squares }: Resolution): number =>
  meanFactor * variance * Math.sqrt((2 * squares) / (rows * (rows - 1)));

/**
 * Whether ‖G‖² can be distinguished from 0, exactly where `noiseScaleInterval` has an upper end.
 *
 * @param signal the unbiased ‖G‖²
 * @example isResolved(1, { rows: 16, variance: 4, meanFactor: 1, squares: 0.5 }, 2) // => true
 */
export const isResolved = (signal: number, given: Resolution, q: number): boolean =>
  signal > leastMultiple(q) * error(given);

/**
 * The largest ‖G‖² that noise allows whose variance along G is at most `largest`: the root of (s − U)² = q²(4sφλ/n + τ²).
 *
 * @param signal U, the unbiased ‖G‖², possibly negative
 * @param largest λ₁ of the rows, with divisor n − 1
 * @example largestSignal(0, { rows: 2, variance: 1, meanFactor: 1, squares: 1 }, 0, 2) // => 2
 */
export function largestSignal(signal: number, given: Resolution, largest: number, q: number): number {
  const half = q * error(given);
  // so far below 0 that even 0 would be too large
  const least = Math.max(signal, -0.999 * half);
  const middle = least + (2 * q * q * given.meanFactor * largest) / given.rows;
  return middle + Math.sqrt(Math.max(0, middle * middle - least * least + half * half));
}

/**
 * Examples that distinguish ‖G‖² from 0, and so bound the noise scale: √2·c·B_simple·√(tr Σ²)/tr Σ, c as in `leastMultiple`, and
 * fewer of a finite data set.
 *
 * @param population N, examples in the data set; Infinity when unknown
 * @param q quantile of the wanted level
 * @example examplesNeeded({ noiseScale: 100, squares: 0.25, population: Infinity }, 2) // => 205
 * @example examplesNeeded({ noiseScale: 100, squares: 0.25, population: 205 }, 2) // => 103
 */
export function examplesNeeded(
  given: { readonly noiseScale: number; readonly squares: number; readonly population: number },
  q: number,
): number {
  const endless = Math.SQRT2 * leastMultiple(q) * given.noiseScale * Math.sqrt(given.squares);
  return Math.ceil(endless / (1 + endless / given.population));
}
