import { AnalysisError } from '../shared/problem';
import type { Interval } from '../shared/report';
import { covarianceTrace, fiellerInterval, jackknifeCovariance, trueGradientSquaredNorm } from '../theory/estimators';
import type { PairCovariance, Rows } from '../theory/estimators';
import { requireCompanion } from './companions';
import { LowerBound } from './quantities';
import type { Quantities, Quantity } from './quantities';

/**
 * ‖G‖² and tr Σ once more, with lengths measured by the Hessian: GᵀHG and tr(HΣ) are the same estimators with xᵢᵀHxᵢ in the
 * place of ‖xᵢ‖², so intervals come from the same jackknife.
 */
interface Form extends Rows {
  readonly centeredSquaredNorms: Float64Array;
  readonly meanProducts: Float64Array;
}

/** identity·I + curvature·H in the place of the length. */
function form(given: Quantities, identity: number, curvature: number): Form {
  const { rowProducts, meanRowProducts, meanProduct } = requireCompanion(given, 'hessian');
  const { moments, rows } = given;
  const mix = (plain: Float64Array, curved: Float64Array): Float64Array =>
    plain.map((value, i) => identity * value + curvature * (curved[i] ?? 0));
  const centeredSquaredNorms = mix(moments.centeredSquaredNorms, rowProducts);
  return {
    ...rows,
    // a mean that is nothing but rounding has no curvature along it either
    meanSquaredNorm:
      moments.meanSquaredNorm === 0 ? 0 : identity * moments.meanSquaredNorm + curvature * meanProduct,
    scatter: centeredSquaredNorms.reduce((sum, value) => sum + value, 0),
    centeredSquaredNorms,
    meanProducts:
      moments.meanSquaredNorm === 0 ? moments.meanProducts : mix(moments.meanProducts, meanRowProducts),
  };
}

const sampling = (given: Form): PairCovariance =>
  jackknifeCovariance(given, given.centeredSquaredNorms, given.meanProducts);

/** tr(HΣ) */
export function noiseCurvature(given: Quantities): Quantity {
  given.requireSamples(2, 'a covariance');
  const curved = form(given, 0, 1);
  return withInterval(given, covarianceTrace(curved), () => sampling(curved).trace);
}

/** GᵀHG, unbiased. */
export function gradientCurvature(given: Quantities): Quantity {
  const curved = form(given, 0, 1);
  return withInterval(given, trueGradientSquaredNorm(curved), () => sampling(curved).signal);
}

function withInterval(given: Quantities, value: number, variance: () => number): Quantity {
  if (!given.uncertain || given.samples < 3) return { value };
  const half = given.studentQuantile * Math.sqrt(Math.max(0, variance()));
  return { value, interval: { lower: value - half, upper: value + half, level: 0.95, method: 'jackknife' } };
}

/**
 * B_noise = tr(HΣ)/GᵀHG
 *
 * @throws LowerBound when GᵀHG is not distinguishable from 0
 */
export function curvatureNoise(given: Quantities): Quantity {
  const curved = form(given, 0, 1);
  return ratio(given, noiseCurvature(given).value, gradientCurvature(given).value, () => {
    const { trace, signal, both } = sampling(curved);
    return { numerator: trace, denominator: signal, both };
  });
}

/**
 * ε_max = ‖G‖²/GᵀHG
 *
 * @throws LowerBound when GᵀHG is not distinguishable from 0
 */
export function maximumStep(given: Quantities): Quantity {
  const signal = given.signal.value;
  const along = gradientCurvature(given).value;
  if (!(signal > 0))
    throw new AnalysisError({
      code: 'value/undefined',
      found: signal === 0 ? given.zeroMean : 'The unbiased ‖G‖² is negative with this few rows',
      remedy: 'There is no direction to step along; dump more rows.',
    });
  return ratio(given, signal, along, () => {
    const numerator = sampling(form(given, 1, 0)).signal;
    const denominator = sampling(form(given, 0, 1)).signal;
    // the covariance of two quadratic forms from the variance of their sum, both brought to one scale
    const weight = signal / along;
    const sum = sampling(form(given, 1, weight)).signal;
    return { numerator, denominator, both: (sum - numerator - weight ** 2 * denominator) / (2 * weight) };
  });
}

function ratio(
  given: Quantities,
  numerator: number,
  denominator: number,
  covariance: () => { readonly numerator: number; readonly denominator: number; readonly both: number },
): Quantity {
  if (!(denominator > 0))
    throw new AnalysisError({
      code: 'value/undefined',
      found: `GᵀHG is ${denominator === 0 ? '0' : 'negative'}: the loss does not curve upward along the gradient`,
      remedy: 'A quadratic has no best step here; choose a later step of the training.',
    });
  if (!given.uncertain || given.samples < 3) return { value: numerator / denominator };
  const set = fiellerInterval(numerator, denominator, covariance(), given.studentQuantile);
  const interval: Interval = { ...set, level: 0.95, method: 'Fieller' };
  if (interval.upper === undefined)
    throw new LowerBound(
      {
        code: 'value/not-resolved',
        found: 'The curvature along the gradient is not distinguishable from 0 with this many rows',
        remedy: 'Dump more rows, or read the bound.',
      },
      interval,
    );
  return { value: numerator / denominator, interval };
}
