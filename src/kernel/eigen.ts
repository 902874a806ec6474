import { AnalysisError } from '../shared/problem';

/** A symmetric matrix reduced to a tridiagonal one, T = QᵀAQ. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** [n − 1] */
  readonly offDiagonal: Float64Array;
  /** x → Qx (forward) or Qᵀx, in place. */
  readonly rotate: (vector: Float64Array, forward: boolean) => Float64Array;
}

/**
 * Eigenvalues of a symmetric tridiagonal matrix by the implicit QL method, largest first.
 *
 * An off-diagonal element counts as zero when it is below ε times its two neighbors, so that the result is as relative as
 * the matrix allows and does not depend on its scale.
 *
 * @throws AnalysisError solver/no-convergence
 * @see Golub & Van Loan 2013, §8.3.3 (there QR); Dubrulle, Martin & Wilkinson 1968
 * @example tridiagonalEigenvalues(Float64Array.of(2, 2), Float64Array.of(1)) // => Float64Array.of(3, 1)
 */
export function tridiagonalEigenvalues(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  checkCanceled: () => void = () => undefined,
): Float64Array {
  const n = diagonal.length;
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(diagonal[i]!), Math.abs(offDiagonal[i] ?? 0));
  // near 1 by a power of two, so that squares stay within range and the result scales exactly
  const scale = largest > 0 ? 2 ** -Math.floor(Math.log2(largest)) : 1;
  const d = diagonal.map((value) => value * scale);
  const e = new Float64Array(n);
  for (let i = 0; i < n - 1; i++) e[i] = offDiagonal[i]! * scale;
  for (let l = 0; l < n; l++) {
    if (l % 16 === 0) checkCanceled();
    for (let iteration = 0; ; iteration++) {
      // rows below the rounding of the largest never settle to their own size: each sweep brings new rounding into them
      const negligible = iteration < 40 ? Number.EPSILON ** 2 : Number.EPSILON;
      let m = l;
      for (; m < n - 1; m++) {
        const off = Math.abs(e[m]!);
        if (off <= negligible || off <= Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) break;
      }
      if (m === l) break;
      if (iteration === 80)
        throw new AnalysisError({
          code: 'solver/no-convergence',
          found: `Eigenvalue ${l} of ${n} did not settle in 80 steps`,
          remedy: 'Please report the dump that does this.',
        });
      // Wilkinson's shift
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.sqrt(g * g + 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g < 0 ? -r : r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d
    .map((value) => value / scale)
    .sort()
    .reverse();
}

/**
 * A unit eigenvector of A = QTQᵀ for one of its eigenvalues, by inverse iteration on T, orthogonal to those given.
 *
 * @param found eigenvectors of A found before, to which the result is made orthogonal
 * @see Golub & Van Loan 2013, §8.2.2
 */
export function eigenvector(reduced: Tridiagonal, eigenvalue: number, found: readonly Float64Array[]): Float64Array {
  const basis = found.map((vector) => reduced.rotate(vector.slice(), false));
  return reduced.rotate(tridiagonalEigenvector(reduced, eigenvalue, basis), true);
}

/** As many eigenvectors as a spectrum keeps. */
export const KEPT = 5;

/** Unit eigenvectors of the leading eigenvalues, as far as those are more than rounding. */
export function leadingVectors(
  reduced: Tridiagonal,
  eigenvalues: Float64Array,
  roundingFloor: number,
): readonly Float64Array[] {
  const basis: Float64Array[] = [];
  for (const value of eigenvalues.subarray(0, KEPT))
    if (value > roundingFloor) basis.push(tridiagonalEigenvector(reduced, value, basis));
  return basis.map((vector) => reduced.rotate(vector, true));
}

/** A unit eigenvector of T, orthogonal to those of the basis. */
function tridiagonalEigenvector(
  reduced: Tridiagonal,
  eigenvalue: number,
  basis: readonly Float64Array[],
): Float64Array {
  const n = reduced.diagonal.length;
  let vector = startVector(n, basis.length);
  for (let step = 0; step < 4; step++) {
    vector = solveShifted(reduced, eigenvalue, vector);
    for (let pass = 0; pass < 2; pass++)
      for (const other of basis) {
        let along = 0;
        for (let i = 0; i < n; i++) along += vector[i]! * other[i]!;
        for (let i = 0; i < n; i++) vector[i]! -= along * other[i]!;
      }
    normalize(vector);
  }
  return vector;
}

/** Solves (T − λI)x = b by elimination with partial pivoting; pivots that vanish become tiny, as inverse iteration wants. */
function solveShifted({ diagonal, offDiagonal }: Tridiagonal, shift: number, right: Float64Array): Float64Array {
  const n = diagonal.length;
  const main = diagonal.map((value) => value - shift);
  const upper = new Float64Array(n);
  upper.set(offDiagonal);
  const second = new Float64Array(n);
  const x = right.slice();
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(diagonal[i]!), Math.abs(offDiagonal[i] ?? 0));
  const tiny = (largest || 1) * Number.EPSILON;
  const pivot = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  for (let i = 0; i < n - 1; i++) {
    const lower = offDiagonal[i]!;
    const [here, below, right1, right2] = [main[i]!, main[i + 1]!, upper[i]!, upper[i + 1]!];
    if (Math.abs(here) >= Math.abs(lower)) {
      main[i] = pivot(here);
      const factor = lower / main[i]!;
      main[i + 1] = below - factor * right1;
      x[i + 1]! -= factor * x[i]!;
    } else {
      // the rows change places
      const factor = here / lower;
      main[i] = lower;
      upper[i] = below;
      second[i] = right2;
      main[i + 1] = right1 - factor * below;
      upper[i + 1] = -factor * right2;
      const held = x[i]!;
      x[i] = x[i + 1]!;
      x[i + 1] = held - factor * x[i]!;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    const known = (upper[i] ?? 0) * (x[i + 1] ?? 0) + (second[i] ?? 0) * (x[i + 2] ?? 0);
    x[i] = (x[i]! - known) / pivot(main[i]!);
  }
  return x;
}

/** Makes it a unit vector, whatever its scale. */
export function normalize(vector: Float64Array): void {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]!));
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i]! /= largest || 1) ** 2;
  const norm = Math.sqrt(sum) || 1;
  for (let i = 0; i < vector.length; i++) vector[i]! /= norm;
}

