import { METRICS, metricsOf } from '../../metrics';
import type { MetricId } from '../../metrics';
import { Quantities } from '../../metrics/quantities';
import { trimmed, wholeNumber } from '../../shared/numbers';
import type { MetricDescription, MetricResult } from '../../shared/report';
import { sameExamples } from '../../shared/same-examples';
import type { Settings } from '../../shared/settings';
import type { DumpSummary } from '../../shared/summary';
import { hallInterval } from '../../theory/hall-interval';
import { pseudoValues } from '../../theory/pseudo-values';
import { squareAndAdd, squareAndAddRatio } from '../../theory/square-and-add';
import type { Estimated } from '../../theory/square-and-add';
import type { OpenEnds } from '../../theory/test-inversion';
import { NO_SAMPLING, resultOf } from '../evaluate';

/** A dump with the settings that it is seen with. */
export interface Compared {
  readonly summary: DumpSummary;
  readonly settings: Settings;
}

/** Two dumps, the second against the first. */
export interface ComparisonReport {
  readonly baseline: Compared;
  readonly other: Compared;
  /** Those settings that are not the same, how many are, and these by name and value. */
  readonly settings: {
    readonly differing: readonly SettingDifference[];
    readonly agreeing: number;
    readonly agreed: readonly { readonly name: string; readonly value: string }[];
  };
  /** Resolved ones first, each group in the order of the registry. */
  readonly differences: readonly MetricDifference[];
  /** Metrics of both dumps together, such as the cosine of their covariances. */
  readonly pair: readonly MetricResult[];
  /** Why rows were, or were not, compared one by one. */
  readonly pairing: string;
  /** Differences with an interval, and how many of them would be resolved by chance alone. */
  readonly chance: { readonly intervals: number; readonly expected: number };
}

export interface SettingDifference {
  readonly name: string;
  readonly baseline: string;
  readonly other: string;
}

export interface MetricDifference {
  readonly metric: MetricDescription;
  readonly baseline: MetricResult['outcome'];
  readonly other: MetricResult['outcome'];
  /** other − baseline; absent where one of them has no value. */
  readonly difference?: { readonly value: number; readonly interval?: Partial<OpenEnds> };
  /** other/baseline, for noise scales, whose errors are relative. */
  readonly ratio?: { readonly value: number; readonly interval?: Partial<OpenEnds> };
  readonly resolved: boolean;
  /** Why it is not resolved, or what the interval comes from. */
  readonly reason: string;
}

const PAIR: ReadonlySet<string> = new Set(metricsOf('second dump'));
const RATIOS: ReadonlySet<string> = new Set<MetricId>(['simple-noise-scale', 'curvature-noise-scale']);
/** Relative difference from which on two exact values are different by more than rounding. */
const ROUNDING = 1e-9;

/** Pure, like the report of one dump. */
export function compare(baseline: Compared, other: Compared): ComparisonReport {
  const [first, second] = [baseline, other].map(({ summary, settings }) => new Quantities(summary, settings)) as [Quantities, Quantities]; // prettier-ignore
  const evidence = sameExamples(baseline.summary.dump, other.summary.dump, matchingRows(baseline.summary));
  const differences = METRICS.filter(({ id }) => !PAIR.has(id)).map((metric): MetricDifference => {
    const [a, b] = [resultOf(metric, first), resultOf(metric, second)];
    const { outcome: _, terms: __, note: ___, convention: ____, sampling: _____, ...description } = a;
    const paired = evidence.same ? pairedInterval(metric.id, first, second) : undefined;
    return {
      metric: description,
      baseline: a.outcome,
      other: b.outcome,
      ...differenceOf(a, b, [first, second], paired),
    };
  });
  const known = differences.filter(({ difference }) => difference !== undefined);
  const intervals = known.filter(({ difference, ratio }) => difference?.interval ?? ratio?.interval).length;
  return {
    baseline,
    other,
    settings: settingsOf(baseline, other),
    differences: [
      ...differences.filter(({ resolved }) => resolved),
      ...differences.filter(({ resolved }) => !resolved),
    ],
    pair: METRICS.filter(({ id }) => PAIR.has(id)).map((metric) => resultOf(metric, first)),
    pairing: evidence.reason,
    chance: { intervals, expected: 0.05 * intervals },
  };
}

