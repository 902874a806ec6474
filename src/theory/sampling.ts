/**
 * Finite-population correction (N − B)/(N − 1) of the covariance (1/N convention) of a batch drawn without replacement.
 *
 * @param batchSize B, 1 ≤ B ≤ N
 * @param population N; Infinity gives 1
 * @throws RangeError if B > N: such a batch does not exist
 * @see Cochran 1977, §2.3; the source draft, "The Batch Size"
 * @example finitePopulationCorrection(2, 4).toFixed(6) // => '0.666667'
 */
export function finitePopulationCorrection(batchSize: number, population: number): number {
  if (batchSize > population) throw new RangeError(`a batch of ${batchSize} without replacement from ${population}`);
  if (population === Infinity) return 1;
  if (population === 1) return 0; // B = N = 1: the batch is the data set, there is no noise
  return (population - batchSize) / (population - 1);
}

/**
 * tr Σ(ḡ_B), the total variance of the mean of B examples.
 *
 * @param trace tr Σ with the 1/N convention
 * @param population N; Infinity for batches drawn with replacement
 * @throws RangeError if B > N
 * @see Cochran 1977, §2.6
 * @example batchCovarianceTrace(2, 4, 4) // => 0
 * @example batchCovarianceTrace(8, 2, 4).toFixed(6) // => '2.666667'
 */
export const batchCovarianceTrace = (trace: number, batchSize: number, population: number): number =>
  (finitePopulationCorrection(batchSize, population) * trace) / batchSize;

/**
 * Trace of the noise accumulated by the first j batches of an epoch that visits every example once, at fixed parameters:
 * j·(tr Σ/B)·(N − jB)/(N − 1). It rises, and is exactly 0 when the epoch ends; independent batches would give j·tr Σ/B.
 *
 * @throws RangeError if jB > N: the epoch has no such batch
 * @see follows from Cochran 1977, thm. 2.2, because the first j batches are together one sample of jB examples
 * @example reshufflingNoise(1, 4, 3, 12) // => 0
 * @example reshufflingNoise(1, 2, 3, 12).toFixed(4) // => '0.3636'
 */
export const reshufflingNoise = (trace: number, batches: number, batchSize: number, population: number): number =>
  (batches * trace * finitePopulationCorrection(batches * batchSize, population)) / batchSize;

/**
 * Standard deviation of ‖ḡ_B‖² from batch to batch, exact for Gaussian gradients: √(4c·GᵀΣG + 2c²·tr Σ²).
 *
 * @param factor c, so that the covariance of the batch gradient is cΣ: 1/B, times the finite-population correction
 * @param alongSignal GᵀΣG
 * @param squaredFrobenius tr Σ²
 * @see follows from the moments of a Gaussian quadratic form
 * @example squaredNormDeviation(1, 0, 2) // => 2
 */
export const squaredNormDeviation = (factor: number, alongSignal: number, squaredFrobenius: number): number =>
  Math.sqrt(4 * factor * alongSignal + 2 * factor * factor * squaredFrobenius);
