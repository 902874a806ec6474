import { sampleMoments } from './sample-moments';
import { satterthwaiteDegrees } from './satterthwaite';
import { studentTQuantile } from './student-t';

/** Both ends of a 95 % interval. */
export interface Ends {
  readonly lower: number;
  readonly upper: number;
}

/** The probability below the upper end of a two-sided 95 % interval. */
export const UPPER_LEVEL = 0.975;

/**
 * Hall’s monotone transformation that removes the skewness of Student’s statistic: T + gT²/(3√n) + g²T³/(27n) + g/(6√n).
 *
 * Without its cubic term (Johnson 1978) it would turn around, and large deviations would count as small ones.
 *
 * @param t (estimate − truth)/standard error
 * @param skewness g of the n values, with divisor n
 * @see Hall 1992, On the removal of skewness by transformation, JRSS B 54
 * @example hallTransformed(3, 0, 16) // => 3
 * @example hallTransformed(3, 2, 16) // => 3 + 1.5 + 0.25 + 2 / 24
 */
export const hallTransformed = (t: number, skewness: number, n: number): number => t + hallCorrection(t, skewness, n);

/**
 * What `hallTransformed` adds to t.
 *
 * @see Hall 1992
 * @example hallCorrection(1e20, 0, 16) // => 0
 */
export function hallCorrection(t: number, skewness: number, n: number): number {
  const ratio = skewness / Math.sqrt(n);
  return (ratio * t * t) / 3 + (ratio * ratio * t ** 3) / 27 + ratio / 6;
}

/**
 * The inverse of `hallTransformed`: (3√n/g)(∛(1 + (g/√n)(x − g/(6√n))) − 1).
 *
 * Written as 3(x − g/(6√n))/(c² + c + 1), c the cube root, it subtracts nothing and holds for g = 0 too.
 *
 * @see Hall 1992
 * @example hallInverse(2, 1, 16).toFixed(10) // => '1.7046994019'
 * @example hallInverse(-2, 3.5, 16).toFixed(10) // => '-6.7111320898'
 */
export function hallInverse(x: number, skewness: number, n: number): number {
  const ratio = skewness / Math.sqrt(n);
  const shifted = x - ratio / 6;
  const root = Math.cbrt(1 + ratio * shifted);
  return (3 * shifted) / (root * root + root + 1);
}

/**
 * 95 % interval of an estimate whose error is the mean error of n values: Student’s t with Satterthwaite’s degrees of freedom,
 * its skewness removed by Hall’s transformation. Draws nothing at random; O(n); values and estimate times 2ᵉ have both ends
 * times 2ᵉ, to the last bit.
 *
 * @param estimate in units of the values
 * @param values [n], such as the jackknife’s pseudo-values; only their differences matter
 * @param factor √(1 − n/N) of rows drawn without replacement, 1 otherwise
 * @returns undefined when the values are equal up to rounding, and when nothing is uncertain (factor 0)
 * @throws RangeError for fewer than 3 values
 * @see Hall 1992 and Satterthwaite 1946, combined
 * @example hallInterval(2, [1, 2, 3])?.upper.toFixed(10) // => '4.4841377118'
 */
export function hallInterval(estimate: number, values: ArrayLike<number>, factor = 1): Ends | undefined {
  const n = values.length;
  if (n < 3) throw new RangeError(`an interval from ${n} values; it needs at least 3`);
  if (factor === 0) return undefined;
  const { mean, deviation, skewness, kurtosis } = sampleMoments(values);
  if (!(deviation > 16 * Number.EPSILON * Math.abs(mean))) return undefined;
  const standardError = (factor * deviation) / Math.sqrt(n - 1);
  const t = studentTQuantile(UPPER_LEVEL, satterthwaiteDegrees(n, kurtosis));
  return {
    lower: estimate - standardError * hallInverse(t, skewness, n),
    upper: estimate - standardError * hallInverse(-t, skewness, n),
  };
}
