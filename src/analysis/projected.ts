import { wholeNumber } from '../shared/numbers';
import type { DumpSummary, Spectrum } from '../shared/summary';

/**
 * What random projections do to a summary, undone as far as it can be: products between projected rows are right on average, and
 * their squares are too large. For k columns of independent signs the mean of ‖Ĉ‖² is (1 + 1/k)‖C‖² + (tr C)²/k, less a share
 * of single columns that is left out here (Alon, Matias & Szegedy 1999, §2.2).
 *
 * @returns the summary itself where the rows are not projections
 */
export function withoutProjection(summary: DumpSummary): DumpSummary {
  const { dump, spectrum, preview } = summary;
  const { projected } = dump.metadata;
  if (projected === undefined) return summary;
  const { from, to, kind } = projected;
  const way = kind === 'gaussian' ? 'a Gaussian projection' : 'a count sketch';
  const norm = spectrum && corrected(spectrum, to, dump.rows);
  const notes = [
    `Its columns are ${wholeNumber(to)} random sums of ${wholeNumber(from)} parameters (${way}). Lengths of rows and products between them are right on average; what the projection adds to their error is not in the intervals. The Frobenius norm is corrected for it, and the spectral norm is somewhat too large.`,
    ...(spectrum && norm !== undefined && 2 * norm ** 2 < spectrum.frobeniusNorm ** 2
      ? [
          'More than half of the squared Frobenius norm is what the projection added: the noise has about as many directions as there are columns. Keep more columns to measure it.',
        ]
      : []),
  ];
  return {
    ...summary,
    dump: { ...dump, notes: [...dump.notes, ...notes] },
    ...(spectrum && norm !== undefined && { spectrum: { ...spectrum, frobeniusNorm: norm } }),
    ...(preview && { preview: withoutProjection(preview) }),
  };
}

function corrected({ eigenvalues, partial, frobeniusNorm }: Spectrum, k: number, n: number): number {
  const trace = partial?.trace ?? eigenvalues.reduce((sum, value) => sum + value, 0);
  if (!(trace > 0)) return frobeniusNorm;
  // no covariance of n rows has more than n − 1 eigenvalues, so its squared norm is at least their even share
  const least = 1 / Math.max(1, n - 1);
  return trace * Math.sqrt(Math.max(least, ((frobeniusNorm / trace) ** 2 - 1 / k) / (1 + 1 / k)));
}
