/** Gradients small enough to compute everything by hand. */

/** Mean (3, 3), Σ = I. */
export const narrow = [
  [2, 2],
  [2, 4],
  [4, 4],
  [4, 2],
] as const;

/** The same mean, twice as far out: Σ = 4I. */
export const wide = [
  [1, 1],
  [1, 5],
  [5, 5],
  [5, 1],
] as const;

/** Three gradients of four parameters, one of them far from the others. */
export const threeByFour = [
  [1, 0, 3, 5],
  [1, 2, 0, 1.5],
  [0.5, 0, 1, 3.5],
] as const;

/** Every gradient has its opposite: the mean is exactly 0. */
export const opposites = [
  [1, 2, -1],
  [-1, -2, 1],
  [0.5, -1, 3],
  [-0.5, 1, -3],
] as const;

/** All rows are the same: no noise. */
export const identical = [
  [1, 2, 3],
  [1, 2, 3],
  [1, 2, 3],
] as const;
