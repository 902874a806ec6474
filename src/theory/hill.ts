import { chiSquareQuantile } from './chi-square';
import { UPPER_LEVEL } from './hall-interval';
import type { Ends } from './hall-interval';

/** Tail index α of P(X > x) ~ x^−α. */
export interface TailIndex {
  readonly index: number;
  /** k, the largest values used. */
  readonly used: number;
}

/**
 * Hill's estimator from the k largest values: k/Σᵢ ln(x₍ᵢ₎/x₍k+1₎), the maximum-likelihood index of a Pareto tail.
 *
 * @param values positive where they matter; a copy is sorted
 * @param used k, 2 ≤ k < length
 * @returns undefined when the k + 1 largest values are equal (no tail at all) or not positive
 * @throws RangeError if k is out of its range
 * @see Hill 1975
 * @example hillTailIndex([8, 4, 2, 1], 3)?.index.toFixed(6) // => '0.721348'
 */
export function hillTailIndex(values: ArrayLike<number>, used: number): TailIndex | undefined {
  if (!(used >= 2 && used < values.length))
    throw new RangeError(`the tail index of ${values.length} values from ${used}`);
  const sorted = Float64Array.from(values).sort().reverse();
  const threshold = sorted[used] ?? 0;
  if (!(threshold > 0)) return undefined;
  let sum = 0;
  for (const value of sorted.subarray(0, used)) sum += Math.log(value / threshold);
  if (sum === 0) return undefined;
  const index = used / sum;
  return { index, used };
}

/**
 * 95 % interval of the tail index: 2kα/α̂ is a χ² variable with 2k degrees of freedom when the tail is Pareto's.
 *
 * @see Hill 1975, §2: the logarithms of ratios are exponential
 * @example hillInterval({ index: 2, used: 10 }).lower.toFixed(10) // => '0.9590777392'
 */
export const hillInterval = ({ index, used }: TailIndex): Ends => ({
  lower: (index * chiSquareQuantile(1 - UPPER_LEVEL, 2 * used)) / (2 * used),
  upper: (index * chiSquareQuantile(UPPER_LEVEL, 2 * used)) / (2 * used),
});

/**
 * How many of the largest values the index is taken from: a tenth, at least 10.
 *
 * @returns undefined below 40 values, where a tenth is too few for a tail
 * @example tailSize(256) // => 25
 */
export const tailSize = (length: number): number | undefined =>
  length < 40 ? undefined : Math.max(10, Math.floor(length / 10));
