import type { GradientDump } from '../../shared/dump';
import type { Moments } from '../../shared/summary';
import { SATURATION } from '../elements';
import { ExponentHistogram, spread } from '../histogram';
import type { Run } from '../kernel';
import { moments as plainMoments } from '../moments';
import { NonFinite } from '../non-finite';
import { CompensatedSum } from '../sum';
import { OPERATION } from './operations';
import { ADDRESSABLE } from './engine';
import { beyondBudget, plan, readsAhead, threadsFor, withPass } from './pass';
import type { Machine, Pass } from './pass';
import { rowsOf } from './strip-source';
import { cut } from './strips';
import { RECORD } from './task';
import { fitsFloat32, viewOf } from './view';

/** Bytes of a strip that stay in the cache while it is looked at twice. */
const STRIP_BYTES = 1 << 20;

/** Bytes of a block: long reads, because this pass is bound by them. */
const BLOCK_BYTES = 16 << 20;

/** @see plain moments, whose numbers these are up to rounding */
export function moments(machine: Machine, dump: GradientDump, run: Run): Moments {
  const { samples: N, parameters: d } = dump;
  // blocks of columns hold all rows: dumps with more rows than columns are read by rows instead
  if (N > d) return plainMoments(dump, run);
  const wide = !fitsFloat32(dump);
  const view = viewOf(dump, false, wide);
  const lane = wide ? 8 : 4;
  const work = N * d * lane;
  const threads = threadsFor(machine, work);
  const ahead = readsAhead(dump, work, machine);
  const parts = dump.layers.length > 0 ? dump.layers.map(({ size }) => size) : [d];
  const width = Math.max(16, Math.min(2048 / lane, 2 ** Math.floor(Math.log2(STRIP_BYTES / lane / N))));
  const pieces = cut(view, parts, width, machine.blockBytes ?? Math.min(BLOCK_BYTES, run.memoryBudget / 8));
  const planned = plan(view, pieces, threads, ahead);
  const { arena } = planned;
  const layout = {
    records: arena.take(pieces.stripsOfBlock * RECORD),
    shares: arena.take(pieces.stripsOfBlock * 16 * N),
    sums: arena.take(16 * N),
  };
  if (arena.bytes > Math.min(run.memoryBudget, ADDRESSABLE))
    throw beyondBudget(arena.bytes, run, `The blocks of ${N} rows`);
  const task = { ...planned.task, moments: layout };
  return withPass(machine, dump, run, { arena, task }, 1, ahead, (pass) => {
    const found = new Findings(dump, pass, parts.length);
    const { blocks } = pieces;
    for (const [index, block] of blocks.entries()) {
      const buffer = pass.awaitBlock();
      pass.fork(OPERATION.moments, index, buffer);
      found.takeStrips(index, buffer);
      pass.fork(OPERATION.shares, block.endStrip - block.firstStrip);
      pass.release();
      run.report({
        block: index + 1,
        blocks: blocks.length,
        bytesDone: Math.round((block.to / d) * dump.bytes),
      });
    }
    // squares of such numbers leave the range of doubles, which the reference kernel scales away
    const { largest } = found;
    const ordinary = largest === 0 || (largest > 2 ** -400 && largest < 2 ** 400);
    return ordinary || found.nonFinite.any ? found.result() : plainMoments(dump, run);
  });
}

/** Puts together what the strips leave, in their order. */
class Findings {
  readonly nonFinite = new NonFinite();
  largest = 0;
  readonly #dump: GradientDump;
  readonly #pass: Pass;
  readonly #layers: { mean: CompensatedSum; scatter: CompensatedSum; dead: number }[];
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
    this.#layers = Array.from({ length: parts }, () => ({
      mean: new CompensatedSum(),
      scatter: new CompensatedSum(),
      dead: 0,
    }));
  }

  takeStrips(blockIndex: number, buffer: number): void {
    const { task, hands } = this.#pass;
    const { doubles } = hands;
    const words = new BigUint64Array(doubles.buffer);
    const { wide, rows: N } = task.view;
    const { firstStrip, endStrip } = task.cut.blocks[blockIndex]!;
    for (let s = firstStrip; s < endStrip; s++) {
      const strip = task.cut.strips[s]!;
      const at = (task.moments!.records + (s - firstStrip) * RECORD) / 8;
      const layer = this.#layers[strip.part]!;
      layer.mean.add(doubles[at]!);
      layer.scatter.add(doubles[at + 1]!);
      this.#ratios.add(doubles[at + 2]!);
      this.#varying += doubles[at + 3]!;
      this.#constant += doubles[at + 4]!;
      layer.dead += doubles[at + 5]!;
      const lanes = wide ? 2 : 4;
      const filled = N * ((lanes - (strip.width % lanes)) % lanes);
      this.#zeros += Number(words[at + 7]!) - filled;
      const magnitude = magnitudeOf(words[at + 6]!, wide);
      if (magnitude < Infinity) this.largest = Math.max(this.largest, magnitude);
      const saturation = this.#saturationAt(strip.from);
      const subnormal = words[at + 8]! > words[at + 7]!;
      if (!(magnitude < saturation) || subnormal) this.#lookAgain(blockIndex, buffer, s, saturation);
    }
  }

  /** Element by element, for the few strips that hold something unusual. */
  #lookAgain(blockIndex: number, buffer: number, index: number, saturation: number): void {
    const { task, hands } = this.#pass;
    const strip = task.cut.strips[index]!;
    const { at, stride } = rowsOf(hands, task.cut.blocks[blockIndex]!, task.buffers[buffer]!, strip);
    const { wide, rows: N } = task.view;
    const lane = wide ? 8 : 4;
    const view = new DataView(hands.bytes.buffer);
    const smallest = wide ? 2 ** -1022 : 2 ** -126;
    for (let i = 0; i < N; i++)
      for (let j = 0; j < strip.width; j++) {
        const position = at + i * stride + j * lane;
        const value = wide ? view.getFloat64(position, true) : view.getFloat32(position, true);
        const magnitude = Math.abs(value);
        if (!(magnitude < Infinity)) this.nonFinite.add(value, i, strip.from + j);
        else if (magnitude >= saturation) this.#saturated++;
        if (value !== 0 && magnitude < smallest) (value > 0 ? this.#positive : this.#negative).add(magnitude);
        if (magnitude < Infinity) this.largest = Math.max(this.largest, magnitude);
      }
  }

  #saturationAt(column: number): number {
    const piece = this.#pass.task.view.pieces.find(({ firstColumn, columns }) => column < firstColumn + columns);
    return SATURATION[piece!.element] ?? Infinity;
  }

  result(): Moments {
    this.nonFinite.check(this.#dump);
    const { task, hands } = this.#pass;
    const { rows: N, wide } = task.view;
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
      centeredSquaredNorms: hands.doubles.slice(sums / 8, sums / 8 + N),
      meanProducts: hands.doubles.slice(sums / 8 + N, sums / 8 + 2 * N),
      signalToNoise: { sum: N > 1 ? this.#ratios.value : 0, parameters: N > 1 ? this.#varying : 0 },
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
