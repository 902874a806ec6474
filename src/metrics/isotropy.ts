import { whiteCeiling } from '../theory/marchenko-pastur';
import type { Quantities } from './quantities';

/** Fewer rows of a sample rule nothing out. */
export const ISOTROPY_ROWS = 4;

/**
 * λ₁ over the largest that noise without any preferred direction would show: 1 or less does not rule such noise out.
 *
 * Of a sample that is the 95 % line of the largest eigenvalue of white noise, or that of the shuffled columns where they were
 * shuffled and theirs is larger: heavy tails lift both. Of the whole data set nothing is left to chance: it is the mean of all
 * eigenvalues.
 */
export function isotropyExcess(quantities: Quantities): number {
  const { rows: n, parameters, moments, spectrum, summary } = quantities;
  const largest = spectrum.eigenvalues[0] ?? 0;
  if (!quantities.uncertain) return (largest * parameters * n) / moments.scatter;
  const varying = parameters - moments.constantParameters;
  const variance = moments.scatter / (n - 1) / varying;
  if (n < ISOTROPY_ROWS) return 1;
  const ceiling = whiteCeiling(variance, n, varying);
  const shuffled = summary.resampling?.shuffled;
  const floor = shuffled instanceof Float64Array ? (shuffled[0] ?? 0) : 0;
  return largest / Math.max(ceiling, floor);
}
