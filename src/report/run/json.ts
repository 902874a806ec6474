import { PROGRAM } from '../../shared/program';
import type { Problem } from '../../shared/problem';
import type { StepSummary, StepValue } from '../../shared/training-run';
import type { JsonMetric } from '../json-report';
import type { ComparisonReport } from '../comparison/compare';
import type { RunReport } from '../evaluate-run';

/** A run for programs: the ids of metrics are those of a dump. */
export interface JsonRun {
  readonly schema: 1;
  readonly kind: 'run';
  readonly program: typeof PROGRAM;
  readonly run: { readonly name: string; readonly path: string; readonly notes: readonly string[] };
  readonly verdict: string;
  readonly nextBatch: RunReport['nextBatch'];
  readonly steps: readonly {
    readonly step: number;
    readonly file: string;
    readonly settings?: StepSummary['training'] & StepSummary['view'];
    readonly loss?: number;
    readonly metrics: Readonly<Record<string, JsonMetric>>;
    readonly problem?: Problem;
  }[];
}

export const jsonRun = ({ name, path, notes, verdict, nextBatch, points }: RunReport): JsonRun => ({
  schema: 1,
  kind: 'run',
  program: PROGRAM,
  run: { name, path, notes },
  verdict,
  nextBatch,
  steps: points.map(({ step, file, summary, problem }) => ({
    step,
    file,
    ...(summary && { settings: { ...summary.training, ...summary.view } }),
    ...(summary?.loss !== undefined && { loss: summary.loss }),
    metrics: summary === undefined ? {} : metricsOf(summary),
    ...(problem && { problem }),
  })),
});

function metricsOf({ metrics, unavailable }: StepSummary): Record<string, JsonMetric> {
  const reasons = new Map(unavailable.flatMap(({ reason, metrics: ids }) => ids.map((id) => [id, reason] as const)));
  const ids = new Set([...Object.keys(metrics), ...reasons.keys()]);
  return Object.fromEntries([...ids].map((id) => [id, jsonValue(metrics[id], reasons.get(id))]));
}

function jsonValue(value: StepValue | undefined, reason: string | undefined): JsonMetric {
  const [number, lower, upper = null] = value ?? [];
  return {
    ...(typeof number === 'number' && { value: number }),
    ...(lower !== undefined && { interval: [lower, upper] as const }),
    ...(reason !== undefined && { unavailable: reason }),
  };
}

/** Two dumps for programs. */
export interface JsonComparison {
  readonly schema: 1;
  readonly kind: 'comparison';
  readonly program: typeof PROGRAM;
  readonly baseline: JsonSide;
  readonly other: JsonSide;
  readonly pairing: string;
  readonly chance: ComparisonReport['chance'];
  readonly differences: Readonly<Record<string, JsonDifference>>;
}

interface JsonSide {
  readonly path: string;
  readonly settings: ComparisonReport['baseline']['settings'];
}

interface JsonDifference {
  readonly baseline?: number;
  readonly other?: number;
  readonly difference?: { readonly value: number; readonly interval?: readonly [number | null, number | null] };
  readonly ratio?: { readonly value: number; readonly interval?: readonly [number | null, number | null] };
  readonly resolved: boolean;
  readonly reason: string;
}

export function jsonComparison({ baseline, other, pairing, chance, differences }: ComparisonReport): JsonComparison {
  const side = ({ summary, settings }: ComparisonReport['baseline']): JsonSide => ({
    path: summary.dump.path,
    settings,
  });
  const ends = (of: NonNullable<ComparisonReport['differences'][number]['difference']>): NonNullable<JsonDifference['difference']> => ({ value: of.value, ...(of.interval && { interval: [of.interval.lower ?? null, of.interval.upper ?? null] as const }) }); // prettier-ignore
  const valueOf = ({ kind, ...rest }: ComparisonReport['differences'][number]['baseline']): number | undefined =>
    kind === 'value' && 'value' in rest ? rest.value : undefined;
  return {
    schema: 1,
    kind: 'comparison',
    program: PROGRAM,
    baseline: side(baseline),
    other: side(other),
    pairing,
    chance,
    differences: Object.fromEntries(
      differences.map((each): [string, JsonDifference] => {
        const [from, to] = [valueOf(each.baseline), valueOf(each.other)];
        return [
          each.metric.id,
          {
            ...(from !== undefined && { baseline: from }),
            ...(to !== undefined && { other: to }),
            ...(each.difference && { difference: ends(each.difference) }),
            ...(each.ratio && { ratio: ends(each.ratio) }),
            resolved: each.resolved,
            reason: each.reason,
          },
        ];
      }),
    ),
  };
}
