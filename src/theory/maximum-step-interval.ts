import { UPPER_LEVEL, hallCorrection } from './hall-interval';
import { timesPowerOfTwo } from './power-of-two';
import { HARDLY_NOISY, LEAST_ROWS, normalizedRows, rowVariance, traceErrorFactor } from './row-statistics';
import type { RowStatistics } from './row-statistics';
import { satterthwaiteDegrees } from './satterthwaite';
import { squaresOf } from './score-interval';
import { exceedsStudentT } from './student-t';
import { acceptedRatios } from './test-inversion';
import type { OpenEnds } from './test-inversion';
import { unitOf } from './unit';
import { wilsonHilfertyScore } from './wilson-hilferty';

/** The numbers of the same rows with lengths measured by a symmetric matrix H, which need not be positive. */
export interface CurvedRows {
  /** [n] xᵢᵀHxᵢ */
  readonly centeredSquaredNorms: ArrayLike<number>;
  /** [n] ḡᵀHxᵢ */
  readonly meanProducts: ArrayLike<number>;
  /** ḡᵀHḡ */
  readonly meanSquaredNorm: number;
  /** λ_max and λ_min of H. */
  readonly eigenvalues: { readonly largest: number; readonly smallest: number };
}

/**
 * 95 % interval of ε = ‖G‖²/(GᵀHG + w·tr(HΣ)) ≥ 0, the best step of gradient descent (w = 0) or of SGD (w = 1/B): all steps that
 * the score test of Gᵀ(I − εH)G = εw·tr(HΣ) accepts, as in Fieller’s method.
 *
 * With A = I − εH the statistic is ḡᵀAḡ − φ·tr(AS)/n − εwκ·tr(HS). Its error has a part that is linear in the error of the mean,
 * 2ḡᵀAxᵢ less what xᵢ itself has put into ḡ, and in that of tr(HS); and a part that is quadratic in the error of the mean, with
 * the variance 2φ²·tr(AΣ)²/(n(n − 1)). Of that trace two upper bounds are known, n·Σ(ḡᵀAxᵢ)²/(n − 1) on average and
 * ‖A‖²·tr Σ², of which the smaller is taken. Where A is definite the hypothesis says how long G is: 0 without w, or with the
 * wrong sign of tr(HΣ), and steps outside 1/λ_max … 1/λ_min are then refused as soon as G is distinguished from 0. The skewness
 * of both parts is removed before Student’s t judges the whole.
 *
 * @param given rows of single examples or means, whose estimate of ‖G‖² is positive
 * @param curved the same rows; their estimate of GᵀHG + w·tr(HΣ) is positive
 * @param noiseWeight w ≥ 0, 1/examples
 * @returns ends in units of 1/H; no upper end when the curvature may be 0; undefined for fewer than 4 rows, rows that are all
 *   the same, and when nothing is uncertain
 * @see Fieller 1954; Rao 1948; Hall 1992; Satterthwaite 1946; Wilson & Hilferty 1931, combined
 * @example maximumStepInterval({ centeredSquaredNorms: [4, 1, 0, 1, 4], meanProducts: [-6, -3, 0, 3, 6], meanSquaredNorm: 9, parameters: 1, meanOf: 1, traceFactor: 1, meanFactor: 1 }, { centeredSquaredNorms: [8, 2, 0, 2, 8], meanProducts: [-12, -6, 0, 6, 12], meanSquaredNorm: 18, eigenvalues: { largest: 2, smallest: 2 } })?.lower.toFixed(8) // => '0.50000000'
 */
