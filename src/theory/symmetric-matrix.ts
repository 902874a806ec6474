/** A symmetric 2×2 matrix by its entries. */
export type Symmetric2 = readonly [xx: number, xy: number, yy: number];

/** Eigenvalues and the angle of the first eigenvector (cos angle, sin angle); the second is perpendicular. */
export interface Eigen2 {
  readonly values: readonly [first: number, second: number];
  readonly angle: number;
}

/**
 * Eigenvalues, largest first.
 *
 * @see Golub & Van Loan 2013, §8.5.2: one Jacobi rotation is exact in two dimensions
 * @example eigen2([2, 0, 1]) // => { values: [2, 1], angle: 0 }
 */
export function eigen2([xx, xy, yy]: Symmetric2): Eigen2 {
  const middle = (xx + yy) / 2;
  const radius = Math.hypot((xx - yy) / 2, xy);
  return { values: [middle + radius, middle - radius], angle: Math.atan2(2 * xy, xx - yy) / 2 };
}

/**
 * The matrix as it looks in axes turned by the angle: RᵀAR, R with columns (cos, sin) and (−sin, cos).
 *
 * @example turned([2, 0, 1], 0) // => [2, 0, 1]
 */
export function turned([xx, xy, yy]: Symmetric2, angle: number): Symmetric2 {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return [
    c * c * xx + 2 * c * s * xy + s * s * yy,
    (c * c - s * s) * xy + c * s * (yy - xx),
    s * s * xx - 2 * c * s * xy + c * c * yy,
  ];
}

/** tr AB */
export const traceOfProduct = (a: Symmetric2, b: Symmetric2): number => a[0] * b[0] + 2 * a[1] * b[1] + a[2] * b[2];

/** Factor·A */
export const multiplied = (factor: number, [xx, xy, yy]: Symmetric2): Symmetric2 => [
  factor * xx,
  factor * xy,
  factor * yy,
];

/**
 * Lower triangular L with LLᵀ = A for A positive semi-definite, as [l₁₁, l₂₁, l₂₂].
 *
 * @example choleskyFactor([4, 2, 2]) // => [2, 1, 1]
 */
export function choleskyFactor([xx, xy, yy]: Symmetric2): Symmetric2 {
  if (!(xx > 0)) return [0, 0, Math.sqrt(Math.max(0, yy))];
  const first = Math.sqrt(xx);
  const below = xy / first;
  return [first, below, Math.sqrt(Math.max(0, yy - below * below))];
}

/** Outline of the points at distance `deviations` in units of the covariance, closed: for drawing. */
export function ellipse(
  covariance: Symmetric2,
  deviations: number,
  center: readonly [number, number] = [0, 0],
  corners = 72,
): { readonly x: Float64Array; readonly y: Float64Array } {
  const { values, angle } = eigen2(covariance);
  const a = deviations * Math.sqrt(Math.max(0, values[0]));
  const b = deviations * Math.sqrt(Math.max(0, values[1]));
  const turns = Float64Array.from({ length: corners + 1 }, (_, corner) => (2 * Math.PI * corner) / corners);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return {
    x: turns.map((turn) => center[0] + c * a * Math.cos(turn) - s * b * Math.sin(turn)),
    y: turns.map((turn) => center[1] + s * a * Math.cos(turn) + c * b * Math.sin(turn)),
  };
}
