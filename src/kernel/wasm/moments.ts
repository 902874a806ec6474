import type { GradientDump } from '../../shared/dump';
import type { Moments } from '../../shared/summary';
import { SATURATION, saturation } from '../elements';
import { ExponentHistogram, spread } from '../histogram';
import type { PassContext } from '../kernel';
import { moments as plainMoments } from '../moments';
import { NonFinite } from '../non-finite';
import { CompensatedSum } from '../sum';
import { OPERATION } from './operations';
import { ADDRESSABLE } from './engine';
import type { Arena } from './arena';
import { beyondBudget, plan, readsAhead, threadsFor, withPass } from './pass';
import type { Machine, Pass } from './pass';
import { rowsOf } from './strip-source';
import type { WorkerView } from './strip-source';
import { cut } from './strips';
import type { Block, Cut, Slice } from './strips';
import { PITCH, RECORD } from './task';
import type { MomentsLayout } from './task';
import { fitsFloat32, viewOf } from './view';

/** Bytes of a slice that stay in the cache while it is looked at three times. */
const SLICE_BYTES = 1 << 20;

/** Bytes of a block: long reads, because this pass is bound by them. */
const BLOCK_BYTES = 16 << 20;

/** Columns of a slice. */
export const sliceWidth = (n: number, wide: boolean): number =>
  Math.max(16, Math.min(PITCH / 8, 2 ** Math.floor(Math.log2(SLICE_BYTES / (wide ? 8 : 4) / n))));

export const partsOf = ({ layers, parameters }: GradientDump): readonly number[] =>
  layers.length > 0 ? layers.map(({ size }) => size) : [parameters];

export const momentsLayout = (arena: Arena, { slicesOfBlock }: Cut, n: number): MomentsLayout => ({
  records: arena.take(slicesOfBlock * RECORD),
  shares: arena.take(slicesOfBlock * 16 * n),
  sums: arena.take(16 * n),
});

/** Without products, for what has none. @see plain moments, whose numbers these are up to rounding */
export function moments(machine: Machine, dump: GradientDump, context: PassContext): Moments {
  const { rows: n, parameters: d } = dump;
  // blocks of columns hold all rows: dumps with more rows than columns are read by rows instead
  if (n > d) return plainMoments(dump, context);
  const wide = !fitsFloat32(dump);
  const view = viewOf(dump, false, wide);
  const work = n * d * (wide ? 8 : 4);
  const ahead = readsAhead(dump, work, machine);
  const blockBytes = machine.blockBytes ?? Math.min(BLOCK_BYTES, context.memoryBudget / 8);
  const pieces = cut(view, partsOf(dump), PITCH / (wide ? 8 : 4), sliceWidth(n, wide), blockBytes);
  const { arena, task } = plan(view, pieces, threadsFor(machine, work), ahead);
  const layout = momentsLayout(arena, pieces, n);
  if (arena.bytes > Math.min(context.memoryBudget, ADDRESSABLE))
    throw beyondBudget(arena.bytes, context, `The blocks of ${n} rows`);
  const planned = { arena, task: { ...task, moments: layout } };
  return withPass(machine, dump, context, planned, 1, ahead, (pass) => readMoments(pass, dump, context));
}

/**
 * Reads every block once and measures it; where the task has products to form, packs its strips, times 2^exponent.
 *
 * @param exponentFrom finds the exponent, with the first block in the buffer that it is given
 * @param use what is to be done with a block whose strips were packed
 */
