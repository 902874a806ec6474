import { eigen2, turned } from './symmetric-matrix';
import type { Symmetric2 } from './symmetric-matrix';

/** How the noise enters: SGD is `noiseSteps` 1, SVAG with l half steps is l, and the SDE is their limit, Infinity. */
export interface Dynamics {
  /** η */
  readonly learningRate: number;
  /** B */
  readonly batchSize: number;
  /** l of SVAG */
  readonly noiseSteps?: number;
}

/**
 * Stationary covariance V of the parameters on the loss ½θᵀHθ with gradient noise Σ/B, in whatever directions H and Σ point.
 *
 * In the eigenvectors of H: Vᵢⱼ = (η/B)·Σᵢⱼ/(hᵢ + hⱼ − (η/l)hᵢhⱼ), which solves V = (I − δH)V(I − δH) + δ(η/B)Σ for the
 * step δ = η/l, and for l = ∞ the Lyapunov equation HV + VH = (η/B)Σ of the SDE.
 *
 * @param hessian H, positive definite
 * @returns undefined when there is no stationary state: a direction of H without curvature, or δ·h ≥ 2
 * @see Mandt, Hoffman & Blei 2017 for the SDE; the discrete equation follows from one step of SGD
 * @example stationaryCovariance([1, 0, 4], [2, 0, 3], { learningRate: 0.4, batchSize: 40 })?.map((v) => +v.toFixed(6)) // => [0.0125, 0, 0.01875]
 */
export function stationaryCovariance(
  hessian: Symmetric2,
  covariance: Symmetric2,
  { learningRate, batchSize, noiseSteps = 1 }: Dynamics,
): Symmetric2 | undefined {
  const { values, angle } = eigen2(hessian);
  const [first, second] = values;
  const step = learningRate / noiseSteps;
  if (!(second > 0) || step * first >= 2) return undefined;
  const [xx, xy, yy] = turned(covariance, angle);
  const entry = (sigma: number, h: number, k: number): number =>
    ((learningRate / batchSize) * sigma) / (h + k - step * h * k);
  return turned([entry(xx, first, first), entry(xy, first, second), entry(yy, second, second)], -angle);
}

/**
 * Noise-to-signal ratio (tr Σ/B)/E‖∇L‖² at which SGD with isotropic curvature h settles, whatever its noise: (2 − ηh)/(ηh).
 *
 * @param sharpness ηh, in (0, 2)
 * @see follows from Vᵢᵢ = ησ²/(Bh(2 − ηh)) and E‖∇L‖² = h² tr V
 * @example isotropicNoiseToSignal(0.5) // => 3
 */
export const isotropicNoiseToSignal = (sharpness: number): number => (2 - sharpness) / sharpness;

/**
 * ηh of the isotropic quadratic that would settle at a noise-to-signal ratio r: 2/(1 + r).
 *
 * Scaling η by κ keeps such a run stable exactly for κ < 1 + r, so linear scaling ends there.
 *
 * @example isotropicSharpness(3) // => 0.5
 */
export const isotropicSharpness = (noiseToSignal: number): number => 2 / (1 + noiseToSignal);
