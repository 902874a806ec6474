import { hallInterval } from './hall-interval';
import type { Ends } from './hall-interval';

/** The largest eigenvalue of Σ without what noise in all other directions adds to it. */
export interface CorrectedEigenvalue {
  /** In units of the eigenvalues. */
  readonly value: number;
  /** d value/d λ₁ ≥ 1: near 1 where λ₁ stands apart, large where the next eigenvalues are close. */
  readonly slope: number;
}

/**
 * λ₁ corrected for the bulk: the harmonic mean of its gaps λ₁ − λⱼ to the n − 2 other eigenvalues of n rows, those that are 0
 * among them. It is λ₁(1 − mean λⱼ/(λ₁ − λⱼ) + …): what a sample adds to a direction comes from all the others.
 *
 * @param eigenvalues of the centered sample covariance, descending, any divisor; what rounding made negative counts as 0
 * @param n rows
 * @param trace sum of all eigenvalues, when only the leading ones are given; those not given are taken as equal
 * @returns undefined for fewer than 3 rows, or when nothing varies
 * @see Bai & Ding 2012, Estimation of spiked eigenvalues in spiked models
 * @example bulkCorrected([9, 4, 1, 0.5], 8)?.value.toFixed(10) // => '7.7321541377'
 */
export function bulkCorrected(
  eigenvalues: ArrayLike<number>,
  n: number,
  trace?: number,
): CorrectedEigenvalue | undefined {
  const largest = eigenvalues[0] ?? 0;
  if (n < 3 || !(largest > 0)) return undefined;
  const others = n - 2;
  const given = Math.min(others, eigenvalues.length - 1);
  let known = largest;
  let inverse = 0;
  let squared = 0;
  const add = (eigenvalue: number, times: number): void => {
    // in units of λ₁, so that squares stay within the range of doubles; equal eigenvalues leave a gap of rounding
    const gap = Math.max(1 - Math.max(0, eigenvalue) / largest, 1e-12);
    inverse += times / gap;
    squared += times / (gap * gap);
  };
  for (let j = 1; j <= given; j++) {
    const eigenvalue = eigenvalues[j] ?? 0;
    known += Math.max(0, eigenvalue);
    add(eigenvalue, 1);
  }
  const missing = others - given;
  if (missing > 0) {
    const least = Math.max(0, eigenvalues[given] ?? 0);
    const rest = trace === undefined ? 0 : Math.max(0, trace - known) / missing;
    add(Math.min(rest, least), missing);
  }
  const value = others / inverse;
  return { value: value * largest, slope: (value * value * squared) / others };
}

/**
 * 95 % interval of λ₁ about its corrected value: Hall’s, of the squares of the rows along the leading eigenvector, through the
 * slope of the correction. The slope widens it where λ₁ does not stand apart; its lower end is then 0.
 *
 * @param eigenvalue λ₁ of the sample, in the units that the interval is to have
 * @param corrected of the same units
 * @param scores [n] (u₁ᵀxᵢ)² in any unit, their mean being λ₁
 * @param factor √(1 − n/N) of single examples of N, 1 for means
 * @returns undefined when the scores are equal, and when every example was seen
 * @see Bai & Ding 2012; Hall 1992
 * @example spectralNormInterval(9, bulkCorrected([9, 4, 1, 0.5], 8), [1, 4, 9, 16, 25, 4, 9, 4])?.lower.toFixed(10) // => '2.2346134293'
 */
export function spectralNormInterval(
  eigenvalue: number,
  { value, slope }: CorrectedEigenvalue,
  scores: ArrayLike<number>,
  factor = 1,
): Ends | undefined {
  const n = scores.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (scores[i] ?? 0) / n;
  if (!(mean > 0)) return undefined;
  // relative to their mean, so that the unit of the scores does not matter
  const ends = hallInterval(
    1,
    Float64Array.from(scores, (score) => score / mean),
    factor,
  );
  return (
    ends && {
      lower: Math.max(0, value - slope * eigenvalue * (1 - ends.lower)),
      upper: value + slope * eigenvalue * (ends.upper - 1),
    }
  );
}
