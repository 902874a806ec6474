/**
 * Largest eigenvalue of a symmetric positive semi-definite matrix, by Lanczos steps with full orthogonalization.
 *
 * @param matrix [n, n] row-major
 * @returns the largest Ritz value, never above the true one, once its residual is below 1e-12 of it or n steps are made
 * @see Golub & Van Loan 2013, §10.1
 * @example largestEigenvalue([2, 1, 1, 2], 2).toFixed(12) // => '3.000000000000'
 */
export function largestEigenvalue(matrix: ArrayLike<number>, n: number): number {
  let scale = 0;
  for (let i = 0; i < n; i++) scale = Math.max(scale, matrix[i * n + i] ?? 0);
  if (scale === 0) return 0;
  // of size 1, so that no square leaves the range of numbers
  const scaled = Float64Array.from(matrix, (entry) => entry / scale);
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  // of all signs and sizes, so that it is perpendicular to no eigenvector that symmetry could give
  let next = unit(Float64Array.from({ length: n }, (_, i) => 1 + Math.sin(i + 1)));
  let largest = 0;
  for (let step = 0; step < n; step++) {
    basis.push(next);
    const image = times(scaled, next);
    diagonal.push(dot(image, next));
    // twice is enough
    for (let pass = 0; pass < 2; pass++)
      for (const vector of basis) {
        const part = dot(image, vector);
        for (let i = 0; i < n; i++) image[i] = (image[i] ?? 0) - part * (vector[i] ?? 0);
      }
    const length = Math.sqrt(dot(image, image));
    const ritz = largestOfTridiagonal(diagonal, beside);
    largest = ritz.value;
    if (length * Math.abs(ritz.last) <= 1e-12 * largest || length <= 1e-14 * largest) break;
    beside.push(length);
    next = image.map((value) => value / length);
  }
  return largest * scale;
}

function times(matrix: ArrayLike<number>, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (matrix[i * n + j] ?? 0) * (vector[j] ?? 0);
    return sum;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

/** Largest eigenvalue of a symmetric tridiagonal matrix by bisection, and the last entry of its unit eigenvector. */
function largestOfTridiagonal(
  diagonal: readonly number[],
  beside: readonly number[],
): { readonly value: number; readonly last: number } {
  const reach = diagonal.map(
    (value, i) => value + Math.abs(beside[i - 1] ?? 0) + (i < diagonal.length - 1 ? Math.abs(beside[i] ?? 0) : 0),
  );
  let high = Math.max(...reach);
  let low = Math.max(...diagonal);
  // the pivots of T − x are all negative exactly when x lies above every eigenvalue
  const above = (x: number): boolean => {
    let pivot = -1;
    return diagonal.every((value, i) => {
      pivot = value - x - (i === 0 ? 0 : (beside[i - 1] ?? 0) ** 2 / pivot);
      return pivot < 0;
    });
  };
  for (let step = 0; step < 120 && high - low > 1e-15 * Math.abs(high); step++) {
    const middle = (low + high) / 2;
    if (above(middle)) high = middle;
    else low = middle;
  }
  const value = (low + high) / 2;
  // (T − λ)v = 0 row by row from the first entry
  let [before, entry, squares] = [0, 1, 1];
  for (let i = 0; i < diagonal.length - 1; i++) {
    const after = ((value - (diagonal[i] ?? 0)) * entry - (beside[i - 1] ?? 0) * before) / (beside[i] ?? 1);
    [before, entry] = [entry, after];
    squares += after * after;
  }
  return { value, last: entry / Math.sqrt(squares) };
}
