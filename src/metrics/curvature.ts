import { AnalysisError } from '../shared/problem';
import { covarianceTrace, trueGradientSquaredNorm } from '../theory/estimators';
import type { DrawnRows } from '../theory/estimators';
import { hallInterval } from '../theory/hall-interval';
import { maximumStepInterval } from '../theory/maximum-step-interval';
import { pseudoValues } from '../theory/pseudo-values';
import type { RowStatistics } from '../theory/row-statistics';
import { noiseScaleInterval } from '../theory/score-interval';
import type { OpenEnds } from '../theory/test-inversion';
import { requireCompanion } from './companions';
import { LowerBound, quantity } from './quantities';
import type { Quantities, Quantity } from './quantities';

/**
 * ‖G‖² and tr Σ once more, with lengths measured by the Hessian: GᵀHG and tr(HΣ) are the same estimators with xᵢᵀHxᵢ in the
 * place of ‖xᵢ‖², and have the same intervals.
 */
interface Form extends DrawnRows {
  readonly centeredSquaredNorms: Float64Array;
  readonly meanProducts: Float64Array;
}

/** The rows with lengths measured by H. */
function form(quantities: Quantities): Form {
  const { rowProducts, meanRowProducts, meanProduct } = requireCompanion(quantities, 'hessian');
  const { moments, drawnRows } = quantities;
  if (quantities.clusters !== undefined)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'The rows are in groups, and how a Hessian weighs the noise between groups was not kept',
      remedy: 'Dump one row for each group, its mean, to use a Hessian.',
    });
  // a mean that is nothing but rounding has no curvature along it either
  const vanishes = moments.meanSquaredNorm === 0;
  return {
    ...drawnRows,
    meanSquaredNorm: vanishes ? 0 : meanProduct,
    scatter: rowProducts.reduce((sum, value) => sum + value, 0),
    centeredSquaredNorms: rowProducts,
    meanProducts: vanishes ? moments.meanProducts : meanRowProducts,
  };
}

/** The rows as the intervals want them; how many directions curve is not known. */
function statisticsOf(quantities: Quantities, curved: Form): RowStatistics {
  const { parameters, meanOf, traceFactor, meanFactor } = quantities.rowStatistics;
  const { centeredSquaredNorms, meanProducts, meanSquaredNorm } = curved;
  return { centeredSquaredNorms, meanProducts, meanSquaredNorm, parameters, meanOf, traceFactor, meanFactor };
}

/** tr(HΣ) */
export function noiseCurvature(quantities: Quantities): Quantity {
  quantities.requireCovariance();
  const curved = form(quantities);
  const value = covarianceTrace(curved);
  if (!quantities.hasIntervals) return { value };
  return quantity(
    value,
    quantities.interval(hallInterval(value, pseudoValues(statisticsOf(quantities, curved), 0, 1)), 'Hall'),
  );
}

/** GᵀHG, unbiased. */
export function gradientCurvature(quantities: Quantities): number {
  quantities.requireCovariance();
  return trueGradientSquaredNorm(form(quantities));
}

/**
 * B_noise = tr(HΣ)/GᵀHG
 *
 * @throws LowerBound when GᵀHG is not distinguishable from 0
 */
export function curvatureNoise(quantities: Quantities): Quantity {
  const noise = noiseCurvature(quantities).value;
  const curved = form(quantities);
  const along = gradientCurvature(quantities);
  // so that rows of the whole data set may have it as it is
  if (quantities.hasIntervals && along > 0 && noise < 0)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'tr(HΣ) is negative: the noise lies where the loss curves downward, and costs nothing',
      remedy: 'No batch size follows from it; choose a later step of the training.',
    });
  return ratio(quantities, noise, along, () => [noiseScaleInterval(statisticsOf(quantities, curved)), 'score test']);
}

/**
 * ε_max = ‖G‖²/GᵀHG
 *
 * @throws LowerBound when GᵀHG is not distinguishable from 0
 */
export function maximumStep(quantities: Quantities): Quantity {
  const signal = quantities.signal.value;
  const along = gradientCurvature(quantities);
  if (!(signal > 0))
    throw new AnalysisError({
      code: 'value/undefined',
      found: signal === 0 ? quantities.zeroMean : 'The unbiased ‖G‖² is negative with this few rows',
      remedy: 'There is no direction to step along; dump more rows.',
    });
  const { eigenvalues } = requireCompanion(quantities, 'hessian');
  const curved = { ...form(quantities), eigenvalues };
  return ratio(quantities, signal, along, () => [maximumStepInterval(quantities.rowStatistics, curved), 'score test']);
}

/**
 * η_be = 2‖G‖²/E[ḡ_Bᵀ H ḡ_B] with E[ḡ_Bᵀ H ḡ_B] = GᵀHG + c·tr(HΣ)/B, c what batches without replacement leave of it.
 *
 * @throws LowerBound when the curvature that a batch meets is not distinguishable from 0
 */
export function breakEven(quantities: Quantities): Quantity & { readonly signal: number; readonly curvature: number } {
  const { batchSize } = quantities;
  const signal = quantities.signal.value;
  if (!(signal > 0))
    throw new AnalysisError({
      code: 'value/undefined',
      found: signal === 0 ? quantities.zeroMean : 'The unbiased ‖G‖² is negative with this few rows',
      remedy: 'There is no direction to step along; dump more rows.',
    });
  const weight = quantities.correction(batchSize) / batchSize;
  const curvature = gradientCurvature(quantities) + weight * noiseCurvature(quantities).value;
  if (!(curvature > 0))
    throw new AnalysisError({
      code: 'value/undefined',
      found: `E[ḡᵀHḡ] is ${curvature === 0 ? '0' : 'negative'}: the loss does not curve upward along the steps`,
      remedy: 'On a quadratic no learning rate is too large here; choose a later step of the training.',
    });
  const { eigenvalues } = requireCompanion(quantities, 'hessian');
  const curved = { ...form(quantities), eigenvalues };
  const step = (): OpenEnds | undefined => {
    const best = maximumStepInterval(quantities.rowStatistics, curved, weight);
    return best && { lower: 2 * best.lower, ...(best.upper !== undefined && { upper: 2 * best.upper }) };
  };
  const value = (2 * signal) / curvature;
  const found = resolved(quantities, value, () => [step(), 'score test'], 'The curvature that a batch meets');
  return { ...found, signal, curvature };
}

function ratio(
  quantities: Quantities,
  numerator: number,
  denominator: number,
  ends: () => Parameters<Quantities['interval']>,
): Quantity {
  if (!(denominator > 0))
    throw new AnalysisError({
      code: 'value/undefined',
      found: `GᵀHG is ${denominator === 0 ? '0' : 'negative'}: the loss does not curve upward along the gradient`,
      remedy: 'A quadratic has no best step here; choose a later step of the training.',
    });
  return resolved(quantities, numerator / denominator, ends, 'The curvature along the gradient');
}

/**
 * The value of a ratio with its interval.
 *
 * @throws LowerBound when there is no upper end, because the curvature may be 0
 */
function resolved(
  quantities: Quantities,
  value: number,
  ends: () => Parameters<Quantities['interval']>,
  curvature: string,
): Quantity {
  if (!quantities.hasIntervals) return { value };
  const interval = quantities.interval(...ends());
  if (interval !== undefined && interval.upper === undefined)
    throw new LowerBound(
      {
        code: 'value/not-resolved',
        found: `${curvature} is not distinguishable from 0 with this many rows`,
        remedy: 'Dump more rows, or read the bound.',
      },
      interval,
    );
  return quantity(value, interval);
}
