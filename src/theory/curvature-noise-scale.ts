/**
 * Best step on a locally quadratic loss from a batch gradient: everything follows from ‖G‖², GᵀHG and tr(HΣ).
 *
 * With G along noise of the same curvature in every direction (H = cI), B_noise becomes B_simple.
 */

/**
 * ε_max = ‖G‖²/GᵀHG, the step that lowers the loss most when the gradient has no noise.
 *
 * @see McCandlish et al. 2018, §2.2
 * @example maximumLearningRate(1.04, 1.4).toFixed(6) // => '0.742857'
 */
export const maximumLearningRate = (signal: number, curvatureAlongGradient: number): number =>
  signal / curvatureAlongGradient;

/**
 * B_noise = tr(HΣ)/GᵀHG, the batch size at which the best step gains half of what a step without noise gains.
 *
 * @see McCandlish et al. 2018, §2.2
 * @example curvatureNoiseScale(14, 1.4) // => 10
 */
export const curvatureNoiseScale = (noiseCurvature: number, curvatureAlongGradient: number): number =>
  noiseCurvature / curvatureAlongGradient;

/**
 * ε_opt = ε_max/(1 + B_noise/B)
 *
 * @see McCandlish et al. 2018, §2.2
 * @example bestLearningRate(0.8, 10, 10) // => 0.4
 */
export const bestLearningRate = (maximum: number, noiseScale: number, batchSize: number): number =>
  maximum / (1 + noiseScale / batchSize);

/**
 * Loss gained by the best step: ΔL = ΔL_max/(1 + B_noise/B) with ΔL_max = ε_max‖G‖²/2.
 *
 * @see McCandlish et al. 2018, §2.2
 * @example bestImprovement(0.8, 1, 10, 10) // => 0.2
 */
export const bestImprovement = (maximum: number, signal: number, noiseScale: number, batchSize: number): number =>
  (maximum * signal) / 2 / (1 + noiseScale / batchSize);

/**
 * Steps and examples needed to reach a loss with batches of B, as multiples of the fewest possible: S/S_min = 1 + B_noise/B
 * and E/E_min = 1 + B/B_noise. Hence (S/S_min − 1)(E/E_min − 1) = 1, and at B = B_noise both cost twice.
 *
 * @see McCandlish et al. 2018, §2.3
 * @example trainingCost(10, 10) // => { steps: 2, examples: 2 }
 */
export const trainingCost = (
  noiseScale: number,
  batchSize: number,
): { readonly steps: number; readonly examples: number } => ({
  steps: 1 + noiseScale / batchSize,
  examples: 1 + batchSize / noiseScale,
});
