import { METRICS } from '../../metrics';
import { ifKnown, Quantities } from '../../metrics/quantities';
import type { MetricResult } from '../../shared/report';
import type { Settings } from '../../shared/settings';
import type { DumpSummary } from '../../shared/summary';
import type { StepSummary, StepValue } from '../../shared/training-run';
import { partsOfLayer } from '../dump/layers';
import { resultOf } from '../evaluate';

/** What a run keeps of a dump: the outcome of every metric, five eigenvalues and two numbers of each layer. */
export function stepOf(summary: DumpSummary, settings: Settings): StepSummary {
  const quantities = new Quantities(summary, settings);
  const { rows, parameters, metadata } = summary.dump;
  const { datasetSize, rows: rowsAre, scaleFactor, convention, conventionFrom, replacement, ...training } = settings;
  const metrics: Record<string, StepValue> = {};
  const reasons = new Map<string, string[]>();
  for (const metric of METRICS) {
    const { id, outcome } = resultOf(metric, quantities);
    const value = stepValue(outcome);
    if (value !== undefined) metrics[id] = value;
    // what needs another file, or what few dumps state, is left out where there is none: the same names at every step
    if (outcome.kind !== 'unavailable' || UNSTATED.has(outcome.problem.code)) continue;
    const reason = outcome.problem.found.slice(0, LONGEST_REASON);
    reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
  }
  return {
    rows,
    parameters,
    ...(metadata.loss !== undefined && { loss: metadata.loss }),
    training,
    view: {
      ...(datasetSize !== undefined && { datasetSize }),
      ...(rowsAre !== undefined && { rows: rowsAre }),
      scaleFactor,
      convention,
      conventionFrom,
      replacement,
    },
    metrics,
    unavailable: [...reasons].map(([reason, ids]) => ({ reason, metrics: ids })),
    eigenvalues: ifKnown(() => Array.from(quantities.eigenvalues.subarray(0, 5), fourDigits)) ?? [],
    layers:
      ifKnown(() =>
        quantities.moments.layers.map((layer, index): readonly [number, number] => {
          const { trace, signal } = partsOfLayer(quantities, layer, index);
          return [fourDigits(trace), fourDigits(signal)];
        }),
      ) ?? [],
  };
}

const UNSTATED: ReadonlySet<string> = new Set(['value/needs-companion', 'value/needs-metadata']);

/** Letters of a reason that a step keeps. */
const LONGEST_REASON = 80;

const fourDigits = (value: number): number => Number(value.toPrecision(4));

function stepValue(outcome: MetricResult['outcome']): StepValue | undefined {
  if (outcome.kind === 'pending') return undefined;
  const { interval } = outcome;
  const value = outcome.kind === 'value' ? outcome.value : null;
  if (interval === undefined) return value === null ? undefined : [value];
  return [value, interval.lower, interval.upper ?? null];
}
