import { METRICS } from '../metrics';
import { wholeNumber } from '../shared/numbers';
import type { MetricDescription } from '../shared/report';
import type { NormLog, RunPoint, StepSummary, StepValue } from '../shared/training-run';
import type { View } from '../shared/settings';
import { ratioOfMeans } from '../theory/moving-ratio';
import { fromTwoBatchSizes } from '../theory/two-batch-sizes';
import { conventionWords } from './phrases';
import { nextBatch } from './run/next-batch';
import type { NextBatch, NoiseNow } from './run/next-batch';
import { observationsOf } from './run/observations';
import { inWords } from './run/in-words';
import type { Observation } from './run/observations';

/** A training run, as plain data: every metric at every step, and what follows from all of them together. */
export interface RunReport {
  readonly name: string;
  readonly path: string;
  /** Ascending by step; one that failed has its problem. */
  readonly points: readonly RunPoint[];
  /** Metrics with a value or a bound at any step, in the order of the registry. */
  readonly series: readonly Series[];
  /** What the numbers of a step are estimates of, and how: one line. */
  readonly convention: string;
  /** Two sentences with numbers. */
  readonly verdict: string;
  readonly nextBatch: NextBatch;
  /** What the literature saw, next to what this run shows. */
  readonly observations: readonly Observation[];
  readonly notes: readonly string[];
}

/** A metric over the steps. */
export interface Series {
  readonly metric: MetricDescription;
  /** [points], null where a step has neither value nor bound. */
  readonly values: readonly (StepValue | null)[];
}

export interface RunDescription {
  readonly name: string;
  readonly path: string;
  readonly notes: readonly string[];
  /** That of the last dump where it is left out. */
  readonly convention?: string;
}

/** Points of a run → its report. Pure, like that of a dump. */
export function evaluateRun(run: RunDescription, points: readonly RunPoint[], now = noiseOfLast(points)): RunReport {
  const series = METRICS.flatMap(({ compute: _, formula: __, cards: ___, ...metric }): Series[] => {
    const values = points.map(({ summary }) => summary?.metrics[metric.id] ?? null);
    return values.some((value) => value !== null) ? [{ metric, values }] : [];
  });
  const next = nextBatch(now);
  const view = points.findLast(({ summary }) => summary !== undefined)?.summary?.view;
  return {
    ...run,
    convention: run.convention ?? (view === undefined ? 'no step could be analyzed' : conventionWords(view)),
    points,
    series,
    verdict: verdictOf(points, next),
    nextBatch: next,
    observations: observationsOf(series),
    notes: [...run.notes, ...notesOf(points)],
  };
}

/** Steps at the end of a norm log whose noise and signal are averaged: a tenth, and twenty at least. */
const windowOf = (steps: number): number => Math.max(20, Math.ceil(steps / 10));

/** The same from a norm log: three metrics at each step, and the noise scale from averages of the last steps. */
export function evaluateNormLog(log: NormLog, view: View): RunReport {
  const points = pointsOf(log, view);
  const last = points.slice(-windowOf(points.length));
  const part = (id: string): number[] => last.map(({ summary }) => summary?.metrics[id]?.[0] ?? 0);
  const averaged = ratioOfMeans(part('covariance-trace'), part('true-gradient-squared-norm'));
  const training = points.at(-1)?.summary?.training;
  const failed = log.problems.map(({ step, line, problem }): RunPoint => ({ step: step ?? NaN, file: `line ${line}`, problem })); // prettier-ignore
  const all = [...points, ...failed.filter(({ step }) => Number.isFinite(step))].sort((a, b) => a.step - b.step);
  const convention = 'noise and signal from the squared norms of two batch sizes · no intervals for single steps';
  return evaluateRun({ name: log.name, path: log.path, notes: log.notes, convention }, all, {
    ...(training?.batchSize !== undefined && { batchSize: training.batchSize }),
    optimizer: training?.optimizer ?? 'sgd',
    ...(averaged?.value !== undefined && { value: averaged.value }),
    ...(averaged?.interval && { interval: averaged.interval }),
    from: `averages of noise and signal over the last ${wholeNumber(last.length)} steps`,
  });
}

