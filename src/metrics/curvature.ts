import { AnalysisError } from '../shared/problem';
import { covarianceTrace, fiellerInterval, trueGradientSquaredNorm } from '../theory/estimators';
import type { DrawnRows } from '../theory/estimators';
import { unitOf } from '../theory/unit';
import { hallInterval } from '../theory/hall-interval';
import { maximumStepInterval } from '../theory/maximum-step-interval';
import { pseudoValues } from '../theory/pseudo-values';
import type { RowStatistics } from '../theory/row-statistics';
import { noiseScaleInterval } from '../theory/score-interval';
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

/** The rows with lengths measured by H, over a unit of GᵀHG. */
function form(quantities: Quantities, unit = 1): Form {
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
  const inUnits = (values: Float64Array): Float64Array => values.map((value) => value / unit);
  const centeredSquaredNorms = inUnits(rowProducts);
  return {
    ...drawnRows,
    meanSquaredNorm: vanishes ? 0 : meanProduct / unit,
    scatter: centeredSquaredNorms.reduce((sum, value) => sum + value, 0),
    centeredSquaredNorms,
    meanProducts: vanishes ? moments.meanProducts : inUnits(meanRowProducts),
  };
}

/** A power of two, in the unit of GᵀHG, so that its squares stay within the range of doubles. */
function unitOfCurvature(quantities: Quantities): number {
  const { scatter, meanSquaredNorm } = form(quantities);
  return unitOf(Math.max(Math.abs(scatter), Math.abs(meanSquaredNorm)));
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
  const value = (2 * signal) / curvature;
  if (!quantities.hasIntervals) return { value, signal, curvature };
  // both from the same rows: the covariance of their pseudo-values, each in a unit of its own
  const [unit, unitAlong] = [unitOf(signal), unitOfCurvature(quantities)];
  const curved = form(quantities, unitAlong);
  const above = pseudoValues(quantities.rowStatistics, 2 / unit, 0);
  const below = pseudoValues(statisticsOf(quantities, curved), 1, weight);
  const { length: n } = above;
  const mean = (values: Float64Array): number => values.reduce((sum, each) => sum + each, 0) / n;
  const [meanAbove, meanBelow] = [mean(above), mean(below)];
  const product = (a: Float64Array, atA: number, b: Float64Array, atB: number): number =>
    a.reduce((sum, each, i) => sum + (each - atA) * ((b[i] ?? 0) - atB), 0) / n / (n - 1);
  const covariance = {
    numerator: product(above, meanAbove, above, meanAbove),
    denominator: product(below, meanBelow, below, meanBelow),
    both: product(above, meanAbove, below, meanBelow),
  };
  const ends = fiellerInterval((2 * signal) / unit, curvature / unitAlong, covariance, quantities.studentQuantile);
  const units = unit / unitAlong;
  const { lower, upper } = ends;
  const interval = quantities.interval({ lower: lower * units, ...(upper !== undefined && { upper: upper * units }) }, 'Fieller'); // prettier-ignore
  if (interval !== undefined && interval.upper === undefined)
    throw new LowerBound(
      {
        code: 'value/not-resolved',
        found: 'The curvature that a batch meets is not distinguishable from 0 with this many rows',
        remedy: 'Dump more rows, or read the bound.',
      },
      interval,
    );
  return { ...quantity(value, interval), signal, curvature };
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
  const value = numerator / denominator;
  if (!quantities.hasIntervals) return { value };
  const interval = quantities.interval(...ends());
  if (interval !== undefined && interval.upper === undefined)
    throw new LowerBound(
      {
        code: 'value/not-resolved',
        found: 'The curvature along the gradient is not distinguishable from 0 with this many rows',
        remedy: 'Dump more rows, or read the bound.',
      },
      interval,
    );
  return quantity(value, interval);
}