export function readMoments(
  pass: Pass,
  dump: GradientDump,
  context: PassContext,
  exponentFrom: (buffer: number) => number = () => 0,
  use: (block: Block) => void = () => undefined,
): Moments {
  const { task } = pass;
  const found = new Findings(dump, pass, partsOf(dump).length);
  const { blocks } = task.cut;
  let exponent: number | undefined;
  for (const [index, block] of blocks.entries()) {
    const buffer = pass.awaitBlock();
    exponent ??= exponentFrom(buffer);
    pass.fork(OPERATION.moments, index, buffer, exponent);
    found.takeSlices(index, buffer);
    pass.fork(OPERATION.shares, block.endSlice - block.firstSlice);
    pass.release();
    // nothing will come of products with NaN, which are refused when all of them are counted
    if (!found.nonFinite.any) use(block);
    context.report({
      block: index + 1,
      blocks: blocks.length,
      bytesDone: Math.round((block.to / dump.parameters) * dump.bytes),
    });
  }
  // squares of such numbers leave the range of doubles, which the reference kernel scales away, column by column
  const { largest } = found;
  if (largest === 0 || found.nonFinite.any) return found.result();
  const measured = found.result();
  const ordinary = measured.elementHistogram.first > -450 && largest > 2 ** -400 && largest < 2 ** 400;
  return ordinary ? measured : plainMoments(dump, context);
}

/** The largest deviation from the first row in a few rows of the first slice, or 0: a mean says nothing of the products. */
export function largestAtFirst({ task, hands }: Pass, buffer: number): number {
  const { blocks, slices } = task.cut;
  const origin: number[] = [];
  let largest = 0;
  eachElement(hands, blocks[0]!, buffer, slices[0]!, Math.min(32, task.view.rows), (value, row, column) => {
    if (row === 0) origin[column] = value;
    const magnitude = Math.abs(value - origin[column]!);
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  });
  return largest;
}

function eachElement(
  hands: WorkerView,
  block: Block,
  buffer: number,
  slice: Slice,
  rows: number,
  use: (value: number, row: number, column: number) => void,
): void {
  const { buffers, view } = hands.task;
  const { at, stride } = rowsOf(hands, block, buffers[buffer]!, slice);
  const lane = view.wide ? 8 : 4;
  const bytes = new DataView(hands.bytes.buffer);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < slice.width; j++) {
      const position = at + i * stride + j * lane;
      use(view.wide ? bytes.getFloat64(position, true) : bytes.getFloat32(position, true), i, slice.from + j);
    }
}

/** Puts together what the slices leave, in their order. */
class Findings {
  readonly nonFinite = new NonFinite();
  largest = 0;
  readonly #dump: GradientDump;
  readonly #pass: Pass;
  readonly #layers: { mean: CompensatedSum; scatter: CompensatedSum; dead: number }[];
  readonly #saturationOf: (row: number, column: number) => number;
  /** The least of any element; what is larger is looked at again. */
  readonly #limit: number;
  readonly #ratios = new CompensatedSum();
  readonly #positive = new ExponentHistogram();
  readonly #negative = new ExponentHistogram();
  readonly #variances = new ExponentHistogram();
  #varying = 0;
  #constant = 0;
  #zeros = 0;
  #saturated = 0;

