import { AnalysisError } from '../shared/problem';
import { covarianceTrace, trueGradientSquaredNorm } from '../theory/estimators';
import { withoutRow } from '../theory/leave-one-out';
import type { Quantities } from './quantities';

/** One row of the dump, and what the others would say without it. */
export interface ExampleInfluence {
  /** Index of the row, from 0. */
  readonly row: number;
  /** ‖gᵢ‖ */
  readonly norm: number;
  /** Cosine between gᵢ and ḡ; undefined when one of them is 0. */
  readonly cosine?: number;
  /** Share of Σ‖xᵢ‖², the scatter. */
  readonly share: number;
  /** (tr Σ without it − tr Σ)/tr Σ */
  readonly traceChange: number;
  /** The same of B_simple; undefined where one of the two does not exist. */
  readonly noiseScaleChange?: number;
}

/** Every row, in the order of the dump. Throws when there is no noise to have influence on. */
export function influences(quantities: Quantities): readonly ExampleInfluence[] {
  quantities.requireRows(3, 'influence of a single row');
  const { moments, drawnRows } = quantities;
  const { meanSquaredNorm, scatter, centeredSquaredNorms, meanProducts } = moments;
  if (scatter === 0)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'All rows are the same, so none has more influence than another',
      remedy: 'Dump the gradients of different examples.',
    });
  quantities.requireCovariance();
  // of rows one by one, also where they are in groups
  const trace = covarianceTrace(drawnRows);
  const signal = trueGradientSquaredNorm(drawnRows);
  return Array.from(centeredSquaredNorms, (c, row) => {
    const a = meanProducts[row] ?? 0;
    // rounding may leave less than nothing of a row that is 0
    const squaredNorm = Math.max(0, meanSquaredNorm + 2 * a + c);
    const lengths = Math.sqrt(meanSquaredNorm) * Math.sqrt(squaredNorm);
    const without = withoutRow(drawnRows, c, a);
    const comparable = signal > 0 && without.signal > 0;
    return {
      row,
      norm: Math.sqrt(squaredNorm),
      ...(lengths > 0 && { cosine: Math.min(1, Math.max(-1, (meanSquaredNorm + a) / lengths)) }),
      share: c / scatter,
      traceChange: without.trace / trace - 1,
      ...(comparable && { noiseScaleChange: without.trace / without.signal / (trace / signal) - 1 }),
    };
  });
}
