/**
 * Weights of the two batch gradients in a step of SVAG: (1 ± √(2l − 1))/2. They sum to 1 and their squares to l, so a step
 * with learning rate η/l keeps the mean and multiplies the covariance by l: SGD for l = 1, the SDE for l → ∞.
 *
 * @param noiseSteps l ≥ 1
 * @see Li, Malladi & Arora 2021
 * @example svagWeights(1) // => [1, 0]
 */
export function svagWeights(noiseSteps: number): readonly [number, number] {
  const spread = Math.sqrt(2 * noiseSteps - 1);
  return [(1 + spread) / 2, (1 - spread) / 2];
}
