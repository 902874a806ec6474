import type { GradientDump } from '../../shared/dump';
import type { LayerSpectrum, Moments } from '../../shared/summary';
import type { Run } from '../kernel';
import { largestEigenvalue } from '../lanczos';
import { layerSpectrum } from '../matrix-spectrum';
import { OPERATION, tileCount } from './operations';
import type { Pass } from './pass';
import { rowsOf } from './strip-source';
import type { MatrixLayout } from './task';
import { divided, largestRowSum, multiplication, setDiagonal, squaredNorm } from './tiled-matrix';

/** Fills the matrix with N·K·2^(2·exponent), layer by layer; the rows are not needed any more. */
export function formGramMatrix(
  pass: Pass,
  dump: GradientDump,
  moments: Moments,
  run: Run,
  exponent: number,
): readonly LayerSpectrum[] {
  const layers = addStrips(pass, dump, run, exponent);
  if (!pass.task.view.wide) setDiagonal(pass, moments, 2 ** (2 * exponent));
  // one layer is the whole
  return dump.layers.length === 1 ? [normsOfWhole(pass, dump.samples, exponent, run)] : layers;
}

/** Fills the matrix with N·Σ·2^(2·exponent), in two passes. */
export function formCovarianceMatrix(
  pass: Pass,
  dump: GradientDump,
  run: Run,
  exponent: number,
): { readonly means: Float64Array; readonly layers: readonly LayerSpectrum[] } {
  const means = meansOfRows(pass);
  addStrips(pass, dump, run, exponent);
  return { means, layers: normsOfBlocks(pass, dump, run, exponent) };
}

/** Means of the parameters, relative to the first example so that nothing of them is lost. */
function meansOfRows({ task, hands, awaitBlock, release, fork }: Pass): Float64Array {
  const { rows: n, columns: N, wide } = task.view;
  const { origins, sums, shares, means } = task.gram!.means!;
  const { doubles, engine } = hands;
  for (const [index, block] of task.cut.blocks.entries()) {
    const buffer = awaitBlock();
    if (index === 0) {
      const { at, stride } = rowsOf(hands, block, task.buffers[buffer]!, task.cut.strips[0]!);
      const view = new DataView(doubles.buffer);
      for (let i = 0; i < n; i++)
        doubles[origins / 8 + i] = wide
          ? view.getFloat64(at + i * stride, true)
          : view.getFloat32(at + i * stride, true);
    }
    fork(OPERATION.rowSums, index, buffer);
    engine.addShares(shares, block.endStrip - block.firstStrip, 8 * n, 0, n, sums);
    release();
  }
  for (let i = 0; i < n; i++) doubles[means / 8 + i] = doubles[origins / 8 + i]! + doubles[sums / 8 + i]! / N;
  return doubles.slice(means / 8, means / 8 + n);
}

/** Adds the products of all strips, and measures the layers on the way. */
function addStrips(pass: Pass, dump: GradientDump, run: Run, exponent: number): readonly LayerSpectrum[] {
  const { task, hands, awaitBlock, release, fork } = pass;
  const { gram, cut: pieces } = task;
  const { progress, padded, layer } = gram!;
  const seen = new Int32Array(hands.bytes.buffer, progress, tileCount(padded));
  const layers: LayerSpectrum[] = [];
  const { blocks, strips } = pieces;
  for (const [index, block] of blocks.entries()) {
    const buffer = awaitBlock();
    fork(OPERATION.pack, index, buffer);
    release();
    for (let first = block.firstStrip; first < block.endStrip;) {
      const { part } = strips[first]!;
      let end = first + 1;
      while (end < block.endStrip && (layer === undefined || strips[end]!.part === part)) end++;
      seen.fill(0);
      fork(OPERATION.tiles, first, end, block.firstStrip, layer === undefined ? 0 : 1);
      if (layer !== undefined && strips[end]?.part !== part) {
        layers.push(normsOf(pass, layer, dump.samples, exponent, run));
        fork(OPERATION.addLayer);
      }
      first = end;
    }
    run.report({
      block: index + 1,
      blocks: blocks.length,
      bytesDone: Math.round((block.to / task.view.columns) * dump.bytes),
    });
  }
  return layers;
}

function normsOf(pass: Pass, matrix: MatrixLayout, N: number, exponent: number, run: Run): LayerSpectrum {
  const back = 2 ** (-2 * exponent);
  const { rows: n } = pass.task.view;
  return {
    spectralNorm: (largestEigenvalue(multiplication(pass, matrix), n, run.checkCanceled) / N) * back,
    squaredFrobeniusNorm: (squaredNorm(pass, matrix) / (N * N)) * back * back,
  };
}

function normsOfWhole(pass: Pass, N: number, exponent: number, run: Run): LayerSpectrum {
  const { matrix } = pass.task.gram!;
  const back = 2 ** (-2 * exponent);
  const largest = largestEigenvalue(divided(pass, matrix, N), pass.task.view.rows, run.checkCanceled);
  const bound = largestRowSum(pass, matrix) / N;
  return {
    spectralNorm: Math.min(bound, largest) * back,
    squaredFrobeniusNorm: (squaredNorm(pass, matrix) / (N * N)) * back * back,
  };
}

/** Of Σ each layer is a block on the diagonal. */
function normsOfBlocks(
  { task, hands }: Pass,
  dump: GradientDump,
  run: Run,
  exponent: number,
): readonly LayerSpectrum[] {
  const { matrix } = task.gram!;
  let start = 0;
  return dump.layers.map(({ size }) => {
    const block = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++)
        block[i * size + j] = hands.doubles[(matrix.at + (start + j) * matrix.pitch) / 8 + start + i]! / dump.samples;
    start += size;
    return layerSpectrum(block, size, 1, exponent, run);
  });
}
