import { logGamma } from './log-gamma';

/**
 * Quantile of the χ² distribution.
 *
 * @param probability in (0, 1)
 * @param degreesOfFreedom > 0
 * @throws RangeError outside those ranges
 * @see Abramowitz & Stegun 1972, 26.4.19: the distribution by the incomplete gamma function, here inverted by bisection
 * @example chiSquareQuantile(0.95, 2).toFixed(12) // => (-2 * Math.log(0.05)).toFixed(12)
 */
export function chiSquareQuantile(probability: number, degreesOfFreedom: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`probability ${probability} is not in (0, 1)`);
  if (!(degreesOfFreedom > 0)) throw new RangeError(`${degreesOfFreedom} degrees of freedom are not positive`);
  const below = (value: number): number => incompleteGamma(degreesOfFreedom / 2, value / 2);
  let low = 0;
  let high = degreesOfFreedom;
  while (below(high) < probability) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = (low + high) / 2;
    if (below(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Regularized lower incomplete gamma function P(a, x).
 *
 * @see DLMF 8.7.1, the series, below the mean; 8.9.2, the continued fraction, evaluated by Lentz's method, above
 * @example incompleteGamma(1, 2).toFixed(14) // => (1 - Math.exp(-2)).toFixed(14)
 */
export function incompleteGamma(a: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; k < 10_000 && term > sum * 1e-17; k++) {
      term *= x / (a + k);
      sum += term;
    }
    return front * sum;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 10_000; k++) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (b + numerator * d);
    c = b + numerator / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return 1 - front * fraction;
}