export function maximumStepInterval(given: RowStatistics, curved: CurvedRows, noiseWeight = 0): OpenEnds | undefined {
  const n = given.centeredSquaredNorms.length;
  const factor = given.meanFactor;
  const traceWeight = noiseWeight * given.traceFactor;
  const errorWeight = (traceErrorFactor(given) * traceWeight * n) / (n - 2);
  if ((factor === 0 && errorWeight === 0) || n < LEAST_ROWS) return undefined;
  const normalized = normalizedRows(given);
  if (normalized === undefined) return undefined;
  const { rows, exponent } = normalized;
  // each in a unit of its own: only the step, which is their ratio, has to be in both
  let mostCurved = 0;
  for (let i = 0; i < n; i++) mostCurved = Math.max(mostCurved, Math.abs(curved.centeredSquaredNorms[i] ?? 0));
  const unit = unitOf(Math.max(mostCurved, Math.abs(curved.meanSquaredNorm)));
  const bent = Float64Array.from(curved.centeredSquaredNorms, (value) => value / unit);
  const bentProducts = Float64Array.from(curved.meanProducts, (value) => value / unit);
  const length = (of: { readonly centeredSquaredNorms: ArrayLike<number>; readonly meanSquaredNorm: number }): number =>
    of.meanSquaredNorm - (factor * rowVariance(of.centeredSquaredNorms)) / n;
  const bentMean = curved.meanSquaredNorm / unit;
  const batchNoise = traceWeight * rowVariance(bent);
  const signal = length(rows);
  const along = length({ centeredSquaredNorms: bent, meanSquaredNorm: bentMean }) + batchNoise;
  if (!(signal > 0 && along > 0)) throw new RangeError('an interval of the step needs positive estimates');
  const best = signal / along;
  const back = (step: number): number => timesPowerOfTwo(step, exponent) / unit;
  if (rows.meanSquaredNorm > HARDLY_NOISY) {
    const hardly = traceWeight === 0 || curved.meanSquaredNorm / HARDLY_NOISY > mostCurved;
    return hardly ? { lower: back(best), upper: back(best) } : undefined;
  }

  const variance = rowVariance(rows.centeredSquaredNorms);
  const ownShare = Math.min(1, (n * rows.meanSquaredNorm) / variance) / n;
  const squares = variance * variance * squaresOf(rows);
  // in the units of the rows and of their curvature
  const inUnits = (eigenvalue: number): number => timesPowerOfTwo(eigenvalue / unit, exponent);
  const most = inUnits(curved.eigenvalues.largest);
  const least = inUnits(curved.eigenvalues.smallest);
  const bentCentre = (rowVariance(bent) * (n - 1)) / n;
  const verdict = (step: number): -1 | 0 | 1 => {
    const mixed = Float64Array.from(bent, (value, i) => (rows.centeredSquaredNorms[i] ?? 0) - step * value);
    const mean = mixed.reduce((sum, value) => sum + value, 0) / n;
    const ends = [1 - step * most, 1 - step * least] as const;
    const definite = ends[0] * ends[1] > 0;
    // then the hypothesis is a length of G, as measured by A, and the mean counts as if it had that length
    const ofMeanLength = rows.meanSquaredNorm - step * bentMean;
    const supposed = definite ? Math.sqrt(Math.max(0, ofMeanLength === 0 ? 0 : (step * batchNoise) / ofMeanLength)) : 1;
    const stretch = Math.max(Math.abs(ends[0]), Math.abs(ends[1]));
    let [products, second, third, fourth] = [0, 0, 0, 0];
    mixed.forEach((own, i) => {
      const product = (rows.meanProducts[i] ?? 0) - step * (bentProducts[i] ?? 0);
      // what a row has put into the mean itself is not signal
      const ofMean = supposed * 2 * Math.sqrt(factor) * (product - ownShare * (own - mean));
      const value = ofMean - step * errorWeight * ((bent[i] ?? 0) - bentCentre);
      const square = value * value;
      products += product * product;
      second += square;
      third += square * value;
      fourth += square * square;
    });
    const linear = second / (n * (n - 1));
    const bounded = stretch * stretch * squares;
    const ofSquares = definite ? bounded : Math.min((n * products) / (n - 1), bounded);
    const quadratic = (2 * factor * factor * ofSquares) / (n * (n - 1));
    const whole = linear + quadratic;
    const difference = signal - step * along;
    if (whole === 0) return difference > 0 ? 1 : difference < 0 ? -1 : 0;
    const share = linear / whole;
    const statistic = difference / Math.sqrt(whole);
    let score = statistic;
    // the part that is quadratic in the error of the mean is skewed like a χ², to the side on which A is larger
    const rest = quadratic / whole;
    const skewness = Math.sqrt(8) * rest * Math.sqrt(rest);
    if (skewness > 1e-3) {
      const deviation = Math.abs(statistic);
      score = Math.sign(statistic) * Math.min(deviation, wilsonHilfertyScore(deviation, 8 / (skewness * skewness)));
    }
    let degrees = n - 1;
    if (share > 0) {
      const moment = second / n;
      const ofRows = (share * Math.sqrt(share) * (third / n)) / (moment * Math.sqrt(moment));
      score += hallCorrection(statistic, ofRows, n);
      degrees = satterthwaiteDegrees(n, fourth / n / (moment * moment), share);
    }
    if (!exceedsStudentT(Math.abs(score), UPPER_LEVEL, degrees)) return 0;
    return score > 0 ? 1 : -1;
  };
  const { lower, upper } = acceptedRatios({ best, step: best, verdict });
  return { lower: back(lower), ...(upper !== undefined && { upper: back(upper) }) };
}
