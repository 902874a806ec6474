import type { Tridiagonal } from './eigen';

/**
 * Householder reduction to tridiagonal form, in place: the lower triangle of `matrix` is overwritten by the
 * vectors vₖ of the reflections Hₖ = I − τₖvₖvₖᵀ, Q = H₀H₁….
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
  // vₖ stands below the diagonal of column k
  const rotate = (vector: Float64Array, forward: boolean): Float64Array => {
    for (let step = 0; step < n - 1; step++) {
      const k = forward ? n - 2 - step : step;
      const factor = factors[k]!;
      if (factor === 0) continue;
      let along = 0;
      for (let i = k + 1; i < n; i++) along += matrix[i * n + k]! * vector[i]!;
      for (let i = k + 1; i < n; i++) vector[i]! -= factor * along * matrix[i * n + k]!;
    }
    return vector;
  };
  return { diagonal, offDiagonal, rotate };
}
