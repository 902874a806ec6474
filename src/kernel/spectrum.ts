import type { GradientDump } from '../shared/dump';
import { beyondMemory } from '../shared/memory-budget';
import { AnalysisError } from '../shared/problem';
import type { Moments, Spectrum } from '../shared/summary';
import { openBlocks } from './blocks';
import type { BlockReader } from './blocks';
import { covarianceMatrix, smallCovariance } from './covariance-matrix';
import { scalingExponent } from './exponent';
import { STRIP, gramMatrix } from './gram-matrix';
import type { PassContext } from './kernel';
import { SHOWN_PARAMETERS, SHOWN_ROWS, scaledCopy, spectrumOfCovariance, spectrumOfGram } from './matrix-spectrum';
import { parameterPlane } from './plane';

/**
 * K = XXᵀ/n [n, n], or Σ = XᵀX/n [d, d] when that is the smaller one, and its spectrum.
 *
 * @throws AnalysisError data/too-few-examples, memory/budget, solver/no-convergence, file/changed, run/canceled
 */
export function spectrum(dump: GradientDump, moments: Moments, context: PassContext): Spectrum {
  const { rows: n, parameters: d } = dump;
  refuseOneRow(dump);
  const order = Math.min(n, d);
  const layered = dump.layers.length > 1;
  const kept = n > d && n <= SHOWN_ROWS ? 2 * n * n : 0;
  const needed =
    8 * (kept + (layered ? 3 : 2) * order * order + 2 * STRIP * Math.max(order, n <= d ? n : d) + 32 * order + 4 * n);
  if (needed > context.memoryBudget)
    throw beyondMemory('memory/budget', `The ${order} × ${order} matrix and its solution need`, needed, context.memoryBudget, { otherwise: 'dump fewer rows' }); // prettier-ignore
  const exponent = scalingExponent(moments);
  const reader = openBlocks(dump);
  try {
    const solved =
      n <= d
        ? withSmallParameterSpace(spectrumOfGram(gramMatrix(dump, context, reader, exponent), moments, exponent, context), dump, reader) // prettier-ignore
        : withProducts(spectrumOfCovariance(covarianceMatrix(dump, context, reader, exponent), dump, reader, exponent, context), dump, reader, exponent, context); // prettier-ignore
    reader.checkUnchanged();
    return solved;
  } finally {
    reader.close();
  }
}

/** What K does not say of a dump with few parameters: Σ itself, and the rows in the plane of only two. */
export function withSmallParameterSpace(solved: Spectrum, dump: GradientDump, reader: BlockReader): Spectrum {
  const { parameters: d } = dump;
  if (d > SHOWN_PARAMETERS) return solved;
  const plane = d <= 2 ? { plane: parameterPlane(dump, reader) } : {};
  return { ...solved, ...plane, covariance: smallCovariance(dump, reader) };
}

/** What Σ does not say of a dump with few rows: the products between them. */
function withProducts(
  solved: Spectrum,
  dump: GradientDump,
  reader: BlockReader,
  exponent: number,
  context: PassContext,
): Spectrum {
  const { rows: n } = dump;
  if (n > SHOWN_ROWS) return solved;
  const { matrix } = gramMatrix({ ...dump, layers: [] }, { ...context, report: () => undefined }, reader, exponent);
  for (let k = 0; k < n * n; k++) matrix[k]! /= n;
  return { ...solved, gram: scaledCopy(matrix, n, exponent) };
}

/** @throws AnalysisError data/too-few-examples */
export function refuseOneRow({ rows: n }: GradientDump): void {
  if (n > 1) return;
  throw new AnalysisError({
    code: 'data/too-few-examples',
    found: 'One row has no covariance; it needs at least 2',
    remedy: 'Dump the gradients of more examples.',
  });
}
