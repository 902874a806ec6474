import { exponentOf } from './exponent';

/**
 * Symmetric matrices: row-major [n, n] Float64Array, of which only the lower triangle is read unless said otherwise.
 */

/** A += T·Tᵀ (lower triangle) for a tile T [n, width], row-major; the sums of a tile run before they are added to A. */
export function addGram(
  matrix: Float64Array,
  tile: Float64Array,
  n: number,
  width: number,
  checkCanceled: () => void = () => undefined,
): void {
  // 2×4 outputs at a time: eight products for six loads
  for (let i = 0; i < n; i += 2) {
    if (i % 32 === 0) checkCanceled();
    const a = i * width;
    const b = i + 1 < n ? a + width : a;
    for (let j = 0; j <= i + 1 && j < n; j += 4) {
      const p = j * width;
      const q = j + 1 < n ? p + width : p;
      const r = j + 2 < n ? p + 2 * width : p;
      const s = j + 3 < n ? p + 3 * width : p;
      let ap = 0, aq = 0, ar = 0, as = 0; // prettier-ignore
      let bp = 0, bq = 0, br = 0, bs = 0; // prettier-ignore
      for (let k = 0; k < width; k++) {
        const x = tile[a + k]!;
        const y = tile[b + k]!;
        const u = tile[p + k]!;
        const v = tile[q + k]!;
        const w = tile[r + k]!;
        const z = tile[s + k]!;
        ap += x * u;
        aq += x * v;
        ar += x * w;
        as += x * z;
        bp += y * u;
        bq += y * v;
        br += y * w;
        bs += y * z;
      }
      const row = i * n + j;
      matrix[row]! += ap;
      if (j + 1 <= i) matrix[row + 1]! += aq;
      if (j + 2 <= i) matrix[row + 2]! += ar;
      if (j + 3 <= i) matrix[row + 3]! += as;
      if (i + 1 < n) {
        const below = row + n;
        matrix[below]! += bp;
        if (j + 1 <= i + 1) matrix[below + 1]! += bq;
        if (j + 2 <= i + 1) matrix[below + 2]! += br;
        if (j + 3 <= i + 1) matrix[below + 3]! += bs;
      }
    }
  }
}

/** ‖A‖_F, of a matrix of any scale. */
export function frobeniusNorm(matrix: Float64Array, n: number): number {
  const squared = (scale: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let row = 0;
      for (let j = 0; j < i; j++) row += (matrix[i * n + j]! * scale) ** 2;
      sum += 2 * row + (matrix[i * n + i]! * scale) ** 2;
    }
    return sum;
  };
  const sum = squared(1);
  if (sum > 2 ** -900 && sum < 2 ** 900) return Math.sqrt(sum);
  const scale = 2 ** exponentOf(absoluteRowSum(matrix, n));
  return Math.sqrt(squared(scale)) / scale;
}

/** maxᵢ Σⱼ|Aᵢⱼ|, an upper bound of the spectral norm (Gershgorin). */
export function absoluteRowSum(matrix: Float64Array, n: number): number {
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const magnitude = Math.abs(matrix[i * n + j]!);
      sums[i]! += magnitude;
      sums[j]! += magnitude;
    }
    sums[i]! += Math.abs(matrix[i * n + i]!);
  }
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}

/** y = A·x */
export function multiply(matrix: Float64Array, n: number, x: Float64Array, y: Float64Array): void {
  y.fill(0);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const xi = x[i]!;
    let sum = 0;
    for (let j = 0; j < i; j++) {
      const a = matrix[row + j]!;
      sum += a * x[j]!;
      y[j]! += a * xi;
    }
    y[i]! += sum + matrix[row + i]! * xi;
  }
}

/** Copies the lower triangle over the upper one. */
export function mirror(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j]!;
}
