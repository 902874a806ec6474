import type { PassContext } from './kernel';
import { leadingEigenvectors, MOST_DIRECTIONS } from './leading-directions';
import { multiply } from './symmetric';
import { shuffle } from './shuffle';

/**
 * Overlap of the leading directions of two random halves of the rows, ‖UᵀV‖_F²/k for k = 1, 2, 5, 10, from K alone: a
 * direction that the other half does not show is not one of the distribution.
 *
 * @param gram K [n, n], whole
 * @see principal angles from products between rows: Björck & Golub 1973
 */
export function halvesOverlap(
  gram: Float64Array,
  n: number,
  uniform: () => number,
  context: PassContext,
): readonly { readonly directions: number; readonly overlap: number }[] {
  const order = shuffle(
    Int32Array.from({ length: n }, (_, i) => i),
    uniform,
  );
  const half = Math.floor(n / 2);
  const [a, b] = [order.subarray(0, half), order.subarray(half, 2 * half)].map((rows) =>
    weightsOf(gram, n, rows, context),
  );
  const overlaps: { directions: number; overlap: number }[] = [];
  for (const directions of [1, 2, 5, 10].filter((k) => k <= Math.min(a!.length, b!.length))) {
    let sum = 0;
    const image = new Float64Array(n);
    for (const v of b!.slice(0, directions)) {
      multiply(gram, n, v, image);
      for (const u of a!.slice(0, directions)) sum += u.reduce((total, value, i) => total + value * image[i]!, 0) ** 2;
    }
    overlaps.push({ directions, overlap: Math.min(1, sum / directions) });
  }
  return overlaps;
}

/** Weights w over all rows with unit direction u = √n·Xᵀw, for the leading directions of some of the rows. */
function weightsOf(gram: Float64Array, n: number, rows: Int32Array, context: PassContext): readonly Float64Array[] {
  const m = rows.length;
  const own = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) own[i * m + j] = gram[rows[i]! * n + rows[j]!]!;
  centerBoth(own, m);
  const { eigenvalues, vectors } = leadingEigenvectors(own, m, MOST_DIRECTIONS, context);
  const floor = m * Number.EPSILON * eigenvalues[0]!;
  return vectors
    .filter((_, k) => eigenvalues[k]! > floor)
    .map((vector, k) => {
      const weights = new Float64Array(n);
      const length = Math.sqrt(eigenvalues[k]!);
      // vectors of a centered matrix add up to 0, so the mean of the half needs no further care
      for (let i = 0; i < m; i++) weights[rows[i]!] = vector[i]! / length;
      return weights;
    });
}

/** J A J for a symmetric A. */
function centerBoth(matrix: Float64Array, m: number): void {
  const means = Float64Array.from({ length: m }, (_, i) => average(matrix.subarray(i * m, (i + 1) * m)));
  const all = average(means);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) matrix[i * m + j]! += all - means[i]! - means[j]!;
}

function average(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
