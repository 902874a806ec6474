/** A statistic and its standard error by the jackknife. */
export interface Kurtosis {
  /** m₄/m₂² − 3: 0 for a normal distribution, never below −2, never above N. */
  readonly excess: number;
  readonly standardError: number;
}

/**
 * Excess kurtosis of N values with divisor 1/N, and its jackknife standard error, in O(N).
 *
 * The mean of B independent values has 1/B of it.
 *
 * @returns undefined when all values are equal
 * @throws RangeError if N < 3
 * @see DeCarlo 1997; the jackknife: Efron & Stein 1981
 * @example excessKurtosis([-1, -1, 1, 1])?.excess // => -2
 */
export function excessKurtosis(values: ArrayLike<number>): Kurtosis | undefined {
  const n = values.length;
  if (n < 3) throw new RangeError('a kurtosis needs at least 3 values');
  const centered = standardized(values);
  if (centered === undefined) return undefined;
  const [second, third, fourth] = powerSums(centered);
  // leaving one value z out of centered values: their mean becomes m = −z/(N − 1)
  const left = centered.map((z) => {
    const m = -z / (n - 1);
    const s2 = second - z ** 2;
    const s3 = third - z ** 3;
    const s4 = fourth - z ** 4;
    const about2 = s2 - (n - 1) * m * m;
    const about4 = s4 - 4 * m * s3 + 6 * m * m * s2 - 3 * (n - 1) * m ** 4;
    // without its only different value nothing varies any more; the ratio is then as for a constant
    return about2 > 1e-12 * second ? ((n - 1) * about4) / about2 ** 2 - 3 : -3;
  });
  const mean = left.reduce((sum, value) => sum + value, 0) / n;
  const spread = left.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { excess: (n * fourth) / second ** 2 - 3, standardError: Math.sqrt(((n - 1) / n) * spread) };
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

function powerSums(values: Float64Array): readonly [second: number, third: number, fourth: number] {
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (const value of values) {
    const square = value * value;
    second += square;
    third += square * value;
    fourth += square * square;
  }
  return [second, third, fourth];
}
