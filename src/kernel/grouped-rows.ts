import type { GradientDump } from '../shared/dump';
import type { Gram } from '../shared/statistics';
import type { GroupedRows, Moments } from '../shared/summary';
import { openBlocks } from './blocks';
import { scalingExponent } from './exponent';
import { centerColumns } from './gram-matrix';
import type { PassContext } from './kernel';

/** Products between more groups are not formed from the rows: they would take longer than reading them. */
const MOST_PRODUCTS = 64;

/** Products between more groups are not kept. */
const MOST_NAMED = 512;

/** Bytes of a tile of doubles. */
const TILE_BYTES = 4 << 20;

/** The groups of rows in the order in which they first appear. Numbers and texts are different names. */
export function groupsOf(names: readonly (number | string)[]): Pick<GroupedRows, 'names' | 'of' | 'sizes'> {
  const index = new Map<number | string, number>();
  const of = Int32Array.from(names, (name) => {
    const known = index.get(name) ?? index.size;
    index.set(name, known);
    return known;
  });
  const sizes = new Float64Array(index.size);
  for (const group of of) sizes[group]!++;
  return { names: [...index.keys()].map(String), of, sizes };
}

/**
 * Means of the centered rows of each group, mₚ = ḡₚ − ḡ: their squared lengths and products, and Σnₚ‖mₚ‖² of each layer. One
 * more pass over the dump, in double precision.
 *
 * @param names [n] to which group each row belongs
 * @throws AnalysisError file/changed, run/canceled
 */
export function groupedRows(
  dump: GradientDump,
  names: readonly (number | string)[],
  moments: Moments,
  gram: Float64Array | undefined,
  context: PassContext,
): GroupedRows {
  const { rows: n, parameters: d, layers } = dump;
  const groups = groupsOf(names);
  const count = groups.sizes.length;
  const exponent = scalingExponent(moments);
  const width = Math.max(1, Math.min(d, Math.floor(Math.min(TILE_BYTES, context.memoryBudget / 4) / 8 / (n + count))));
  const tile = new Float64Array(n * width);
  const means = new Float64Array(count * width);
  const distances = new Float64Array(count);
  const products = count <= MOST_PRODUCTS ? new Float64Array(count * count) : undefined;
  const ofLayers = new Float64Array(layers.length);
  const layerOf = layerAt(layers.map(({ size }) => size));
  const reader = openBlocks(dump);
  try {
    for (let from = 0; from < d; from += width) {
      context.checkCanceled();
      const columns = Math.min(width, d - from);
      reader.readColumns(from, columns, tile);
      centerColumns(tile, n, columns, 2 ** exponent);
      means.fill(0);
      for (let i = 0, k = 0; i < n; i++) {
        const start = groups.of[i]! * columns;
        for (let j = 0; j < columns; j++, k++) means[start + j]! += tile[k]!;
      }
      for (let p = 0, k = 0; p < count; p++) {
        const size = groups.sizes[p]!;
        for (let j = 0; j < columns; j++, k++) {
          const mean = (means[k] = means[k]! / size);
          distances[p]! += mean * mean;
          if (layers.length > 0) ofLayers[layerOf(from + j)]! += size * mean * mean;
        }
      }
      if (products !== undefined) addProducts(means, count, columns, products);
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
  const back = (value: number): number => value * 2 ** -exponent * 2 ** -exponent;
  const between = products?.map(back) ?? (gram && productsOfGroups(gram, groups));
  return {
    ...groups,
    squaredDistances: distances.map(back),
    layers: ofLayers.map(back),
    ...(between && { products: between }),
  };
}

/**
 * The same from n·K = XXᵀ alone, which knows no layers.
 *
 * @throws AnalysisError file/…, run/canceled
 */
export function groupedProducts(
  { products: stored }: Pick<Gram, 'products'>,
  names: readonly (number | string)[],
  context: PassContext,
): GroupedRows {
  const groups = groupsOf(names);
  const { of, sizes } = groups;
  const n = of.length;
  const count = sizes.length;
  const squared = new Float64Array(count);
  const all = count <= MOST_NAMED ? new Float64Array(count * count) : undefined;
  const sums = new Float64Array(count);
  const reader = openBlocks({ rows: n, parameters: n, arrays: [stored] });
  try {
    const row = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      context.checkCanceled();
      reader.readRows(i, 1, row);
      sums.fill(0);
      for (let j = 0; j < n; j++) sums[of[j]!]! += row[j]!;
      const own = of[i]!;
      squared[own]! += sums[own]! / sizes[own]! / sizes[own]!;
      if (all !== undefined)
        for (let q = 0; q < count; q++) all[own * count + q]! += sums[q]! / sizes[own]! / sizes[q]!;
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
  return {
    ...groups,
    squaredDistances: squared.map((value) => Math.max(0, value)),
    layers: new Float64Array(0),
    ...(all && { products: all }),
  };
}

/** mₚᵀm_q = n·ΣK over the block of two groups, over their sizes. */
function productsOfGroups(gram: Float64Array, { of, sizes }: Pick<GroupedRows, 'of' | 'sizes'>): Float64Array {
  const n = of.length;
  const count = sizes.length;
  const products = new Float64Array(count * count);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) products[of[i]! * count + of[j]!]! += n * gram[i * n + j]!;
  return products.map((sum, k) => sum / sizes[Math.floor(k / count)]! / sizes[k % count]!);
}

function addProducts(means: Float64Array, count: number, columns: number, products: Float64Array): void {
  for (let p = 0; p < count; p++)
    for (let q = 0; q <= p; q++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += means[p * columns + j]! * means[q * columns + j]!;
      products[p * count + q]! += sum;
      if (q < p) products[q * count + p]! += sum;
    }
}

/** The layer of a column; columns are asked in ascending order, or begin again. */
function layerAt(sizes: readonly number[]): (column: number) => number {
  let [layer, start] = [0, 0];
  return (column) => {
    if (column < start) [layer, start] = [0, 0];
    while (column >= start + sizes[layer]!) start += sizes[layer++]!;
    return layer;
  };
}
