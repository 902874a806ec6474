import type { MetricDefinition } from './definition';
import { batchCovarianceTraceMetric } from './derived/batch-covariance-trace';
import { batchNoiseToSignal } from './derived/batch-noise-to-signal';
import { expectedSquaredBatchNorm } from './derived/expected-squared-batch-norm';
import { finitePopulationCorrectionMetric } from './derived/finite-population-correction';
import { linearScaledLearningRate } from './derived/linear-scaled-learning-rate';
import { linearScalingLimitMetric } from './derived/linear-scaling-limit';
import { sgdTemperatureMetric } from './derived/sgd-temperature';
import { squareRootScaledLearningRate } from './derived/square-root-scaled-learning-rate';
import { stepCovarianceTrace } from './derived/step-covariance-trace';
import { stepDriftNorm } from './derived/step-drift-norm';
import { covarianceMemory } from './measured/covariance-memory';
import { covarianceTraceMetric } from './measured/covariance-trace';
import { entropyRankMetric } from './measured/entropy-rank';
import { frobeniusNorm } from './measured/frobenius-norm';
import { meanGradientNorm } from './measured/mean-gradient-norm';
import { participationRatioMetric } from './measured/participation-ratio';
import { simpleNoiseScale } from './measured/simple-noise-scale';
import { spectralNorm } from './measured/spectral-norm';
import { stableRankMetric } from './measured/stable-rank';
import { trueGradientSquaredNormMetric } from './measured/true-gradient-squared-norm';

/** Every metric, in the order of the page. */
export const METRICS = [
  // measured from the dump
  meanGradientNorm,
  trueGradientSquaredNormMetric,
  covarianceTraceMetric,
  simpleNoiseScale,
  spectralNorm,
  frobeniusNorm,
  participationRatioMetric,
  stableRankMetric,
  entropyRankMetric,
  covarianceMemory,
  // derived, with η, B and the size of the data set
  sgdTemperatureMetric,
  finitePopulationCorrectionMetric,
  batchCovarianceTraceMetric,
  expectedSquaredBatchNorm,
  batchNoiseToSignal,
  stepDriftNorm,
  stepCovarianceTrace,
  linearScaledLearningRate,
  squareRootScaledLearningRate,
  linearScalingLimitMetric,
] as const satisfies readonly MetricDefinition[];
export type MetricId = (typeof METRICS)[number]['id'];
