import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { products } from '../theory/agreement';
import type { Quantities } from './quantities';

/** Cosines between all rows, in an order that brings together what is alike. */
export interface RowCosines {
  /** [n] row numbers: by label where there are labels, then by loss, or else along the leading direction of the noise. */
  readonly order: readonly number[];
  readonly by: 'label' | 'loss' | 'direction';
  /** [N, N] in that order; 0 for a row of length 0, which has no direction. */
  readonly cosines: Float64Array;
  /** Places in the order at which another label begins. */
  readonly boundaries: readonly number[];
  /** Mean over pairs of different rows: of the same label, and of different ones. */
  readonly within?: { readonly mean: number; readonly pairs: number };
  readonly between: { readonly mean: number; readonly pairs: number };
}

const known = new WeakMap<Float64Array, RowCosines>();

/**
 * They do not depend on the settings: once for each dump.
 *
 * @throws AnalysisError value/undefined when the products of the rows were not kept
 */
export function rowCosines(quantities: Quantities): RowCosines {
  const { gram } = quantities.spectrum;
  if (gram === undefined)
    throw new AnalysisError({
      code: 'value/undefined',
      found: `The products of ${wholeNumber(quantities.rows)} rows are too many to keep`,
      remedy: 'They are kept for 512 rows or fewer.',
    });
  let found = known.get(gram);
  if (found === undefined) {
    found = computed(quantities, gram);
    known.set(gram, found);
  }
  return found;
}

function computed(quantities: Quantities, gram: Float64Array): RowCosines {
  const { rows: n, moments, spectrum, summary } = quantities;
  const { labels, losses } = summary.dump.metadata;
  const inner = products(gram, moments.meanProducts, moments.meanSquaredNorm);
  const along = (row: number): number => spectrum.plane.points[2 * row] ?? 0;
  const rows = Array.from({ length: n }, (_, row) => row);
  const byLabel = (a: number, b: number): number =>
    labels === undefined ? 0 : String(labels[a]).localeCompare(String(labels[b]), 'en', { numeric: true });
  const byLoss = (a: number, b: number): number => (losses?.[a] ?? 0) - (losses?.[b] ?? 0);
  const by = labels !== undefined ? 'label' : losses !== undefined ? 'loss' : 'direction';
  const order = rows.sort(
    by === 'direction' ? (a, b) => along(a) - along(b) : (a, b) => byLabel(a, b) || byLoss(a, b) || a - b,
  );
  const same = (i: number, j: number): boolean => labels !== undefined && labels[i] === labels[j];
  const cosines = new Float64Array(n * n);
  const sums = { within: 0, between: 0 };
  const pairs = { within: 0, between: 0 };
  order.forEach((i, a) => {
    order.forEach((j, b) => {
      const length = Math.sqrt(inner[i * n + i] ?? 0) * Math.sqrt(inner[j * n + j] ?? 0);
      const cosine = length > 0 ? Math.min(1, Math.max(-1, (inner[i * n + j] ?? 0) / length)) : 0;
      cosines[a * n + b] = cosine;
      if (b >= a || !(length > 0)) return;
      const kind = same(i, j) ? 'within' : 'between';
      sums[kind] += cosine;
      pairs[kind]++;
    });
  });
  const mean = (kind: 'within' | 'between') => ({
    mean: pairs[kind] === 0 ? 0 : sums[kind] / pairs[kind],
    pairs: pairs[kind],
  });
  return {
    order,
    by,
    cosines,
    boundaries:
      labels === undefined ? [] : order.flatMap((row, at) => (at > 0 && !same(row, order[at - 1] ?? row) ? [at] : [])),
    ...(pairs.within > 0 && { within: mean('within') }),
    between: mean('between'),
  };
}
