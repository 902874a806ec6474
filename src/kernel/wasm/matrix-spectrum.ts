import type { GradientDump } from '../../shared/dump';
import type { LayerSpectrum, LeadingPlane, Moments, Spectrum } from '../../shared/summary';
import type { BlockReader } from '../blocks';
import { smallCovariance } from '../covariance-matrix';
import { clipped, leadingVectors, tridiagonalEigenvalues } from '../eigen';
import type { Tridiagonal } from '../eigen';
import type { PassContext } from '../kernel';
import { SHOWN_PARAMETERS, SHOWN_ROWS, roundingOfMean } from '../matrix-spectrum';
import { covarianceProjections, eigenPlane, gramProjections, parameterPlane } from '../plane';
import { MeanCosine, meanCosineOfGram, secondMomentNormOfCovariance, secondMomentNormOfGram } from '../uncentered';
import type { Multiply } from '../uncentered';
import { leadingEigenvalues, reducedMatrix } from './eigenvalues';
import type { LeadingEigenvalues } from './eigenvalues';
import type { Machine, Pass } from './pass';
import { copyOf, divided, frobeniusNorm, largestRowSum } from './tiled-matrix';

/**
 * Of the mean eigenvalue, for a single strip of products in single precision; many strips average it. So far small eigenvalues
 * may lie from those of products in double precision: measured 0.8 of it for dense rows of low rank, 0.3 for most others.
 */
const FLOAT32_ROUNDING = 2 ** -19;

/** What products in single precision add to the rounding of the eigenvalues, times 2^(2·exponent). */
export function roundingOfProducts({ task }: Pass, { scatter }: Moments, n: number, exponent: number): number {
  const { rows: order, columns: m } = task.view;
  const { wide } = task.gram!;
  const trace = (scatter / n) * 2 ** exponent * 2 ** exponent;
  return wide ? 0 : (FLOAT32_ROUNDING * trace) / order / Math.sqrt(m / 512);
}

/** A spectrum, and whether its smallest eigenvalue keeps the bound of rounding that was expected: if not, that is widened. */
export interface Checked {
  readonly spectrum: Spectrum;
  readonly held: boolean;
}

/** All that K says, together with the moments; no row is read. */
export function spectrumOfGram(
  { compiled }: Machine,
  pass: Pass,
  moments: Moments,
  layers: readonly LayerSpectrum[],
  exponent: number,
  rounding: number,
  context: PassContext,
  clip: typeof clipped = clipped,
): Checked {
  const { matrix } = pass.task.gram!;
  const n = pass.task.view.rows;
  const back = 2 ** (-2 * exponent);
  const times = divided(pass, matrix, n);
  const rowSum = largestRowSum(pass, matrix) / n;
  const norm = frobeniusNorm(pass, matrix) / n;
  const expected = n * Number.EPSILON * rowSum + roundingOfMean(moments, exponent) + rounding;
  const secondMomentNorm = secondMomentNormOfGram(times, moments, exponent, context.checkCanceled);
  const cosine = meanCosineOfGram(times, moments, exponent);
  const gram = n <= SHOWN_ROWS && !matrix.packed ? { gram: copyOf(pass, back / n) } : {};
  const solved = (): LeadingEigenvalues => {
    if (matrix.packed) return leadingEigenvalues(times, moments, context, exponent, expected, { trace: (moments.scatter / n) * 2 ** exponent * 2 ** exponent, norm, rowSum }); // prettier-ignore
    const reduced = reducedMatrix(pass, n);
    const { eigenvalues, floor } = clip(allEigenvalues(reduced, context), expected);
    return { eigenvalues, floor, eigenvectors: leadingVectors(reduced, eigenvalues, floor) };
  };
  const { eigenvalues, floor, eigenvectors, partial } = solved();
  const plane = eigenPlane(gramProjections(eigenvectors, eigenvalues, moments, exponent), eigenvalues, exponent);
  const spectrum: Spectrum = {
    eigenvalues: eigenvalues.map((value) => value * back),
    ...(partial && { partial }),
    roundingFloor: floor * back,
    frobeniusNorm: norm * back,
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
  return { spectrum, held: floor === expected };
}

const allEigenvalues = ({ diagonal, offDiagonal }: Tridiagonal, context: PassContext): Float64Array =>
  tridiagonalEigenvalues(diagonal, offDiagonal, context.checkCanceled);

/** All that Σ says; the mean cosine and the leading plane ask for the rows again. */
export function spectrumOfCovariance(
  { compiled }: Machine,
  pass: Pass,
  dump: GradientDump,
  formed: { readonly means: Float64Array; readonly layers: readonly LayerSpectrum[] },
  reader: BlockReader,
  exponent: number,
  rounding: number,
  context: PassContext,
): Checked {
  const { matrix } = pass.task.gram!;
  const { rows: n, parameters: d } = dump;
  const back = 2 ** (-2 * exponent);
  const times: Multiply = divided(pass, matrix, n);
  const rowSum = largestRowSum(pass, matrix) / n;
  const norm = frobeniusNorm(pass, matrix) / n;
  const expected = d * Number.EPSILON * rowSum + rounding;
  const means = formed.means.map((mean) => mean * 2 ** exponent);
  const secondMomentNorm = secondMomentNormOfCovariance(times, means, exponent, context.checkCanceled);
  const cosine = cosineOfRows(dump, reader, context);
  const reduced = reducedMatrix(pass, n);
  const { eigenvalues, floor } = clipped(allEigenvalues(reduced, context), expected);
  const eigenvectors = leadingVectors(reduced, eigenvalues, floor);
  const plane = (): LeadingPlane => {
    const project = covarianceProjections(eigenvectors, means, exponent, dump, reader, context);
    return eigenPlane(project, eigenvalues, exponent);
  };
  const spectrum: Spectrum = {
    eigenvalues: eigenvalues.map((value) => value * back),
    roundingFloor: floor * back,
    frobeniusNorm: norm * back,
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
  return { spectrum, held: floor === expected };
}

/** Mean cosine between rows, when the matrix is that of the parameters: by reading the rows once more. */
function cosineOfRows(
  { rows: n, parameters: d }: GradientDump,
  reader: BlockReader,
  context: PassContext,
): number | undefined {
  const cosine = new MeanCosine(d);
  const rows = new Float64Array(Math.min(256, n) * d);
  for (let from = 0; from < n; from += 256) {
    context.checkCanceled();
    const count = Math.min(256, n - from);
    reader.readRows(from, count, rows);
    for (let row = 0; row < count; row++) cosine.add(rows, row * d);
  }
  return cosine.value;
}
