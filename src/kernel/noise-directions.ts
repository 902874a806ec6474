import type { GradientDump, Layer } from '../shared/dump';
import type { Moments, NoiseDirection, Spectrum } from '../shared/summary';
import { openBlocks } from './blocks';
import type { BlockReader } from './blocks';
import { scalingExponent } from './exponent';
import { centerColumns } from './gram-matrix';
import type { PassContext } from './kernel';

/** As many parameters of a direction as are named. */
const NAMED = 10;

/**
 * Rows or columns of one tile, of so many numbers each: 4 MiB, which stay in the cache, but a thousand of them where memory
 * allows, because short reads cost more. No bit of the result depends on it.
 */
function tileWidth(length: number, context: PassContext): number {
  const fits = (bytes: number): number => Math.floor(bytes / (8 * length));
  return Math.max(1, Math.min(Math.max(fits(2 ** 22), 1024), fits(context.memoryBudget / 8)));
}

/**
 * The leading eigenvectors of Σ over the parameters, and their eigenvalues from the rows in double precision, whatever the
 * precision of the products between rows: one more pass over the dump.
 *
 * For K = XXᵀ/n with unit eigenvector w: t = Xᵀw points along the eigenvector of Σ, ‖t‖²/n = wᵀKw is the Rayleigh quotient, and
 * with Kw = Xt/n an eigenvalue lies within ‖Kw − (wᵀKw)w‖ of it.
 *
 * @see Parlett 1998, thm. 4.5.1
 * @throws AnalysisError file/changed, run/canceled
 */
export function noiseDirections(
  dump: GradientDump,
  moments: Moments,
  { eigenvectors, matrix }: Pick<Spectrum, 'eigenvectors' | 'matrix'>,
  context: PassContext,
): readonly NoiseDirection[] {
  if (eigenvectors.length === 0) return [];
  const exponent = scalingExponent(moments);
  const reader = openBlocks(dump);
  try {
    const found = (matrix === 'gram' ? overRows : overParameters)(dump, eigenvectors, 2 ** exponent, reader, context);
    reader.checkUnchanged();
    return found.map(({ eigenvalue, residual, seen }) => ({
      eigenvalue: eigenvalue * 2 ** (-2 * exponent),
      residual: residual * 2 ** (-2 * exponent),
      ...seen.result(),
    }));
  } finally {
    reader.close();
  }
}

/** The spectrum of products in single precision with the leading eigenvalues as the rows give them in double precision. */
export function withQuotients(spectrum: Spectrum, directions: readonly NoiseDirection[]): Spectrum {
  if (spectrum.products === 'float64') return spectrum;
  const eigenvalues = spectrum.eigenvalues.slice();
  for (const [k, { eigenvalue }] of directions.entries()) eigenvalues[k] = eigenvalue;
  // of eigenvalues that agree to the rounding of the products either may be the larger one
  return { ...spectrum, eigenvalues: eigenvalues.sort().reverse() };
}

interface Found {
  readonly eigenvalue: number;
  readonly residual: number;
  readonly seen: Components;
}

/** From eigenvectors w of K, by blocks of columns. */
function overRows(
  dump: GradientDump,
  eigenvectors: readonly Float64Array[],
  scale: number,
  reader: BlockReader,
  context: PassContext,
): Found[] {
  const { rows: n, parameters: d } = dump;
  const width = Math.min(d, tileWidth(n, context));
  const tile = new Float64Array(n * width);
  const components = new Float64Array(width);
  const found = eigenvectors.map((w) => ({ w, seen: new Components(dump.layers), products: new Float64Array(n) }));
  for (let from = 0; from < d; from += width) {
    context.checkCanceled();
    const columns = Math.min(width, d - from);
    reader.readColumns(from, columns, tile);
    centerColumns(tile, n, columns, scale);
    for (const { w, seen, products } of found) {
      const t = components.fill(0);
      for (let i = 0, k = 0; i < n; i++) {
        const weight = w[i]!;
        for (let j = 0; j < columns; j++, k++) t[j]! += weight * tile[k]!;
      }
      for (let i = 0, k = 0; i < n; i++) {
        let product = products[i]!;
        for (let j = 0; j < columns; j++, k++) product += tile[k]! * t[j]!;
        products[i] = product;
      }
      seen.add(t.subarray(0, columns));
    }
    reportRead(context, dump, from + columns, d, width);
  }
  return found.map(({ w, seen, products }) => {
    const eigenvalue = seen.squaredNorm / n;
    return {
      eigenvalue,
      residual: distance(
        products.map((product) => product / n),
        eigenvalue,
        w,
      ),
      seen,
    };
  });
}

