import type { GradientDump } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { LayerMoments, Moments } from '../shared/summary';
import { openBlocks } from './blocks';
import { saturation } from './elements';
import { exponentOf } from './exponent';
import { ExponentHistogram, spread } from './histogram';
import type { PassContext } from './kernel';
import { NonFinite } from './non-finite';
import { CompensatedSum } from './sum';

/** Smaller sums of squares have terms that double precision cannot hold in full. */
const SMALLEST_SQUARE = 1e-290;
const SMALLEST_NORMAL = 2 ** -1022;
const ORDINARY_SQUARE = 1e-200;

/** Elements beyond have squares beyond, whatever the others are. */
const HOPELESS = 2 ** 520;

/** Bytes of a tile of doubles; small enough to stay in the cache of the second core, large enough for long reads. */
const TILE_BYTES = 8 << 20;

/** Rows whose terms are added up before they join a sum over all rows: rounding grows with 32 + n/32 in place of n. */
const CHUNK = 32;

/**
 * First and second moments in one pass over blocks of columns, each of which holds all rows: means are exact before
 * anything is centered. Dumps of more rows than columns go by blocks of rows instead, in two passes.
 *
 * Sums run in the order of columns and rows whatever the size of the blocks, so it never changes a bit of the result.
 *
 * @throws AnalysisError data/non-finite, data/overflow, file/changed, run/canceled
 */
export function moments(dump: GradientDump, context: PassContext): Moments {
  const first = measured(dump, context, { mean: 0, spread: 0 });
  const { largest, furthest } = first;
  // within these, no square of what matters leaves the range of doubles; else once more, both near 1
  const ordinary = (magnitude: number): boolean => magnitude === 0 || (magnitude > 2 ** -400 && magnitude < 2 ** 400);
  if ((ordinary(largest) && ordinary(furthest)) || largest > HOPELESS) return first.result();
  return measured(dump, context, { mean: exponentOf(largest), spread: exponentOf(furthest) }).result();
}

/** Powers of two by which means and deviations from them are multiplied before they are squared. */
interface Exponents {
  readonly mean: number;
  readonly spread: number;
}

