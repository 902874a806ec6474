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

/**
 * Estimate of tr Σ² from N rows that is free of bias whatever the distribution, whereas tr S² is too large by about
 * (tr Σ)²/N. It can come out negative.
 *
 * @param squaredFrobenius ‖S‖_F² of the covariance S with divisor 1/(N − 1)
 * @param trace tr S
 * @param fourth Σᵢ‖xᵢ‖⁴/(N − 1)
 * @throws RangeError if N < 4
 * @see Himeno & Yamada 2014, the estimator of tr Σ²
 * @example debiasedSquaredTrace(4, 32 / 9, 8 / 3, 16 / 3).toFixed(6) // => '2.666667'
 */
export function debiasedSquaredTrace(rows: number, squaredFrobenius: number, trace: number, fourth: number): number {
  if (rows < 4) throw new RangeError('tr Σ² needs at least 4 rows');
  const n = rows;
  const bracket = (n - 1) * (n - 2) * squaredFrobenius + trace * trace - n * fourth;
  return ((n - 1) / (n * (n - 2) * (n - 3))) * bracket;
}
