import { eigen2 } from './symmetric-matrix';
import type { Eigen2, Symmetric2 } from './symmetric-matrix';

export type Point = readonly [x: number, y: number];

/** What the covariance says of gradients of two parameters that are the whole data set: divisor 1/N. */
export interface PlanarGradients {
  readonly mean: Point;
  /** ‖ḡ‖² */
  readonly meanSquaredNorm: number;
  readonly covariance: Symmetric2;
  readonly eigen: Eigen2;
  readonly trace: number;
  /** tr Σ/‖ḡ‖²; Infinity when the mean is 0 and the gradients are not, and undefined when all of them are 0. */
  readonly noiseScale: number | undefined;
}

/**
 * @param points at least one
 * @see the source draft, "Intuitively, what is gradient covariance?"
 * @example planarGradients([[2, 2], [2, 4], [4, 4], [4, 2]]).covariance // => [1, 0, 1]
 */
export function planarGradients(points: readonly Point[]): PlanarGradients {
  const average = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const mean: Point = [average(([x]) => x), average(([, y]) => y)];
  const covariance: Symmetric2 = [
    average(([x]) => (x - mean[0]) ** 2),
    average(([x, y]) => (x - mean[0]) * (y - mean[1])),
    average(([, y]) => (y - mean[1]) ** 2),
  ];
  const meanSquaredNorm = mean[0] ** 2 + mean[1] ** 2;
  const trace = covariance[0] + covariance[2];
  return {
    mean,
    meanSquaredNorm,
    covariance,
    eigen: eigen2(covariance),
    trace,
    noiseScale: trace === 0 && meanSquaredNorm === 0 ? undefined : trace / meanSquaredNorm,
  };
}
