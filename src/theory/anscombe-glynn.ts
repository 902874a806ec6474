import { normalQuantile } from './normal-quantile';
import type { Ends } from './hall-interval';
import { UPPER_LEVEL } from './hall-interval';

/**
 * Between which excess kurtoses (divisor n) 95 of 100 samples of n normal values lie. A kurtosis has no interval of its own:
 * n values never show what lies in tails that they did not reach.
 *
 * @param n at least 8, where the approximation begins to hold
 * @returns undefined below
 * @see Anscombe & Glynn 1983, Distribution of the kurtosis statistic b₂ for normal samples
 * @example Object.values(normalKurtosisBand(64) ?? {}).map((end) => end.toFixed(10)) // => ['-0.8416758514', '1.2533554985']
 */
export function normalKurtosisBand(n: number): Ends | undefined {
  if (n < 8) return undefined;
  const expected = (3 * (n - 1)) / (n + 1);
  const variance = (24 * n * (n - 2) * (n - 3)) / ((n + 1) ** 2 * (n + 3) * (n + 5));
  const skewness =
    ((6 * (n * n - 5 * n + 2)) / ((n + 7) * (n + 9))) * Math.sqrt((6 * (n + 3) * (n + 5)) / (n * (n - 2) * (n - 3)));
  // of a χ² variable with the same skewness: the degrees of freedom of its reciprocal
  const degrees = 6 + (8 / skewness) * (2 / skewness + Math.sqrt(1 + 4 / skewness ** 2));
  const end = (z: number): number => {
    const root = 1 - 2 / (9 * degrees) - z * Math.sqrt(2 / (9 * degrees));
    return expected + Math.sqrt(variance) * (((1 - 2 / degrees) / root ** 3 - 1) / Math.sqrt(2 / (degrees - 4))) - 3;
  };
  const z = normalQuantile(UPPER_LEVEL);
  return { lower: end(-z), upper: end(z) };
}
