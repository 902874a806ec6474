import type { GradientDump } from '../../shared/dump';
import type { LayerSpectrum, Moments } from '../../shared/summary';
import { exponentOf, scalingExponent } from '../exponent';
import type { PassContext } from '../kernel';
import { largestEigenvalue } from '../lanczos';
import { layerSpectrum } from '../matrix-spectrum';
import { largestAtFirst, readMoments } from './moments';
import { OPERATION, tileCount } from './operations';
import { withPass } from './pass';
import type { Machine, Pass, Plan } from './pass';
import { rowsOf } from './strip-source';
import type { Block } from './strips';
import type { MatrixLayout } from './task';
import { divided, frobeniusNorm, largestRowSum, multiplication, multiplyAll, removeCommonRounding, setDiagonal, } from './tiled-matrix'; // prettier-ignore

/**
 * How far the first block may be from the largest magnitude of all, as an exponent of two, before products leave the range of
 * their type or lose what is small.
 */
const ROOM = { narrow: 32, wide: 200 };

/** The matrix n·K·2^(2·exponent) of a pass, and what was measured on the way. */
export interface FormedGram {
  readonly moments: Moments;
  readonly exponent: number;
  readonly layers: readonly LayerSpectrum[];
}

/** Fills the matrix in one pass over the dump, or two where the first block says nothing of the rest, and lets it be used. */
export function withGramMatrix<T>(
  machine: Machine,
  dump: GradientDump,
  context: PassContext,
  { planned, ahead }: { readonly planned: Plan; readonly ahead: boolean },
  use: (pass: Pass, formed: FormedGram) => T,
): T {
  const attempt = (given?: number): { readonly used: T } | { readonly needed: number } =>
    withPass(machine, dump, context, planned, 1, ahead, (pass) => {
      const formed = formGramMatrix(pass, dump, context, given);
      return typeof formed === 'number' ? { needed: formed } : { used: use(pass, formed) };
    });
  let outcome = attempt();
  if ('needed' in outcome) outcome = attempt(outcome.needed);
  if ('needed' in outcome) throw new RangeError('a scale that was given is not searched');
  return outcome.used;
}

/**
 * Measures the rows and adds up their products, reading each once.
 *
 * @param given exponent of the gradients; else that of the first block
 * @returns the exponent that is needed, when the first block's will not do
 */
function formGramMatrix(pass: Pass, dump: GradientDump, context: PassContext, given?: number): FormedGram | number {
  let exponent = 0;
  const scale = (buffer: number): number => (exponent = given ?? exponentOf(largestAtFirst(pass, buffer)));
  const sum = new SumOfStrips(pass, dump.rows, context);
  const moments = readMoments(pass, dump, context, scale, (block) => sum.add(block, exponent));
  const suited = scalingExponent(moments);
  const { wide } = pass.task.gram!;
  if (given === undefined && Math.abs(suited - exponent) > (wide ? ROOM.wide : ROOM.narrow)) return suited;
  multiplyAll(pass, 2 ** (2 * (suited - exponent)));
  if (!wide) {
    setDiagonal(pass, moments, 2 ** (2 * suited));
    removeCommonRounding(pass);
    setDiagonal(pass, moments, 2 ** (2 * suited));
  }
  // one layer is the whole
  const layers = dump.layers.length === 1 ? [normsOfWhole(pass, dump.rows, suited, context)] : sum.layers;
  return { moments, exponent: suited, layers };
}

/** Fills the matrix with n·Σ·2^(2·exponent), in two passes. */
export function formCovarianceMatrix(
  pass: Pass,
  dump: GradientDump,
  context: PassContext,
  exponent: number,
): { readonly means: Float64Array; readonly layers: readonly LayerSpectrum[] } {
  const means = meansOfRows(pass);
  const sum = new SumOfStrips(pass, dump.rows, context);
  const { blocks } = pass.task.cut;
  for (const [index, block] of blocks.entries()) {
    pass.fork(OPERATION.pack, index, pass.awaitBlock(), exponent);
    pass.release();
    sum.add(block, exponent);
    context.report({
      block: index + 1,
      blocks: blocks.length,
      bytesDone: Math.round((block.to / pass.task.view.columns) * dump.bytes),
    });
  }
  return { means, layers: normsOfBlocks(pass, dump, context, exponent) };
}

