import type { DumpComparison, MatrixSummary, SubspaceOverlap, WeightedProducts } from '../../src/shared/summary';
import { centered, covariance, dot, jacobi, mean } from './naive';

type Rows = readonly (readonly number[])[];

const apply = (matrix: Rows, vector: readonly number[]): number[] => matrix.map((row) => dot(row, vector));

/** What a companion matrix says about a dump, from the full matrices. */
export function naiveMatrix(rows: Rows, matrix: Rows): MatrixSummary {
  const g = mean(rows);
  const x = centered(rows);
  const { values, vectors } = jacobi(matrix);
  const largest = values[0]!;
  const smallest = values.at(-1)!;
  // A⁻¹v in the eigenvectors of A
  const inverted = (v: readonly number[]): number =>
    vectors.reduce((sum, u, k) => sum + dot(u, v) ** 2 / values[k]!, 0);
  const own = jacobi(covariance(rows)).vectors;
  const axes =
    g.length === 2
      ? [
          [1, 0],
          [0, 1],
        ]
      : [own[0]!, own[1]!];
  const inPlane = (a: number, b: number): number => dot(axes[a]!, apply(matrix, axes[b]!));
  return {
    trace: values.reduce((sum, value) => sum + value, 0),
    frobeniusNorm: Math.sqrt(matrix.flat().reduce((sum, entry) => sum + entry * entry, 0)),
    eigenvalues: { largest, smallest },
    asymmetry: 0,
    rowProducts: Float64Array.from(x, (row) => dot(row, apply(matrix, row))),
    meanRowProducts: Float64Array.from(x, (row) => dot(g, apply(matrix, row))),
    meanProduct: dot(g, apply(matrix, g)),
    ...(smallest > 0 && {
      inverse: {
        covarianceProduct: x.reduce((sum, row) => sum + inverted(row), 0) / rows.length,
        meanProduct: inverted(g),
        condition: largest / smallest,
      },
    }),
    alongNoise: Float64Array.from(own.slice(0, 10), (u) => dot(u, apply(matrix, u))),
    noiseAlong: Float64Array.from(vectors.slice(0, 10), (v) => dot(v, apply(covariance(rows), v))),
    plane: [inPlane(0, 0), inPlane(0, 1), inPlane(1, 1)],
    overlaps: naiveOverlaps(own, vectors),
  };
}

/**
 * What a second dump says about the first.
 *
 * @param most leading directions that are compared
 */
export function naiveComparison(rows: Rows, others: Rows, most = 10): DumpComparison {
  const sigma = covariance(rows);
  const other = covariance(others);
  const [g, y] = [mean(rows), mean(others)];
  return {
    rows: others.length,
    meanSquaredNorm: dot(y, y),
    scatter: centered(others).reduce((sum, row) => sum + dot(row, row), 0),
    frobeniusNorm: Math.sqrt(dot(other.flat(), other.flat())),
    crossNorm: Math.sqrt(dot(sigma.flat(), other.flat())),
    meanProduct: dot(g, y),
    meanDeviation: Math.sqrt(dot(y, apply(sigma, y))),
    ownMeanDeviation: Math.sqrt(dot(y, apply(other, y))),
    overlaps: naiveOverlaps(jacobi(sigma).vectors, jacobi(other).vectors),
    principalCosines: naiveCosines(leading(sigma, most), leading(other, most)),
    ...(rows.length === others.length && { matchingRows: naiveMatches(centered(rows), centered(others)) }),
  };
}

/** What second moments of an optimizer say about a dump. */
export function naiveWeighted(rows: Rows, secondMoments: readonly number[]): WeightedProducts {
  const g = mean(rows);
  const x = centered(rows);
  const p = secondMoments.map((v) => (v > 0 ? 1 / Math.sqrt(v) : 0));
  const weighted = (a: readonly number[], b: readonly number[]): number =>
    p.reduce((sum, weight, j) => sum + weight * a[j]! * b[j]!, 0);
  const without = g.map((_, j) => (p[j] === 0 ? x.reduce((sum, row) => sum + row[j]! ** 2, 0) : 0));
  const scatter = x.reduce((sum, row) => sum + dot(row, row), 0);
  return {
    rowProducts: Float64Array.from(x, (row) => weighted(row, row)),
    meanRowProducts: Float64Array.from(x, (row) => weighted(g, row)),
    meanProduct: weighted(g, g),
    leftOut: {
      parameters: p.filter((weight, j) => weight === 0 && rows.some((row) => row[j] !== 0)).length,
      share: scatter > 0 ? without.reduce((sum, value) => sum + value, 0) / scatter : 0,
    },
  };
}

/** Eigenvectors of eigenvalues that are more than rounding. */
function leading(matrix: Rows, most: number): Rows {
  const { values, vectors } = jacobi(matrix);
  return vectors.slice(0, Math.min(most, values.filter((value) => value > 1e-12 * values[0]!).length));
}

/** √ of the eigenvalues of P_U P_V P_U in the basis U. */
function naiveCosines(a: Rows, b: Rows): Float64Array {
  const k = Math.min(a.length, b.length);
  const [u, v] = [a.slice(0, k), b.slice(0, k)];
  const squares = u.map((p) => u.map((q) => v.reduce((sum, w) => sum + dot(p, w) * dot(q, w), 0)));
  return Float64Array.from(jacobi(squares).values, (value) => Math.sqrt(Math.min(1, Math.max(0, value))));
}

/** By the angle itself. */
const naiveMatches = (x: Rows, y: Rows): number =>
  x.filter((row, i) => {
    const angles = y.map((other) => Math.acos(dot(row, other) / Math.sqrt(dot(row, row) * dot(other, other))));
    return angles.indexOf(Math.min(...angles)) === i;
  }).length;

function naiveOverlaps(a: Rows, b: Rows): SubspaceOverlap[] {
  return [1, 2].map((directions) => {
    const pairs = a.slice(0, directions).flatMap((u) => b.slice(0, directions).map((v) => dot(u, v) ** 2));
    return { directions, overlap: pairs.reduce((sum, value) => sum + value, 0) / directions };
  });
}
