import { logGamma } from './log-gamma';
import { normalQuantile } from './normal-quantile';

/**
 * Quantile of Student's t distribution.
 *
 * @param probability in (0, 1)
 * @param degreesOfFreedom > 0; Infinity gives the normal quantile
 * @throws RangeError outside those ranges
 * @see Abramowitz & Stegun 1972, 26.7.1: the distribution by the incomplete beta function, here inverted by bisection;
 *   26.7.5: its expansion for many degrees of freedom
 * @example studentTQuantile(0.975, 255).toFixed(4) // => '1.9693'
 */
export function studentTQuantile(probability: number, degreesOfFreedom: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`probability ${probability} is not in (0, 1)`);
  if (!(degreesOfFreedom > 0)) throw new RangeError(`${degreesOfFreedom} degrees of freedom are not positive`);
  if (probability < 0.5) return -studentTQuantile(1 - probability, degreesOfFreedom);
  if (degreesOfFreedom > MANY) return nearlyNormal(normalQuantile(probability), degreesOfFreedom);
  let low = 0;
  let high = 1;
  while (upperTail(high, degreesOfFreedom) > 1 - probability && high < 1e300) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = (low + high) / 2;
    if (upperTail(middle, degreesOfFreedom) > 1 - probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Whether a value lies above a quantile of Student’s t in the upper half: as `studentTQuantile` would say, without its search.
 *
 * @param probability in [0.5, 1)
 * @param degreesOfFreedom > 0
 * @see Abramowitz & Stegun 1972, 26.7.1
 * @example [4.3026, 4.3027].map((t) => exceedsStudentT(t, 0.975, 2)) // => [false, true]
 */
export function exceedsStudentT(value: number, probability: number, degreesOfFreedom: number): boolean {
  if (degreesOfFreedom > MANY) return value > studentTQuantile(probability, degreesOfFreedom);
  return value > 0 && upperTail(value, degreesOfFreedom) < 1 - probability;
}

/** P(T > t) for t ≥ 0. */
const upperTail = (t: number, degrees: number): number =>
  incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;

/** Beyond it the expansion is exact to 1e-11, and the incomplete beta function loses digits. */
const MANY = 1e4;

const nearlyNormal = (z: number, degrees: number): number =>
  z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);

/**
 * Regularized incomplete beta function Iₓ(a, b).
 *
 * @see DLMF 8.17.22, the continued fraction, evaluated by Lentz's method
 * @example incompleteBeta(0.5, 2, 2).toFixed(12) // => '0.500000000000'
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // the fraction converges quickly only below the mean; above it the mirror image does
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const tiny = 1e-300;
  const orTiny = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / orTiny(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / orTiny(1 + even * d);
    c = orTiny(1 + even / c);
    fraction *= c * d;
    d = 1 / orTiny(1 + odd * d);
    c = orTiny(1 + odd / c);
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  return (front * fraction) / a;
}