/** Means of the parameters, relative to the first example so that nothing of them is lost. */
function meansOfRows({ task, hands, awaitBlock, release, fork }: Pass): Float64Array {
  const { rows: order, columns: n, wide } = task.view;
  const { origins, sums, shares, means } = task.gram!.means!;
  const { doubles, engine } = hands;
  for (const [index, block] of task.cut.blocks.entries()) {
    const buffer = awaitBlock();
    if (index === 0) {
      const { at, stride } = rowsOf(hands, block, task.buffers[buffer]!, task.cut.strips[0]!);
      const view = new DataView(doubles.buffer);
      for (let i = 0; i < order; i++)
        doubles[origins / 8 + i] = wide
          ? view.getFloat64(at + i * stride, true)
          : view.getFloat32(at + i * stride, true);
    }
    fork(OPERATION.rowSums, index, buffer);
    engine.addShares(shares, block.endStrip - block.firstStrip, 8 * order, 0, order, sums);
    release();
  }
  for (let i = 0; i < order; i++) doubles[means / 8 + i] = doubles[origins / 8 + i]! + doubles[sums / 8 + i]! / n;
  return doubles.slice(means / 8, means / 8 + order);
}

/** Adds the products of packed strips to the matrix, and measures the layers on the way. */
class SumOfStrips {
  readonly layers: LayerSpectrum[] = [];
  readonly #pass: Pass;
  readonly #samples: number;
  readonly #context: PassContext;

  constructor(pass: Pass, n: number, context: PassContext) {
    this.#pass = pass;
    this.#samples = n;
    this.#context = context;
  }

  add(block: Block, exponent: number): void {
    const { task, hands, fork } = this.#pass;
    const { strips } = task.cut;
    fork(OPERATION.dropZeros, block.firstStrip, block.endStrip);
    const { progress, padded, layer } = task.gram!;
    const seen = new Int32Array(hands.bytes.buffer, progress, tileCount(padded));
    for (let first = block.firstStrip; first < block.endStrip;) {
      const { part } = strips[first]!;
      let end = first + 1;
      while (end < block.endStrip && (layer === undefined || strips[end]!.part === part)) end++;
      seen.fill(0);
      fork(OPERATION.tiles, first, end, block.firstStrip, layer === undefined ? 0 : 1);
      if (layer !== undefined && strips[end]?.part !== part) {
        this.layers.push(normsOf(this.#pass, layer, this.#samples, exponent, this.#context));
        fork(OPERATION.addLayer);
      }
      first = end;
    }
  }
}

function normsOf(pass: Pass, matrix: MatrixLayout, n: number, exponent: number, context: PassContext): LayerSpectrum {
  const back = 2 ** (-2 * exponent);
  const { rows: order } = pass.task.view;
  return {
    spectralNorm: (largestEigenvalue(multiplication(pass, matrix), order, context.checkCanceled) / n) * back,
    frobeniusNorm: (frobeniusNorm(pass, matrix) / n) * back,
  };
}

function normsOfWhole(pass: Pass, n: number, exponent: number, context: PassContext): LayerSpectrum {
  const { matrix } = pass.task.gram!;
  const back = 2 ** (-2 * exponent);
  const largest = largestEigenvalue(divided(pass, matrix, n), pass.task.view.rows, context.checkCanceled);
  const bound = largestRowSum(pass, matrix) / n;
  return {
    spectralNorm: Math.min(bound, largest) * back,
    frobeniusNorm: (frobeniusNorm(pass, matrix) / n) * back,
  };
}

/** Of Σ each layer is a block on the diagonal. */
function normsOfBlocks(
  { task, hands }: Pass,
  dump: GradientDump,
  context: PassContext,
  exponent: number,
): readonly LayerSpectrum[] {
  const { matrix } = task.gram!;
  let start = 0;
  return dump.layers.map(({ size }) => {
    const block = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++)
        block[i * size + j] = hands.doubles[(matrix.at + (start + j) * matrix.pitch) / 8 + start + i]! / dump.rows;
    start += size;
    return layerSpectrum(block, size, 1, exponent, context);
  });
}
