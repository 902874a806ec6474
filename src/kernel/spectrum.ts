import type { GradientDump } from '../shared/dump';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { LayerSpectrum, Moments, Spectrum } from '../shared/summary';
import { openBlocks } from './blocks';
import type { BlockReader } from './blocks';
import { clipped, tridiagonalEigenvalues } from './eigen';
import { covarianceProjections, eigenPlane, gramProjections, parameterPlane } from './plane';
import { tridiagonalize } from './householder';
import { largestEigenvalue } from './lanczos';
import type { Run } from './kernel';
import { absoluteRowSum, addGram, mirror, multiply, squaredFrobeniusNorm } from './symmetric';
import { MeanCosine, meanCosineOfGram, secondMomentNormOfCovariance, secondMomentNormOfGram } from './uncentered';

/** Columns (or rows) of one tile. Fixed, so that the order of summation, and with it every bit, never depends on memory. */
const STRIP = 256;

/** Up to here the matrices themselves travel with the result. */
export const SHOWN_PARAMETERS = 64;
export const SHOWN_SAMPLES = 512;

/**
 * The second pass: K = XXᵀ/N [N, N], or Σ = XᵀX/N [d, d] when that is the smaller one, and its spectrum.
 *
 * @throws AnalysisError data/too-few-examples, memory/budget, solver/no-convergence, file/changed, run/canceled
 */
