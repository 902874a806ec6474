import { shuffle } from '../kernel/shuffle';
import { uniformRandom } from '../theory/random';

/** Fewer rows do not show whether they change slowly. */
const LEAST_ORDERED = 32;
/** Orders drawn: rows in random order exceed all of them once in a thousand files, and fall below all of them as rarely. */
const ORDERS = 999;

/** How much of the spread of rows changes slowly along the file, against the same rows in random order. */
export interface SlowChange {
  /** Share of the spread in the two slowest waves over the share that rows in random order have on average, 2/(n − 1). */
  readonly ratio: number;
  /** What no order drawn reaches: rows drift, or what they add up to is taken back, as training does. */
  readonly side: 'more' | 'less';
  readonly orders: number;
}

/**
 * Whether the order of rows is unlike a random one: Σₖ‖Σᵢ aₖᵢ xᵢ‖² for the two slowest waves aₖ of the discrete cosine transform
 * against the same rows in orders drawn at random, an exact test whatever the distribution of the rows. It stops at the first
 * orders that are at least as large and at most as large.
 *
 * @param gram [n, n] row-major XXᵀ of centered rows, times anything
 * @param n rows
 * @param kept rows to take, from the first on
 * @returns undefined for rows whose order may be random, for fewer than 32 of them, and for rows that do not differ
 * @see Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses, §3
 */
export function slowChange(gram: Float64Array, n: number, kept = n): SlowChange | undefined {
  if (kept < LEAST_ORDERED) return undefined;
  const spread = spreadOf(gram, n, kept);
  if (!(spread > 0)) return undefined;
  const waves = [1, 2].map((k) =>
    Float64Array.from({ length: kept }, (_, i) => Math.sqrt(2 / kept) * Math.cos((Math.PI * k * (i + 0.5)) / kept)),
  );
  const order = Int32Array.from({ length: kept }, (_, i) => i);
  const inOrder = (): number => waves.reduce((sum, wave) => sum + squareAlong(gram, n, wave, order), 0);
  const found = inOrder();
  const uniform = uniformRandom(1);
  let [above, below] = [false, false];
  for (let k = 0; k < ORDERS && !(above && below); k++) {
    shuffle(order, uniform);
    const other = inOrder();
    // sums in another order differ by rounding
    above ||= other >= found * (1 - 1e-9);
    below ||= other <= found * (1 + 1e-9);
  }
  if (above && below) return undefined;
  return { ratio: (found * (kept - 1)) / (2 * spread), side: above ? 'less' : 'more', orders: ORDERS };
}

/** Σ‖xᵢ‖² of the first rows, centered by their own mean. */
function spreadOf(gram: Float64Array, n: number, kept: number): number {
  let [trace, sum] = [0, 0];
  for (let i = 0; i < kept; i++) {
    trace += gram[i * n + i] ?? 0;
    for (let j = 0; j < kept; j++) sum += gram[i * n + j] ?? 0;
  }
  return trace - sum / kept;
}

/** ‖Σᵢ aᵢ x_order(i)‖²; the weights add up to 0, so the mean of the rows does not matter. */
function squareAlong(gram: Float64Array, n: number, weights: Float64Array, order: Int32Array): number {
  const { length } = order;
  const placed = new Float64Array(n);
  for (let i = 0; i < length; i++) placed[order[i] ?? 0] = weights[i] ?? 0;
  let square = 0;
  for (let i = 0; i < n; i++) {
    const weight = placed[i] ?? 0;
    if (weight === 0) continue;
    let along = 0;
    for (let j = 0; j < i; j++) along += (gram[i * n + j] ?? 0) * (placed[j] ?? 0);
    square += weight * (2 * along + (gram[i * n + i] ?? 0) * weight);
  }
  return square;
}

/** Few rows leave it open whether their lengths vary as those of Gaussian noise. */
const LEAST_LENGTHS = 48;

/**
 * Variance of the squared lengths of centered rows over that of Gaussian rows with the same participation ratio PR, which is
 * 2/PR of the squared mean: about 1 for means of many examples, which sums of independent rows become, and mostly far more for
 * single examples.
 *
 * @param gram [n, n] row-major XXᵀ of centered rows, times anything
 * @returns undefined for rows that do not differ, or whose directions are not resolved
 */
export function lengthVariation(gram: Float64Array, n: number): number | undefined {
  const mean = spreadOf(gram, n, n) / n;
  if (n < LEAST_LENGTHS || !(mean > 0)) return undefined;
  let [variance, products] = [0, 0];
  for (let i = 0; i < n; i++) {
    variance += ((gram[i * n + i] ?? 0) / mean - 1) ** 2 / (n - 1);
    for (let j = 0; j < i; j++) products += (2 * ((gram[i * n + j] ?? 0) / mean + 1 / (n - 1)) ** 2) / (n * (n - 1));
  }
  // tr Σ²/(tr Σ)² from pairs of different rows, which lengths do not enter; centering alone gives −1/(n − 1) to each
  return products > 0 ? variance / (2 * products) : undefined;
}
