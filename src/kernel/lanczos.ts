import { eigenvector, normalize, startVector, tridiagonalEigenvalues } from './eigen';
import { exponentOf, largestOf } from './exponent';

/** Leading eigenvalues with a certificate: an eigenvalue of A lies within `residuals[k]` of `values[k]`. */
export interface LanczosPairs {
  /** Largest first; each is a lower bound of the eigenvalue of the same rank. */
  readonly values: Float64Array;
  /** Unit vectors. */
  readonly vectors: readonly Float64Array[];
  /** ‖Auₖ − λₖuₖ‖, as the recurrence knows it. */
  readonly residuals: Float64Array;
}

/**
 * Lanczos' method with full reorthogonalization, from a start that is the same in every run. The matrix may be of any scale: it
 * is brought near 1 by a power of two, so that no square leaves the range of doubles.
 *
 * @param wanted how many leading eigenvalues are to settle
 * @param tolerance of their residuals, relative to the largest; the eigenvalues themselves are better: residual²/gap
 * @param steps at most
 * @see Golub & Van Loan 2013, §10.1 and §10.3
 */
export function lanczos(
  n: number,
  multiply: (x: Float64Array, y: Float64Array) => void,
  wanted: number,
  tolerance: number,
  steps: number,
  checkCanceled: () => void,
): LanczosPairs {
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  let vector = startVector(n, 0);
  normalize(vector);
  const image = new Float64Array(n);
  let scale = 1;
  for (let step = 1; ; step++) {
    checkCanceled();
    basis.push(vector);
    multiply(vector, image);
    if (step === 1) scale = 2 ** exponentOf(largestOf(image));
    if (scale !== 1) for (let i = 0; i < n; i++) image[i]! *= scale;
    diagonal.push(dot(image, vector));
    for (let pass = 0; pass < 2; pass++)
      for (const other of basis) {
        const part = dot(image, other);
        for (let i = 0; i < n; i++) image[i]! -= part * other[i]!;
      }
    const rest = Math.sqrt(dot(image, image));
    const last = step === Math.min(n, steps);
    // the small problem costs step², and is asked rarely enough to stay the smaller part
    if (last || rest === 0 || step % (wanted === 1 ? 4 : 10) === 0) {
      const found = ritz(diagonal, offDiagonal, rest, Math.min(wanted, step));
      const [largest = 0] = found.values;
      const settled =
        found.values.length >= Math.min(wanted, n) && found.residuals.every((r) => r <= tolerance * largest);
      if (last || settled || rest <= Number.EPSILON * largest)
        return {
          values: found.values.map((value) => value / scale),
          residuals: found.residuals.map((residual) => residual / scale),
          vectors: found.vectors.map((weights) => {
            const sum = new Float64Array(n);
            for (const [k, other] of basis.entries()) for (let i = 0; i < n; i++) sum[i]! += weights[k]! * other[i]!;
            normalize(sum);
            return sum;
          }),
        };
    }
    offDiagonal.push(rest);
    // not Float64Array.from, whose iteration makes an object of every component
    vector = image.map((component) => component / rest);
  }
}

/** Leading eigenvalues and vectors of the small tridiagonal matrix; the last components bound the residuals. */
function ritz(diagonal: readonly number[], offDiagonal: readonly number[], rest: number, wanted: number): LanczosPairs {
  const small = {
    diagonal: Float64Array.from(diagonal),
    offDiagonal: Float64Array.from(offDiagonal),
    rotate: (vector: Float64Array) => vector,
  };
  const values = tridiagonalEigenvalues(small.diagonal, small.offDiagonal).slice(0, wanted);
  const vectors: Float64Array[] = [];
  for (const value of values) vectors.push(eigenvector(small, value, vectors));
  return {
    values,
    vectors,
    residuals: Float64Array.from(vectors, (vector) => Math.abs(rest * vector[vector.length - 1]!)),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * The largest eigenvalue of a positive semi-definite matrix, for the many small questions that need no whole spectrum.
 *
 * @param multiply writes the product with a vector x [n] into y [n]
 */
export function largestEigenvalue(
  multiply: (x: Float64Array, y: Float64Array) => void,
  n: number,
  checkCanceled: () => void = () => undefined,
): number {
  return Math.max(0, lanczos(n, multiply, 1, 1e-8, n, checkCanceled).values[0] ?? 0);
}
