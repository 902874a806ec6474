import { AnalysisError } from '../shared/problem';
import { eigen2 } from '../theory/symmetric-matrix';
import type { Quantities } from './quantities';

/** [n] the rows along the mean gradient, up to a common factor and offset. */
export function alongMean({ moments }: Quantities): Float64Array {
  if (moments.meanSquaredNorm > 0) return moments.meanProducts;
  throw new AnalysisError({
    code: 'value/undefined',
    found: 'The mean gradient is exactly 0, so it has no direction',
    remedy: 'Dump the gradients of other examples, or of an earlier step.',
  });
}

/** [n] the rows along the direction of the largest variance, u₁; undefined when ties make that direction a free choice. */
export const alongLeading = (quantities: Quantities): Float64Array | undefined =>
  quantities.spectrum.plane.determined ? alongFirst(quantities) : undefined;

/** [n] the centered rows along the first eigenvector, whichever that is. */
export function alongFirst({ spectrum: { plane } }: Quantities): Float64Array {
  const angle = plane.axes === 'parameters' ? eigen2(plane.covariance).angle : 0;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [meanX, meanY] = plane.mean;
  return Float64Array.from(
    { length: plane.points.length / 2 },
    (_, row) => c * ((plane.points[2 * row] ?? 0) - meanX) + s * ((plane.points[2 * row + 1] ?? 0) - meanY),
  );
}
