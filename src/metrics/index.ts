import type { MetricDefinition } from './definition';
import { sgdTemperature } from './derived/sgd-temperature';
import { covarianceTraceMetric } from './measured/covariance-trace';
import { simpleNoiseScale } from './measured/simple-noise-scale';

/** Every metric, in the order of the page. */
export const METRICS = [
  covarianceTraceMetric,
  simpleNoiseScale,
  sgdTemperature,
] as const satisfies readonly MetricDefinition[];
export type MetricId = (typeof METRICS)[number]['id'];
