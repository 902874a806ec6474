/** Of a whole that is made of parts, how much its densest parts hold. */
export interface LorenzCurve {
  /** [parts]: the parts from the densest down; of equal ones the first comes first. */
  readonly order: readonly number[];
  /** [parts + 1]: share of all sizes that the first k parts of that order have, from 0 to 1. */
  readonly sizes: readonly number[];
  /** [parts + 1]: share of the whole that they hold. */
  readonly shares: readonly number[];
  /** How many parts hold the most beyond what their size alone would give them, … */
  readonly widest: number;
  /** … and how much that is: ½ Σ |share − size|, the part of the whole that would have to move to make all parts alike. */
  readonly unequal: number;
}

/**
 * The Lorenz curve of parts, with the densest first, so that it lies above the diagonal.
 *
 * Source: Lorenz 1905, "Methods of measuring the concentration of wealth"; the largest distance from the diagonal is Pietra's
 * and Hoover's index.
 *
 * @param sizes [parts] positive, in any unit: 1 each, or numbers of parameters
 * @param amounts [parts] not negative, with a positive sum
 */
export function lorenzCurve(sizes: ArrayLike<number>, amounts: ArrayLike<number>): LorenzCurve {
  const density = (part: number): number => (amounts[part] ?? 0) / (sizes[part] ?? 1);
  const order = Array.from({ length: sizes.length }, (_, part) => part).sort((a, b) => density(b) - density(a));
  const cumulative = (of: ArrayLike<number>): number[] => {
    let sum = 0;
    const sums = [0, ...order.map((part) => (sum += of[part] ?? 0))];
    return sums.map((value) => value / sum);
  };
  const [x, y] = [cumulative(sizes), cumulative(amounts)];
  let widest = 0;
  const above = (k: number): number => (y[k] ?? 0) - (x[k] ?? 0);
  for (let k = 1; k < x.length; k++) if (above(k) > above(widest)) widest = k;
  return { order, sizes: x, shares: y, widest, unequal: above(widest) };
}
