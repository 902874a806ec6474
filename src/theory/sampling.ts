/**
 * Finite-population correction (M − B)/(M − 1) of the covariance (1/M convention) of a batch drawn without replacement.
 *
 * @param batchSize B, 1 ≤ B ≤ M
 * @param population M; Infinity gives 1
 * @throws RangeError if B > M: such a batch does not exist
 * @see Cochran 1977, §2.3; the source draft, "The Batch Size"
 * @example finitePopulationCorrection(2, 4).toFixed(6) // => '0.666667'
 */
export function finitePopulationCorrection(batchSize: number, population: number): number {
  if (batchSize > population) throw new RangeError(`a batch of ${batchSize} without replacement from ${population}`);
  if (population === Infinity) return 1;
  if (population === 1) return 0; // B = M = 1: the batch is the data set, there is no noise
  return (population - batchSize) / (population - 1);
}
