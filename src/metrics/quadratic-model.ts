import { AnalysisError } from '../shared/problem';
import { isotropicSharpness, stationaryCovariance } from '../theory/quadratic';
import { eigen2, multiplied, traceOfProduct } from '../theory/symmetric-matrix';
import type { Symmetric2 } from '../theory/symmetric-matrix';
import { companion } from './companions';
import { ifKnown, LowerBound } from './quantities';
import type { Quantities } from './quantities';

/**
 * A quadratic loss ½θᵀHθ in the leading plane of this dump's noise, on which SGD, SVAG and the SDE can be followed exactly.
 *
 * With a Hessian beside the dump H is its part in the plane. Otherwise H = hI, with h such that SGD settles where its
 * noise-to-signal ratio is the one measured substituted: ηh = 2/(1 + N/G).
 */
export interface QuadraticModel {
  readonly hessian: Symmetric2;
  /** `bound`: from the smallest noise-to-signal ratio that the rows allow. */
  readonly source: 'hessian' | 'ratio' | 'bound';
  readonly learningRate: number;
  readonly batchSize: number;
  /** Σ(ḡ_B) within the plane, in the convention and with the finite-population correction of the settings. */
  readonly batchCovariance: Symmetric2;
  /** Largest ηh in the plane. */
  readonly sharpness: number;
}

export function quadraticModel(quantities: Quantities): QuadraticModel {
  const { learningRate, batchSize, spectrum, scale } = quantities;
  const batchCovariance = multiplied((scale * quantities.correction(batchSize)) / batchSize, spectrum.plane.covariance);
  if (!(batchCovariance[0] + batchCovariance[2] > 0))
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'A batch of this size has no noise in the leading plane',
      remedy: 'Choose a batch smaller than the data set.',
    });
  const { hessian, source } = curvature(quantities);
  const sharpness = learningRate * eigen2(hessian).values[0];
  return { hessian, source, learningRate, batchSize, batchCovariance, sharpness };
}

function curvature(quantities: Quantities): Pick<QuadraticModel, 'hessian' | 'source'> {
  const { learningRate, batchSize } = quantities;
  const plane = ifKnown(() => companion(quantities, 'hessian')?.plane);
  if (plane !== undefined && eigen2(plane).values[1] > 0) return { hessian: plane, source: 'hessian' };
  const isotropic = (ratio: number): Symmetric2 => {
    const h = isotropicSharpness(ratio) / learningRate;
    return [h, 0, h];
  };
  try {
    return { hessian: isotropic(quantities.noiseToSignal(batchSize).value), source: 'ratio' };
  } catch (error) {
    if (!(error instanceof LowerBound) || !(error.interval.lower > 0)) throw error;
    return { hessian: isotropic(error.interval.lower), source: 'bound' };
  }
}

/** What the model leaves out of the training that the settings describe. */
export function leftOut({ settings }: Quantities): string {
  if (settings.optimizer === 'adam') return ' This is SGD; Adam settles elsewhere.';
  return settings.momentum > 0 ? ' This is SGD without momentum.' : '';
}

/**
 * Stationary covariance of the parameters when batch and learning rate are both multiplied by κ; the temperature stays.
 *
 * @param noiseSteps 1 for SGD, l for SVAG, Infinity for the SDE
 * @returns undefined when SGD diverges
 */
export const settled = (
  { hessian, learningRate, batchCovariance }: QuadraticModel,
  noiseSteps: number,
  factor = 1,
): Symmetric2 | undefined =>
  stationaryCovariance(hessian, multiplied(1 / factor, batchCovariance), {
    learningRate: factor * learningRate,
    batchSize: 1,
    noiseSteps,
  });

/** Stationary loss, relative to that of the SDE; undefined when SGD diverges. */
export function relativeLoss(model: QuadraticModel, noiseSteps: number, factor = 1): number | undefined {
  const found = settled(model, noiseSteps, factor);
  const limit = settled(model, Infinity, factor);
  if (found === undefined || limit === undefined) return undefined;
  return traceOfProduct(model.hessian, found) / traceOfProduct(model.hessian, limit);
}
