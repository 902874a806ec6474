import { AnalysisError } from '../shared/problem';
import type { GroupedRows, Moments } from '../shared/summary';
import { partsWithoutGroup, varianceParts } from '../theory/analysis-of-variance';
import type { VarianceParts } from '../theory/analysis-of-variance';
import type { RowStatistics } from '../theory/row-statistics';

/** Rows of a sample in groups that were drawn at random: then a group, and not a row, is what was drawn independently. */
export interface Clusters {
  readonly groups: GroupedRows;
  /** Of a data set without bound. */
  readonly parts: VarianceParts;
  /** [P] Σ‖xᵢ − mₚ‖² over the rows of each group. */
  readonly withinScatter: Float64Array;
  /** Parts from all groups but one. */
  readonly withoutGroup: readonly (VarianceParts | undefined)[];
}

/** Σ‖xᵢ − mₚ‖² of each group: what its rows have, less what its mean has. */
export function withinScatterOf(groups: GroupedRows, moments: Moments): Float64Array {
  const { sizes, squaredDistances } = groups;
  // a group of one row has none, whatever rounding leaves
  return scatterOfGroups(groups, moments).map((sum, p) =>
    (sizes[p] ?? 0) > 1 ? Math.max(0, sum - (sizes[p] ?? 0) * (squaredDistances[p] ?? 0)) : 0,
  );
}

/** Σ‖xᵢ‖² over the rows of each group. */
export function scatterOfGroups({ of, sizes }: GroupedRows, { centeredSquaredNorms }: Moments): Float64Array {
  const scatter = new Float64Array(sizes.length);
  of.forEach((group, i) => (scatter[group] = (scatter[group] ?? 0) + (centeredSquaredNorms[i] ?? 0)));
  return scatter;
}

/**
 * @throws AnalysisError data/too-few-examples when all rows are of one group
 */
export function clustersOf(groups: GroupedRows, moments: Moments): Clusters {
  const { sizes, squaredDistances } = groups;
  if (sizes.length < 2)
    throw new AnalysisError({
      code: 'data/too-few-examples',
      found: 'All rows are of one group, so nothing shows how much groups differ',
      remedy: 'Dump rows of several groups.',
    });
  const withinScatter = withinScatterOf(groups, moments);
  return {
    groups,
    parts: varianceParts({ sizes, squaredDistances, scatter: moments.scatter }),
    withinScatter,
    withoutGroup: partsWithoutGroup({ sizes, squaredDistances }, withinScatter),
  };
}

/**
 * Each group as one row, so that intervals of independent rows hold for them: its mean, counted by its size, for ‖G‖², and the
 * jackknife’s pseudo-value of its part of tr Σ.
 *
 * @param given of the rows, with κ and φ
 */
export function statisticsOfGroups({ groups, parts, withoutGroup }: Clusters, given: RowStatistics): RowStatistics {
  const { of, sizes, squaredDistances, products } = groups;
  const count = sizes.length;
  const average = of.length / count;
  const along = new Float64Array(count);
  of.forEach((group, i) => (along[group] = (along[group] ?? 0) + (given.meanProducts[i] ?? 0) / average));
  const lengths = squaredDistances.map((squared, p) => ((sizes[p] ?? 0) / average) ** 2 * squared);
  const sum = lengths.reduce((total, length) => total + length, 0);
  // of groups of several sizes the unbiased variance of the mean differs a little from that of these
  const total = parts.within + parts.between;
  const variance = Math.max(0, (parts.designEffect * total) / of.length);
  const factor = sum > 0 ? (variance * count * (count - 1)) / sum : 0;
  const pseudo = withoutGroup.map((rest) =>
    rest === undefined ? total : count * total - (count - 1) * (rest.within + rest.between),
  );
  const mean = pseudo.reduce((all, value) => all + value, 0) / count;
  const { participationRatio: _, ...rest } = given;
  const ratio = products && participationRatioOf(products, sizes);
  return {
    ...rest,
    centeredSquaredNorms: lengths.map((length) => factor * length),
    traceNorms: Float64Array.from(
      pseudo,
      (value) => ((count - 2) / count) * (value - mean) + (total * (count - 1)) / count,
    ),
    meanProducts: along.map((product) => Math.sqrt(factor) * product),
    ...(ratio !== undefined && { participationRatio: ratio }),
  };
}

/** (tr S)²/‖S‖_F² of the covariance of the means of groups, counted by their sizes. */
function participationRatioOf(products: Float64Array, sizes: Float64Array): number | undefined {
  const count = sizes.length;
  let [trace, squares] = [0, 0];
  for (let p = 0; p < count; p++)
    for (let q = 0; q < count; q++) {
      const product = (products[p * count + q] ?? 0) * (sizes[p] ?? 0) * (sizes[q] ?? 0);
      if (p === q) trace += product;
      squares += product * product;
    }
  return squares > 0 ? (trace * trace) / squares : undefined;
}
