import { binaryExponent, timesPowerOfTwo } from './power-of-two';

/** Moments of n values, all with divisor n. */
export interface SampleMoments {
  readonly mean: number;
  /** √(Σ(y − mean)²/n), in units of y. */
  readonly deviation: number;
  /** Σ(y − mean)³/n over deviation³; 0 when all values are equal. */
  readonly skewness: number;
  /** Σ(y − mean)⁴/n over deviation⁴: at least 1, 3 for a normal distribution; 0 when all values are equal. */
  readonly kurtosis: number;
}

/**
 * Mean, deviation, skewness and kurtosis, in two passes over the values and O(n).
 *
 * Powers are taken of values that were divided by a power of two, so that values times 2ᵉ have the mean and the deviation
 * times 2ᵉ and the same two ratios, to the last bit.
 *
 * @param values [n], finite
 * @throws RangeError without values
 * @see Cramér 1946, §15.8
 * @example sampleMoments([0, 0, 0, 4]) // => { mean: 1, deviation: Math.sqrt(3), skewness: 2 / Math.sqrt(3), kurtosis: 7 / 3 }
 */
export function sampleMoments(values: ArrayLike<number>): SampleMoments {
  const n = values.length;
  if (n === 0) throw new RangeError('no values have no moments');
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  if (largest === 0) return { mean: 0, deviation: 0, skewness: 0, kurtosis: 0 };
  const exponent = binaryExponent(largest);
  const centered = Float64Array.from(values, (value) => timesPowerOfTwo(value, -exponent));
  const guess = average(centered);
  for (let i = 0; i < n; i++) centered[i] = (centered[i] ?? 0) - guess;
  // what rounding left of the mean of many values
  const correction = average(centered);
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (const value of centered) {
    const difference = value - correction;
    const square = difference * difference;
    second += square;
    third += square * difference;
    fourth += square * square;
  }
  const mean = timesPowerOfTwo(guess + correction, exponent);
  if (second === 0) return { mean, deviation: 0, skewness: 0, kurtosis: 0 };
  const variance = second / n;
  return {
    mean,
    deviation: timesPowerOfTwo(Math.sqrt(variance), exponent),
    skewness: third / n / (variance * Math.sqrt(variance)),
    kurtosis: fourth / n / (variance * variance),
  };
}

const average = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
