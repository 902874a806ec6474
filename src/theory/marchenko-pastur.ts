/**
 * Where the eigenvalues of a sample covariance lie when the truth is s²I: white noise, no direction better than another.
 * For N rows, centered, divisor 1/N, d parameters: n = N − 1 and γ = d/n.
 */
export interface Edges {
  /** Of the non-zero eigenvalues. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * s²(1 ± √γ)²·n/N
 *
 * @param variance s², the variance of one parameter's gradient
 * @throws RangeError if N < 2
 * @see Marchenko & Pastur 1967
 * @example marchenkoPasturEdges(1, 200, 50).upper.toFixed(6) // => '2.242497'
 */
export function marchenkoPasturEdges(variance: number, n: number, parameters: number): Edges {
  if (n < 2) throw new RangeError('a spectrum needs at least 2 rows');
  const degrees = n - 1;
  const root = Math.sqrt(parameters / degrees);
  const scale = (variance * degrees) / n;
  return { lower: scale * (1 - root) ** 2, upper: scale * (1 + root) ** 2 };
}

/**
 * The participation ratio of white noise: nd/(n + d), never more than the rows allow.
 *
 * @example whiteParticipationRatio(200, 50).toFixed(3) // => '39.960'
 */
export const whiteParticipationRatio = (n: number, parameters: number): number =>
  ((n - 1) * parameters) / (n - 1 + parameters);

/** What becomes of one population eigenvalue ℓs² above white noise s², seen in a sample. */
export interface Spike {
  /** The sample eigenvalue in units of s². */
  readonly eigenvalue: number;
  /** Squared cosine between the sample eigenvector and the true direction. */
  readonly overlap: number;
}

/**
 * A spike ℓ is seen at ℓ + γℓ/(ℓ − 1); below 1 + √γ it drowns in the bulk.
 *
 * @param ratio γ = d/n
 * @returns undefined when the spike cannot be seen
 * @see Baik & Silverstein 2006; the overlap: Paul 2007
 * @example seenSpike(6, 0.5)?.eigenvalue.toFixed(2) // => '6.60'
 */
export function seenSpike(spike: number, ratio: number): Spike | undefined {
  if (spike <= 1 + Math.sqrt(ratio)) return undefined;
  const excess = spike - 1;
  return {
    eigenvalue: spike + (ratio * spike) / excess,
    overlap: (1 - ratio / excess ** 2) / (1 + ratio / excess),
  };
}

/**
 * The population spike behind a sample eigenvalue (both in units of s²): the inverse of `seenSpike`.
 *
 * @returns undefined when the eigenvalue lies within the bulk of white noise
 * @example trueSpike(6.6, 0.5)?.toFixed(9) // => '6.000000000'
 */
export function trueSpike(eigenvalue: number, ratio: number): number | undefined {
  if (eigenvalue <= (1 + Math.sqrt(ratio)) ** 2) return undefined;
  const sum = eigenvalue + 1 - ratio;
  return (sum + Math.sqrt(sum * sum - 4 * eigenvalue)) / 2;
}

/**
 * What the largest eigenvalue (divisor 1/N) of white noise stays below in 95 of 100 samples: s²(μ + 0.9793σ)/N with
 * μ = (√(n − 1) + √d)² and σ = (√(n − 1) + √d)(1/√(n − 1) + 1/√d)^⅓, 0.9793 the quantile of Tracy and Widom's law.
 *
 * @throws RangeError if N < 3
 * @see Johnstone 2001, thm. 1.1
 * @example whiteCeiling(1, 200, 50).toFixed(2) // => '2.30'
 */
export function whiteCeiling(variance: number, n: number, parameters: number): number {
  if (n < 3) throw new RangeError('the largest eigenvalue of noise needs at least 3 rows');
  const [rows, columns] = [Math.sqrt(n - 2), Math.sqrt(parameters)];
  const center = (rows + columns) ** 2;
  const spread = (rows + columns) * Math.cbrt(1 / rows + 1 / columns);
  return (variance * (center + 0.9793 * spread)) / n;
}
