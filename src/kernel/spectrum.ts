import type { GradientDump } from '../shared/dump';
import { beyondMemory } from '../shared/memory-budget';
import { AnalysisError } from '../shared/problem';
import type { Moments, Spectrum } from '../shared/summary';
import { openBlocks } from './blocks';
import type { BlockReader } from './blocks';
import { covarianceMatrix, smallCovariance } from './covariance-matrix';
import { scalingExponent } from './exponent';
import { STRIP, gramMatrix } from './gram-matrix';
import type { Run } from './kernel';
import { SHOWN_PARAMETERS, SHOWN_SAMPLES, scaledCopy, spectrumOfCovariance, spectrumOfGram } from './matrix-spectrum';
import { parameterPlane } from './plane';

/**
 * K = XXᵀ/N [N, N], or Σ = XᵀX/N [d, d] when that is the smaller one, and its spectrum.
 *
 * @throws AnalysisError data/too-few-examples, memory/budget, solver/no-convergence, file/changed, run/canceled
 */
export function spectrum(dump: GradientDump, moments: Moments, run: Run): Spectrum {
  const { samples: N, parameters: d } = dump;
  refuseOneRow(dump);
  const n = Math.min(N, d);
  const layered = dump.layers.length > 1;
  const kept = N > d && N <= SHOWN_SAMPLES ? 2 * N * N : 0;
  const needed = 8 * (kept + (layered ? 3 : 2) * n * n + 2 * STRIP * Math.max(n, N <= d ? N : d) + 32 * n + 4 * N);
  if (needed > run.memoryBudget)
    throw beyondMemory('memory/budget', `The ${n} × ${n} matrix and its solution need`, needed, run.memoryBudget, { otherwise: 'dump fewer rows' }); // prettier-ignore
  const exponent = scalingExponent(moments);
  const reader = openBlocks(dump);
  try {
    const solved =
      N <= d
        ? withSmallParameterSpace(spectrumOfGram(gramMatrix(dump, run, reader, exponent), moments, exponent, run), dump, reader) // prettier-ignore
        : withProducts(spectrumOfCovariance(covarianceMatrix(dump, run, reader, exponent), dump, reader, exponent, run), dump, reader, exponent, run); // prettier-ignore
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
function withProducts(solved: Spectrum, dump: GradientDump, reader: BlockReader, exponent: number, run: Run): Spectrum {
  const { samples: N } = dump;
  if (N > SHOWN_SAMPLES) return solved;
  const { matrix } = gramMatrix({ ...dump, layers: [] }, { ...run, report: () => undefined }, reader, exponent);
  for (let k = 0; k < N * N; k++) matrix[k]! /= N;
  return { ...solved, gram: scaledCopy(matrix, N, exponent) };
}

/** @throws AnalysisError data/too-few-examples */
export function refuseOneRow({ samples }: GradientDump): void {
  if (samples > 1) return;
  throw new AnalysisError({
    code: 'data/too-few-examples',
    found: 'One row has no covariance; it needs at least 2',
    remedy: 'Dump the gradients of more examples.',
  });
}
