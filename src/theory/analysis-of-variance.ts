/**
 * Rows in groups (documents, prompts, classes): how much of their noise lies within groups, and how much between them.
 *
 * The model of the sample is that of one-way random effects, gₚₖ = G + aₚ + eₚₖ: groups are drawn independently, and rows of
 * a group independently given the group. With x = g − ḡ, P groups of nₚ rows, n rows in all, mₚ the mean of x in a group:
 * MSW = Σ(‖x‖² − ‖mₚ‖²)/(n − P), MSB = Σnₚ‖mₚ‖²/(P − 1), n₀ = (n − Σnₚ²/n)/(P − 1). All in units of gradient².
 */
export interface GroupScatter {
  /** [P] nₚ, rows of each group. */
  readonly sizes: ArrayLike<number>;
  /** [P] ‖mₚ‖² = ‖ḡₚ − ḡ‖² */
  readonly squaredDistances: ArrayLike<number>;
  /** Σ‖xᵢ‖² over all rows. */
  readonly scatter: number;
}

/** What an analysis of variance says, for a data set without bound. */
export interface VarianceParts {
  /** tr Σ_within = MSW */
  readonly within: number;
  /** tr Σ_between = (MSB − MSW)/n₀, possibly negative. */
  readonly between: number;
  /** Σnₚ²/n: of how many rows the group of a row is, on average. */
  readonly meanSize: number;
  /** ICC = between/(between + within): the correlation of two rows of one group. */
  readonly correlation: number;
  /** 1 + (Σnₚ²/n − 1)·ICC: the variance of ḡ over that of independent rows. */
  readonly designEffect: number;
}

/** Σnₚ²/n */
function meanGroupSize(sizes: ArrayLike<number>): number {
  let [rows, squares] = [0, 0];
  for (let p = 0; p < sizes.length; p++) {
    rows += sizes[p] ?? 0;
    squares += (sizes[p] ?? 0) ** 2;
  }
  return squares / rows;
}

/**
 * Unbiased parts of tr Σ when groups were drawn at random: their sum is tr Σ, and ḡ has the variance designEffect·tr Σ/n.
 *
 * @throws RangeError for fewer than two groups, and when no group has two rows
 * @see Cochran 1977, ch. 9; Searle, Casella & McCulloch 1992, §3.6, for groups of several sizes
 * @example varianceParts({ sizes: [2, 2], squaredDistances: [1.25, 1.25], scatter: 11 }).between // => 1
 */
export function varianceParts({ sizes, squaredDistances, scatter }: GroupScatter): VarianceParts {
  const groups = sizes.length;
  let [rows, squares, between] = [0, 0, 0];
  for (let p = 0; p < groups; p++) {
    const size = sizes[p] ?? 0;
    rows += size;
    squares += size * size;
    between += size * (squaredDistances[p] ?? 0);
  }
  if (groups < 2 || rows === groups)
    throw new RangeError('an analysis of variance needs two groups, and one of two rows');
  const meanSquareWithin = Math.max(0, scatter - between) / (rows - groups);
  const typicalSize = (rows - squares / rows) / (groups - 1);
  const component = (between / (groups - 1) - meanSquareWithin) / typicalSize;
  return parts(meanSquareWithin, component, squares / rows);
}

/**
 * The same of rows that are the whole data set, with divisor 1/n: `between` is the part of tr Σ that the means of the groups
 * explain, and the correlation 1 − MSW/tr Σ, which for groups of one size is that of all pairs of rows within a group.
 *
 * @throws RangeError when no group has two rows
 * @see Cochran 1977, §8.5; Särndal, Swensson & Wretman 1992, §4.2, for groups of several sizes
 * @example wholeVarianceParts({ sizes: [2, 2], squaredDistances: [1.25, 1.25], scatter: 11 }).within // => 1.5
 * @example wholeVarianceParts({ sizes: [2, 2], squaredDistances: [1.25, 1.25], scatter: 11 }).correlation // => -1 / 11
 */
export function wholeVarianceParts({ sizes, squaredDistances, scatter }: GroupScatter): VarianceParts {
  const groups = sizes.length;
  let [rows, between] = [0, 0];
  for (let p = 0; p < groups; p++) {
    rows += sizes[p] ?? 0;
    between += (sizes[p] ?? 0) * (squaredDistances[p] ?? 0);
  }
  if (rows === groups) throw new RangeError('a correlation within groups needs a group of two rows');
  const within = Math.max(0, scatter - between);
  const correlation = scatter > 0 ? 1 - (within / (rows - groups) / scatter) * rows : 0;
  const meanSize = meanGroupSize(sizes);
  return {
    within: within / rows,
    between: between / rows,
    meanSize,
    correlation,
    designEffect: 1 + (meanSize - 1) * correlation,
  };
}

function parts(within: number, between: number, meanSize: number): VarianceParts {
  const total = within + between;
  const correlation = total > 0 ? between / total : 0;
  return { within, between, meanSize, correlation, designEffect: 1 + (meanSize - 1) * correlation };
}

/**
 * Parts from all groups but one, for each group: Σ nₚ‖mₚ‖² without group p loses nₚ‖mₚ‖²(1 + nₚ/(n − nₚ)), because the mean
 * moves as well. Undefined where what is left has no parts.
 *
 * @see Efron & Stein 1981
 * @example partsWithoutGroup({ sizes: [2, 2, 2], squaredDistances: [2, 0.5, 0.5], scatter: 12 }, [2, 2, 2])[0]?.within // => 2
 */
export function partsWithoutGroup(
  { sizes, squaredDistances }: Pick<GroupScatter, 'sizes' | 'squaredDistances'>,
  withinScatter: ArrayLike<number>,
): readonly (VarianceParts | undefined)[] {
  const groups = sizes.length;
  let [rows, squares, between, within] = [0, 0, 0, 0];
  for (let p = 0; p < groups; p++) {
    const size = sizes[p] ?? 0;
    rows += size;
    squares += size * size;
    between += size * (squaredDistances[p] ?? 0);
    within += withinScatter[p] ?? 0;
  }
  return Array.from({ length: groups }, (_, p) => {
    const size = sizes[p] ?? 0;
    const rest = rows - size;
    const left = groups - 1;
    if (left < 2 || rest === left) return undefined;
    const own = size * (squaredDistances[p] ?? 0);
    const ofGroups = Math.max(0, between - own * (1 + size / rest));
    const meanSquareWithin = Math.max(0, within - (withinScatter[p] ?? 0)) / (rest - left);
    const sum = squares - size * size;
    const typicalSize = (rest - sum / rest) / (left - 1);
    return parts(meanSquareWithin, (ofGroups / (left - 1) - meanSquareWithin) / typicalSize, sum / rest);
  });
}
