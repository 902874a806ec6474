/**
 * Degrees of freedom of the variance of a mean that was estimated from n values: 2n/(w²(k − 1 + 2/n)), between 2 and n − 1.
 *
 * They are what makes the relative variance of the estimated variance, (k − 1)/n for values of kurtosis k, equal to that of a
 * χ² variable over its degrees. For normal values (k = 3) they are n − 1; values with heavy tails have fewer.
 *
 * @param n at least 3
 * @param kurtosis k, with divisor n, 3 for a normal distribution
 * @param share w in [0, 1], the part of the whole variance that is estimated so; the rest is taken as known
 * @see Satterthwaite 1946
 * @example satterthwaiteDegrees(16, 3) // => 15
 * @example satterthwaiteDegrees(64, 40, 0.5).toFixed(10) // => '13.1176941553'
 */
export const satterthwaiteDegrees = (n: number, kurtosis: number, share = 1): number =>
  Math.min(n - 1, Math.max(2, (2 * n) / (share * share * (kurtosis - 1 + 2 / n))));
