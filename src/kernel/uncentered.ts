import type { Moments } from '../shared/summary';
import { exponentOf, largestOf } from './exponent';
import { largestEigenvalue } from './lanczos';

/** Writes the product of a symmetric matrix and a vector x into y. */
export type Multiply = (x: Float64Array, y: Float64Array) => void;

/** Moments times 2^(2·exponent), which makes the longest row, mean included, one of about unit length. */
interface Scaled {
  readonly exponent: number;
  readonly meanProducts: Float64Array;
  readonly centeredSquaredNorms: Float64Array;
  readonly meanSquaredNorm: number;
}

function scaled({ meanProducts, centeredSquaredNorms, meanSquaredNorm }: Uncentered): Scaled {
  const exponent = exponentOf(Math.sqrt(Math.max(meanSquaredNorm, largestOf(centeredSquaredNorms))));
  const scale = 2 ** exponent;
  const times = (value: number): number => value * scale * scale;
  return {
    exponent,
    meanProducts: meanProducts.map(times),
    centeredSquaredNorms: centeredSquaredNorms.map(times),
    meanSquaredNorm: times(meanSquaredNorm),
  };
}

type Uncentered = Pick<Moments, 'meanProducts' | 'centeredSquaredNorms' | 'meanSquaredNorm'>;

/**
 * λ₁ of the uncentered second moment M = Σᵢ gᵢgᵢᵀ/n, from K: the products of the rows differ from those of the centered
 * ones by a matrix of rank two, gᵢᵀgⱼ = n·Kᵢⱼ + aᵢ + aⱼ + ‖ḡ‖², which is never formed.
 *
 * @param times writes the product of K, times 2^(2·exponent), and a vector x [n] into y [n]
 */
export function secondMomentNormOfGram(
  times: Multiply,
  moments: Uncentered,
  exponent: number,
  checkCanceled: () => void,
): number {
  const { exponent: own, meanProducts, meanSquaredNorm } = scaled(moments);
  const n = meanProducts.length;
  const ofK = 2 ** (2 * (own - exponent));
  const timesUncentered = (x: Float64Array, y: Float64Array): void => {
    times(x, y);
    let sum = 0;
    let product = 0;
    for (let i = 0; i < n; i++) {
      sum += x[i]!;
      product += meanProducts[i]! * x[i]!;
    }
    for (let i = 0; i < n; i++) y[i] = ofK * y[i]! + (meanProducts[i]! * sum + product + meanSquaredNorm * sum) / n;
  };
  return largestEigenvalue(timesUncentered, n, checkCanceled) * 2 ** -own * 2 ** -own;
}

/**
 * The same from Σ and the mean ḡ: M = Σ + ḡḡᵀ.
 *
 * @param means ḡ, times 2^exponent
 * @param times writes the product of Σ, times 2^(2·exponent), and a vector x [d] into y [d]
 */
export function secondMomentNormOfCovariance(
  times: Multiply,
  means: Float64Array,
  exponent: number,
  checkCanceled: () => void,
): number {
  const d = means.length;
  // a mean that dwarfs the spread is made about 1, too
  const more = Math.min(0, exponentOf(largestOf(means)));
  const mean = means.map((value) => value * 2 ** more);
  const timesUncentered = (x: Float64Array, y: Float64Array): void => {
    times(x, y);
    let product = 0;
    for (let j = 0; j < d; j++) product += mean[j]! * x[j]!;
    for (let j = 0; j < d; j++) y[j] = y[j]! * 2 ** (2 * more) + mean[j]! * product;
  };
  const back = 2 ** -(exponent + more);
  return largestEigenvalue(timesUncentered, d, checkCanceled) * back * back;
}

/**
 * Mean of cos(gᵢ, gⱼ) over pairs i ≠ j of rows that have a length; undefined when there is no such pair.
 *
 * @param times writes the product of K, times 2^(2·exponent), and a vector x [n] into y [n]
 */
export function meanCosineOfGram(times: Multiply, moments: Uncentered, exponent: number): number | undefined {
  const { exponent: own, centeredSquaredNorms, meanProducts, meanSquaredNorm } = scaled(moments);
  const n = meanProducts.length;
  const inverse = Float64Array.from(meanProducts, (a, i) => {
    const squared = meanSquaredNorm + 2 * a + centeredSquaredNorms[i]!;
    // what is left of a row that is 0 is rounding of these three
    return squared > 8 * Number.EPSILON * meanSquaredNorm ? 1 / Math.sqrt(squared) : 0;
  });
  // the quadratic form with all pairs, i = j among them, whose cosine is 1
  const product = new Float64Array(n);
  times(inverse, product);
  let [sum, along, centered, lengths] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sum += inverse[i]!;
    along += meanProducts[i]! * inverse[i]!;
    centered += product[i]! * inverse[i]!;
    if (inverse[i]! > 0) lengths++;
  }
  if (lengths < 2) return undefined;
  const all = n * centered * 2 ** (2 * (own - exponent)) + 2 * along * sum + meanSquaredNorm * sum * sum;
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
    let largest = 0;
    for (let j = 0; j < d; j++) largest = Math.max(largest, Math.abs(rows[from + j]!));
    if (largest === 0) return;
    // whatever the length of a row, its squares are those of numbers near 1
    const scale = 2 ** exponentOf(largest);
    let squared = 0;
    for (let j = 0; j < d; j++) squared += (rows[from + j]! * scale) ** 2;
    const inverse = 1 / Math.sqrt(squared);
    for (let j = 0; j < d; j++) this.#sum[j]! += rows[from + j]! * scale * inverse;
    this.#rows++;
  }

  get value(): number | undefined {
    const n = this.#rows;
    if (n < 2) return undefined;
    return (this.#sum.reduce((total, entry) => total + entry * entry, 0) - n) / (n * (n - 1));
  }
}
