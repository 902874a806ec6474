/**
 * Takeuchi's estimate of the generalization gap of a mean negative log-likelihood at its minimum: tr(H⁻¹Σ)/N.
 *
 * @param inverseCurvatureNoise tr(H⁻¹Σ)
 * @param trainingSize N, examples the model was trained on
 * @see Takeuchi 1976; Thomas et al. 2020, §3
 * @example takeuchiInformation(1.25, 50) // => 0.025
 */
export const takeuchiInformation = (inverseCurvatureNoise: number, trainingSize: number): number =>
  inverseCurvatureNoise / trainingSize;

/**
 * Whether the point is close enough to the minimum for the estimate: what a Newton step would still gain, ½GᵀH⁻¹G, is no more than
 * the gap it predicts.
 *
 * @param newtonProduct GᵀH⁻¹G
 * @example nearMinimum(0.04, 0.025) // => true
 */
export const nearMinimum = (newtonProduct: number, information: number): boolean => newtonProduct / 2 <= information;
