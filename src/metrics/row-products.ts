import { products } from '../theory/agreement';
import { signFlipTest } from '../theory/sign-flips';
import type { Quantities } from './quantities';

/** Numbers of two rows, the smaller one first. */
type Pairs = readonly (readonly [number, number])[];

/** What follows from the products of all pairs of rows, which do not depend on the settings: once for each dump. */
interface RowProducts {
  /** [N, N] gᵢᵀgⱼ */
  readonly inner: Float64Array;
  signed?: Float64Array;
  signFlips?: number;
  duplicates?: Pairs;
}

const known = new WeakMap<Float64Array, RowProducts>();

function rowProducts(quantities: Quantities): RowProducts | undefined {
  const { moments, spectrum } = quantities;
  if (spectrum.gram === undefined) return undefined;
  let found = known.get(spectrum.gram);
  if (found === undefined) {
    found = { inner: products(spectrum.gram, moments.meanProducts, moments.meanSquaredNorm) };
    known.set(spectrum.gram, found);
  }
  return found;
}

/** What rounding leaves of a product that is 0, relative to what it was added up from. */
const ROUNDING = { float32: 1e-6, float64: 1e-13 } as const;

/** [n, n] gᵢᵀgⱼ, 0 where rounding leaves no sign, as of sparse rows; undefined when there are too many rows. */
export function signedProducts(quantities: Quantities): Float64Array | undefined {
  const found = rowProducts(quantities);
  if (found === undefined) return undefined;
  return (found.signed ??= withoutRounding(quantities, found.inner));
}

function withoutRounding({ moments, spectrum, rows: n }: Quantities, inner: Float64Array): Float64Array {
  const { meanProducts, meanSquaredNorm, centeredSquaredNorms } = moments;
  const sizes = Float64Array.from(
    centeredSquaredNorms,
    (square, i) => square + Math.abs(meanProducts[i] ?? 0) + meanSquaredNorm,
  );
  const rounding = ROUNDING[spectrum.products];
  return inner.map((product, k) => {
    const size = Math.max(sizes[Math.floor(k / n)] ?? 0, sizes[k % n] ?? 0);
    return Math.abs(product) <= rounding * size ? 0 : product;
  });
}

/** Random signs to try beyond sixteen rows: enough for one probability in 200. */
const SIGN_FLIPS = 199;

/** Probability of a mean as long as this one if the true gradient is 0; undefined when there are too many rows. */
export function signFlipProbability(quantities: Quantities): number | undefined {
  const found = rowProducts(quantities);
  if (found === undefined) return undefined;
  return (found.signFlips ??= signFlipTest(found.inner, quantities.rows, SIGN_FLIPS));
}

/** Pairs of rows that are the same, up to the rounding of their products; undefined when there are too many rows. */
export function duplicateRows(quantities: Quantities): Pairs | undefined {
  const found = rowProducts(quantities);
  const { gram } = quantities.spectrum;
  if (found === undefined || gram === undefined) return undefined;
  return (found.duplicates ??= equalRows(gram, quantities.rows));
}

function equalRows(gram: Float64Array, n: number): Pairs {
  const at = (i: number, j: number): number => gram[i * n + j] ?? 0;
  const pairs: [number, number][] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      // ‖gᵢ − gⱼ‖²/N from the centered products, which lose nothing to a large mean
      const both = at(i, i) + at(j, j);
      if (both - 2 * at(i, j) <= 1e-13 * both) pairs.push([j, i]);
    }
  return pairs;
}
