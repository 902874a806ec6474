import { covarianceCosine } from './pair/covariance-cosine';
import { covarianceRelativeChange } from './pair/covariance-relative-change';
import { curvatureNoiseScaleMetric } from './matrix/curvature-noise-scale';
import { fisherCovarianceCosine } from './matrix/fisher-covariance-cosine';
import { fisherTrace } from './matrix/fisher-trace';
import { hessianSpectralNorm } from './matrix/hessian-spectral-norm';
import { hessianTrace } from './matrix/hessian-trace';
import { maximumLearningRateMetric } from './matrix/maximum-learning-rate';
import { noiseCurvatureCosine } from './matrix/noise-curvature-cosine';
import { noiseCurvatureTrace } from './matrix/noise-curvature-trace';
import { secantCurvature } from './pair/secant-curvature';
import { subspaceOverlapMetric } from './pair/subspace-overlap';
import { takeuchiInformationMetric } from './matrix/takeuchi-information';
import type { MetricDefinition } from './definition';
import { batchCovarianceTraceMetric } from './derived/batch-covariance-trace';
import { batchNoiseToSignal } from './derived/batch-noise-to-signal';
import { cabsBatchSize } from './derived/cabs-batch-size';
import { expectedSquaredBatchNorm } from './derived/expected-squared-batch-norm';
import { finitePopulationCorrectionMetric } from './derived/finite-population-correction';
import { linearScaledLearningRate } from './derived/linear-scaled-learning-rate';
import { linearScalingLimitMetric } from './derived/linear-scaling-limit';
import { sdeDiffusionTrace } from './derived/sde-diffusion-trace';
import { sgdTemperatureMetric } from './derived/sgd-temperature';
import { squareRootScaledLearningRate } from './derived/square-root-scaled-learning-rate';
import { stationaryExcessLoss } from './derived/stationary-excess-loss';
import { stepCovarianceTrace } from './derived/step-covariance-trace';
import { stepDriftNorm } from './derived/step-drift-norm';
import { coherenceMetric } from './measured/coherence';
import { correctedSpectralNormMetric } from './measured/corrected-spectral-norm';
import { covarianceMemory } from './measured/covariance-memory';
import { covarianceTraceMetric } from './measured/covariance-trace';
import { earlyStoppingCriterion } from './measured/early-stopping-criterion';
import { empiricalFisherNorm } from './measured/empirical-fisher-norm';
import { empiricalFisherTrace } from './measured/empirical-fisher-trace';
import { entropyRankMetric } from './measured/entropy-rank';
import { excessKurtosisMetric } from './measured/excess-kurtosis';
import { frobeniusNorm } from './measured/frobenius-norm';
import { gradientDiversityMetric } from './measured/gradient-diversity';
import { innerProductTest } from './measured/inner-product-test';
import { meanCosineMetric } from './measured/mean-cosine';
import { meanGradientNorm } from './measured/mean-gradient-norm';
import { meanGsnr } from './measured/mean-gsnr';
import { noiseFloor } from './measured/noise-floor';
import { normTest } from './measured/norm-test';
import { orthogonalityTest } from './measured/orthogonality-test';
import { participationRatioMetric } from './measured/participation-ratio';
import { simpleNoiseScale } from './measured/simple-noise-scale';
import { spectralNorm } from './measured/spectral-norm';
import { stableRankMetric } from './measured/stable-rank';
import { tailIndexMetric } from './measured/tail-index';
import { trueGradientSquaredNormMetric } from './measured/true-gradient-squared-norm';

/** Every metric, in the order of the page. */
export const METRICS = [
  // measured from the dump
  meanGradientNorm,
  trueGradientSquaredNormMetric,
  covarianceTraceMetric,
  simpleNoiseScale,
  spectralNorm,
  correctedSpectralNormMetric,
  frobeniusNorm,
  noiseFloor,
  participationRatioMetric,
  stableRankMetric,
  entropyRankMetric,
  empiricalFisherTrace,
  empiricalFisherNorm,
  gradientDiversityMetric,
  coherenceMetric,
  meanCosineMetric,
  meanGsnr,
  earlyStoppingCriterion,
  normTest,
  innerProductTest,
  orthogonalityTest,
  excessKurtosisMetric,
  tailIndexMetric,
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
  sdeDiffusionTrace,
  stationaryExcessLoss,
  cabsBatchSize,
  // with a Fisher matrix or a Hessian beside the dump
  fisherTrace,
  fisherCovarianceCosine,
  hessianTrace,
  hessianSpectralNorm,
  noiseCurvatureCosine,
  noiseCurvatureTrace,
  curvatureNoiseScaleMetric,
  maximumLearningRateMetric,
  takeuchiInformationMetric,
  // with a second dump
  covarianceCosine,
  covarianceRelativeChange,
  subspaceOverlapMetric,
  secantCurvature,
] as const satisfies readonly MetricDefinition[];
export type MetricId = (typeof METRICS)[number]['id'];