export function spectrum(dump: GradientDump, moments: Moments, run: Run): Spectrum {
  const { samples: N, parameters: d } = dump;
  refuseOneRow(dump);
  const n = Math.min(N, d);
  const layered = dump.layers.length > 1;
  const needed = 8 * ((layered ? 3 : 2) * n * n + 2 * STRIP * Math.max(n, N <= d ? N : d) + 32 * n + 4 * N);
  if (needed > run.memoryBudget)
    throw new AnalysisError({
      code: 'memory/budget',
      found: `The ${n} × ${n} matrix and its solution need ${byteCount(needed)}, the budget is ${byteCount(run.memoryBudget)}`,
      remedy: 'Raise the memory budget in the settings, or dump fewer rows.',
    });
  const exponent = scalingExponent(moments);
  const reader = openBlocks(dump);
  try {
    const solved =
      N <= d ? gramSpectrum(dump, moments, run, reader, exponent) : covarianceSpectrum(dump, run, reader, exponent);
    reader.checkUnchanged();
    return solved;
  } finally {
    reader.close();
  }
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

/** k such that 2^k times the gradients is near 1: squares then keep every bit, and scaling back is exact. */
export const scalingExponent = ({ largestMagnitude }: Moments): number =>
  largestMagnitude > 0 ? -Math.floor(Math.log2(largestMagnitude)) : 0;

function gramSpectrum(dump: GradientDump, moments: Moments, run: Run, reader: BlockReader, exponent: number): Spectrum {
  const { samples: N, parameters: d } = dump;
  const K = new Float64Array(N * N);
  const layerMatrix = dump.layers.length > 1 ? new Float64Array(N * N) : K;
  const tile = new Float64Array(N * STRIP);
  const parts = dump.layers.length > 0 ? dump.layers.map(({ size }) => size) : [d];
  const layers: LayerSpectrum[] = [];
  const scale = 2 ** exponent;
  let from = 0;
  let strip = 0;
  const strips = parts.reduce((sum, size) => sum + Math.ceil(size / STRIP), 0);
  for (const size of parts) {
    layerMatrix.fill(0);
    for (let at = from; at < from + size; at += STRIP) {
      run.checkCanceled();
      const width = Math.min(STRIP, from + size - at);
      reader.readColumns(at, width, tile);
      centerColumns(tile, N, width, scale);
      addGram(layerMatrix, tile, N, width, run.checkCanceled);
      strip++;
      run.report({ block: strip, blocks: strips, bytesDone: Math.round((strip / strips) * dump.bytes) });
    }
    from += size;
    for (let k = 0; k < N * N; k++) layerMatrix[k]! /= N;
    if (dump.layers.length > 0) layers.push(layerSpectrum(layerMatrix, N, exponent, run));
    if (layerMatrix !== K) for (let k = 0; k < N * N; k++) K[k]! += layerMatrix[k]!;
  }
  const summary = matrixSummary(K, N, exponent, moments);
  const gram = N <= SHOWN_SAMPLES ? { gram: scaledCopy(K, N, exponent) } : {};
  const times = (x: Float64Array, y: Float64Array): void => multiply(K, N, x, y);
  const cosine = meanCosineOfGram(times, moments, scale * scale);
  const secondMomentNorm = secondMomentNormOfGram(times, moments, scale * scale, run.checkCanceled) / (scale * scale);
  const reduced = tridiagonalize(K, N, run.checkCanceled);
  const eigenvalues = clipped(tridiagonalEigenvalues(reduced.diagonal, reduced.offDiagonal, run.checkCanceled));
  const floor = summary.roundingFloor * 2 ** (2 * exponent);
  const project = gramProjections(reduced, eigenvalues, floor, moments, exponent);
  return {
    eigenvalues: eigenvalues.map((value) => value * 2 ** (-2 * exponent)),
    ...summary,
    secondMomentNorm,
    ...(cosine !== undefined && { meanCosine: cosine }),
    matrix: 'gram',
    kernel: 'plain',
    plane: d <= 2 ? parameterPlane(dump, reader) : eigenPlane(project, eigenvalues, exponent),
    layers,
    ...(d <= SHOWN_PARAMETERS && { covariance: smallCovariance(dump, reader) }),
    ...gram,
  };
}

function covarianceSpectrum(dump: GradientDump, run: Run, reader: BlockReader, exponent: number): Spectrum {
  const { samples: N, parameters: d } = dump;
  const scale = 2 ** exponent;
  const rows = new Float64Array(STRIP * d);
  const blocks = Math.ceil(N / STRIP);
  const read = (block: number): number => {
    run.checkCanceled();
    const count = Math.min(STRIP, N - block * STRIP);
    reader.readRows(block * STRIP, count, rows);
    for (let k = 0; k < count * d; k++) rows[k]! *= scale;
    return count;
  };
  const means = new Float64Array(d);
  const cosine = new MeanCosine(d);
  for (let block = 0; block < blocks; block++) {
    const count = read(block);
    for (let row = 0, k = 0; row < count; row++) {
      cosine.add(rows, k);
      for (let j = 0; j < d; j++, k++) means[j]! += rows[k]!;
    }
  }
  for (let j = 0; j < d; j++) means[j]! /= N;
  const sigma = new Float64Array(d * d);
  const tile = new Float64Array(d * STRIP);
  const deviations = new Float64Array(d);
  for (let block = 0; block < blocks; block++) {
    const count = read(block);
    for (let row = 0, k = 0; row < count; row++)
      for (let j = 0; j < d; j++, k++) {
        const x = rows[k]! - means[j]!;
        tile[j * count + row] = x;
        deviations[j]! += x;
      }
    addGram(sigma, tile, d, count, run.checkCanceled);
    run.report({ block: block + 1, blocks, bytesDone: Math.round(((block + 1) / blocks) * dump.bytes) });
  }
  // what rounding left of the mean
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) sigma[i * d + j] = (sigma[i * d + j]! - (deviations[i]! * deviations[j]!) / N) / N;
  const layers: LayerSpectrum[] = [];
  let start = 0;
  for (const { size } of dump.layers) {
    const block = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) block[i * size + j] = sigma[(start + i) * d + start + j]!;
    layers.push(layerSpectrum(block, size, exponent, run));
    start += size;
  }
  const summary = matrixSummary(sigma, d, exponent);
  const covariance = d <= SHOWN_PARAMETERS ? { covariance: scaledCopy(sigma, d, exponent) } : {};
  const secondMomentNorm =
    secondMomentNormOfCovariance((x, y) => multiply(sigma, d, x, y), means, run.checkCanceled) / (scale * scale);
  const reduced = tridiagonalize(sigma, d, run.checkCanceled);
  const eigenvalues = clipped(tridiagonalEigenvalues(reduced.diagonal, reduced.offDiagonal, run.checkCanceled));
  const floor = summary.roundingFloor * 2 ** (2 * exponent);
  const project = covarianceProjections(reduced, eigenvalues, floor, means, exponent, dump, reader, run);
  return {
    eigenvalues: eigenvalues.map((value) => value * 2 ** (-2 * exponent)),
    ...summary,
    secondMomentNorm,
    ...(cosine.value !== undefined && { meanCosine: cosine.value }),
    matrix: 'covariance',
    kernel: 'plain',
    plane: d <= 2 ? parameterPlane(dump, reader) : eigenPlane(project, eigenvalues, exponent),
    layers,
    ...covariance,
  };
}

