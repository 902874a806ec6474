/**
 * What clipping each row to a length C makes of n rows, for every C at once: with wᵢ = min(1, C/‖gᵢ‖), the mean ḡ_C of the rows
 * wᵢgᵢ, and what is lost, ḡ − ḡ_C. Between two neighboring lengths all of it is a quadratic in C, whose coefficients are added up
 * once, so that nothing large is subtracted and a C costs no more than finding its place.
 *
 * @see Abadi et al. 2016 (clipping each example); Chen, Wu & Hong 2020 (its bias)
 */
export interface ClippedMean {
  /** Rows longer than C. */
  readonly clipped: number;
  /** ‖ḡ_C‖² */
  readonly kept: number;
  /** ‖ḡ − ḡ_C‖² */
  readonly lost: number;
  /** ḡᵀḡ_C */
  readonly along: number;
  /** Σᵢ‖wᵢgᵢ‖² */
  readonly keptSquares: number;
  /** Σᵢ‖(1 − wᵢ)gᵢ‖² */
  readonly lostSquares: number;
  /** Σᵢ wᵢ‖gᵢ‖² */
  readonly crossSquares: number;
}

/**
 * @param products [n, n] gᵢᵀgⱼ, row-major
 * @returns of a C ≥ 0, in the unit of the rows, also Infinity
 * @example clippedMeans([9, 0, 0, 1], 2)(1).lost // => 1
 * @example clippedMeans([9, 0, 0, 1], 2)(3).lost // => 0
 */
export function clippedMeans(products: ArrayLike<number>, n: number): (C: number) => ClippedMean {
  const length = (i: number): number => Math.sqrt(Math.max(0, products[i * n + i] ?? 0));
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => length(a) - length(b));
  const norms = Float64Array.from(order, length);
  const parts = segments(products, order, norms);
  const along = Float64Array.from(order, (row) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += products[row * n + j] ?? 0;
    return sum / n;
  });
  const unit = along.map((value, k) => (at(norms, k) > 0 ? value / at(norms, k) : 0));
  // of the rows before the k-th, and of the k-th and those after it
  const [alongBefore, squaresBefore] = [sumsBefore(along), sumsBefore(norms.map((norm) => norm * norm))];
  const [unitAfter, normsAfter] = [sumsAfter(unit), sumsAfter(norms)];
  return (C) => {
    const k = firstAbove(norms, C);
    const base = k === 0 ? 0 : at(norms, k - 1);
    const [up, down] = k === n ? [0, 0] : [C - base, at(norms, k) - C];
    const { kept, keptAlong, lost, lostAlong, directions } = parts;
    const quadratic = (square: number, product: number, by: number): number =>
      (square + by * (2 * product + by * (directions[k] ?? 0))) / (n * n);
    const few = n - k;
    const cut = k === n ? 0 : C;
    let lostSquares = 0;
    for (let i = k; i < n; i++) lostSquares += (at(norms, i) - cut) ** 2;
    return {
      clipped: few,
      kept: quadratic(at(kept, k), at(keptAlong, k), up),
      lost: k === n ? 0 : quadratic(at(lost, k), at(lostAlong, k), down),
      along: (at(alongBefore, k) + cut * at(unitAfter, k)) / n,
      keptSquares: at(squaresBefore, k) + few * cut * cut,
      lostSquares,
      crossSquares: at(squaresBefore, k) + cut * at(normsAfter, k),
    };
  };
}

/** [n + 1] by the number k of rows that are not clipped: sums of n·ḡ_C, n·(ḡ − ḡ_C) and Q = Σ gᵢ/‖gᵢ‖ over the clipped. */
interface Segments {
  /** ‖n·ḡ_C‖² and its product with Q at the lower end, C = the length of row k − 1. */
  readonly kept: Float64Array;
  readonly keptAlong: Float64Array;
  /** ‖n(ḡ − ḡ_C)‖² and its product with Q at the upper end, C = the length of row k. */
  readonly lost: Float64Array;
  readonly lostAlong: Float64Array;
  /** ‖Q‖² */
  readonly directions: Float64Array;
}

function segments(products: ArrayLike<number>, order: Int32Array, norms: Float64Array): Segments {
  const n = norms.length;
  const [kept, keptAlong, lost, lostAlong, directions] = Array.from({ length: 5 }, () => new Float64Array(n + 1)) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]; // prettier-ignore
  const cosine = (a: number, b: number): number => {
    const both = at(norms, a) * at(norms, b);
    return both > 0 ? at(products, at(order, a) * n + at(order, b)) / both : 0;
  };
  const self = (k: number): number => (at(norms, k) > 0 ? 1 : 0);
  for (let k = n - 1; k >= 0; k--) {
    const step = k === n - 1 ? 0 : at(norms, k + 1) - at(norms, k);
    const [square, product, Q] = [at(lost, k + 1), at(lostAlong, k + 1), at(directions, k + 1)];
    let [lostThere, directionsThere] = [0, 0];
    for (let i = k + 1; i < n; i++) {
      const c = cosine(i, k);
      directionsThere += c;
      lostThere += (at(norms, i) - at(norms, k)) * c;
    }
    lost[k] = square + step * (2 * product + step * Q);
    lostAlong[k] = product + step * Q + lostThere;
    directions[k] = Q + 2 * directionsThere + self(k);
  }
  for (let k = 0; k < n; k++) {
    const step = at(norms, k) - (k === 0 ? 0 : at(norms, k - 1));
    const [square, product, Q] = [at(kept, k), at(keptAlong, k), at(directions, k)];
    let there = 0;
    for (let i = 0; i < n; i++) there += Math.min(at(norms, i), at(norms, k)) * (i === k ? self(k) : cosine(i, k));
    kept[k + 1] = square + step * (2 * product + step * Q);
    keptAlong[k + 1] = product + step * Q - there;
  }
  return { kept, keptAlong, lost, lostAlong, directions };
}

const at = (values: ArrayLike<number>, k: number): number => values[k] ?? 0;

/** How many of ascending numbers are at most C. */
function firstAbove(norms: Float64Array, C: number): number {
  let [low, high] = [0, norms.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(norms, middle) > C) high = middle;
    else low = middle + 1;
  }
  return low;
}

function sumsBefore(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let k = 0; k < values.length; k++) sums[k + 1] = at(sums, k) + at(values, k);
  return sums;
}

function sumsAfter(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let k = values.length - 1; k >= 0; k--) sums[k] = at(sums, k + 1) + at(values, k);
  return sums;
}

/**
 * Expected squared error of a private batch gradient against the mean of the unclipped rows: what clipping takes away, the
 * noise of the batch, and the noise that is added, ‖ḡ − ḡ_C‖² + c·tr Cov(wg)/B + d·z²C²/B².
 *
 * @param lost ‖ḡ − ḡ_C‖²
 * @param trace tr Cov(wg) of one clipped row
 * @param multiplier z, so that noise of standard deviation zC is added to the sum of a batch in each of d parameters
 * @param correction c, of batches drawn without replacement
 * @see Wei et al. 2025 (minimum expected squared error); Abadi et al. 2016
 * @example privateError(0.25, 8, { C: 1, batchSize: 4, multiplier: 2, parameters: 3, correction: 1 }) // => 3
 */
export const privateError = (
  lost: number,
  trace: number,
  given: {
    readonly C: number;
    readonly batchSize: number;
    readonly multiplier: number;
    readonly parameters: number;
    readonly correction: number;
  },
): number => {
  const { C, batchSize, multiplier, parameters, correction } = given;
  return lost + (correction * trace) / batchSize + parameters * ((multiplier * C) / batchSize) ** 2;
};
