import { rowVariance, traceErrorFactor } from './row-statistics';
import type { RowStatistics } from './row-statistics';

/**
 * Jackknife pseudo-values nθ̂ − (n − 1)θ̂₋ᵢ of θ = a‖G‖² + c·tr Σ, in O(n) and without leaving out any row: their mean is θ̂,
 * and they differ from it by √φ·a·(2pᵢ − h̃ᵢ(1/(n−1) + (φ + 1/(n−1))/(n−2))) + f·c·κ·n/(n−2)·h̃ᵢ with h̃ᵢ = hᵢ − mean h.
 *
 * The factors √φ and f, which a finite data set takes off the error, are in them already: `hallInterval` needs no other.
 *
 * @param signal a, the weight of ‖G‖²
 * @param trace c, the weight of tr Σ, per squared gradient like a
 * @returns [n], in units of gradient²
 * @throws RangeError for fewer than 3 rows
 * @see Efron & Stein 1981
 * @example pseudoValues({ centeredSquaredNorms: [1, 1, 4], meanProducts: [1, 1, -2], meanSquaredNorm: 1, parameters: 1, meanOf: 1, traceFactor: 1, meanFactor: 1 }, 0, 1) // => [0, 0, 9]
 */
export function pseudoValues(rows: RowStatistics, signal: number, trace: number): Float64Array {
  const { centeredSquaredNorms, meanProducts, meanSquaredNorm, traceFactor, meanFactor } = rows;
  const n = centeredSquaredNorms.length;
  if (n < 3) throw new RangeError(`a jackknife of ${n} rows; it needs at least 3`);
  const { traceNorms = centeredSquaredNorms } = rows;
  const variance = rowVariance(centeredSquaredNorms);
  const mean = (variance * (n - 1)) / n;
  const ofTrace = rowVariance(traceNorms);
  const estimate = signal * (meanSquaredNorm - (meanFactor * variance) / n) + trace * traceFactor * ofTrace;
  const along = signal * Math.sqrt(meanFactor);
  const ownShare = 1 / (n - 1) + (meanFactor + 1 / (n - 1)) / (n - 2);
  const spread = (traceErrorFactor(rows) * trace * traceFactor * n) / (n - 2);
  return Float64Array.from({ length: n }, (_, i) => {
    const deviation = (centeredSquaredNorms[i] ?? 0) - mean;
    const more = (traceNorms[i] ?? 0) - (ofTrace * (n - 1)) / n;
    return estimate + along * (2 * (meanProducts[i] ?? 0) - ownShare * deviation) + spread * more;
  });
}
