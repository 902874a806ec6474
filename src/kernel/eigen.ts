import { AnalysisError } from '../shared/problem';
import { multiply } from './symmetric';

/** A symmetric matrix reduced to a tridiagonal one, T = QᵀAQ with Q = H₀H₁…, Hₖ = I − τₖvₖvₖᵀ. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** [n − 1] */
  readonly offDiagonal: Float64Array;
  /** vₖ stands below the diagonal of column k. */
  readonly reflectors: Float64Array;
  readonly factors: Float64Array;
}

/**
 * Householder reduction to tridiagonal form, in place: the lower triangle of `matrix` is overwritten by the reflectors.
 *
 * @param matrix [n, n], lower triangle
 * @see Golub & Van Loan 2013, alg. 8.3.1
 */
export function tridiagonalize(
  matrix: Float64Array,
  n: number,
  checkCanceled: () => void = () => undefined,
): Tridiagonal {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  const factors = new Float64Array(n);
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    checkCanceled();
    let below = 0;
    for (let i = k + 1; i < n; i++) below = Math.max(below, Math.abs(matrix[i * n + k]!));
    const first = matrix[(k + 1) * n + k]!;
    let rest = 0;
    for (let i = k + 2; i < n; i++) rest += (matrix[i * n + k]! / (below || 1)) ** 2;
    if (rest === 0) {
      offDiagonal[k] = first; // nothing to eliminate
      continue;
    }
    const head = first / below;
    const norm = (head < 0 ? 1 : -1) * Math.sqrt(head * head + rest);
    offDiagonal[k] = norm * below;
    v[k + 1] = head - norm;
    for (let i = k + 2; i < n; i++) v[i] = matrix[i * n + k]! / below;
    const factor = 2 / (v[k + 1]! ** 2 + rest);
    factors[k] = factor;
    for (let i = k + 1; i < n; i++) matrix[i * n + k] = v[i]!;
    // w = τAv − (τ²/2)(vᵀAv)v over the trailing block, then A ← A − vwᵀ − wvᵀ
    w.fill(0, k + 1);
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      const vi = v[i]!;
      let sum = 0;
      for (let j = k + 1; j < i; j++) {
        const a = matrix[row + j]!;
        sum += a * v[j]!;
        w[j]! += a * vi;
      }
      w[i]! += sum + matrix[row + i]! * vi;
    }
    let along = 0;
    for (let i = k + 1; i < n; i++) along += v[i]! * w[i]!;
    const shift = (factor * factor * along) / 2;
    for (let i = k + 1; i < n; i++) w[i] = factor * w[i]! - shift * v[i]!;
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      const vi = v[i]!;
      const wi = w[i]!;
      for (let j = k + 1; j <= i; j++) matrix[row + j]! -= vi * w[j]! + wi * v[j]!;
    }
  }
  for (let i = 0; i < n; i++) diagonal[i] = matrix[i * n + i]!;
  return { diagonal, offDiagonal, reflectors: matrix, factors };
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
  const d = diagonal.slice();
  const e = new Float64Array(n);
  e.set(offDiagonal);
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(d[i]!), Math.abs(e[i]!));
  const negligible = largest * Number.EPSILON ** 2;
  for (let l = 0; l < n; l++) {
    if (l % 16 === 0) checkCanceled();
    for (let iteration = 0; ; iteration++) {
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
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g < 0 ? -r : r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.hypot(f, g);
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
  return d.sort().reverse();
}

/**
 * A unit eigenvector of A = QTQᵀ for one of its eigenvalues, by inverse iteration on T, orthogonal to those given.
 *
 * @param found eigenvectors of A found before, to which the result is made orthogonal
 * @see Golub & Van Loan 2013, §8.2.2
 */
export function eigenvector(reduced: Tridiagonal, eigenvalue: number, found: readonly Float64Array[]): Float64Array {
  const n = reduced.diagonal.length;
  const basis = found.map((vector) => reflect(reduced, vector.slice(), false));
  let vector = startVector(n, found.length);
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
  return reflect(reduced, vector, true);
}

/** Applies Q (forward) or Qᵀ to a vector, in place. */
function reflect({ reflectors, factors }: Tridiagonal, vector: Float64Array, forward: boolean): Float64Array {
  const n = vector.length;
  for (let step = 0; step < n - 1; step++) {
    const k = forward ? n - 2 - step : step;
    const factor = factors[k]!;
    if (factor === 0) continue;
    let along = 0;
    for (let i = k + 1; i < n; i++) along += reflectors[i * n + k]! * vector[i]!;
    for (let i = k + 1; i < n; i++) vector[i]! -= factor * along * reflectors[i * n + k]!;
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

/**
 * The largest eigenvalue of a positive semi-definite matrix by Lanczos' method with full reorthogonalization, to 1e-13.
 * For the many small questions (one a layer) that need no whole spectrum.
 *
 * @param matrix [n, n], lower triangle; or what writes the product with a vector x [n] into y [n]
 * @see Golub & Van Loan 2013, §10.1 and §10.3
 */
export function largestEigenvalue(
  matrix: Float64Array | ((x: Float64Array, y: Float64Array) => void),
  n: number,
  checkCanceled: () => void = () => undefined,
): number {
  const times = typeof matrix === 'function' ? matrix : (x: Float64Array, y: Float64Array) => multiply(matrix, n, x, y);
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  let vector = startVector(n, 0);
  normalize(vector);
  const image = new Float64Array(n);
  let best = 0;
  for (let step = 0; step < n; step++) {
    checkCanceled();
    basis.push(vector);
    times(vector, image);
    let along = 0;
    for (let i = 0; i < n; i++) along += image[i]! * vector[i]!;
    diagonal.push(along);
    for (let pass = 0; pass < 2; pass++)
      for (const other of basis) {
        let part = 0;
        for (let i = 0; i < n; i++) part += image[i]! * other[i]!;
        for (let i = 0; i < n; i++) image[i]! -= part * other[i]!;
      }
    let rest = 0;
    for (let i = 0; i < n; i++) rest += image[i]! ** 2;
    rest = Math.sqrt(rest);
    const [value = 0] = tridiagonalEigenvalues(Float64Array.from(diagonal), Float64Array.from(offDiagonal));
    const settled = step > 2 && Math.abs(value - best) <= 1e-15 * value;
    best = value;
    if (settled || rest <= 1e-14 * best) break;
    offDiagonal.push(rest);
    vector = Float64Array.from(image, (component) => component / rest);
  }
  return best;
}

function normalize(vector: Float64Array): void {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i]! /= largest || 1) ** 2;
  const norm = Math.sqrt(sum) || 1;
  for (let i = 0; i < vector.length; i++) vector[i]! /= norm;
}

/**
 * A vector that in practice is orthogonal to no eigenvector, the same in every run, and independent of those of other
 * indices: within an eigenspace of several dimensions, iteration finds what its start already is.
 */
function startVector(n: number, index: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => ((i + 1) * (index + 1) * 0.6180339887498949) % 1 || 1);
}
