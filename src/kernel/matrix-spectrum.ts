import type { GradientDump } from '../shared/dump';
import type { LayerSpectrum, LeadingPlane, Moments, Spectrum } from '../shared/summary';
import type { BlockReader } from './blocks';
import { clipped, leadingVectors, tridiagonalEigenvalues } from './eigen';
import { tridiagonalize } from './householder';
import type { PassContext } from './kernel';
import { largestEigenvalue } from './lanczos';
import { covarianceProjections, eigenPlane, gramProjections, parameterPlane } from './plane';
import { absoluteRowSum, frobeniusNorm, mirror, multiply } from './symmetric';
import { meanCosineOfGram, secondMomentNormOfCovariance, secondMomentNormOfGram } from './uncentered';
import type { Multiply } from './uncentered';

/** Up to here the matrices themselves travel with the result. */
export const SHOWN_PARAMETERS = 64;
export const SHOWN_ROWS = 512;

/** What reading the rows leaves of them when n ≤ d. */
export interface GramMatrix {
  /** n·K·2^(2·exponent) = XXᵀ·2^(2·exponent) [n, n], lower triangle. */
  readonly matrix: Float64Array;
  readonly layers: readonly LayerSpectrum[];
}

/** What reading the rows leaves of them when n > d. */
export interface CovarianceMatrix {
  /** Σ·2^(2·exponent) = XᵀX·2^(2·exponent)/n [d, d], lower triangle. */
  readonly matrix: Float64Array;
  /** [d] of the columns, times 2^exponent. */
  readonly means: Float64Array;
  readonly layers: readonly LayerSpectrum[];
  readonly meanCosine: number | undefined;
}

/**
 * All that K says, together with the moments; the rows are not needed any more.
 *
 * @param gram is solved in place
 * @param rounding of the products beyond that of doubles
 * @param clip for products that somebody else formed
 * @throws AnalysisError solver/no-convergence, run/canceled
 */
export function spectrumOfGram(
  { matrix: K, layers }: GramMatrix,
  moments: Moments,
  exponent: number,
  context: PassContext,
  rounding = 0,
  clip: typeof clipped = clipped,
): Spectrum {
  const n = moments.centeredSquaredNorms.length;
  for (let k = 0; k < n * n; k++) K[k]! /= n;
  const summary = matrixSummary(K, n, exponent, moments, rounding);
  const gram = n <= SHOWN_ROWS ? { gram: scaledCopy(K, n, exponent) } : {};
  const times: Multiply = (x, y) => multiply(K, n, x, y);
  const cosine = meanCosineOfGram(times, moments, exponent);
  const secondMomentNorm = secondMomentNormOfGram(times, moments, exponent, context.checkCanceled);
  const reduced = tridiagonalize(K, n, context.checkCanceled);
  const expected = summary.roundingFloor * 2 ** (2 * exponent);
  const all = tridiagonalEigenvalues(reduced.diagonal, reduced.offDiagonal, context.checkCanceled);
  const { eigenvalues, floor } = clip(all, expected);
  const eigenvectors = leadingVectors(reduced, eigenvalues, floor);
  const project = gramProjections(eigenvectors, eigenvalues, moments, exponent);
  return {
    eigenvalues: eigenvalues.map((value) => value * 2 ** (-2 * exponent)),
    ...summary,
    roundingFloor: floor * 2 ** (-2 * exponent),
    secondMomentNorm,
    ...(cosine !== undefined && { meanCosine: cosine }),
    matrix: 'gram',
    products: rounding > 0 ? 'float32' : 'float64',
    kernel: 'plain',
    plane: eigenPlane(project, eigenvalues, exponent),
    eigenvectors,
    layers,
    ...gram,
  };
}

/**
 * All that Σ says; only the leading plane asks for the rows again.
 *
 * @param covariance is solved in place
 * @throws AnalysisError solver/no-convergence, file/changed, run/canceled
 */
