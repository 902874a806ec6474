import type { GradientDump } from '../../shared/dump';
import type { LayerSpectrum, LeadingPlane, Moments, Spectrum } from '../../shared/summary';
import type { BlockReader } from '../blocks';
import { smallCovariance } from '../covariance-matrix';
import { leadingVectors } from '../eigen';
import type { Run } from '../kernel';
import { SHOWN_PARAMETERS, SHOWN_SAMPLES } from '../matrix-spectrum';
import { covarianceProjections, eigenPlane, gramProjections, parameterPlane } from '../plane';
import { MeanCosine, meanCosineOfGram, secondMomentNormOfCovariance, secondMomentNormOfGram } from '../uncentered';
import type { Multiply } from '../uncentered';
import { allEigenvalues, leadingEigenvalues, reducedMatrix } from './eigenvalues';
import type { Leading } from './eigenvalues';
import type { Machine, Pass } from './pass';
import { copyOf, divided, largestRowSum, squaredNorm } from './tiled-matrix';

/** Of the mean eigenvalue, for a single strip of products in single precision; many strips average it. */
const FLOAT32_ROUNDING = 2 ** -21;

/** What products in single precision add to the rounding of the eigenvalues, times 2^(2·exponent). */
export function roundingOfProducts({ task }: Pass, { scatter }: Moments, N: number, exponent: number): number {
  const { rows: n, columns: m } = task.view;
  const { wide } = task.gram!;
  const trace = (scatter / N) * 2 ** (2 * exponent);
  return wide ? 0 : (FLOAT32_ROUNDING * trace) / n / Math.sqrt(m / 512);
}

/** All that K says, together with the moments; no row is read. */
export function spectrumOfGram(
  { compiled }: Machine,
  pass: Pass,
  moments: Moments,
  layers: readonly LayerSpectrum[],
  exponent: number,
  rounding: number,
  run: Run,
): Spectrum {
  const { matrix } = pass.task.gram!;
  const N = pass.task.view.rows;
  const back = 2 ** (-2 * exponent);
  const times = divided(pass, matrix, N);
  const rowSum = largestRowSum(pass, matrix) / N;
  const norm = squaredNorm(pass, matrix) / (N * N);
  const meanNorm = Math.sqrt(moments.meanSquaredNorm / back);
  const floor = N * Number.EPSILON * rowSum + N * (Number.EPSILON * meanNorm) ** 2 + rounding;
  const secondMomentNorm = secondMomentNormOfGram(times, moments, 1 / back, run.checkCanceled) * back;
  const cosine = meanCosineOfGram(times, moments, 1 / back);
  const gram = N <= SHOWN_SAMPLES && !matrix.packed ? { gram: copyOf(pass, back / N) } : {};
  const solved = (): Leading => {
    if (matrix.packed) return leadingEigenvalues(times, moments, run, exponent, floor, { trace: moments.scatter / N / back, norm, rowSum }); // prettier-ignore
    const reduced = reducedMatrix(pass, N);
    const eigenvalues = allEigenvalues(reduced, floor, run);
    return { eigenvalues, eigenvectors: leadingVectors(reduced, eigenvalues, floor) };
  };
  const { eigenvalues, eigenvectors, partial } = solved();
  const plane = eigenPlane(gramProjections(eigenvectors, eigenvalues, moments, exponent), eigenvalues, exponent);
  return {
    eigenvalues: eigenvalues.map((value) => value * back),
    ...(partial && { partial }),
    roundingFloor: floor * back,
    squaredFrobeniusNorm: norm * back * back,
    absoluteRowSum: rowSum * back,
    secondMomentNorm,
    ...(cosine !== undefined && { meanCosine: cosine }),
    matrix: 'gram',
    products: rounding > 0 ? 'float32' : 'float64',
    kernel: compiled.variant,
    plane,
    eigenvectors,
    layers,
    ...gram,
  };
}

/** All that Σ says; the mean cosine and the leading plane ask for the rows again. */
export function spectrumOfCovariance(
  { compiled }: Machine,
  pass: Pass,
  dump: GradientDump,
  formed: { readonly means: Float64Array; readonly layers: readonly LayerSpectrum[] },
  reader: BlockReader,
  exponent: number,
  rounding: number,
  run: Run,
): Spectrum {
  const { matrix } = pass.task.gram!;
  const { samples: N, parameters: d } = dump;
  const back = 2 ** (-2 * exponent);
  const times: Multiply = divided(pass, matrix, N);
  const rowSum = largestRowSum(pass, matrix) / N;
  const norm = squaredNorm(pass, matrix) / (N * N);
  const floor = d * Number.EPSILON * rowSum + rounding;
  const means = formed.means.map((mean) => mean * 2 ** exponent);
  const secondMomentNorm = secondMomentNormOfCovariance(times, means, run.checkCanceled) * back;
  const cosine = cosineOfRows(dump, reader, run);
  const reduced = reducedMatrix(pass, N);
  const eigenvalues = allEigenvalues(reduced, floor, run);
  const eigenvectors = leadingVectors(reduced, eigenvalues, floor);
  const plane = (): LeadingPlane => {
    const project = covarianceProjections(eigenvectors, means, exponent, dump, reader, run);
    return eigenPlane(project, eigenvalues, exponent);
  };
  return {
    eigenvalues: eigenvalues.map((value) => value * back),
    roundingFloor: floor * back,
    squaredFrobeniusNorm: norm * back * back,
    absoluteRowSum: rowSum * back,
    secondMomentNorm,
    ...(cosine !== undefined && { meanCosine: cosine }),
    matrix: 'covariance',
    products: rounding > 0 ? 'float32' : 'float64',
    kernel: compiled.variant,
    plane: d <= 2 ? parameterPlane(dump, reader) : plane(),
    eigenvectors,
    layers: formed.layers,
    ...(d <= SHOWN_PARAMETERS && { covariance: smallCovariance(dump, reader) }),
  };
}

/** Mean cosine between rows, when the matrix is that of the parameters: by reading the rows once more. */
function cosineOfRows({ samples: N, parameters: d }: GradientDump, reader: BlockReader, run: Run): number | undefined {
  const cosine = new MeanCosine(d);
  const rows = new Float64Array(Math.min(256, N) * d);
  for (let from = 0; from < N; from += 256) {
    run.checkCanceled();
    const count = Math.min(256, N - from);
    reader.readRows(from, count, rows);
    for (let row = 0; row < count; row++) cosine.add(rows, row * d);
  }
  return cosine.value;
}
