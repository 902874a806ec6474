import { covarianceTraceInterval } from './covariance-trace-interval';
import { UPPER_LEVEL, hallCorrection } from './hall-interval';
import { timesPowerOfTwo } from './power-of-two';
import { shareOfSquares } from './resolution';
import { HARDLY_NOISY, LEAST_ROWS, normalizedRows, rowVariance, traceErrorFactor } from './row-statistics';
import type { RowStatistics } from './row-statistics';
import { satterthwaiteDegrees } from './satterthwaite';
import { exceedsStudentT, studentTQuantile } from './student-t';
import { acceptedRatios, reciprocal } from './test-inversion';
import type { OpenEnds, RatioTest } from './test-inversion';
import { wilsonHilfertyScore } from './wilson-hilferty';

/**
 * 95 % interval of ‖G‖² ≥ 0: all values whose score test accepts them, tr Σ taken as it was estimated. It begins at 0 when the
 * mean gradient is not resolved.
 *
 * @returns undefined for fewer than 4 rows, rows that are all the same, and when ‖G‖² is exact (φ = 0)
 * @see Rao 1948 (the variance under the hypothesis); Hall 1992; Satterthwaite 1946; Wilson & Hilferty 1931, combined
 * @example signalInterval({ centeredSquaredNorms: [4, 1, 0, 1, 4], meanProducts: [-6, -3, 0, 3, 6], meanSquaredNorm: 9, parameters: 1, meanOf: 1, traceFactor: 1, meanFactor: 1 })?.upper?.toFixed(8) // => '27.81878861'
 */
export function signalInterval(given: RowStatistics): OpenEnds | undefined {
  if (given.meanFactor === 0 || given.centeredSquaredNorms.length < LEAST_ROWS) return undefined;
  const normalized = normalizedRows(given);
  if (normalized === undefined) return undefined;
  const { rows, exponent } = normalized;
  if (rows.meanSquaredNorm > HARDLY_NOISY) return { lower: given.meanSquaredNorm, upper: given.meanSquaredNorm };
  const test = scoreTest(rows, 'fixed');
  if (test === undefined) return undefined;
  const { lower, upper } = acceptedRatios(test);
  const squared = (ratio: number): number => timesPowerOfTwo(ratio * test.trace, exponent);
  return { lower: squared(lower), ...(upper !== undefined && { upper: squared(upper) }) };
}

/**
 * 95 % interval of B_simple = tr Σ/‖G‖²: all ratios that the score test of ‖G‖² − tr Σ/B = 0 accepts, as in Fieller’s
 * method, but with the variance that the hypothesis has.
 *
 * @returns ends in examples; no upper end when the mean gradient is not resolved; undefined for fewer than 4 rows, rows that
 *   are all the same, and when nothing is uncertain
 * @see Fieller 1954; Rao 1948; Hall 1992; Satterthwaite 1946; Wilson & Hilferty 1931, combined
 * @example noiseScaleInterval({ centeredSquaredNorms: [4, 1, 0, 1, 4], meanProducts: [-6, -3, 0, 3, 6], meanSquaredNorm: 9, parameters: 1, meanOf: 1, traceFactor: 1, meanFactor: 1 })?.upper?.toFixed(8) // => '13.70047133'
 */
export function noiseScaleInterval(given: RowStatistics): OpenEnds | undefined {
  if (given.centeredSquaredNorms.length < LEAST_ROWS) return undefined;
  const rows = normalizedRows(given)?.rows;
  if (rows === undefined) return undefined;
  if (rows.meanFactor === 0 || rows.meanSquaredNorm > HARDLY_NOISY) {
    // the signal is exact, to the last digit, and only the trace is not
    const ends = covarianceTraceInterval(given);
    if (ends === undefined || given.meanSquaredNorm === 0) return undefined;
    return { lower: ends.lower / given.meanSquaredNorm, upper: ends.upper / given.meanSquaredNorm };
  }
  const test = scoreTest(rows, 'uncertain');
  if (test === undefined) return undefined;
  return reciprocal(acceptedRatios(test));
}

/** The test of ‖G‖² = γ·tr Σ. */
interface ScoreTest extends RatioTest {
  /** tr Σ */
  readonly trace: number;
}

/**
 * The statistic is (‖G‖² − γ·tr Σ) over its error under the hypothesis, from a part that is linear in the error of the mean
 * and a part that is quadratic in it (2 tr Σ²/n²); the skewness of both is removed before Student’s t judges it.
 *
 * @param rows normalized
 * @param trace `fixed`: tr Σ is what was estimated, and γ·tr Σ a hypothesis about ‖G‖²; `uncertain`: it has its own error
 * @returns undefined when tr Σ is 0, or not positive
 */
