/** Sums of rows in groups: products of the group means, and what is left within. All in units of gradient². */
export interface GroupMeans {
  /** [P, P] ḡₚᵀḡ_q, not centered. */
  readonly products: ArrayLike<number>;
  /** [P] nₚ */
  readonly sizes: ArrayLike<number>;
  /** [P] Σ‖gᵢ − ḡₚ‖² over the rows of a group. */
  readonly withinScatter: ArrayLike<number>;
}

/**
 * Cosines between the true gradients of groups, without the noise that is left in the means of a few rows:
 * cₚ_q = ḡₚᵀḡ_q/√(UₚU_q), in which Uₚ = ‖ḡₚ‖² − Σ‖gᵢ − ḡₚ‖²/(nₚ(nₚ − 1)) is the mean product of two different rows of a group.
 *
 * @returns [P, P], NaN where Uₚ or U_q is not positive or a group has one row; may leave [−1, 1], because both parts are estimates
 * @see Fort et al. 2019 (stiffness between classes); Yu et al. 2020 (a negative cosine is a conflict)
 * @example groupCosines({ products: [4, 1, 1, 4], sizes: [2, 2], withinScatter: [0, 0] }) // => Float64Array.of(1, 0.25, 0.25, 1)
 */
export function groupCosines({ products, sizes, withinScatter }: GroupMeans): Float64Array {
  const count = sizes.length;
  const lengths = Float64Array.from({ length: count }, (_, p) => {
    const size = sizes[p] ?? 0;
    const unbiased = (products[p * count + p] ?? 0) - (withinScatter[p] ?? 0) / (size * (size - 1));
    return size > 1 && unbiased > 0 ? Math.sqrt(unbiased) : NaN;
  });
  return Float64Array.from({ length: count * count }, (_, k) => {
    const [p, q] = [Math.floor(k / count), k % count];
    const length = (lengths[p] ?? NaN) * (lengths[q] ?? NaN);
    return p === q ? length / length : (products[k] ?? 0) / (lengths[p] ?? NaN) / (lengths[q] ?? NaN);
  });
}

/** Pairs of rows of different groups that pull against each other. */
export interface Conflicts {
  /** Of all pairs. */
  readonly share: number;
  readonly pairs: number;
  /** [units] The share without one unit, a row or a group; NaN where no pair is left. */
  readonly without: Float64Array;
}

/**
 * @param inner [n, n] gᵢᵀgⱼ
 * @param of [n] group of each row
 * @param unit [n] what is left out for the jackknife: each row, or its group
 * @throws RangeError where no two rows are of different groups
 * @see Yu et al. 2020
 * @example conflictingPairs([1, -1, 2, -1, 4, 3, 2, 3, 9], [0, 1, 1], [0, 1, 2]).share // => 0.5
 */
export function conflictingPairs(inner: ArrayLike<number>, of: ArrayLike<number>, unit: ArrayLike<number>): Conflicts {
  const n = of.length;
  const units = Math.max(0, ...Array.from(unit)) + 1;
  const [conflicts, pairs] = [new Float64Array(units), new Float64Array(units)];
  let [all, against] = [0, 0];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      if (of[i] === of[j]) continue;
      const negative = (inner[i * n + j] ?? 0) < 0 ? 1 : 0;
      all++;
      against += negative;
      for (const k of unit[i] === unit[j] ? [unit[i] ?? 0] : [unit[i] ?? 0, unit[j] ?? 0]) {
        pairs[k] = (pairs[k] ?? 0) + 1;
        conflicts[k] = (conflicts[k] ?? 0) + negative;
      }
    }
  if (all === 0) throw new RangeError('no two rows are of different groups');
  return {
    share: against / all,
    pairs: all,
    without: Float64Array.from({ length: units }, (_, k) => (against - (conflicts[k] ?? 0)) / (all - (pairs[k] ?? 0))),
  };
}
