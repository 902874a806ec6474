import type { GradientDump } from '../shared/dump';
import type { Spectrum } from '../shared/summary';
import { openBlocks } from './blocks';
import { eigenvector, tridiagonalEigenvalues } from './eigen';
import { tridiagonalize } from './householder';
import type { PassContext } from './kernel';

/** As many leading directions as are compared with those of another matrix. */
export const MOST_DIRECTIONS = 10;

/** Bytes of one tile of columns. */
const TILE_BYTES = 1 << 24;

/**
 * The leading eigenvectors of Σ as vectors of parameters, [k][d] with k ≤ MOST_DIRECTIONS, from what the spectrum kept: Σ
 * itself, K, its eigenvectors, or the rows in the leading plane. The first two point the way of the leading plane's axes.
 */
export function leadingDirections(
  dump: GradientDump,
  spectrum: Spectrum,
  context: PassContext,
): readonly Float64Array[] {
  const { eigenvalues, roundingFloor, matrix, eigenvectors, covariance, gram, plane } = spectrum;
  const { rows: n, parameters: d } = dump;
  const count = Math.min(MOST_DIRECTIONS, eigenvalues.filter((value) => value > roundingFloor).length);
  if (covariance !== undefined) return leadingEigenvectors(covariance, d, count, context).vectors;
  // weights w with u = Xᵀw: the eigenvectors of K, or the places of the rows along the axes
  const weights =
    gram !== undefined
      ? leadingEigenvectors(gram, n, count, context).vectors
      : matrix === 'gram'
        ? eigenvectors
        : [0, 1].slice(0, count).map((axis) => Float64Array.from({ length: n }, (_, i) => plane.points[2 * i + axis]!));
  const directions = weights.map(() => new Float64Array(d));
  const width = Math.max(1, Math.floor(TILE_BYTES / (8 * n)));
  const tile = new Float64Array(n * Math.min(width, d));
  const reader = openBlocks(dump);
  try {
    for (let from = 0; from < d; from += width) {
      context.checkCanceled();
      const columns = Math.min(width, d - from);
      reader.readColumns(from, columns, tile);
      for (let j = 0; j < columns; j++) {
        const origin = tile[j]!;
        let mean = 0;
        for (let i = 0; i < n; i++) mean += tile[i * columns + j]! - origin;
        mean = origin + mean / n;
        for (const [k, direction] of directions.entries()) {
          let sum = 0;
          for (let i = 0; i < n; i++) sum += weights[k]![i]! * (tile[i * columns + j]! - mean);
          direction[from + j] = sum;
        }
      }
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
  for (const [k, direction] of directions.entries()) {
    // the way of the plane's axis, so that both describe one picture
    const along = k < 2 ? weights[k]!.reduce((sum, weight, i) => sum + weight * plane.points[2 * i + k]!, 0) : 1;
    const length = Math.hypot(...norms(direction)) * (along < 0 ? -1 : 1);
    for (let j = 0; j < d; j++) direction[j]! /= length;
  }
  return directions;
}

/** Norms of stretches short enough to be spread as arguments. */
function norms(vector: Float64Array): number[] {
  const parts: number[] = [];
  for (let from = 0; from < vector.length; from += 4096) parts.push(Math.hypot(...vector.subarray(from, from + 4096)));
  return parts;
}

/** Eigenvalues of a symmetric matrix, largest first, and the eigenvectors of the leading ones. */
export interface Leading {
  readonly eigenvalues: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/** @param matrix [n, n], lower triangle; kept as it is */
export function leadingEigenvectors(matrix: Float64Array, n: number, count: number, context: PassContext): Leading {
  const reduced = tridiagonalize(matrix.slice(), n, context.checkCanceled);
  const eigenvalues = tridiagonalEigenvalues(reduced.diagonal.slice(), reduced.offDiagonal.slice());
  const vectors: Float64Array[] = [];
  for (let k = 0; k < Math.min(count, n); k++) vectors.push(eigenvector(reduced, eigenvalues[k]!, vectors));
  return { eigenvalues, vectors };
}

/** ‖UᵀV‖_F²/k for k = 1, 2, 5, 10, as far as both have so many directions. */
export function overlaps(
  own: readonly Float64Array[],
  other: readonly Float64Array[],
): readonly { readonly directions: number; readonly overlap: number }[] {
  const most = Math.min(own.length, other.length);
  return [1, 2, 5, 10]
    .filter((directions) => directions <= most)
    .map((directions) => {
      let sum = 0;
      for (const u of own.slice(0, directions))
        for (const v of other.slice(0, directions)) sum += u.reduce((total, value, j) => total + value * v[j]!, 0) ** 2;
      return { directions, overlap: Math.min(1, sum / directions) };
    });
}

/**
 * Cosines of the principal angles between two spaces, largest first: the singular values of UᵀV.
 *
 * @see Björck & Golub 1973, §3
 */
export function principalCosines(
  own: readonly Float64Array[],
  other: readonly Float64Array[],
  context: PassContext,
): Float64Array {
  const k = Math.min(own.length, other.length);
  const products = own
    .slice(0, k)
    .map((u) => other.slice(0, k).map((v) => u.reduce((total, value, j) => total + value * v[j]!, 0)));
  const squares = new Float64Array(k * k);
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++) squares[a * k + b] = products.reduce((sum, row) => sum + row[a]! * row[b]!, 0);
  if (k === 0) return squares;
  // rounding may leave a hair above 1, or below 0
  return leadingEigenvectors(squares, k, 0, context).eigenvalues.map((value) => Math.sqrt(Math.min(1, Math.max(0, value)))); // prettier-ignore
}