function scoreTest(rows: RowStatistics, trace: 'fixed' | 'uncertain'): ScoreTest | undefined {
  const { centeredSquaredNorms, meanProducts, meanSquaredNorm, traceFactor, meanFactor } = rows;
  const { traceNorms = centeredSquaredNorms } = rows;
  const n = centeredSquaredNorms.length;
  const variance = rowVariance(centeredSquaredNorms);
  const total = traceFactor * rowVariance(traceNorms);
  if (!(total > 0)) return undefined;
  const mean = (variance * (n - 1)) / n;
  const meanTrace = (rowVariance(traceNorms) * (n - 1)) / n;
  const length = Math.sqrt(Math.max(0, meanSquaredNorm));
  // of what xᵢ has in common with the mean, its own part in that mean is not signal
  const ownShare = Math.min(1, (n * meanSquaredNorm) / variance) / n;
  const along = new Float64Array(n);
  const spread = new Float64Array(n);
  const spreadFactor = trace === 'fixed' ? 0 : (traceErrorFactor(rows) * traceFactor * n) / (n - 2);
  for (let i = 0; i < n; i++) {
    const deviation = (centeredSquaredNorms[i] ?? 0) - mean;
    if (length > 0) along[i] = (Math.sqrt(meanFactor) * ((meanProducts[i] ?? 0) - ownShare * deviation)) / length;
    spread[i] = spreadFactor * ((traceNorms[i] ?? 0) - meanTrace);
  }
  const quadratic = (2 * variance * variance * squaresOf(rows) * meanFactor * meanFactor) / (n * (n - 1));
  const unbiased = meanSquaredNorm - (meanFactor * variance) / n;
  // so far below 0 that even ‖G‖² = 0 would be too large; the smallest set of values is then 0 alone
  const signal =
    unbiased < 0 ? Math.max(unbiased, -0.999 * studentTQuantile(UPPER_LEVEL, n - 1) * Math.sqrt(quadratic)) : unbiased;

  const verdict = (gamma: number): -1 | 0 | 1 => {
    const slope = 2 * Math.sqrt(gamma * total);
    let second = 0;
    let third = 0;
    let fourth = 0;
    for (let i = 0; i < n; i++) {
      const value = slope * (along[i] ?? 0) - gamma * (spread[i] ?? 0);
      const square = value * value;
      second += square;
      third += square * value;
      fourth += square * square;
    }
    const linear = second / (n * (n - 1));
    const whole = linear + quadratic;
    const share = linear / whole;
    const statistic = (signal - gamma * total) / Math.sqrt(whole);
    let score = statistic;
    if (statistic > 0) {
      // the part that is quadratic in the error of the mean is skewed like a χ²
      const rest = quadratic / whole;
      const skewness = Math.sqrt(8) * rest * Math.sqrt(rest);
      if (skewness > 1e-3) score = Math.min(statistic, wilsonHilfertyScore(statistic, 8 / (skewness * skewness)));
    }
    let degrees = n - 1;
    if (share > 0) {
      const moment = second / n;
      const skewness = (share * Math.sqrt(share) * (third / n)) / (moment * Math.sqrt(moment));
      score += hallCorrection(statistic, skewness, n);
      degrees = satterthwaiteDegrees(n, fourth / n / (moment * moment), share);
    }
    if (!exceedsStudentT(Math.abs(score), UPPER_LEVEL, degrees)) return 0;
    return score > 0 ? 1 : -1;
  };
  const best = Math.max(0, signal) / total;
  return { best, step: Math.max(best, Math.sqrt(quadratic) / total), trace: total, verdict };
}

/**
 * tr Σ² over (tr Σ)²; where the products of rows are not known, an upper bound from the rows’ own numbers.
 *
 * @param rows of which not all are the same
 */
export function squaresOf(rows: RowStatistics): number {
  const { centeredSquaredNorms, meanProducts, parameters, participationRatio } = rows;
  const n = centeredSquaredNorms.length;
  if (participationRatio !== undefined) return shareOfSquares(n, parameters, participationRatio);
  const variance = rowVariance(centeredSquaredNorms);
  let products = 0;
  let most = 1;
  for (let i = 0; i < n; i++) {
    products += ((meanProducts[i] ?? 0) / variance) ** 2;
    // lengths measured by a matrix that is not definite: their sum bounds nothing
    if ((centeredSquaredNorms[i] ?? 0) < 0) most = Infinity;
  }
  return Math.min(most, Math.max(1 / parameters, (n * products) / (n - 1)));
}
