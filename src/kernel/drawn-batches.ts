import { AnalysisError } from '../shared/problem';
import type { BatchNormSpread, Moments, NormDeviations } from '../shared/summary';
import type { Run } from './kernel';
import { shuffle } from './shuffle';

/** Share of the batches that the band holds. */
const LEVEL = 0.95;

/**
 * How far ‖ḡ_B‖² of batches of B rows lies from its expectation, from batches drawn of the rows themselves: no row twice, and
 * each row as often as it comes. One order of all rows gives a batch of every size, as it grows.
 *
 * @param gram K [N, N], whole
 * @see Efron & Tibshirani 1993, ch. 6 and 8.4
 * @throws AnalysisError run/canceled
 */
export function drawnBatches(
  gram: Float64Array,
  moments: Moments,
  N: number,
  draws: number,
  uniform: () => number,
  run: Pick<Run, 'checkCanceled'>,
): BatchNormSpread {
  const sizes = sizesTo(N);
  const trace = moments.scatter / N;
  const shuffled = Int32Array.from({ length: N }, (_, i) => i);
  const ways = {
    without: {
      draw: (): Int32Array => shuffle(shuffled, uniform),
      noise: (B: number): number => (trace * (N - B)) / (B * (N - 1)),
    },
    with: {
      draw: (): Int32Array => Int32Array.from({ length: N }, () => Math.floor(uniform() * N)),
      noise: (B: number): number => trace / B,
    },
  };
  const spread = ({ draw, noise }: (typeof ways)['with']): NormDeviations => {
    const found = sizes.map(() => new Float64Array(draws));
    for (let k = 0; k < draws; k++) {
      run.checkCanceled();
      const norms = growing(draw(), gram, moments, N);
      for (const [place, B] of sizes.entries()) {
        const deviation = norms[B - 1]! - moments.meanSquaredNorm - noise(B);
        if (!Number.isFinite(deviation)) throw beyondRange(N);
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

const beyondRange = (N: number): AnalysisError =>
  new AnalysisError({
    code: 'data/overflow',
    found: `The squared length of the sum of ${N} rows exceeds 1.8e308`,
    remedy: 'Scale the gradients by a power of two, which keeps every bit:',
    fix: 'g = np.ldexp(g, -100)',
  });

/** ‖ḡ_B‖² [N] of the first B of these rows, for B = 1 … N: Σᵢⱼ gᵢᵀgⱼ/B² with gᵢᵀgⱼ = ‖ḡ‖² + aᵢ + aⱼ + N·Kᵢⱼ. */
function growing(rows: Int32Array, gram: Float64Array, moments: Moments, N: number): Float64Array {
  const norms = new Float64Array(N);
  let centered = 0;
  let along = 0;
  for (let last = 0; last < N; last++) {
    const row = rows[last]!;
    let crossing = 0;
    for (let i = 0; i < last; i++) crossing += gram[row * N + rows[i]!]!;
    centered += N * (gram[row * N + row]! + 2 * crossing);
    along += moments.meanProducts[row]!;
    const B = last + 1;
    norms[last] = moments.meanSquaredNorm + (2 * along) / B + centered / (B * B);
  }
  return norms;
}

/** 1, 2, 3, 4, 6, 8, 11, 16, … N: half powers of two. */
function sizesTo(N: number): number[] {
  const sizes = Array.from({ length: Math.floor(2 * Math.log2(N)) + 1 }, (_, k) => Math.round(2 ** (k / 2)));
  return [...new Set([...sizes, N])];
}
