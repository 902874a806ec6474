/**
 * Estimators of the true gradient's squared norm ‖G‖² and of tr Σ from n rows.
 *
 * One formula serves every way of drawing rows from a data set of N examples. With V = Σ‖xᵢ‖²/(n − 1), b examples a row, and p
 * the share of pairs of rows that lie within one pass over the data:
 *
 *   tr Σ = b·V·(N − 1)/(N − b + p·b),   ‖G‖² = ‖ḡ‖² − (V/n)·(N − b − (n − 1)·p·b)/(N − b + p·b).
 *
 * Two rows of one pass share no example, so their covariance is −(b/(N − b)) times the variance of one of them; independent rows
 * have none. N = n with b = 1 is the population convention, where nothing is subtracted and nothing is uncertain; N = Infinity
 * are i.i.d. rows.
 */
export interface DrawnRows {
  /** ‖ḡ‖² */
  readonly meanSquaredNorm: number;
  /** Σᵢ‖xᵢ‖² */
  readonly scatter: number;
  /** n, rows of the dump. */
  readonly rows: number;
  /** b: a row is the mean over b examples, 1 for one example per row. */
  readonly meanOf: number;
  /** N, examples in the data set; Infinity when unknown. */
  readonly population: number;
  /** Rows were drawn independently of one another, not in passes over the data. */
  readonly independent?: boolean;
}

type Drawing = Omit<DrawnRows, 'meanSquaredNorm' | 'scatter'>;

/**
 * (n − 1)·p: how many of the other rows lie in the same pass over the data as one row, on average. A pass has m = ⌊N/b⌋ rows;
 * E whole passes and r more rows give (E·m(m − 1) + r(r − 1))/n. More single rows than examples are drawn with replacement.
 *
 * @example othersInPass({ rows: 5, meanOf: 4, population: 8 }) // => 0.8
 */
export function othersInPass({ rows, meanOf, population, independent = false }: Drawing): number {
  if (independent) return 0;
  const length = Math.floor(population / meanOf);
  if (rows <= length) return rows - 1;
  if (meanOf === 1) return 0;
  const passes = Math.floor(rows / length);
  const rest = rows - passes * length;
  return (passes * length * (length - 1) + rest * (rest - 1)) / rows;
}

/**
 * Variance of the mean of all rows over V/n, in which V is the sample variance of the rows:
 * (N − b − (n − 1)·p·b)/(N − b + p·b). It is 1 − n/N for single rows and exactly 0 after whole passes over N = m·b examples.
 *
 * @see Cochran 1977, §2.6, for single rows
 * @example meanCorrection({ rows: 4, meanOf: 1, population: 8 }) // => 0.5
 * @example meanCorrection({ rows: 6, meanOf: 4, population: 8 }) // => 0
 */
export function meanCorrection(given: Drawing): number {
  const { rows, meanOf, population } = given;
  if (population === Infinity) return 1;
  if (meanOf === population) return 0;
  const others = othersInPass(given);
  return (population - meanOf - others * meanOf) / denominator(given, others, rows);
}

/** N − b + p·b */
const denominator = ({ meanOf, population }: Drawing, others: number, rows: number): number =>
  population - meanOf + (rows > 1 ? (others / (rows - 1)) * meanOf : 0);

/**
 * What a statistic of the rows with divisor 1/n is multiplied with to estimate the same statistic of Σ, which has the 1/N
 * convention of a data set of N examples: b·n/(n − 1)·(N − 1)/(N − b + p·b). It is 1 when the rows are the whole data set.
 *
 * @throws RangeError if n < 2, or b = N: rows that are all the full gradient say nothing about Σ
 * @see Cochran 1977, Sampling Techniques, thm. 2.4: V is unbiased for the 1/(N − 1) trace under sampling without replacement
 * @example covarianceScale({ rows: 4, meanOf: 1, population: 4 }) // => 1
 * @example covarianceScale({ rows: 5, meanOf: 1, population: 4 }) // => 1.25
 */
export function covarianceScale(given: Drawing): number {
  const { rows, meanOf, population } = given;
  if (rows < 2) throw new RangeError('Σ needs at least 2 rows');
  // one example a row and the rows are everything: exactly 1, without the detour over 1/(n − 1)
  if (meanOf === 1 && population === rows && given.independent !== true) return 1;
  const unbiased = (meanOf * rows) / (rows - 1);
  if (population === Infinity) return unbiased;
  if (meanOf >= population) throw new RangeError('rows that average the whole data set say nothing about Σ');
  return (unbiased * (population - 1)) / denominator(given, othersInPass(given), rows);
}

/**
 * tr Σ with the 1/N convention of a data set of N examples.
 *
 * @throws RangeError if n < 2, or b = N
 * @example covarianceTrace({ meanSquaredNorm: 18, scatter: 8, rows: 4, meanOf: 1, population: 4 }) // => 2
 */
export const covarianceTrace = (given: DrawnRows): number => (covarianceScale(given) * given.scatter) / given.rows;

/**
 * Unbiased ‖G‖². May be negative when noise dominates.
 *
 * @see McCandlish et al. 2018, App. A.1, for N = ∞
 * @example trueGradientSquaredNorm({ meanSquaredNorm: 18, scatter: 8, rows: 4, meanOf: 1, population: Infinity }).toFixed(4) // => '17.3333'
 */
export function trueGradientSquaredNorm(given: DrawnRows): number {
  const { meanSquaredNorm, scatter, rows } = given;
  const factor = meanCorrection(given);
  if (factor === 0) return meanSquaredNorm;
  if (rows < 2) throw new RangeError('an unbiased ‖G‖² needs at least 2 rows');
  return meanSquaredNorm - (factor * scatter) / (rows - 1) / rows;
}