function differenceOf(
  a: MetricResult,
  b: MetricResult,
  quantities: readonly [Quantities, Quantities],
  paired: OpenEnds | undefined,
): Pick<MetricDifference, 'difference' | 'ratio' | 'resolved' | 'reason'> {
  if (a.outcome.kind !== 'value' || b.outcome.kind !== 'value')
    return {
      resolved: false,
      reason: `${a.outcome.kind === 'value' ? 'The other dump' : 'The baseline'} has no value`,
    };
  const [from, to] = [a.outcome, b.outcome];
  const value = to.value - from.value;
  if (paired !== undefined)
    return {
      difference: { value, interval: paired },
      resolved: paired.lower > 0 || (paired.upper ?? 0) < 0,
      reason: 'the same examples, row by row',
    };
  const [fromExact, toExact] = [exact(a, quantities[0]), exact(b, quantities[1])];
  if (fromExact && toExact) {
    const resolved = Math.abs(value) > ROUNDING * Math.max(Math.abs(from.value), Math.abs(to.value));
    return { difference: { value }, resolved, reason: resolved ? 'both are exact' : 'both are exact and the same except for rounding' }; // prettier-ignore
  }
  const [x, y] = [estimated(to, toExact), estimated(from, fromExact)];
  if (x !== undefined && y !== undefined) {
    if (RATIOS.has(a.id) && from.value > 0 && to.value > 0) {
      const { value: ratio, lower, upper, resolved } = squareAndAddRatio(x, y);
      const interval = lower === undefined ? {} : { interval: { lower, ...(upper !== undefined && { upper }) } };
      return { difference: { value }, ratio: { value: ratio, ...interval }, resolved, reason: resolved ? 'by their ratio' : 'the interval of the ratio holds 1, or has no end' }; // prettier-ignore
    }
    const { lower, upper, resolved } = squareAndAdd(x, y);
    if (lower === undefined && upper === undefined)
      return { difference: { value }, resolved, reason: 'neither has an upper end, so the difference has none' };
    const interval = { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
    return { difference: { value, interval }, resolved, reason: resolved ? 'the interval leaves out 0' : 'the interval of the difference holds 0' }; // prettier-ignore
  }
  return { difference: { value }, resolved: false, reason: 'One of them has no interval, so nothing says how far chance moves it' }; // prettier-ignore
}

/** Nothing was sampled, or everything. */
const exact = ({ id, outcome, convention }: MetricResult, quantities: Quantities): boolean =>
  outcome.kind === 'value' &&
  outcome.interval === undefined &&
  (convention === NO_SAMPLING ||
    !quantities.uncertain ||
    (id === 'true-gradient-squared-norm' && quantities.meanIsExact));

/** A value with its ends; those of an exact one are the value. */
function estimated(
  { value, interval }: { readonly value: number; readonly interval?: OpenEnds },
  isExact: boolean,
): Estimated | undefined {
  if (isExact) return { value, lower: value, upper: value };
  return interval && { value, lower: interval.lower, ...(interval.upper !== undefined && { upper: interval.upper }) };
}

/** Of tr Σ and ‖G‖² of the same examples: Hall’s interval of the mean difference of their pseudo-values. */
function pairedInterval(id: string, first: Quantities, second: Quantities): OpenEnds | undefined {
  const weights = id === 'covariance-trace' ? ([0, 1] as const) : id === 'true-gradient-squared-norm' ? ([1, 0] as const) : undefined; // prettier-ignore
  if (weights === undefined || !first.hasIntervals || !second.hasIntervals) return undefined;
  const [a, b] = [first, second].map(({ rowStatistics }) => pseudoValues(rowStatistics, weights[0], weights[1])) as [Float64Array, Float64Array]; // prettier-ignore
  // groups that are not the same are not compared one by one
  if (String(first.summary.dump.metadata.groups) !== String(second.summary.dump.metadata.groups)) return undefined;
  const differences = b.map((value, i) => value - (a[i] ?? 0));
  return hallInterval(differences.reduce((sum, value) => sum + value, 0) / differences.length, differences);
}

function matchingRows({ companions }: DumpSummary): number | undefined {
  const compared = companions?.compared;
  return compared !== undefined && 'summary' in compared ? compared.summary.matchingRows : undefined;
}

/** As a reader calls them, in the order in which they are listed. */
const NAMES: Readonly<Partial<Record<keyof Settings | 'step' | 'loss', string>>> = {
  step: 'step',
  loss: 'loss',
  learningRate: 'learning rate',
  batchSize: 'batch size',
  datasetSize: 'data-set size',
  optimizer: 'optimizer',
  momentum: 'momentum',
  dampening: 'dampening',
  gradientScale: 'gradient scale',
  convention: 'rows',
  rows: 'a row is',
  replacement: 'replacement',
};

function settingsOf(baseline: Compared, other: Compared): ComparisonReport['settings'] {
  const [a, b] = [baseline, other].map(({ summary, settings }) => {
    const { step, loss } = summary.dump.metadata;
    return { ...settings, ...(step !== undefined && { step }), ...(loss !== undefined && { loss }) };
  }) as [Partial<Settings & { step: number; loss: number }>, Partial<Settings & { step: number; loss: number }>];
  const names = Object.entries(NAMES) as [keyof typeof a, string][];
  const said = (value: (typeof a)[keyof typeof a]): string => {
    if (typeof value === 'object') return `means of ${wholeNumber(value.meanOf)}`;
    if (typeof value !== 'number') return value ?? 'not known';
    return Number.isInteger(value) ? wholeNumber(value) : trimmed(value);
  };
  const known = names.filter(([key]) => a[key] !== undefined || b[key] !== undefined);
  const agreed = known
    .filter(([key]) => said(a[key]) === said(b[key]))
    .map(([key, name]) => ({ name, value: said(a[key]) }));
  return {
    differing: known
      .filter(([key]) => said(a[key]) !== said(b[key]))
      .map(([key, name]) => ({ name, baseline: said(a[key]), other: said(b[key]) })),
    agreeing: agreed.length,
    agreed,
  };
}