export function spectrumOfCovariance(
  { matrix: sigma, means, layers, meanCosine }: CovarianceMatrix,
  dump: GradientDump,
  reader: BlockReader,
  exponent: number,
  context: PassContext,
): Spectrum {
  const { parameters: d } = dump;
  const summary = matrixSummary(sigma, d, exponent);
  const covariance = d <= SHOWN_PARAMETERS ? { covariance: scaledCopy(sigma, d, exponent) } : {};
  const times: Multiply = (x, y) => multiply(sigma, d, x, y);
  const secondMomentNorm = secondMomentNormOfCovariance(times, means, exponent, context.checkCanceled);
  const reduced = tridiagonalize(sigma, d, context.checkCanceled);
  const all = tridiagonalEigenvalues(reduced.diagonal, reduced.offDiagonal, context.checkCanceled);
  const { eigenvalues, floor } = clipped(all, summary.roundingFloor * 2 ** (2 * exponent));
  const eigenvectors = leadingVectors(reduced, eigenvalues, floor);
  const plane = (): LeadingPlane => {
    const project = covarianceProjections(eigenvectors, means, exponent, dump, reader, context);
    return eigenPlane(project, eigenvalues, exponent);
  };
  return {
    eigenvalues: eigenvalues.map((value) => value * 2 ** (-2 * exponent)),
    ...summary,
    roundingFloor: floor * 2 ** (-2 * exponent),
    secondMomentNorm,
    ...(meanCosine !== undefined && { meanCosine }),
    matrix: 'covariance',
    products: 'float64',
    kernel: 'plain',
    plane: d <= 2 ? parameterPlane(dump, reader) : plane(),
    eigenvectors,
    layers,
    ...covariance,
  };
}

/** @param matrix the share of a layer in K or Σ, times 2^(2·exponent) and the divisor */
export function layerSpectrum(
  matrix: Float64Array,
  n: number,
  divisor: number,
  exponent: number,
  context: PassContext,
): LayerSpectrum {
  const largest = largestEigenvalue((x, y) => multiply(matrix, n, x, y), n, context.checkCanceled);
  return {
    spectralNorm: (largest / divisor) * 2 ** (-2 * exponent),
    frobeniusNorm: (frobeniusNorm(matrix, n) / divisor) * 2 ** (-2 * exponent),
  };
}

function matrixSummary(
  matrix: Float64Array,
  n: number,
  exponent: number,
  moments?: Moments,
  rounding = 0,
): Pick<Spectrum, 'roundingFloor' | 'frobeniusNorm' | 'absoluteRowSum'> {
  const bound = absoluteRowSum(matrix, n);
  const floor = n * Number.EPSILON * bound + (moments === undefined ? 0 : roundingOfMean(moments, exponent));
  return {
    roundingFloor: floor * 2 ** (-2 * exponent) + rounding,
    frobeniusNorm: frobeniusNorm(matrix, n) * 2 ** (-2 * exponent),
    absoluteRowSum: bound * 2 ** (-2 * exponent),
  };
}

/**
 * What rounding of the mean leaves in n·K/n, times 2^(2·exponent), when the mean dwarfs the spread. Parameters that do not vary
 * have an exact mean; of the others Σḡⱼ² is at most Σⱼ ḡⱼ²/sⱼ² times the whole variance.
 */
export function roundingOfMean(
  { meanSquaredNorm, signalToNoise, scatter, meanProducts }: Moments,
  exponent: number,
): number {
  const n = meanProducts.length;
  const ofVarying = Math.sqrt(signalToNoise.sum) * Math.sqrt(scatter / Math.max(1, n - 1));
  return n * (Number.EPSILON * Math.min(Math.sqrt(meanSquaredNorm), ofVarying) * 2 ** exponent) ** 2;
}

export function scaledCopy(matrix: Float64Array, n: number, exponent: number): Float64Array {
  const copy = matrix.map((value) => value * 2 ** (-2 * exponent));
  mirror(copy, n);
  return copy;
}
