import { AnalysisError } from '../shared/problem';
import type { Interval } from '../shared/report';
import { bulkCorrected, spectralNormInterval } from '../theory/bulk-correction';
import type { CorrectedEigenvalue } from '../theory/bulk-correction';
import { traceErrorFactor } from '../theory/row-statistics';
import { alongFirst } from './projections';
import type { Quantities } from './quantities';

/** Nearer to λ₁ than this an eigenvalue is the same to rounding. */
const TIE = 1e-9;

/**
 * λ₁ without what noise in all other directions adds to it, in the convention of the settings.
 *
 * @throws AnalysisError value/undefined where nothing varies, or the two largest eigenvalues are the same
 */
export function correctedSpectralNorm(quantities: Quantities): CorrectedEigenvalue {
  quantities.requireRows(3, 'a correction');
  quantities.requireNoise();
  const { scale, rows: n, spectrum } = quantities;
  const [first = 0, second = 0] = spectrum.eigenvalues;
  const corrected = bulkCorrected(spectrum.eigenvalues, n, spectrum.partial?.trace);
  if (corrected === undefined || first - second <= TIE * first)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'The two largest eigenvalues are the same, so none of them stands apart from the others',
      remedy: 'Dump more rows to separate their directions.',
    });
  return { value: scale * corrected.value, slope: corrected.slope };
}

/** The interval of λ₁ about its corrected value; undefined where nothing is uncertain, or no eigenvalue is the largest. */
export function intervalOfSpectralNorm(quantities: Quantities): Interval | undefined {
  const { scale, rows: n, spectrum } = quantities;
  if (!quantities.hasIntervals || quantities.eigenvalues.length === 0) return undefined;
  const [first = 0, second = 0] = spectrum.eigenvalues;
  if (first - second <= TIE * first) return undefined;
  const [vector] = spectrum.eigenvectors;
  const scores =
    spectrum.matrix === 'gram' && vector?.length === n
      ? vector.map((component) => component ** 2)
      : alongFirst(quantities).map((score) => score ** 2);
  const corrected = correctedSpectralNorm(quantities);
  const ends = spectralNormInterval(
    scale * first,
    corrected,
    byGroup(quantities, scores),
    traceErrorFactor(quantities.rowStatistics),
  );
  return quantities.interval(ends, 'Hall');
}

/** What groups of rows have together, where these and not the rows were drawn independently; their mean stays. */
function byGroup({ clusters }: Quantities, scores: Float64Array): Float64Array {
  if (clusters === undefined) return scores;
  const { of, sizes } = clusters.groups;
  const sums = new Float64Array(sizes.length);
  of.forEach((group, i) => (sums[group] = (sums[group] ?? 0) + (scores[i] ?? 0)));
  return sums.map((sum) => (sum * sizes.length) / of.length);
}
