import { studentTQuantile } from './student-t';
import { UPPER_LEVEL } from './hall-interval';
import type { OpenEnds } from './test-inversion';

/** Averages of two series around one position, and the ratio of these averages. */
export interface MovingRatio {
  readonly numerator: number;
  readonly denominator: number;
  /** Absent where the denominator is not positive. */
  readonly value?: number;
  /** 95 %, by Fieller’s method; without an upper end where the denominator is not resolved; absent for fewer than 8 points. */
  readonly interval?: OpenEnds;
}

/** Points that an interval needs, counted by their weights: (Σw)²/Σw². */
const LEAST_POINTS = 8;

/**
 * Averages numerator and denominator by themselves, then divides: an average of ratios is dominated by the points whose
 * denominator happens to be small. The weight of a point halves with every `halfLife` of distance; the weights are divided by
 * their sum, so that the first average is the first point. With a half-life of Infinity all points so far count alike.
 *
 * @param positions ascending, such as steps or tokens
 * @param halfLife in units of the positions; a decay of β per step is ln ½/ln β
 * @see McCandlish et al. 2018, App. A.1; Fieller 1954; Kish 1965 for the number of points
 * @example movingRatios([0, 1], [10, 12], [1, -0.5], Math.log(0.5) / Math.log(0.9)).at(1)?.value?.toFixed(1) // => '52.5'
 */
export function movingRatios(
  positions: ArrayLike<number>,
  numerators: ArrayLike<number>,
  denominators: ArrayLike<number>,
  halfLife: number,
): MovingRatio[] {
  let [weight, squares, a, b, aa, ab, bb] = [0, 0, 0, 0, 0, 0, 0];
  return Array.from({ length: positions.length }, (_, t) => {
    const distance = t === 0 ? 0 : (positions[t] ?? 0) - (positions[t - 1] ?? 0);
    const decay = distance === 0 ? 1 : 2 ** (-distance / halfLife);
    [weight, squares, aa, ab, bb] = [
      weight * decay + 1,
      squares * decay * decay + 1,
      aa * decay,
      ab * decay,
      bb * decay,
    ];
    const [da, db] = [(numerators[t] ?? 0) - a, (denominators[t] ?? 0) - b];
    a += da / weight;
    b += db / weight;
    const share = 1 - 1 / weight;
    [aa, ab, bb] = [aa + share * da * da, ab + share * da * db, bb + share * db * db];
    const points = (weight * weight) / squares;
    const spread = 1 / (weight * (points - 1));
    const ends =
      points < LEAST_POINTS
        ? undefined
        : fieller({ a, b, aa: aa * spread, ab: ab * spread, bb: bb * spread, degrees: points - 1 });
    return {
      numerator: a,
      denominator: b,
      ...(b > 0 && { value: Math.max(0, a) / b }),
      ...(ends && { interval: ends }),
    };
  });
}

/** The ratio of the averages of all points. */
export function ratioOfMeans(numerators: ArrayLike<number>, denominators: ArrayLike<number>): MovingRatio | undefined {
  return movingRatios(
    Array.from(numerators, (_, t) => t),
    numerators,
    denominators,
    Infinity,
  ).at(-1);
}

interface Averages {
  readonly a: number;
  readonly b: number;
  /** Variances and covariance of both averages. */
  readonly aa: number;
  readonly ab: number;
  readonly bb: number;
  readonly degrees: number;
}

/** All ρ ≥ 0 with (a − ρb)² ≤ t²(aa − 2ρ·ab + ρ²·bb). */
function fieller({ a, b, aa, ab, bb, degrees }: Averages): OpenEnds {
  const t = studentTQuantile(UPPER_LEVEL, degrees) ** 2;
  const [square, half, constant] = [b * b - t * bb, a * b - t * ab, a * a - t * aa];
  const root = Math.sqrt(Math.max(0, half * half - square * constant));
  // of both roots the one that subtracts nothing, and the other by Vieta
  const large = half >= 0 ? half + root : half - root;
  const ends = [large / square, constant / large].filter(Number.isFinite).sort((x, y) => x - y);
  if (square > 0 && b > 0) return { lower: Math.max(0, ends[0] ?? 0), upper: Math.max(0, ends[1] ?? 0) };
  // 0 is refused where the numerator is resolved: the smallest ratio that is not is the bound
  if (!(constant > 0 && a > 0)) return { lower: 0 };
  return { lower: ends.find((end) => end > 0) ?? 0 };
}

/**
 * Least squares of squared norms on 1/B: |g_B|² = ‖G‖² + tr Σ/B, from batches of two sizes or more.
 *
 * @throws RangeError unless two sizes differ
 * @see McCandlish et al. 2018, App. A.1
 * @example fromBatchSizes([{ size: 1, squaredNorm: 8 }, { size: 2, squaredNorm: 5.5 }, { size: 4, squaredNorm: 4.25 }]) // => { signal: 3, trace: 5 }
 */
export function fromBatchSizes(batches: readonly { readonly size: number; readonly squaredNorm: number }[]): {
  readonly signal: number;
  readonly trace: number;
} {
  const mean = (of: (batch: (typeof batches)[number]) => number): number =>
    batches.reduce((sum, batch) => sum + of(batch), 0) / batches.length;
  const [x, y] = [mean(({ size }) => 1 / size), mean(({ squaredNorm }) => squaredNorm)];
  const xx = mean(({ size }) => (1 / size - x) ** 2);
  if (!(xx > 0)) throw new RangeError('a regression on batch sizes needs two that differ');
  const trace = mean(({ size, squaredNorm }) => (1 / size - x) * (squaredNorm - y)) / xx;
  return { signal: y - trace * x, trace };
}
