import type { Moments } from '../shared/summary';
import { largestEigenvalue } from './lanczos';

/** Writes the product of a symmetric matrix and a vector x into y. */
export type Multiply = (x: Float64Array, y: Float64Array) => void;

/**
 * λ₁ of the uncentered second moment M = Σᵢ gᵢgᵢᵀ/N, from K: the products of the rows differ from those of the centered
 * ones by a matrix of rank two, gᵢᵀgⱼ = N·Kᵢⱼ + aᵢ + aⱼ + ‖ḡ‖², which is never formed.
 *
 * @param times writes the product of K, times `scale`, and a vector x [N] into y [N]
 */
export function secondMomentNormOfGram(
  times: Multiply,
  { meanProducts, meanSquaredNorm }: Pick<Moments, 'meanProducts' | 'meanSquaredNorm'>,
  scale: number,
  checkCanceled: () => void,
): number {
  const N = meanProducts.length;
  const factor = scale / N;
  const timesUncentered = (x: Float64Array, y: Float64Array): void => {
    times(x, y);
    let sum = 0;
    let product = 0;
    for (let i = 0; i < N; i++) {
      sum += x[i]!;
      product += meanProducts[i]! * x[i]!;
    }
    for (let i = 0; i < N; i++) y[i]! += factor * (meanProducts[i]! * sum + product + meanSquaredNorm * sum);
  };
  return largestEigenvalue(timesUncentered, N, checkCanceled);
}

/** The same from Σ and the mean ḡ: M = Σ + ḡḡᵀ. */
export function secondMomentNormOfCovariance(times: Multiply, mean: Float64Array, checkCanceled: () => void): number {
  const d = mean.length;
  const timesUncentered = (x: Float64Array, y: Float64Array): void => {
    times(x, y);
    let product = 0;
    for (let j = 0; j < d; j++) product += mean[j]! * x[j]!;
    for (let j = 0; j < d; j++) y[j]! += mean[j]! * product;
  };
  return largestEigenvalue(timesUncentered, d, checkCanceled);
}

/** Mean of cos(gᵢ, gⱼ) over pairs i ≠ j of rows that have a length; undefined when there is no such pair. */
export function meanCosineOfGram(
  times: Multiply,
  { centeredSquaredNorms, meanProducts, meanSquaredNorm }: Moments,
  scale: number,
): number | undefined {
  const N = meanProducts.length;
  const inverse = Float64Array.from(meanProducts, (a, i) => {
    const squared = meanSquaredNorm + 2 * a + centeredSquaredNorms[i]!;
    // what is left of a row that is 0 is rounding of these three
    return squared > 8 * Number.EPSILON * meanSquaredNorm ? 1 / Math.sqrt(squared) : 0;
  });
  // the quadratic form with all pairs, i = j among them, whose cosine is 1
  const product = new Float64Array(N);
  times(inverse, product);
  let [sum, along, centered, lengths] = [0, 0, 0, 0];
  for (let i = 0; i < N; i++) {
    sum += inverse[i]!;
    along += meanProducts[i]! * inverse[i]!;
    centered += product[i]! * inverse[i]!;
    if (inverse[i]! > 0) lengths++;
  }
  if (lengths < 2) return undefined;
  const all = (N / scale) * centered + 2 * along * sum + meanSquaredNorm * sum * sum;
  return (all - lengths) / (lengths * (lengths - 1));
}

/** The same from the rows themselves, one after the other: (‖Σᵢ gᵢ/‖gᵢ‖‖² − n)/(n(n − 1)). */
export class MeanCosine {
  readonly #sum: Float64Array;
  #rows = 0;

  constructor(parameters: number) {
    this.#sum = new Float64Array(parameters);
  }

  /** @param rows holds the row at [from, from + d) */
  add(rows: Float64Array, from: number): void {
    const d = this.#sum.length;
    let squared = 0;
    for (let j = 0; j < d; j++) squared += rows[from + j]! ** 2;
    if (squared === 0) return;
    const inverse = 1 / Math.sqrt(squared);
    for (let j = 0; j < d; j++) this.#sum[j]! += rows[from + j]! * inverse;
    this.#rows++;
  }

  get value(): number | undefined {
    const n = this.#rows;
    if (n < 2) return undefined;
    return (this.#sum.reduce((total, entry) => total + entry * entry, 0) - n) / (n * (n - 1));
  }
}
