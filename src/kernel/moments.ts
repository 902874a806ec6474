import type { GradientDump } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { LayerMoments, Moments } from '../shared/summary';
import { openBlocks } from './blocks';
import { saturation } from './elements';
import { ExponentHistogram, spread } from './histogram';
import type { Run } from './kernel';
import { NonFinite } from './non-finite';
import { CompensatedSum } from './sum';

/** Smaller sums of squares have terms that double precision cannot hold in full. */
const SMALLEST_SQUARE = 1e-290;

/** Bytes of a tile of doubles; small enough to stay in the cache of the second core, large enough for long reads. */
const TILE_BYTES = 8 << 20;

/** Rows whose terms are added up before they join a sum over all rows: rounding grows with 32 + N/32 in place of N. */
const CHUNK = 32;

/**
 * First and second moments in one pass over blocks of columns, each of which holds all rows: means are exact before
 * anything is centered. Dumps of more rows than columns go by blocks of rows instead, in two passes.
 *
 * Sums run in the order of columns and rows whatever the size of the blocks, so it never changes a bit of the result.
 *
 * @throws AnalysisError data/non-finite, data/overflow, file/changed, run/canceled
 */
export function moments(dump: GradientDump, run: Run): Moments {
  const plain = momentsScaled(dump, run, 0);
  const { largestMagnitude } = plain;
  // beyond these, squares or their sums may leave the range of doubles: once more with gradients near 1
  if (largestMagnitude === 0 || (largestMagnitude > 2 ** -400 && largestMagnitude < 2 ** 400)) return plain;
  return momentsScaled(dump, run, -Math.floor(Math.log2(largestMagnitude)));
}

