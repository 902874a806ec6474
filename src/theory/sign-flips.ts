import { uniformRandom } from './random';

/** Up to so many rows every choice of signs is tried. */
const ENUMERATED = 16;

/**
 * Probability that random signs ±gᵢ would give a sum at least as long as Σgᵢ: small when the mean gradient is not 0.
 * Assumes that noise is symmetric about 0 if the mean is 0.
 *
 * @param inner [N, N] row-major gᵢᵀgⱼ
 * @param draws random choices of signs beyond 16 rows; up to there all are enumerated
 * @returns at least 1/(draws + 1), because the signs as they are count as one of the draws
 * @see Fisher 1935; Romano 1990
 * @example signFlipTest([4, 4, 4, 4], 2, 99) // => 0.5
 */
export function signFlipTest(inner: ArrayLike<number>, rows: number, draws: number): number {
  const signs = new Int8Array(rows).fill(1);
  const products = Float64Array.from({ length: rows }, (_, i) => rowSum(inner, rows, i));
  const observed = products.reduce((sum, value) => sum + value, 0);
  // equal up to rounding counts as equal
  const reached = observed * (1 - 1e-12);
  if (rows <= ENUMERATED) {
    // Gray code: one sign turns at a time; the last one never does, because turning all changes nothing
    const choices = 2 ** (rows - 1);
    let norm = observed;
    let count = 1;
    for (let choice = 1; choice < choices; choice++) {
      const turned = 31 - Math.clz32(choice & -choice);
      const sign = signs[turned] ?? 1;
      norm -= 4 * sign * ((products[turned] ?? 0) - sign * (inner[turned * rows + turned] ?? 0));
      for (let i = 0; i < rows; i++) products[i] = (products[i] ?? 0) - 2 * sign * (inner[i * rows + turned] ?? 0);
      signs[turned] = -sign;
      if (norm >= reached) count++;
    }
    return count / choices;
  }
  const uniform = uniformRandom(1);
  let count = 1;
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < rows; i++) signs[i] = uniform() < 0.5 ? -1 : 1;
    let norm = 0;
    for (let i = 0; i < rows; i++) {
      let across = 0;
      for (let j = 0; j < i; j++) across += (signs[j] ?? 1) * (inner[i * rows + j] ?? 0);
      norm += (inner[i * rows + i] ?? 0) + 2 * (signs[i] ?? 1) * across;
    }
    if (norm >= reached) count++;
  }
  return count / (draws + 1);
}

function rowSum(matrix: ArrayLike<number>, rows: number, row: number): number {
  let sum = 0;
  for (let j = 0; j < rows; j++) sum += matrix[row * rows + j] ?? 0;
  return sum;
}