function pointsOf(log: NormLog, view: View): RunPoint[] {
  const width = Math.max(1, log.layers.length);
  return Array.from(log.steps, (step, t): RunPoint => {
    const [small, large] = [log.smallSizes[t] ?? NaN, log.largeSizes[t] ?? NaN];
    // noise and signal of layers add up, and both are linear in the squared norms
    const sum = (norms: Float64Array): number => {
      let total = 0;
      for (let l = t * width; l < (t + 1) * width; l++) total += norms[l] ?? NaN;
      return total;
    };
    const { trace, signal } = fromTwoBatchSizes(
      { size: small, squaredNorm: sum(log.small) },
      { size: large, squaredNorm: sum(log.large) },
    );
    const [rate, loss, tokens] = [log.learningRates[t] ?? log.training.learningRate, log.losses[t], log.tokens[t]];
    const scale: StepValue | undefined = signal > 0 ? [Math.max(0, trace) / signal] : undefined;
    return {
      step,
      file: log.name,
      summary: {
        rows: 2,
        parameters: 0,
        ...(loss !== undefined && !Number.isNaN(loss) && { loss }),
        ...(tokens !== undefined && !Number.isNaN(tokens) && { tokens }),
        training: {
          momentum: 0,
          optimizer: 'sgd',
          ...log.training,
          ...(rate !== undefined && !Number.isNaN(rate) && { learningRate: rate }),
          batchSize: large,
        },
        view,
        metrics: {
          'covariance-trace': [trace],
          'true-gradient-squared-norm': [signal],
          ...(scale && { 'simple-noise-scale': scale }),
        },
        unavailable: scale ? [] : [{ reason: 'The signal of this step is not positive', metrics: ['simple-noise-scale'] }], // prettier-ignore
        eigenvalues: [],
        layers: [],
      },
    };
  });
}

const noiseScale = (summary: StepSummary | undefined): StepValue | undefined => summary?.metrics['simple-noise-scale'];

/** What the newest step that could be analyzed says. */
function noiseOfLast(points: readonly RunPoint[]): NoiseNow {
  const last = points.findLast(({ summary }) => summary !== undefined);
  const { training, view } = last?.summary ?? {};
  const [value, lower, upper] = noiseScale(last?.summary) ?? [];
  return {
    ...(training?.batchSize !== undefined && { batchSize: training.batchSize }),
    optimizer: training?.optimizer ?? 'sgd',
    ...(view?.convention === 'population' && { exact: true }),
    ...(view?.replacement === 'without' && view.datasetSize !== undefined && { datasetSize: view.datasetSize }),
    ...(typeof value === 'number' && { value }),
    ...(lower !== undefined && { interval: { lower, ...(typeof upper === 'number' && { upper }) } }),
    from: last === undefined ? 'no step' : `step ${wholeNumber(last.step)}`,
  };
}

function verdictOf(points: readonly RunPoint[], { sentence }: NextBatch): string {
  const known = points.flatMap(({ step, summary }) => {
    const value = noiseScale(summary);
    return typeof value?.[0] === 'number' ? [`${inWords(value)} at step ${wholeNumber(step)}`] : [];
  });
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return `No step resolves its noise scale. ${sentence}`;
  return `The noise scale is ${known.length === 1 ? first : `${first} and ${last}`}. ${sentence}`;
}

/** Of a gap the reader learns where it is: a line drawn across it would be invented. */
function notesOf(points: readonly RunPoint[]): string[] {
  const distances = points.slice(1).map(({ step }, k) => step - (points[k]?.step ?? 0));
  const middle = [...distances].sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
  const gaps = distances.flatMap((distance, k) => (distances.length >= 4 && distance > 5 * middle ? [points[k]?.step ?? 0] : [])); // prettier-ignore
  const failed = points.filter(({ problem }) => problem !== undefined).length;
  return [
    ...(gaps.length === 0 ? [] : [`Steps are missing after step ${gaps.slice(0, 3).map(wholeNumber).join(', ')}${gaps.length > 3 ? ` and ${gaps.length - 3} more` : ''}.`]), // prettier-ignore
    ...(failed === 0 ? [] : [`${wholeNumber(failed)} of ${wholeNumber(points.length)} steps could not be analyzed.`]),
  ];
}
