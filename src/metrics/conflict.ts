import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { GroupedRows } from '../shared/summary';
import { groupCosines } from '../theory/group-conflict';
import { withinScatterOf } from './clusters';
import { Pending } from './quantities';
import type { Quantities } from './quantities';

/** Groups whose gradients are compared: those that the metadata name, else the classes of the labels. */
export interface Compared {
  readonly groups: GroupedRows;
  readonly by: 'group' | 'label';
}

/** @throws Pending until they are known; AnalysisError where there is nothing to compare */
export function comparedGroups(quantities: Quantities): Compared {
  const { dump, classes, extraProblems, moments } = quantities.summary;
  const { groups: names, labels } = dump.metadata;
  const found: Compared | undefined =
    names !== undefined ? { groups: quantities.groups, by: 'group' } : classes && { groups: classes, by: 'label' };
  if (found !== undefined && found.groups.sizes.length > 1) return found;
  if (extraProblems?.classes !== undefined && names === undefined) throw new AnalysisError(extraProblems.classes);
  if (moments === undefined) throw new Pending();
  throw new AnalysisError({
    code: 'value/needs-metadata',
    found:
      found === undefined && names === undefined && labels === undefined
        ? 'The dump names neither groups nor labels, so nothing says which rows could be in conflict'
        : 'The rows are not of a few groups or classes that could be compared',
    remedy: 'Name the group or the label of each row in its metadata.',
    fix: '{ "labels": ["cat", "dog", "cat", "dog"] }',
  });
}

/** [P, P] cosines between the true gradients of groups, of a sample debiased; NaN where they are not resolved. */
export function conflictCosines(quantities: Quantities, { groups }: Compared): Float64Array {
  const { of, sizes, products } = groups;
  const { meanProducts, meanSquaredNorm } = quantities.moments;
  const count = sizes.length;
  if (products === undefined)
    throw new AnalysisError({
      code: 'value/undefined',
      found: `The products between ${wholeNumber(count)} groups are too many to keep`,
      remedy: 'They are kept for 64 groups or fewer.',
    });
  const along = new Float64Array(count);
  of.forEach((group, i) => (along[group] = (along[group] ?? 0) + (meanProducts[i] ?? 0) / (sizes[group] ?? 1)));
  const whole = products.map((product, k) => {
    const [p, q] = [Math.floor(k / count), k % count];
    return product + (along[p] ?? 0) + (along[q] ?? 0) + meanSquaredNorm;
  });
  if (quantities.uncertain)
    return groupCosines({ products: whole, sizes, withinScatter: withinScatterOf(groups, quantities.moments) });
  // of the whole data set no mean has noise, not even that of one row
  return groupCosines({ products: whole, sizes: sizes.map(() => 2), withinScatter: new Float64Array(count) });
}
