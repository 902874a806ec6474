import type { Moments } from '../shared/summary';
import { largestEigenvalue } from './eigen';
import { multiply } from './symmetric';

/**
 * λ₁ of the uncentered second moment M = Σᵢ gᵢgᵢᵀ/N, from K: the products of the rows differ from those of the centered
 * ones by a matrix of rank two, gᵢᵀgⱼ = N·Kᵢⱼ + aᵢ + aⱼ + ‖ḡ‖², which is never formed.
 *
 * @param gram [N, N] K times `scale`, lower triangle
 */
export function secondMomentNormOfGram(
  gram: Float64Array,
  { meanProducts, meanSquaredNorm }: Pick<Moments, 'meanProducts' | 'meanSquaredNorm'>,
  scale: number,
  checkCanceled: () => void,
): number {
  const N = meanProducts.length;
  const factor = scale / N;
  const times = (x: Float64Array, y: Float64Array): void => {
    multiply(gram, N, x, y);
    let sum = 0;
    let product = 0;
    for (let i = 0; i < N; i++) {
      sum += x[i]!;
      product += meanProducts[i]! * x[i]!;
    }
    for (let i = 0; i < N; i++) y[i]! += factor * (meanProducts[i]! * sum + product + meanSquaredNorm * sum);
  };
  return largestEigenvalue(times, N, checkCanceled);
}

/** The same from Σ and the mean ḡ: M = Σ + ḡḡᵀ. */
export function secondMomentNormOfCovariance(
  sigma: Float64Array,
  mean: Float64Array,
  checkCanceled: () => void,
): number {
  const d = mean.length;
  const times = (x: Float64Array, y: Float64Array): void => {
    multiply(sigma, d, x, y);
    let product = 0;
    for (let j = 0; j < d; j++) product += mean[j]! * x[j]!;
    for (let j = 0; j < d; j++) y[j]! += mean[j]! * product;
  };
  return largestEigenvalue(times, d, checkCanceled);
}

/** Mean of cos(gᵢ, gⱼ) over pairs i ≠ j of rows that have a length; undefined when there is no such pair. */
export function meanCosineOfGram(
  gram: Float64Array,
  { centeredSquaredNorms, meanProducts, meanSquaredNorm }: Moments,
  scale: number,
): number | undefined {
  const N = meanProducts.length;
  const inverse = Float64Array.from(meanProducts, (a, i) => {
    const squared = meanSquaredNorm + 2 * a + centeredSquaredNorms[i]!;
    // what is left of a row that is 0 is rounding of these three
    return squared > 8 * Number.EPSILON * meanSquaredNorm ? 1 / Math.sqrt(squared) : 0;
  });
  const back = N / scale;
  let sum = 0;
  let [lengths, pairs] = [0, 0];
  for (let i = 0; i < N; i++) {
    if (inverse[i] === 0) continue;
    let row = 0;
    for (let j = 0; j < i; j++)
      row += inverse[j]! * (back * gram[i * N + j]! + meanProducts[i]! + meanProducts[j]! + meanSquaredNorm);
    sum += row * inverse[i]!;
    pairs += lengths++;
  }
  return pairs > 0 ? sum / pairs : undefined;
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
