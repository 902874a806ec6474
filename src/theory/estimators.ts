import { unitOf } from './unit';

/**
 * Estimators of the true gradient's squared norm ‖G‖² and of tr Σ from N rows, and their sampling covariance.
 *
 * One formula serves both conventions: the rows are drawn without replacement from a data set of M examples. M = N·b is the
 * population convention, where nothing is subtracted and nothing is uncertain; M = Infinity are i.i.d. rows.
 */
export interface Rows {
  /** ‖ḡ‖² */
  readonly meanSquaredNorm: number;
  /** Σᵢ‖xᵢ‖² */
  readonly scatter: number;
  /** N, rows of the dump. */
  readonly rows: number;
  /** b: a row is the mean over b examples, 1 for one example a row. */
  readonly meanOf: number;
  /** M, examples in the data set; Infinity when unknown. */
  readonly population: number;
}

/**
 * What a statistic of the rows with divisor 1/N is multiplied with to estimate the same statistic of Σ, which has the 1/M
 * convention of a data set of M examples: b·N/(N − 1)·(M − 1)/M. It is 1 when the rows are the whole data set.
 *
 * @throws RangeError if N < 2
 * @see Cochran 1977, Sampling Techniques, thm. 2.4: V is unbiased for the 1/(M − 1) trace under sampling without replacement
 * @example covarianceScale({ rows: 4, meanOf: 1, population: 4 }) // => 1
 */
export function covarianceScale({ rows, meanOf, population }: Omit<Rows, 'meanSquaredNorm' | 'scatter'>): number {
  if (rows < 2) throw new RangeError('Σ needs at least 2 rows');
  // one example a row and the rows are everything: exactly 1, without the detour over 1/(N − 1)
  if (meanOf === 1 && population === rows) return 1;
  const unbiased = (meanOf * rows) / (rows - 1);
  return population === Infinity ? unbiased : (unbiased * (population - 1)) / population;
}

/**
 * tr Σ with the 1/M convention of a data set of M examples: V·(M − 1)/M with the unbiased V = b·Σ‖xᵢ‖²/(N − 1).
 *
 * @throws RangeError if N < 2
 * @example covarianceTrace({ meanSquaredNorm: 18, scatter: 8, rows: 4, meanOf: 1, population: 4 }) // => 2
 */
export const covarianceTrace = (given: Rows): number => (covarianceScale(given) * given.scatter) / given.rows;

/**
 * Unbiased ‖G‖²: ‖ḡ‖² − (1 − n/M)·V/n with n = N·b examples seen. May be negative when noise dominates.
 *
 * @see McCandlish et al. 2018, App. A.1, for M = ∞
 * @example trueGradientSquaredNorm({ meanSquaredNorm: 18, scatter: 8, rows: 4, meanOf: 1, population: Infinity }).toFixed(4) // => '17.3333'
 */
export function trueGradientSquaredNorm({ meanSquaredNorm, scatter, rows, meanOf, population }: Rows): number {
  const seen = rows * meanOf;
  if (seen >= population) return meanSquaredNorm;
  if (rows < 2) throw new RangeError('an unbiased ‖G‖² needs at least 2 rows');
  return meanSquaredNorm - ((1 - seen / population) * meanOf * scatter) / (rows - 1) / seen;
}

/** Sampling covariance of the pair (‖G‖² estimate, tr Σ estimate). */
export interface PairCovariance {
  readonly signal: number;
  readonly trace: number;
  readonly both: number;
}

/**
 * Jackknife covariance of (‖G‖², tr Σ) in O(N), from leave-one-out sums that never subtract large numbers:
 * ‖ḡ₋ᵢ‖² = ‖ḡ‖² − 2aᵢ/(N − 1) + cᵢ/(N − 1)², Σ₋ᵢ‖x‖² = Σ‖x‖² − N/(N − 1)·cᵢ.
 *
 * @param centeredSquaredNorms [N] cᵢ = ‖xᵢ‖²
 * @param meanProducts [N] aᵢ = ḡᵀxᵢ
 * @returns already multiplied by the finite-population factor 1 − n/M, so 0 when the rows are the whole data set
 * @throws RangeError if N < 3
 * @see Efron & Stein 1981; the finite-population factor: Cochran 1977, §2.6
 */
