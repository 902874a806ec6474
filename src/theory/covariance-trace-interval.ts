import { hallInterval } from './hall-interval';
import type { Ends } from './hall-interval';
import { timesPowerOfTwo } from './power-of-two';
import { LEAST_ROWS, normalizedRows, rowVariance, traceErrorFactor } from './row-statistics';
import type { RowStatistics } from './row-statistics';

/**
 * 95 % interval of tr Σ: Hall’s, of κn/(n − 2)·hᵢ, never below 0.
 *
 * @returns undefined for fewer than 4 rows, rows equally far from their mean, and when every example was seen
 * @see Hall 1992; the pseudo-values: Efron & Stein 1981
 * @example covarianceTraceInterval({ centeredSquaredNorms: [4, 1, 0, 1, 4], meanProducts: [-6, -3, 0, 3, 6], meanSquaredNorm: 9, parameters: 1, meanOf: 1, traceFactor: 1, meanFactor: 1 })?.upper.toFixed(8) // => '6.90903275'
 */
export function covarianceTraceInterval(rows: RowStatistics): Ends | undefined {
  const n = rows.centeredSquaredNorms.length;
  if (n < LEAST_ROWS) return undefined;
  const normalized = normalizedRows(rows);
  if (normalized === undefined) return undefined;
  const { centeredSquaredNorms, traceNorms = centeredSquaredNorms } = normalized.rows;
  const scale = (rows.traceFactor * n) / (n - 2);
  const ends = hallInterval(
    rows.traceFactor * rowVariance(traceNorms),
    Float64Array.from(traceNorms, (norm) => scale * norm),
    traceErrorFactor(rows),
  );
  const back = (end: number): number => timesPowerOfTwo(end, normalized.exponent);
  return ends && { lower: back(Math.max(0, ends.lower)), upper: back(ends.upper) };
}
