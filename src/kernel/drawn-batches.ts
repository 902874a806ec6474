import { AnalysisError } from '../shared/problem';
import type { BatchNormSpread, Moments, NormDeviations } from '../shared/summary';
import type { PassContext } from './kernel';
import { shuffle } from './shuffle';

/** Share of the batches that the band holds. */
const LEVEL = 0.95;

/**
 * How far ‖ḡ_B‖² of batches of B rows lies from its expectation, from batches drawn of the rows themselves: no row twice, and
 * each row as often as it comes. One order of all rows gives a batch of every size, as it grows.
 *
 * @param gram K [n, n], whole
 * @see Efron & Tibshirani 1993, ch. 6 and 8.4
 * @throws AnalysisError run/canceled
 */
export function drawnBatches(
  gram: Float64Array,
  moments: Moments,
  n: number,
  draws: number,
  uniform: () => number,
  context: Pick<PassContext, 'checkCanceled'>,
): BatchNormSpread {
  const sizes = sizesTo(n);
  const trace = moments.scatter / n;
  const shuffled = Int32Array.from({ length: n }, (_, i) => i);
  const ways = {
    without: {
      draw: (): Int32Array => shuffle(shuffled, uniform),
      noise: (B: number): number => (trace * (n - B)) / (B * (n - 1)),
    },
    with: {
      draw: (): Int32Array => Int32Array.from({ length: n }, () => Math.floor(uniform() * n)),
      noise: (B: number): number => trace / B,
    },
  };
  const spread = ({ draw, noise }: (typeof ways)['with']): NormDeviations => {
    const found = sizes.map(() => new Float64Array(draws));
    for (let k = 0; k < draws; k++) {
      context.checkCanceled();
      const norms = growing(draw(), gram, moments, n);
      for (const [place, B] of sizes.entries()) {
        const deviation = norms[B - 1]! - moments.meanSquaredNorm - noise(B);
        if (!Number.isFinite(deviation)) throw beyondRange(n);
        found[place]![k] = deviation;
      }
    }
    const tail = Math.floor(((1 - LEVEL) / 2) * draws);
    for (const values of found) values.sort();
    return {
      lower: Float64Array.from(found, (values) => values[tail]!),
      upper: Float64Array.from(found, (values) => values[draws - 1 - tail]!),
    };
  };
  return { sizes: Float64Array.from(sizes), without: spread(ways.without), with: spread(ways.with) };
}

const beyondRange = (n: number): AnalysisError =>
  new AnalysisError({
    code: 'data/overflow',
    found: `The squared length of the sum of ${n} rows exceeds 1.8e308`,
    remedy: 'Scale the gradients by a power of two, which keeps every bit:',
    fix: 'g = np.ldexp(g, -100)',
  });

/** ‖ḡ_B‖² [n] of the first B of these rows, for B = 1 … n: Σᵢⱼ gᵢᵀgⱼ/B² with gᵢᵀgⱼ = ‖ḡ‖² + aᵢ + aⱼ + n·Kᵢⱼ. */
function growing(rows: Int32Array, gram: Float64Array, moments: Moments, n: number): Float64Array {
  const norms = new Float64Array(n);
  let centered = 0;
  let along = 0;
  for (let last = 0; last < n; last++) {
    const row = rows[last]!;
    let crossing = 0;
    for (let i = 0; i < last; i++) crossing += gram[row * n + rows[i]!]!;
    centered += n * (gram[row * n + row]! + 2 * crossing);
    along += moments.meanProducts[row]!;
    const B = last + 1;
    norms[last] = moments.meanSquaredNorm + (2 * along) / B + centered / (B * B);
  }
  return norms;
}

/** 1, 2, 3, 4, 6, 8, 11, 16, … n: half powers of two. */
function sizesTo(n: number): number[] {
  const sizes = Array.from({ length: Math.floor(2 * Math.log2(n)) + 1 }, (_, k) => Math.round(2 ** (k / 2)));
  return [...new Set([...sizes, n])];
}
