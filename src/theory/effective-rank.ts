/**
 * How many directions a spectrum occupies. For eigenvalues λ₁ ≥ λ₂ ≥ … ≥ 0, not all 0:
 * 1 ≤ stable rank ≤ participation ratio ≤ entropy rank ≤ number of positive eigenvalues.
 * All are free of scale, and all throw a RangeError when there is no positive eigenvalue.
 */

/**
 * tr Σ/λ₁
 *
 * @see Rudelson & Vershynin 2007, §1 (there as ‖X‖_F²/‖X‖²)
 * @example stableRank([2, 1, 1]) // => 2
 */
export const stableRank = (eigenvalues: ArrayLike<number>): number =>
  1 / shares(eigenvalues).reduce((largest, share) => Math.max(largest, share), 0);

/**
 * (tr Σ)²/tr Σ²
 *
 * @example participationRatio([1, 1, 1, 0]) // => 3
 */
export function participationRatio(eigenvalues: ArrayLike<number>): number {
  let squares = 0;
  for (const share of shares(eigenvalues)) squares += share * share;
  return 1 / squares;
}

/**
 * exp of the entropy of λₖ/tr Σ
 *
 * @see Roy & Vetterli 2007, definition 1
 * @example entropyRank([1, 1]) // => 2
 */
export function entropyRank(eigenvalues: ArrayLike<number>): number {
  let entropy = 0;
  for (const share of shares(eigenvalues)) if (share > 0) entropy -= share * Math.log(share);
  return Math.exp(entropy);
}

function shares(eigenvalues: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(eigenvalues);
  const trace = values.reduce((sum, value) => sum + value, 0);
  if (!(trace > 0)) throw new RangeError('no eigenvalue is positive');
  return values.map((value) => value / trace);
}

/** What n rows say of their own covariance S, with divisor 1/(n − 1) throughout. */
interface RowTraces {
  /** n */
  readonly rows: number;
  /** N, of which the rows are drawn without replacement; Infinity for independent rows. */
  readonly population: number;
  /** tr S² = ‖S‖_F² */
  readonly squaredFrobenius: number;
  /** tr S */
  readonly trace: number;
  /** Σᵢ‖xᵢ‖⁴/(n − 1) */
  readonly fourth: number;
}

/**
 * Estimates of tr Σ² and of (tr Σ)², of the covariance with divisor 1/(N − 1), that are free of bias whatever the
 * distribution, whereas tr S² is too large by about (tr Σ)²/n. tr Σ² can come out negative. With n = N both are those of the
 * rows, exactly.
 *
 * The means over all choices of different rows of ((gᵢ−gⱼ)ᵀ(gₖ−gₗ))²/4, ‖gᵢ−gⱼ‖²‖gₖ−gₗ‖²/4 and ‖gᵢ−gⱼ‖⁴ have the same
 * expectation in a sample as their value in the population. All three are linear in tr S², (tr S)² and Σ‖xᵢ‖⁴: the
 * estimates are what gives a population these means. For N = ∞ they are the first two means themselves.
 *
 * @throws RangeError if n < 4
 * @see Himeno & Yamada 2014, the estimator of tr Σ² for N = ∞; follows for a finite N from Hoeffding 1963, §5
 * @example debiasedTraces({ rows: 4, population: Infinity, squaredFrobenius: 32 / 9, trace: 8 / 3, fourth: 16 / 3 }).squares.toFixed(6) // => '2.666667'
 */
export function debiasedTraces({ rows: n, population: N, squaredFrobenius, trace, fourth }: RowTraces): {
  /** tr Σ² */
  readonly squares: number;
  /** (tr Σ)² */
  readonly squaredTrace: number;
} {
  if (n < 4) throw new RangeError('tr Σ² needs at least 4 rows');
  const square = trace * trace;
  const factor = (n - 1) / (n * (n - 2) * (n - 3));
  const products = factor * ((n - 1) * (n - 2) * squaredFrobenius + square - n * fourth);
  const lengths = factor * ((n * n - 3 * n + 1) * square - n * fourth + 2 * squaredFrobenius);
  if (N === Infinity) return { squares: products, squaredTrace: lengths };
  const fourths = 2 * fourth + ((n - 1) / n) * (2 * square + 4 * squaredFrobenius);
  const share = ((N - 2) * (N - 3)) / (N - 1);
  const p = share * products + fourths / 2; // (N − 1)·tr Σ² + (tr Σ)²
  const q = share * lengths + fourths / 2; // 2·tr Σ² + (N − 2)·(tr Σ)²
  return {
    squares: ((N - 2) * p - q) / (N * (N - 3)),
    squaredTrace: ((N - 1) * q - 2 * p) / (N * (N - 3)),
  };
}
