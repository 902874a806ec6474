import { AnalysisError } from '../shared/problem';
import type { Interval } from '../shared/report';
import type { WeightedProducts } from '../shared/summary';
import { covarianceTrace, trueGradientSquaredNorm } from '../theory/estimators';
import type { DrawnRows } from '../theory/estimators';
import { noiseScaleInterval } from '../theory/score-interval';
import { requireCompanion } from './companions';
import { LowerBound, quantity } from './quantities';
import type { Quantities, Quantity } from './quantities';

/**
 * ‖G‖² and tr Σ with lengths measured as the optimizer measures them: parameter j counts pⱼ = 1/√vⱼ times. They are the same
 * estimators with weighted products of the rows, and have the same intervals; a factor that all weights share cancels.
 */
export interface OptimizerNoise extends Quantity {
  /** Σ pⱼσⱼ² */
  readonly noise: number;
  /** Σ pⱼGⱼ² */
  readonly signal: number;
  /** Parameters with v = 0 that have gradients, and their share of tr Σ. */
  readonly leftOut: WeightedProducts['leftOut'];
}

/**
 * B_P = Σpⱼσⱼ²/ΣpⱼGⱼ²
 *
 * @throws LowerBound when the mean gradient is not distinguishable from 0 in this metric
 */
export function optimizerNoise(quantities: Quantities): OptimizerNoise {
  quantities.requireCovariance();
  quantities.requireOwnColumns('The columns are random sums of parameters, which say nothing of single ones');
  if (quantities.clusters !== undefined)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'The rows are in groups, and how the optimizer weighs the noise between groups was not kept',
      remedy: 'Dump one row for each group, its mean, to use second moments.',
    });
  const products = requireCompanion(quantities, 'secondMoments');
  const rows = weightedRows(quantities, products);
  const [noise, signal] = [covarianceTrace(rows), trueGradientSquaredNorm(rows)];
  const interval = intervalOf(quantities, rows);
  if (interval !== undefined && interval.upper === undefined)
    throw new LowerBound(
      {
        code: 'value/not-resolved',
        found: 'In the metric of the optimizer the mean gradient is not distinguishable from 0 with this many rows',
        remedy: 'Dump more rows, or read the bound.',
      },
      interval,
    );
  if (!(signal > 0))
    throw new AnalysisError({
      code: 'value/undefined',
      found:
        signal === 0
          ? 'The mean gradient is 0 wherever the second moments are not'
          : 'The unbiased squared length of the mean gradient is negative with this few rows',
      remedy: 'Dump more rows to find a direction.',
    });
  return { ...quantity(noise / signal, interval), noise, signal, leftOut: products.leftOut };
}

type WeightedRows = DrawnRows & Pick<Quantities['rowStatistics'], 'centeredSquaredNorms' | 'meanProducts'>;

function weightedRows({ moments, drawnRows }: Quantities, products: WeightedProducts): WeightedRows {
  // a mean that is nothing but rounding is 0 in every metric
  const zero = moments.meanSquaredNorm === 0;
  return {
    ...drawnRows,
    meanSquaredNorm: zero ? 0 : products.meanProduct,
    scatter: products.rowProducts.reduce((sum, value) => sum + value, 0),
    centeredSquaredNorms: products.rowProducts,
    meanProducts: zero ? moments.meanProducts : products.meanRowProducts,
  };
}

function intervalOf(quantities: Quantities, rows: WeightedRows): Interval | undefined {
  if (!quantities.hasIntervals) return undefined;
  const { parameters, meanOf, traceFactor, meanFactor } = quantities.rowStatistics;
  const { centeredSquaredNorms, meanProducts, meanSquaredNorm } = rows;
  const weighted = { centeredSquaredNorms, meanProducts, meanSquaredNorm, parameters, meanOf, traceFactor, meanFactor };
  return quantities.interval(noiseScaleInterval(weighted), 'score test');
}