/**
 * A vector that in practice is orthogonal to no eigenvector, the same in every run, and independent of those of other
 * indices: within an eigenspace of several dimensions, iteration finds what its start already is.
 */
export function startVector(n: number, index: number): Float64Array {
  return new Float64Array(n).map((_, i) => ((i + 1) * (index + 1) * 0.6180339887498949) % 1 || 1);
}

/** Eigenvalues of a positive semi-definite matrix as rounding allows them, and the rounding as they show it. */
export interface Clipped {
  /** Largest first, none below 0. */
  readonly eigenvalues: Float64Array;
  /** The bound that was given, or the magnitude of the most negative eigenvalue where that is larger. */
  readonly floor: number;
}

/** Eigenvalues of a covariance are not negative: those that came out so say how far rounding goes. */
export function clipped(eigenvalues: Float64Array, floor: number): Clipped {
  const lowest = eigenvalues.at(-1) ?? 0;
  return { eigenvalues: eigenvalues.map((value) => Math.max(0, value)), floor: Math.max(floor, -lowest) };
}

/** Beyond so many times its bound it is not rounding that makes an eigenvalue negative. */
const SURELY_NEGATIVE = 16;

/**
 * The same for products that somebody else formed.
 *
 * @throws AnalysisError solver/no-convergence when they are not products between rows
 */
export function clippedOfGiven(eigenvalues: Float64Array, floor: number): Clipped {
  const [largest = 0, lowest = 0] = [eigenvalues[0], eigenvalues.at(-1)];
  if (lowest < -SURELY_NEGATIVE * Math.max(floor, eigenvalues.length * Number.EPSILON * largest))
    throw new AnalysisError({
      code: 'solver/no-convergence',
      found: `A covariance came out with the eigenvalue ${lowest}`,
      remedy: 'Please report the dump that does this.',
    });
  return clipped(eigenvalues, floor);
}