export function jackknifeCovariance(
  given: Rows,
  centeredSquaredNorms: ArrayLike<number>,
  meanProducts: ArrayLike<number>,
): PairCovariance {
  const { rows, meanOf, population } = given;
  if (rows < 3) throw new RangeError('a jackknife needs at least 3 rows');
  const seen = rows * meanOf;
  if (seen >= population) return { signal: 0, trace: 0, both: 0 };
  const signals = new Float64Array(rows);
  const traces = new Float64Array(rows);
  let signalMean = 0;
  let traceMean = 0;
  for (let i = 0; i < rows; i++) {
    const c = centeredSquaredNorms[i] ?? 0;
    const a = meanProducts[i] ?? 0;
    const without: Rows = {
      meanSquaredNorm: given.meanSquaredNorm - (2 * a) / (rows - 1) + c / (rows - 1) ** 2,
      scatter: given.scatter - (rows / (rows - 1)) * c,
      rows: rows - 1,
      meanOf,
      population,
    };
    const signal = trueGradientSquaredNorm(without);
    const trace = covarianceTrace(without);
    signals[i] = signal;
    traces[i] = trace;
    signalMean += signal / rows;
    traceMean += trace / rows;
  }
  let signal = 0;
  let trace = 0;
  let both = 0;
  for (let i = 0; i < rows; i++) {
    const s = (signals[i] ?? 0) - signalMean;
    const t = (traces[i] ?? 0) - traceMean;
    signal += s * s;
    trace += t * t;
    both += s * t;
  }
  const factor = ((rows - 1) / rows) * (1 - seen / population);
  return { signal: factor * signal, trace: factor * trace, both: factor * both };
}

/** A confidence set for a ratio that is an interval, or only a lower bound. */
export interface RatioInterval {
  readonly lower: number;
  readonly upper?: number;
}

/**
 * Fieller's confidence set for ρ = numerator/denominator ≥ 0: {ρ : (n − ρd)² ≤ q²(Cnn − 2ρCnd + ρ²Cdd)}.
 * Bounded exactly when d > 0 and d² > q²·Cdd; else only its smallest ρ ≥ 0 is certain (0 if there is none).
 *
 * @param q quantile of Student's t at the wanted level
 * @see Fieller 1954
 */
export function fiellerInterval(
  numerator: number,
  denominator: number,
  covariance: { readonly numerator: number; readonly denominator: number; readonly both: number },
  q: number,
): RatioInterval {
  // near 1 by powers of two, because products of variances are eighth powers of gradients
  const [above, below] = [unitOf(Math.abs(numerator)), unitOf(Math.abs(denominator))];
  if (above !== 1 || below !== 1) {
    const near = {
      numerator: covariance.numerator / above / above,
      denominator: covariance.denominator / below / below,
      both: covariance.both / above / below,
    };
    const { lower, upper } = fiellerInterval(numerator / above, denominator / below, near, q);
    const unit = above / below;
    return { lower: lower * unit, ...(upper !== undefined && { upper: upper * unit }) };
  }
  // p(ρ) = aρ² − 2hρ + c ≤ 0
  const a = denominator ** 2 - q * q * covariance.denominator;
  const h = numerator * denominator - q * q * covariance.both;
  const c = numerator ** 2 - q * q * covariance.numerator;
  const discriminant = h * h - a * c;
  const bounded = denominator > 0 && a > 0;
  if (discriminant < 0) return { lower: 0 };
  // the root without cancellation first, the other one from their product c/a
  const large = h + (h < 0 ? -1 : 1) * Math.sqrt(discriminant);
  const roots = [large / a, large === 0 ? 0 : c / large].filter(Number.isFinite).sort((x, y) => x - y);
  if (bounded) return { lower: Math.max(0, roots[0] ?? 0), upper: roots[1] ?? roots[0] ?? 0 };
  if (c <= 0) return { lower: 0 };
  return { lower: roots.find((root) => root > 0) ?? 0 };
}
