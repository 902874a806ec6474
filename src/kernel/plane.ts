import type { GradientDump } from '../shared/dump';
import type { LeadingPlane, Moments } from '../shared/summary';
import type { BlockReader } from './blocks';
import type { PassContext } from './kernel';

/** Rows that are read together. */
const ROWS = 256;

/** The rows along one direction. */
export interface AxisProjection {
  /** [n] centered rows along the axis. */
  readonly points: Float64Array;
  readonly mean: number;
}

/** Projections on the index-th axis; all 0 for an eigenvalue that is mere rounding. */
type Projections = (index: number) => AxisProjection;

/**
 * Rows along the eigenvectors u of Σ, which are never formed, by way of those of K: Xu = √(nλ)v, and ḡᵀu = Σvᵢaᵢ/√(nλ).
 *
 * @param eigenvectors of K
 * @param eigenvalues times 2^(2·exponent)
 */
export function gramProjections(
  eigenvectors: readonly Float64Array[],
  eigenvalues: Float64Array,
  { meanProducts }: Moments,
  exponent: number,
): Projections {
  const n = meanProducts.length;
  return (index) => {
    const v = eigenvectors[index];
    const value = eigenvalues[index]!;
    if (v === undefined) return { points: new Float64Array(n), mean: 0 };
    const length = Math.sqrt(n * value) * 2 ** -exponent;
    let mean = 0;
    for (let i = 0; i < n; i++) mean += (v[i]! * meanProducts[i]!) / length;
    return { points: v.map((component) => component * length), mean };
  };
}

/**
 * Rows along the eigenvectors of Σ, when those are at hand: by reading the rows once more.
 *
 * @param eigenvectors of Σ
 * @param means [d] of the columns, times 2^exponent
 */
export function covarianceProjections(
  eigenvectors: readonly Float64Array[],
  means: Float64Array,
  exponent: number,
  dump: GradientDump,
  reader: BlockReader,
  context: PassContext,
): Projections {
  const { rows: n, parameters: d } = dump;
  const scale = 2 ** exponent;
  return (index) => {
    const points = new Float64Array(n);
    const u = eigenvectors[index];
    if (u === undefined) return { points, mean: 0 };
    let mean = 0;
    for (let j = 0; j < d; j++) mean += u[j]! * means[j]!;
    const rows = new Float64Array(Math.min(ROWS, n) * d);
    for (let from = 0; from < n; from += ROWS) {
      context.checkCanceled();
      const count = Math.min(ROWS, n - from);
      reader.readRows(from, count, rows);
      for (let row = 0, k = 0; row < count; row++) {
        let sum = 0;
        for (let j = 0; j < d; j++, k++) sum += u[j]! * (rows[k]! * scale - means[j]!);
        points[from + row] = sum / scale;
      }
    }
    return { points, mean: mean / scale };
  };
}

export function eigenPlane(project: Projections, eigenvalues: Float64Array, exponent: number): LeadingPlane {
  const axes = [project(0), project(1)] as const;
  const n = axes[0].points.length;
  const points = new Float64Array(2 * n);
  // an eigenvector has no sign; the mean gradient gives it one
  const signs = axes.map(({ mean }) => (mean < 0 ? -1 : 1));
  axes.forEach(({ points: values, mean }, axis) => {
    for (let i = 0; i < n; i++) points[2 * i + axis] = signs[axis]! * (values[i]! + mean);
  });
  const [first = 0, second = 0, third = 0] = eigenvalues;
  const apart = 64 * eigenvalues.length * Number.EPSILON * first;
  const back = 2 ** (-2 * exponent);
  return {
    axes: 'eigenvectors',
    points,
    mean: [signs[0]! * axes[0].mean, signs[1]! * axes[1].mean],
    covariance: [first * back, 0, second * back],
    determined: first - second > apart && second - third > apart,
  };
}

/** For one or two parameters the plane is the parameter space itself. */
export function parameterPlane({ rows: n, parameters: d }: GradientDump, reader: BlockReader): LeadingPlane {
  const tile = new Float64Array(n * d);
  reader.readColumns(0, d, tile);
  const points = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) points[2 * i + j] = tile[i * d + j]!;
  const mean: [number, number] = [0, 0];
  const origin = [points[0] ?? 0, points[1] ?? 0] as const;
  for (let i = 0; i < n; i++)
    for (const axis of [0, 1] as const) mean[axis] += (points[2 * i + axis]! - origin[axis]) / n;
  for (const axis of [0, 1] as const) mean[axis] += origin[axis];
  const covariance: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const x = points[2 * i]! - mean[0];
    const y = points[2 * i + 1]! - mean[1];
    covariance[0] += (x * x) / n;
    covariance[1] += (x * y) / n;
    covariance[2] += (y * y) / n;
  }
  const [xx, xy, yy] = covariance;
  const gap = Math.hypot(xx - yy, 2 * xy);
  return { axes: 'parameters', points, mean, covariance, determined: gap > 64 * Number.EPSILON * (xx + yy) };
}