  constructor(dump: GradientDump, pass: Pass, parts: number) {
    this.#dump = dump;
    this.#pass = pass;
    this.#saturationOf = saturation(dump);
    this.#limit = Math.min(...new Set(dump.arrays.map(({ element }) => SATURATION[element] ?? Infinity)));
    this.#layers = Array.from({ length: parts }, () => ({
      mean: new CompensatedSum(),
      scatter: new CompensatedSum(),
      dead: 0,
    }));
  }

  takeSlices(blockIndex: number, buffer: number): void {
    const { task, hands } = this.#pass;
    const { doubles } = hands;
    const words = new BigUint64Array(doubles.buffer);
    const { cut, view } = task;
    const { firstSlice, endSlice } = cut.blocks[blockIndex]!;
    for (let s = firstSlice; s < endSlice; s++) {
      const slice = cut.slices[s]!;
      const at = (task.moments!.records + (s - firstSlice) * RECORD) / 8;
      const layer = this.#layers[cut.strips[slice.strip]!.part]!;
      layer.mean.add(doubles[at]!);
      layer.scatter.add(doubles[at + 1]!);
      this.#ratios.add(doubles[at + 2]!);
      this.#varying += doubles[at + 3]!;
      this.#constant += doubles[at + 4]!;
      layer.dead += doubles[at + 5]!;
      const lanes = view.wide ? 2 : 4;
      const filled = view.rows * ((lanes - (slice.width % lanes)) % lanes);
      this.#zeros += Number(words[at + 7]!) - filled;
      const magnitude = magnitudeOf(words[at + 6]!, view.wide);
      if (magnitude < Infinity) this.largest = Math.max(this.largest, magnitude);
      const subnormal = words[at + 8]! > words[at + 7]!;
      if (!(magnitude < this.#limit) || subnormal) this.#lookAgain(cut.blocks[blockIndex]!, buffer, slice);
    }
  }

  /** Element by element, for the few slices that hold something unusual. */
  #lookAgain(block: Block, buffer: number, slice: Slice): void {
    const { hands, task } = this.#pass;
    const smallest = task.view.wide ? 2 ** -1022 : 2 ** -126;
    eachElement(hands, block, buffer, slice, task.view.rows, (value, row, column) => {
      const magnitude = Math.abs(value);
      if (!(magnitude < Infinity)) this.nonFinite.add(value, row, column);
      else if (magnitude >= this.#saturationOf(row, column)) this.#saturated++;
      if (value !== 0 && magnitude < smallest) (value > 0 ? this.#positive : this.#negative).add(magnitude);
      if (magnitude < Infinity) this.largest = Math.max(this.largest, magnitude);
    });
  }

  result(): Moments {
    this.nonFinite.check(this.#dump);
    const { task, hands } = this.#pass;
    const { rows: n, wide } = task.view;
    const { sums } = task.moments!;
    const counts = new Uint32Array(hands.bytes.buffer);
    const [bins, bias, tables] = wide ? [4096, 1023, 2] : [512, 127, 4];
    for (const { tables: at, variances } of task.workspaces) {
      for (let bin = 0; bin < bins; bin++) {
        // the lowest holds zeros and what was looked at again, the highest what is not finite
        const exponent = bin % (bins / 2);
        if (exponent === 0 || exponent === bins / 2 - 1) continue;
        for (let table = 0; table < tables; table++)
          (bin < bins / 2 ? this.#positive : this.#negative).count(exponent - bias, counts[at / 4 + table * bins + bin]!); // prettier-ignore
      }
      for (let bin = 0; bin < 2048; bin++) this.#variances.count(bin - 1023, counts[variances / 4 + bin]!);
    }
    const mean = new CompensatedSum();
    const scatter = new CompensatedSum();
    for (const layer of this.#layers) {
      mean.add(layer.mean.value);
      scatter.add(layer.scatter.value);
    }
    return {
      meanSquaredNorm: mean.value,
      scatter: scatter.value,
      centeredSquaredNorms: hands.doubles.slice(sums / 8, sums / 8 + n),
      meanProducts: hands.doubles.slice(sums / 8 + n, sums / 8 + 2 * n),
      signalToNoise: { sum: n > 1 ? this.#ratios.value : 0, parameters: n > 1 ? this.#varying : 0 },
      constantParameters: this.#constant,
      deadParameters: this.#layers.reduce((total, { dead }) => total + dead, 0),
      varianceHistogram: this.#variances.result(),
      elementHistogram: { ...spread(this.#positive, this.#negative), zeros: this.#zeros },
      saturated: this.#saturated,
      largestMagnitude: this.largest,
      layers: this.#dump.layers.map((layer, l) => ({
        ...layer,
        meanSquaredNorm: this.#layers[l]!.mean.value,
        scatter: this.#layers[l]!.scatter.value,
        deadParameters: this.#layers[l]!.dead,
      })),
    };
  }
}

const word = new DataView(new ArrayBuffer(8));
function magnitudeOf(bits: bigint, wide: boolean): number {
  word.setBigUint64(0, bits);
  return wide ? word.getFloat64(0) : word.getFloat32(4);
}
