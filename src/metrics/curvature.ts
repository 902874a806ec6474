import { AnalysisError } from '../shared/problem';
import type { Interval } from '../shared/report';
import { covarianceTrace, fiellerInterval, jackknifeCovariance, trueGradientSquaredNorm } from '../theory/estimators';
import type { PairCovariance, Rows } from '../theory/estimators';
import { unitOf } from '../theory/unit';
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
    meanSquaredNorm: moments.meanSquaredNorm === 0 ? 0 : identity * moments.meanSquaredNorm + curvature * meanProduct,
    scatter: centeredSquaredNorms.reduce((sum, value) => sum + value, 0),
    centeredSquaredNorms,
    meanProducts: moments.meanSquaredNorm === 0 ? moments.meanProducts : mix(moments.meanProducts, meanRowProducts),
  };
}

/** A power of two, in the unit of GᵀHG, so that its squares stay within the range of doubles. */
function unitOfCurvature(given: Quantities): number {
  const { scatter, meanSquaredNorm } = form(given, 0, 1);
  return unitOf(Math.max(Math.abs(scatter), Math.abs(meanSquaredNorm)));
}

const sampling = (given: Form): PairCovariance =>
  jackknifeCovariance(given, given.centeredSquaredNorms, given.meanProducts);

/** tr(HΣ) */
export function noiseCurvature(given: Quantities): Quantity {
  given.requireSamples(2, 'a covariance');
  const unit = unitOfCurvature(given);
  const curved = form(given, 0, 1 / unit);
  return withInterval(given, unit, covarianceTrace(curved), () => sampling(curved).trace);
}

/** GᵀHG, unbiased. */
export function gradientCurvature(given: Quantities): Quantity {
  const unit = unitOfCurvature(given);
  const curved = form(given, 0, 1 / unit);
  return withInterval(given, unit, trueGradientSquaredNorm(curved), () => sampling(curved).signal);
}

/** @param measured in the unit, the variance in its square */
function withInterval(given: Quantities, unit: number, measured: number, variance: () => number): Quantity {
  const value = unit * measured;
  if (!given.uncertain || given.samples < 3) return { value };
  const half = unit * given.studentQuantile * Math.sqrt(Math.max(0, variance()));
  return { value, interval: { lower: value - half, upper: value + half, level: 0.95, method: 'jackknife' } };
}

/**
 * B_noise = tr(HΣ)/GᵀHG
 *
 * @throws LowerBound when GᵀHG is not distinguishable from 0
 */
export function curvatureNoise(given: Quantities): Quantity {
  const unit = unitOfCurvature(given);
  return ratio(given, [noiseCurvature(given).value, unit], [gradientCurvature(given).value, unit], () => {
    const { trace, signal, both } = sampling(form(given, 0, 1 / unit));
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
  const [unit, unitAlong] = [given.unit, unitOfCurvature(given)];
  return ratio(given, [signal, unit], [along, unitAlong], () => {
    const numerator = sampling(form(given, 1 / unit, 0)).signal;
    const denominator = sampling(form(given, 0, 1 / unitAlong)).signal;
    // the covariance of two quadratic forms from the variance of their sum, both brought to one scale
    const weight = signal / unit / (along / unitAlong);
    const sum = sampling(form(given, 1 / unit, weight / unitAlong)).signal;
    return { numerator, denominator, both: (sum - numerator - weight ** 2 * denominator) / (2 * weight) };
  });
}

/**
 * Numerator over denominator, each with the unit that its part of the covariance is measured in.
 */
function ratio(
  given: Quantities,
  [numerator, unit]: readonly [value: number, unit: number],
  [denominator, unitBelow]: readonly [value: number, unit: number],
  covariance: () => { readonly numerator: number; readonly denominator: number; readonly both: number },
): Quantity {
  if (!(denominator > 0))
    throw new AnalysisError({
      code: 'value/undefined',
      found: `GᵀHG is ${denominator === 0 ? '0' : 'negative'}: the loss does not curve upward along the gradient`,
      remedy: 'A quadratic has no best step here; choose a later step of the training.',
    });
  if (!given.uncertain || given.samples < 3) return { value: numerator / denominator };
  const set = fiellerInterval(numerator / unit, denominator / unitBelow, covariance(), given.studentQuantile);
  const units = unit / unitBelow;
  const interval: Interval = {
    lower: set.lower * units,
    ...(set.upper !== undefined && { upper: set.upper * units }),
    level: 0.95,
    method: 'Fieller',
  };
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