function momentsScaled(dump: GradientDump, run: Run, exponent: number): Moments {
  const { samples: N, parameters: d } = dump;
  const scale = 2 ** exponent;
  const pass = new MomentsPass(dump, exponent);
  const reader = openBlocks(dump);
  try {
    const [count, most] = N <= d ? [d, N] : [N, d];
    const per = Math.max(1, Math.min(count, Math.floor(TILE_BYTES / 8 / most)));
    const blocks = Math.ceil(count / per);
    const tile = new Float64Array(per * most);
    const visit = (block: number, passes: number, seen: number, use: (from: number, size: number) => void): void => {
      run.checkCanceled();
      const from = block * per;
      const size = Math.min(per, count - from);
      use(from, size);
      const share = (seen * blocks + block + 1) / (passes * blocks);
      run.report({
        block: seen * blocks + block + 1,
        blocks: passes * blocks,
        bytesDone: Math.round(share * dump.bytes),
      });
    };
    if (N <= d)
      for (let block = 0; block < blocks; block++)
        visit(block, 1, 0, (from, width) => {
          reader.readColumns(from, width, tile);
          for (let k = 0; k < N * width; k++) tile[k]! *= scale;
          for (let column = 0; column < width; column++) pass.addColumn(tile, column, width, from + column);
        });
    else {
      const read = (from: number, rows: number): Float64Array => {
        reader.readRows(from, rows, tile);
        for (let k = 0; k < rows * d; k++) tile[k]! *= scale;
        return tile;
      };
      for (let block = 0; block < blocks; block++)
        visit(block, 2, 0, (from, rows) => pass.addRowsToMeans(read(from, rows), from, rows));
      pass.finishMeans();
      for (let block = 0; block < blocks; block++)
        visit(block, 2, 1, (from, rows) => pass.addRows(read(from, rows), from, rows));
      pass.finishRows();
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
  return pass.result();
}

/** What one pass accumulates. All inputs are already scaled; the result is scaled back. */
class MomentsPass {
  readonly #dump: GradientDump;
  readonly #exponent: number;
  readonly #nonFinite = new NonFinite();
  readonly #centered: Float64Array;
  readonly #products: Float64Array;
  readonly #positive = new ExponentHistogram();
  readonly #negative = new ExponentHistogram();
  readonly #variances = new ExponentHistogram();
  readonly #layers: { mean: CompensatedSum; scatter: CompensatedSum; dead: number }[];
  readonly #layerOf: (column: number) => number;
  readonly #saturationAt: (row: number, column: number) => number;
  readonly #parts: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  readonly #deviations: Float64Array;
  #largest = 0;
  #zeros = 0;
  #saturated = 0;
  #constant = 0;
  #dead = 0;
  readonly #signalToNoise = new CompensatedSum();
  #varying = 0;

  constructor(dump: GradientDump, exponent: number) {
    const { samples: N, parameters: d, layers } = dump;
    this.#dump = dump;
    this.#exponent = exponent;
    this.#centered = new Float64Array(N);
    this.#products = new Float64Array(N);
    const byRows = N > d ? d : 0;
    this.#parts = new Float64Array(byRows);
    this.#means = new Float64Array(byRows);
    this.#squares = new Float64Array(byRows);
    this.#deviations = new Float64Array(byRows);
    const parts = layers.length > 0 ? layers : [{ name: '', size: d }];
    this.#layers = parts.map(() => ({ mean: new CompensatedSum(), scatter: new CompensatedSum(), dead: 0 }));
    this.#layerOf = partAt(parts.map(({ size }) => size));
    this.#saturationAt = saturation(dump);
  }

  addColumn(tile: Float64Array, first: number, stride: number, column: number): void {
    const N = this.#dump.samples;
    let sum = 0;
    for (let i = 0, k = first; i < N;) {
      let part = 0;
      for (const end = Math.min(N, i + CHUNK); i < end; i++, k += stride) {
        const value = tile[k]!;
        this.#look(value, i, column);
        part += value;
      }
      sum += part;
    }
    let mean = sum / N;
    let left = 0; // of the mean, by rounding
    for (let i = 0, k = first; i < N; i++, k += stride) left += tile[k]! - mean;
    mean += left / N;
    let squares = 0;
    let deviation = 0;
    for (let i = 0, k = first; i < N;) {
      let part = 0;
      for (const end = Math.min(N, i + CHUNK); i < end; i++, k += stride) {
        const x = tile[k]! - mean;
        part += x * x;
        deviation += x;
        this.#centered[i]! += x * x;
        this.#products[i]! += mean * x;
      }
      squares += part;
    }
    this.#finishColumn(column, mean, squares - (deviation * deviation) / N, tile[first] === 0);
  }

  addRowsToMeans(tile: Float64Array, from: number, rows: number): void {
    const d = this.#dump.parameters;
    for (let row = 0, k = 0; row < rows; row++) {
      for (let j = 0; j < d; j++, k++) {
        const value = tile[k]!;
        this.#look(value, from + row, j);
        this.#parts[j]! += value;
      }
      this.#flush(from + row, this.#parts, this.#means);
    }
  }

  /** After every 32nd row and the last one: adds what these rows summed up to, and begins anew. */
  #flush(row: number, parts: Float64Array, sums: Float64Array): void {
    if ((row + 1) % CHUNK !== 0 && row !== this.#dump.samples - 1) return;
    for (let j = 0; j < sums.length; j++) sums[j]! += parts[j]!;
    parts.fill(0);
  }

  finishMeans(): void {
    this.#nonFinite.check(this.#dump);
    for (let j = 0; j < this.#means.length; j++) this.#means[j]! /= this.#dump.samples;
  }

  addRows(tile: Float64Array, from: number, rows: number): void {
    const d = this.#dump.parameters;
    for (let row = 0, k = 0; row < rows; row++) {
      let centered = 0;
      let product = 0;
      for (let j = 0; j < d; j++, k++) {
        const mean = this.#means[j]!;
        const value = tile[k]!;
        const x = value - mean;
        const back = x - value;
        const lost = value - (x - back) - (mean + back); // of x, by rounding
        this.#addSquare(j, x * x + 2 * x * lost);
        this.#deviations[j]! += x;
        centered += x * x;
        product += mean * x;
      }
      this.#centered[from + row] = centered;
      this.#products[from + row] = product;
    }
  }

  /** Compensated, because with few parameters no others average the rounding: the trace would show the order of the rows. */
  #addSquare(column: number, square: number): void {
    const sum = this.#squares[column]!;
    const next = sum + square;
    this.#parts[column]! += sum >= square ? sum - next + square : square - next + sum;
    this.#squares[column] = next;
  }

  finishRows(): void {
    const N = this.#dump.samples;
    for (let j = 0; j < this.#means.length; j++) {
      const deviation = this.#deviations[j]!;
      const mean = this.#means[j]! + deviation / N;
      this.#finishColumn(j, mean, this.#squares[j]! + this.#parts[j]! - (deviation * deviation) / N, mean === 0);
    }
  }

  #look(value: number, row: number, column: number): void {
    if (value === 0) {
      this.#zeros++;
      return;
    }
    const magnitude = Math.abs(value);
    if (!(magnitude < Infinity)) {
      this.#nonFinite.add(value, row, column);
      return;
    }
    if (magnitude > this.#largest) this.#largest = magnitude;
    if (value > 0) this.#positive.add(magnitude);
    else this.#negative.add(magnitude);
    if (magnitude >= this.#saturationAt(row, column) * 2 ** this.#exponent) this.#saturated++;
  }

  #finishColumn(column: number, mean: number, squares: number, startsAtZero: boolean): void {
    const N = this.#dump.samples;
    const layer = this.#layers[this.#layerOf(column)]!;
    layer.mean.add(mean * mean);
    if (squares > 0) {
      layer.scatter.add(squares);
      this.#variances.add(squares / N);
      if (N > 1) {
        this.#signalToNoise.add((mean * mean * (N - 1)) / squares);
        this.#varying++;
      }
      return;
    }
    this.#constant++;
    if (mean === 0 && startsAtZero) {
      this.#dead++;
      layer.dead++;
    }
  }

  result(): Moments {
    this.#nonFinite.check(this.#dump);
    const back = 2 ** -this.#exponent;
    const mean = new CompensatedSum();
    const scatter = new CompensatedSum();
    for (const layer of this.#layers) {
      mean.add(layer.mean.value);
      scatter.add(layer.scatter.value);
    }
    const outOfRange = (where: string, power: number): AnalysisError =>
      new AnalysisError({
        code: 'data/overflow',
        found: `The largest gradient element is ${(this.#largest * back).toExponential(2)}, and squares of such numbers ${where}`,
        remedy: 'Scale the gradients by a power of two, which keeps every bit:',
        fix: `g = np.ldexp(g, ${power})`,
      });
    const squared = (value: number): number => {
      const scaled = value * back * back;
      if (Number.isFinite(scaled)) return scaled;
      throw outOfRange('exceed 1.8e308', -600);
    };
    const total = mean.value + scatter.value;
    // below, digits get lost one by one until nothing but 0 is left
    if (total > 0 && squared(total) < SMALLEST_SQUARE) throw outOfRange('fall below 1e-290', 600);
    const { samples: N } = this.#dump;
    const { first, counts } = this.#variances.result(-2 * this.#exponent);
    const layers: LayerMoments[] = this.#dump.layers.map((layer, l) => ({
      ...layer,
      meanSquaredNorm: squared(this.#layers[l]!.mean.value),
      scatter: squared(this.#layers[l]!.scatter.value),
      deadParameters: this.#layers[l]!.dead,
    }));
    return {
      meanSquaredNorm: squared(mean.value),
      scatter: squared(scatter.value),
      centeredSquaredNorms: this.#centered.map(squared),
      meanProducts: this.#products.map(squared),
      signalToNoise: { sum: N > 1 ? this.#signalToNoise.value : 0, parameters: this.#varying },
      constantParameters: this.#constant,
      deadParameters: this.#dead,
      varianceHistogram: { first, counts },
      elementHistogram: { ...spread(this.#positive, this.#negative, -this.#exponent), zeros: this.#zeros },
      saturated: this.#saturated,
      largestMagnitude: this.#largest * back,
      layers,
    };
  }
}

/** Index of the part a column belongs to; columns are asked in ascending order, or begin again. */
function partAt(sizes: readonly number[]): (column: number) => number {
  let part = 0;
  let start = 0;
  return (column) => {
    if (column < start) part = start = 0;
    while (column >= start + sizes[part]!) start += sizes[part++]!;
    return part;
  };
}