/** Scales by a power of two and subtracts the column means, exactly enough that the columns then sum to rounding. */
function centerColumns(tile: Float64Array, rows: number, width: number, scale: number): void {
  const sums = new Float64Array(width);
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < width; j++, k++) sums[j]! += tile[k]! *= scale;
  for (let j = 0; j < width; j++) sums[j]! /= rows;
  const left = new Float64Array(width);
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < width; j++, k++) left[j]! += tile[k]! -= sums[j]!;
  for (let j = 0; j < width; j++) left[j]! /= rows;
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < width; j++, k++) tile[k]! -= left[j]!;
}

function matrixSummary(
  matrix: Float64Array,
  n: number,
  exponent: number,
  moments?: Moments,
): Pick<Spectrum, 'roundingFloor' | 'squaredFrobeniusNorm' | 'absoluteRowSum'> {
  const bound = absoluteRowSum(matrix, n);
  // rounding of the solver, and what rounding of the mean leaves when the mean dwarfs the spread
  const mean = moments === undefined ? 0 : moments.meanSquaredNorm * 2 ** (2 * exponent);
  const floor = n * Number.EPSILON * bound + n * (Number.EPSILON * Math.sqrt(mean)) ** 2;
  return {
    roundingFloor: floor * 2 ** (-2 * exponent),
    squaredFrobeniusNorm: squaredFrobeniusNorm(matrix, n) * 2 ** (-4 * exponent),
    absoluteRowSum: bound * 2 ** (-2 * exponent),
  };
}

export function layerSpectrum(matrix: Float64Array, n: number, exponent: number, run: Run): LayerSpectrum {
  return {
    spectralNorm: largestEigenvalue((x, y) => multiply(matrix, n, x, y), n, run.checkCanceled) * 2 ** (-2 * exponent),
    squaredFrobeniusNorm: squaredFrobeniusNorm(matrix, n) * 2 ** (-4 * exponent),
  };
}

/** Σ [d, d] of a dump with few parameters and no more rows than those. */
export function smallCovariance({ samples: N, parameters: d }: GradientDump, reader: BlockReader): Float64Array {
  const tile = new Float64Array(N * d);
  reader.readColumns(0, d, tile);
  centerColumns(tile, N, d, 1);
  const turned = new Float64Array(d * N);
  for (let i = 0; i < N; i++) for (let j = 0; j < d; j++) turned[j * N + i] = tile[i * d + j]!;
  const sigma = new Float64Array(d * d);
  addGram(sigma, turned, d, N);
  for (let k = 0; k < d * d; k++) sigma[k]! /= N;
  mirror(sigma, d);
  return sigma;
}

function scaledCopy(matrix: Float64Array, n: number, exponent: number): Float64Array {
  const copy = matrix.map((value) => value * 2 ** (-2 * exponent));
  mirror(copy, n);
  return copy;
}
