import { covarianceCosine } from './pair/covariance-cosine';
import { covarianceRelativeChange } from './pair/covariance-relative-change';
import { curvatureNoiseScale } from './matrix/curvature-noise-scale';
import { fisherCovarianceCosine } from './matrix/fisher-covariance-cosine';
import { fisherTrace } from './matrix/fisher-trace';
import { hessianSpectralNorm } from './matrix/hessian-spectral-norm';
import { hessianTrace } from './matrix/hessian-trace';
import { maximumLearningRate } from './matrix/maximum-learning-rate';
import { noiseCurvatureCosine } from './matrix/noise-curvature-cosine';
import { noiseCurvatureTrace } from './matrix/noise-curvature-trace';
import { secantCurvature } from './pair/secant-curvature';
import { subspaceOverlap } from './pair/subspace-overlap';
import { takeuchiInformation } from './matrix/takeuchi-information';
import type { Cards, MetricDefinition } from './definition';
import { breakEvenLearningRate } from './derived/break-even-learning-rate';
import { stabilityRatio } from './derived/stability-ratio';
import { covarianceFisherRatio } from './matrix/covariance-fisher-ratio';
import { covarianceHessianRatio } from './matrix/covariance-hessian-ratio';
import { lossAlignment } from './matrix/loss-alignment';
import { spectrumExponent } from './measured/spectrum-exponent';
import { batchCovarianceTrace } from './derived/batch-covariance-trace';
import { batchNoiseToSignal } from './derived/batch-noise-to-signal';
import { cabsBatchSize } from './derived/cabs-batch-size';
import { expectedSquaredBatchNorm } from './derived/expected-squared-batch-norm';
import { finitePopulationCorrection } from './derived/finite-population-correction';
import { linearScaledLearningRate } from './derived/linear-scaled-learning-rate';
import { linearScalingLimit } from './derived/linear-scaling-limit';
import { optimizerNoiseScale } from './derived/optimizer-noise-scale';
import { clippedLength } from './derived/clipped-length';
import { clippedShare } from './derived/clipped-share';
import { clippingBias } from './derived/clipping-bias';
import { clippingCosine } from './derived/clipping-cosine';
import { privateBatchError } from './derived/private-batch-error';
import { suggestedClipping } from './derived/suggested-clipping';
import { sdeDiffusionTrace } from './derived/sde-diffusion-trace';
import { sgdTemperature } from './derived/sgd-temperature';
import { squareRootScaledLearningRate } from './derived/square-root-scaled-learning-rate';
import { stationaryExcessLoss } from './derived/stationary-excess-loss';
import { stepCovarianceTrace } from './derived/step-covariance-trace';
import { stepDriftNorm } from './derived/step-drift-norm';
import { betweenGroupTrace } from './measured/between-group-trace';
import { coherence } from './measured/coherence';
import { conflictingPairs } from './measured/conflicting-pairs';
import { labelAlignment } from './measured/label-alignment';
import { correctedSpectralNorm } from './measured/corrected-spectral-norm';
import { covarianceMemory } from './measured/covariance-memory';
import { covarianceTrace } from './measured/covariance-trace';
import { designEffect } from './measured/design-effect';
import { earlyStoppingCriterion } from './measured/early-stopping-criterion';
import { empiricalFisherNorm } from './measured/empirical-fisher-norm';
import { empiricalFisherTrace } from './measured/empirical-fisher-trace';
import { entropyRank } from './measured/entropy-rank';
import { excessKurtosis } from './measured/excess-kurtosis';
import { frobeniusNorm } from './measured/frobenius-norm';
import { gradientDiversity } from './measured/gradient-diversity';
import { innerProductTest } from './measured/inner-product-test';
import { intraclassCorrelation } from './measured/intraclass-correlation';
import { meanCosine } from './measured/mean-cosine';
import { meanGradientNorm } from './measured/mean-gradient-norm';
import { meanGsnr } from './measured/mean-gsnr';
import { noiseFloor } from './measured/noise-floor';
import { normTest } from './measured/norm-test';
import { orthogonalityTest } from './measured/orthogonality-test';
import { participationRatio } from './measured/participation-ratio';
import { simpleNoiseScale } from './measured/simple-noise-scale';
import { spectralNorm } from './measured/spectral-norm';
import { stableRank } from './measured/stable-rank';
import { tailIndex } from './measured/tail-index';
import { tokenNoiseScale } from './measured/token-noise-scale';
import { trueGradientSquaredNorm } from './measured/true-gradient-squared-norm';
import { withinGroupTrace } from './measured/within-group-trace';

/** Every metric, in the order of the page. */
export const METRICS = [
  // measured from the dump
  meanGradientNorm,
  trueGradientSquaredNorm,
  covarianceTrace,
  simpleNoiseScale,
  spectralNorm,
  correctedSpectralNorm,
  frobeniusNorm,
  noiseFloor,
  participationRatio,
  stableRank,
  entropyRank,
  spectrumExponent,
  covarianceMemory,
  empiricalFisherTrace,
  empiricalFisherNorm,
  coherence,
  gradientDiversity,
  meanCosine,
  meanGsnr,
  normTest,
  innerProductTest,
  orthogonalityTest,
  earlyStoppingCriterion,
  excessKurtosis,
  tailIndex,
  // with groups of rows
  withinGroupTrace,
  betweenGroupTrace,
  intraclassCorrelation,
  designEffect,
  conflictingPairs,
  labelAlignment,
  // with weights of rows
  tokenNoiseScale,
  // derived, with η, B and the size of the data set
  sgdTemperature,
  finitePopulationCorrection,
  batchCovarianceTrace,
  expectedSquaredBatchNorm,
  batchNoiseToSignal,
  stepDriftNorm,
  stepCovarianceTrace,
  linearScaledLearningRate,
  squareRootScaledLearningRate,
  linearScalingLimit,
  sdeDiffusionTrace,
  stationaryExcessLoss,
  cabsBatchSize,
  // with each gradient clipped
  clippedShare,
  clippingBias,
  clippingCosine,
  clippedLength,
  privateBatchError,
  suggestedClipping,
  // as the optimizer sees the noise
  optimizerNoiseScale,
  // with a Fisher matrix or a Hessian beside the dump
  fisherTrace,
  fisherCovarianceCosine,
  covarianceFisherRatio,
  hessianTrace,
  hessianSpectralNorm,
  noiseCurvatureCosine,
  noiseCurvatureTrace,
  curvatureNoiseScale,
  maximumLearningRate,
  breakEvenLearningRate,
  stabilityRatio,
  lossAlignment,
  covarianceHessianRatio,
  takeuchiInformation,
  // with a second dump
  covarianceCosine,
  covarianceRelativeChange,
  subspaceOverlap,
  secantCurvature,
] as const satisfies readonly MetricDefinition[];
export type MetricId = (typeof METRICS)[number]['id'];

/** The metrics that are shown together, in the order above. */
export const metricsOf = (cards: Cards): readonly MetricId[] =>
  METRICS.filter((metric) => metric.cards === cards).map(({ id }) => id);
