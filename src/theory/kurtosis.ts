/**
 * Excess kurtosis of n values with divisor 1/n, m₄/m₂² − 3, in O(n): 0 for a normal distribution, never below −2, never above n.
 *
 * The mean of B independent values has 1/B of it.
 *
 * @returns undefined when all values are equal
 * @throws RangeError if n < 3
 * @see DeCarlo 1997
 * @example excessKurtosis([-1, -1, 1, 1]) // => -2
 */
export function excessKurtosis(values: ArrayLike<number>): number | undefined {
  const n = values.length;
  if (n < 3) throw new RangeError('a kurtosis needs at least 3 values');
  const centered = standardized(values);
  if (centered === undefined) return undefined;
  let second = 0;
  let fourth = 0;
  for (const value of centered) {
    const square = value * value;
    second += square;
    fourth += square * square;
  }
  return (n * fourth) / second ** 2 - 3;
}

/**
 * (x − mean)/deviation with divisor 1/N.
 *
 * @returns undefined when all values are equal
 * @example [...(standardized([1, 3]) ?? [])] // => [-1, 1]
 */
export function standardized(values: ArrayLike<number>): Float64Array | undefined {
  const list = Float64Array.from(values);
  // a first guess of the mean is taken away before squaring, whatever the offset of the values
  const mean = list.reduce((sum, value) => sum + value / list.length, 0);
  const rest = list.map((value) => value - mean);
  const correction = rest.reduce((sum, value) => sum + value, 0) / list.length;
  const largest = rest.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 8 * Number.EPSILON * Math.abs(mean))) return undefined;
  const scaled = rest.map((value) => (value - correction) / largest);
  const deviation = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0) / list.length);
  return scaled.map((value) => value / deviation);
}
