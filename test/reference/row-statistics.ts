import type { RowStatistics } from '../../src/theory/row-statistics';

/** What the rows of a dump say, from the rows; a data set of `size` examples was read row by row, once. */
export function rowStatisticsOf(
  rows: readonly (readonly number[])[],
  { size = Infinity, meanOf = 1, products = true } = {},
): RowStatistics {
  const n = rows.length;
  const mean = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / n);
  const x = rows.map((row) => row.map((value, j) => value - mean[j]!));
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, j) => sum + v * b[j]!, 0);
  const scatter = x.reduce((sum, row) => sum + dot(row, row), 0);
  // ‖XᵀX‖_F = ‖XXᵀ‖_F, of whichever is smaller
  const sides = n <= mean.length ? x : mean.map((_, j) => x.map((row) => row[j]!));
  const squares = sides.reduce((sum, a) => sum + sides.reduce((part, b) => part + dot(a, b) ** 2, 0), 0);
  return {
    centeredSquaredNorms: x.map((row) => dot(row, row)),
    meanProducts: x.map((row) => dot(row, mean)),
    meanSquaredNorm: dot(mean, mean),
    parameters: mean.length,
    ...(products && squares > 0 && { participationRatio: scatter ** 2 / squares }),
    meanOf,
    traceFactor: size === Infinity ? meanOf : (meanOf * (size - 1)) / size,
    meanFactor: size === Infinity ? 1 : 1 - (n * meanOf) / size,
  };
}

/** tr Σ and ‖G‖² as they are estimated. */
export function estimatesOf(rows: RowStatistics): { readonly trace: number; readonly signal: number } {
  const { centeredSquaredNorms, meanSquaredNorm, meanFactor, traceFactor } = rows;
  const n = centeredSquaredNorms.length;
  const variance = Array.from(centeredSquaredNorms).reduce((sum, norm) => sum + norm, 0) / (n - 1);
  return { trace: traceFactor * variance, signal: meanSquaredNorm - (meanFactor * variance) / n };
}