/** From eigenvectors v of Σ, by blocks of rows: Σv = Σᵢ (vᵀyᵢ)yᵢ/n − (vᵀȳ)ȳ with yᵢ = gᵢ − g₁. */
function overParameters(
  dump: GradientDump,
  eigenvectors: readonly Float64Array[],
  scale: number,
  reader: BlockReader,
  context: PassContext,
): Found[] {
  const { rows: n, parameters: d } = dump;
  const count = Math.min(n, tileWidth(d, context));
  const tile = new Float64Array(count * d);
  const origin = new Float64Array(d);
  reader.readRows(0, 1, origin);
  const sums = new Float64Array(d);
  const products = eigenvectors.map(() => new Float64Array(d));
  for (let from = 0; from < n; from += count) {
    context.checkCanceled();
    const rows = Math.min(count, n - from);
    reader.readRows(from, rows, tile);
    for (let i = 0; i < rows; i++) {
      const y = tile.subarray(i * d, (i + 1) * d);
      for (let j = 0; j < d; j++) {
        y[j] = (y[j]! - origin[j]!) * scale;
        sums[j]! += y[j]!;
      }
      for (const [k, v] of eigenvectors.entries()) {
        const along = dot(v, y);
        const product = products[k]!;
        for (let j = 0; j < d; j++) product[j]! += along * y[j]!;
      }
    }
    reportRead(context, dump, from + rows, n, count);
  }
  const mean = sums.map((sum) => sum / n);
  return eigenvectors.map((v, k) => {
    const along = dot(v, mean);
    const image = products[k]!.map((product, j) => product / n - along * mean[j]!);
    const eigenvalue = dot(v, image);
    const seen = new Components(dump.layers);
    seen.add(v);
    return { eigenvalue, residual: distance(image, eigenvalue, v), seen };
  });
}

const reportRead = (context: PassContext, { bytes }: GradientDump, done: number, all: number, width: number): void =>
  context.report({
    block: Math.ceil(done / width),
    blocks: Math.ceil(all / width),
    bytesDone: Math.round((done / all) * bytes),
  });

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
};

/** ‖a − factor·b‖ */
const distance = (a: Float64Array, factor: number, b: Float64Array): number => {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j]! - factor * b[j]!) ** 2;
  return Math.sqrt(sum);
};

/** What is kept of a vector of d components that come one after the other, in any length. */
class Components {
  squaredNorm = 0;
  #fourthPowers = 0;
  #next = 0;
  /** The largest so far, largest first. */
  readonly #largest: { readonly index: number; readonly component: number }[] = [];
  readonly #layers: readonly Layer[];
  readonly #shares: Float64Array;
  #layer = 0;
  #layerEnd: number;

  constructor(layers: readonly Layer[]) {
    this.#layers = layers;
    this.#shares = new Float64Array(layers.length);
    this.#layerEnd = layers[0]?.size ?? Infinity;
  }

  add(components: Float64Array): void {
    for (const component of components) {
      const square = component * component;
      this.squaredNorm += square;
      this.#fourthPowers += square * square;
      while (this.#next >= this.#layerEnd) this.#layerEnd += this.#layers[++this.#layer]?.size ?? Infinity;
      if (this.#layer < this.#shares.length) this.#shares[this.#layer]! += square;
      const least = this.#largest[NAMED - 1];
      if (square > 0 && (least === undefined || Math.abs(component) > Math.abs(least.component)))
        this.#insert({ index: this.#next, component });
      this.#next++;
    }
  }

  #insert(entry: { readonly index: number; readonly component: number }): void {
    const place = this.#largest.findIndex(({ component }) => Math.abs(component) < Math.abs(entry.component));
    this.#largest.splice(place < 0 ? this.#largest.length : place, 0, entry);
    this.#largest.length = Math.min(NAMED, this.#largest.length);
  }

  result(): Omit<NoiseDirection, 'eigenvalue' | 'residual'> {
    const length = Math.sqrt(this.squaredNorm);
    // an eigenvector has no sign: the largest component is shown as positive
    const sign = Math.sign(this.#largest[0]?.component ?? 1);
    return {
      spread: this.squaredNorm ** 2 / this.#fourthPowers,
      parameters: this.#largest.map(({ index, component }) => ({ index, component: (sign * component) / length })),
      layers: this.#shares.map((share) => share / this.squaredNorm),
    };
  }
}
