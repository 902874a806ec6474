/** An estimate with its interval; without an upper end it is at least `lower`. */
export interface Estimated {
  readonly value: number;
  readonly lower: number;
  readonly upper?: number;
}

/** An interval of a difference or of a ratio; an end that is missing is not known. */
export interface Difference {
  readonly value: number;
  readonly lower?: number;
  readonly upper?: number;
  /** Whether the two are distinguished: the interval leaves out the value that equal quantities have. */
  readonly resolved: boolean;
}

/**
 * a − b of independent estimates: from the difference, the squared distances to the ends that are nearer to equality, added.
 *
 * For symmetric intervals it is the usual ±√(half-width² + half-width²); skewed ends keep their skewness.
 *
 * @see Newcombe 1998, method 10; Zou & Donner 2008
 * @example squareAndAdd({ value: 9, lower: 6, upper: 13 }, { value: 2, lower: 1, upper: 6 }) // => { value: 7, lower: 2, upper: 7 + Math.sqrt(17), resolved: true }
 * @example squareAndAdd({ value: 9, lower: 5 }, { value: 2, lower: 1, upper: 5 }) // => { value: 7, lower: 2, resolved: true }
 */
export function squareAndAdd(a: Estimated, b: Estimated): Difference {
  const value = a.value - b.value;
  const lower = b.upper === undefined ? undefined : value - Math.hypot(a.value - a.lower, b.upper - b.value);
  const upper = a.upper === undefined ? undefined : value + Math.hypot(a.upper - a.value, b.value - b.lower);
  return {
    value,
    ...(lower !== undefined && { lower }),
    ...(upper !== undefined && { upper }),
    resolved: (lower !== undefined && lower > 0) || (upper !== undefined && upper < 0),
  };
}

/**
 * a/b of independent estimates of positive quantities: `squareAndAdd` of their logarithms, where both intervals are bounded
 * and positive. Otherwise no interval; resolved only when the two intervals have no value in common.
 *
 * @throws RangeError unless both values are positive
 * @see Newcombe 1998; Zou & Donner 2008, for logarithms
 * @example squareAndAddRatio({ value: 8, lower: 4, upper: 16 }, { value: 2, lower: 2, upper: 2 }) // => { value: 4, lower: 2, upper: 8, resolved: true }
 * @example squareAndAddRatio({ value: 8, lower: 4 }, { value: 1, lower: 1, upper: 2 }) // => { value: 8, resolved: true }
 */
export function squareAndAddRatio(a: Estimated, b: Estimated): Difference {
  if (!(a.value > 0 && b.value > 0)) throw new RangeError('a ratio of logarithms needs positive values');
  const value = a.value / b.value;
  const [first, second] = [logarithm(a), logarithm(b)];
  if (first === undefined || second === undefined)
    return { value, resolved: (a.upper ?? Infinity) < b.lower || (b.upper ?? Infinity) < a.lower };
  const { lower, upper, resolved } = squareAndAdd(first, second);
  return {
    value,
    ...(lower !== undefined && { lower: Math.exp(lower) }),
    ...(upper !== undefined && { upper: Math.exp(upper) }),
    resolved,
  };
}

function logarithm({ value, lower, upper }: Estimated): Estimated | undefined {
  if (upper === undefined || !(lower > 0)) return undefined;
  return { value: Math.log(value), lower: Math.log(lower), upper: Math.log(upper) };
}