function measured(dump: GradientDump, context: PassContext, exponents: Exponents): MomentsPass {
  const { rows: n, parameters: d } = dump;
  const pass = new MomentsPass(dump, exponents);
  const reader = openBlocks(dump);
  try {
    const [count, most] = n <= d ? [d, n] : [n, d];
    const per = Math.max(1, Math.min(count, Math.floor(TILE_BYTES / 8 / most)));
    const blocks = Math.ceil(count / per);
    const tile = new Float64Array(per * most);
    const visit = (block: number, passes: number, seen: number, use: (from: number, size: number) => void): void => {
      context.checkCanceled();
      const from = block * per;
      const size = Math.min(per, count - from);
      use(from, size);
      const share = (seen * blocks + block + 1) / (passes * blocks);
      context.report({
        block: seen * blocks + block + 1,
        blocks: passes * blocks,
        bytesDone: Math.round(share * dump.bytes),
      });
    };
    if (n <= d)
      for (let block = 0; block < blocks; block++)
        visit(block, 1, 0, (from, width) => {
          reader.readColumns(from, width, tile);
          for (let column = 0; column < width; column++) pass.addColumn(tile, column, width, from + column);
        });
    else {
      const read = (from: number, rows: number): Float64Array => {
        reader.readRows(from, rows, tile);
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
  return pass;
}

/**
 * What one pass accumulates. Means and deviations are scaled before they are squared, and the result is scaled back. Squares of a
 * column are summed in a scale of its own, so that it varies, or not, whatever the others are.
 */
class MomentsPass {
  readonly #dump: GradientDump;
  readonly #exponents: Exponents;
  readonly #toMean: number;
  readonly #toSpread: number;
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
  readonly #origins: Float64Array;
  readonly #reach: Float64Array;
  readonly #scales: Float64Array;
  /** max |gᵢⱼ| */
  largest = 0;
  /** max |xᵢⱼ| */
  furthest = 0;
  #zeros = 0;
  #saturated = 0;
  #constant = 0;
  #dead = 0;
  readonly #signalToNoise = new CompensatedSum();
  #varying = 0;

  constructor(dump: GradientDump, exponents: Exponents) {
    const { rows: n, parameters: d, layers } = dump;
    this.#dump = dump;
    this.#exponents = exponents;
    this.#toMean = 2 ** exponents.mean;
    this.#toSpread = 2 ** exponents.spread;
    this.#centered = new Float64Array(n);
    this.#products = new Float64Array(n);
    const byRows = n > d ? d : 0;
    this.#parts = new Float64Array(byRows);
    this.#means = new Float64Array(byRows);
    this.#squares = new Float64Array(byRows);
    this.#deviations = new Float64Array(byRows);
    this.#origins = new Float64Array(byRows);
    this.#reach = new Float64Array(byRows);
    this.#scales = new Float64Array(byRows);
    const parts = layers.length > 0 ? layers : [{ name: '', size: d }];
    this.#layers = parts.map(() => ({ mean: new CompensatedSum(), scatter: new CompensatedSum(), dead: 0 }));
    this.#layerOf = partAt(parts.map(({ size }) => size));
    this.#saturationAt = saturation(dump);
  }

  addColumn(tile: Float64Array, first: number, stride: number, column: number): void {
    const n = this.#dump.rows;
    // as deviations from the first row: equal rows leave exactly nothing
    const origin = tile[first]!;
    let sum = 0;
    for (let i = 0, k = first; i < n;) {
      let part = 0;
      for (const end = Math.min(n, i + CHUNK); i < end; i++, k += stride) {
        const value = tile[k]!;
        this.#look(value, i, column);
        part += value - origin;
      }
      sum += part;
    }
    let mean = origin + sum / n;
    let left = 0; // of the mean, by rounding
    let reach = 0;
    for (let i = 0, k = first; i < n; i++, k += stride) {
      const x = tile[k]! - mean;
      left += x;
      if (x > reach) reach = x;
      else if (-x > reach) reach = -x;
    }
    mean += left / n;
    const own = 2 ** exponentOf(reach);
    const shared = (this.#toSpread / own) ** 2;
    const scaledMean = mean * this.#toMean;
    let squares = 0;
    let deviation = 0;
    for (let i = 0, k = first; i < n;) {
      let part = 0;
      for (const end = Math.min(n, i + CHUNK); i < end; i++, k += stride) {
        const x = (tile[k]! - mean) * own;
        const square = x * x;
        part += square;
        deviation += x;
        this.#centered[i]! += square * shared;
        this.#products[i]! += scaledMean * ((tile[k]! - mean) * this.#toSpread);
      }
      squares += part;
    }
    this.#finishColumn(column, mean, squares - (deviation * deviation) / n, own, reach, origin === 0);
  }

  addRowsToMeans(tile: Float64Array, from: number, rows: number): void {
    const d = this.#dump.parameters;
    if (from === 0) this.#origins.set(tile.subarray(0, d));
    for (let row = 0, k = 0; row < rows; row++) {
      for (let j = 0; j < d; j++, k++) {
        const value = tile[k]!;
        this.#look(value, from + row, j);
        const away = value - this.#origins[j]!;
        this.#parts[j]! += away;
        this.#reach[j] = Math.max(this.#reach[j]!, Math.abs(away));
      }
      this.#flush(from + row, this.#parts, this.#means);
    }
  }

  /** After every 32nd row and the last one: adds what these rows summed up to, and begins anew. */
  #flush(row: number, parts: Float64Array, sums: Float64Array): void {
    if ((row + 1) % CHUNK !== 0 && row !== this.#dump.rows - 1) return;
    for (let j = 0; j < sums.length; j++) sums[j]! += parts[j]!;
    parts.fill(0);
  }

  finishMeans(): void {
    this.#nonFinite.check(this.#dump);
    for (let j = 0; j < this.#means.length; j++) {
      this.#means[j] = this.#origins[j]! + this.#means[j]! / this.#dump.rows;
      this.#scales[j] = 2 ** exponentOf(this.#reach[j]!);
    }
  }

  addRows(tile: Float64Array, from: number, rows: number): void {
    const d = this.#dump.parameters;
    for (let row = 0, k = 0; row < rows; row++) {
      let centered = 0;
      let product = 0;
      for (let j = 0; j < d; j++, k++) {
        const mean = this.#means[j]!;
        const own = this.#scales[j]!;
        const value = tile[k]!;
        const x = value - mean;
        const back = x - value;
        const lost = value - (x - back) - (mean + back); // of x, by rounding
        const y = x * own;
        this.#addSquare(j, y * y + 2 * y * (lost * own));
        this.#deviations[j]! += y;
        const z = x * this.#toSpread;
        centered += z * z;
        product += mean * this.#toMean * z;
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
    const n = this.#dump.rows;
    for (let j = 0; j < this.#means.length; j++) {
      const deviation = this.#deviations[j]!;
      const own = this.#scales[j]!;
      const mean = this.#means[j]! + deviation / n / own;
      const squares = this.#squares[j]! + this.#parts[j]! - (deviation * deviation) / n;
      this.#finishColumn(j, mean, squares, own, this.#reach[j]!, this.#origins[j] === 0);
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
    if (magnitude > this.largest) this.largest = magnitude;
    if (value > 0) this.#positive.add(magnitude);
    else this.#negative.add(magnitude);
    if (magnitude >= this.#saturationAt(row, column)) this.#saturated++;
  }

  /**
   * @param squares of the deviations, times own²
   * @param reach of the deviations, or about; 0 when there are none
   */
  #finishColumn(column: number, mean: number, squares: number, own: number, reach: number, zero: boolean): void {
    const n = this.#dump.rows;
    const layer = this.#layers[this.#layerOf(column)]!;
    layer.mean.add((mean * this.#toMean) ** 2);
    if (reach > this.furthest) this.furthest = reach;
    if (squares > 0) {
      const shared = squares * (this.#toSpread / own) ** 2;
      layer.scatter.add(shared);
      this.#variances.add(shared / n);
      if (n > 1) {
        this.#signalToNoise.add(((mean * own) ** 2 * (n - 1)) / squares);
        this.#varying++;
      }
      return;
    }
    this.#constant++;
    if (mean === 0 && zero) {
      this.#dead++;
      layer.dead++;
    }
  }

  /** @throws AnalysisError data/non-finite, data/overflow */
  result(): Moments {
    this.#nonFinite.check(this.#dump);
    const { rows: n } = this.#dump;
    const [toMean, toSpread] = [2 ** -this.#exponents.mean, 2 ** -this.#exponents.spread];
    const mean = new CompensatedSum();
    const scatter = new CompensatedSum();
    for (const layer of this.#layers) {
      mean.add(layer.mean.value);
      scatter.add(layer.scatter.value);
    }
    const squaredMean = (value: number): number => value * toMean * toMean;
    const squared = (value: number): number => value * toSpread * toSpread;
    const meanSquaredNorm = squaredMean(mean.value);
    const total = squared(scatter.value);
    if (!Number.isFinite(meanSquaredNorm + total)) throw this.#outOfRange('exceed 1.8e308');
    // the square of the mean is not a normal double: of rows of ordinary length such a mean is 0, of short ones it is digits lost
    const lost = mean.value > 0 && meanSquaredNorm < SMALLEST_NORMAL;
    const rounding = lost && total > ORDINARY_SQUARE;
    if ((lost && !rounding) || (scatter.value > 0 && total < SMALLEST_SQUARE))
      throw this.#outOfRange('fall below 1e-290');
    const { first, counts } = this.#variances.result(-2 * this.#exponents.spread);
    const layers: LayerMoments[] = this.#dump.layers.map((layer, l) => ({
      ...layer,
      meanSquaredNorm: rounding ? 0 : squaredMean(this.#layers[l]!.mean.value),
      scatter: squared(this.#layers[l]!.scatter.value),
      deadParameters: this.#layers[l]!.dead,
    }));
    return {
      meanSquaredNorm: rounding ? 0 : meanSquaredNorm,
      scatter: total,
      centeredSquaredNorms: this.#centered.map(squared),
      meanProducts: this.#products.map((value) => (rounding ? 0 : value * toMean * toSpread)),
      signalToNoise: { sum: n > 1 ? this.#signalToNoise.value : 0, parameters: this.#varying },
      constantParameters: this.#constant,
      deadParameters: this.#dead,
      varianceHistogram: { first, counts },
      elementHistogram: { ...spread(this.#positive, this.#negative), zeros: this.#zeros },
      saturated: this.#saturated,
      largestMagnitude: this.largest,
      layers,
    };
  }

  #outOfRange(where: string): AnalysisError {
    return new AnalysisError({
      code: 'data/overflow',
      found: `The largest gradient element is ${this.largest.toExponential(2)} and the largest deviation from a mean ${this.furthest.toExponential(2)}; sums of their squares ${where}`,
      remedy: 'Scale the gradients by a power of two, which keeps every bit:',
      fix: `g = np.ldexp(g, ${exponentOf(where.startsWith('exceed') ? this.largest : this.furthest || this.largest)})`,
    });
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
