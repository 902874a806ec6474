import { ifKnown, Quantities } from '../metrics/quantities';
import { rescaled } from '../metrics/rescaled';
import { PROGRAM } from '../shared/program';
import type { Problem } from '../shared/problem';
import type { Interval, MetricResult, Report } from '../shared/report';
import type { JoinedFile, Layout, SourceFile } from '../shared/dump';
import type { DumpSummary } from '../shared/summary';
import type { Suspicion } from '../shared/suspicion';

/** A report for programs. The ids of the metrics are stable; a missing number is absent with its reason, never 0. */
export interface JsonReport {
  readonly schema: 1;
  readonly kind: 'dump';
  readonly program: typeof PROGRAM;
  readonly dump: {
    readonly path: string;
    readonly format: string;
    readonly samples: number;
    readonly parameters: number;
    readonly dtype: string;
    readonly bytes: number;
    /** Of the file; absent where hashing takes long and was not asked for. */
    readonly sha256?: string;
    /** Of a dump that was joined from several files: how, and each of them. */
    readonly joined?: { readonly layout: Layout; readonly files: readonly JsonFile[] };
    /** Of a file of statistics: the files that were reduced. */
    readonly sources?: readonly SourceFile[];
    readonly step?: number;
    readonly loss?: number;
    readonly layers: readonly { readonly name: string; readonly size: number }[];
    readonly notes: readonly string[];
  };
  /** What the file seems to be, other than gradients of examples in any order; no number is changed by it. */
  readonly suspicions: readonly Pick<Suspicion, 'code' | 'found' | 'remedy' | 'fix'>[];
  readonly settings: Report['settings'];
  readonly metrics: Readonly<Record<string, JsonMetric>>;
  /** λ₁ ≥ λ₂ ≥ … of Σ in the convention of the settings, min(n, d) of them; absent with the reason beside it. */
  readonly spectrum?: readonly number[];
  readonly spectrumUnavailable?: string;
  /** The leading eigenvectors, noisiest first; absent where reading the dump once more takes long and was not asked for. */
  readonly directions?: readonly JsonDirection[];
  /** Why parts of what comes after the spectrum are missing, by their names. */
  readonly extrasUnavailable?: Readonly<Record<string, string>>;
}

/** The rows of a file have the name that those of the dump have. */
type JsonFile = Omit<JoinedFile, 'rows'> & { readonly samples: number };

const jsonJoined = ({
  layout,
  files,
}: NonNullable<Report['dump']['joined']>): NonNullable<JsonReport['dump']['joined']> => ({
  layout,
  files: files.map(({ rows: samples, ...file }) => ({ ...file, samples })),
});

/** Stands in the place of a report that could not be made. */
export interface JsonProblem {
  readonly schema: 1;
  readonly kind: 'problem';
  readonly program: typeof PROGRAM;
  readonly path: string;
  readonly problem: Problem;
}

export const jsonProblem = (path: string, problem: Problem): JsonProblem => ({
  schema: 1,
  kind: 'problem',
  program: PROGRAM,
  path,
  problem,
});

export interface JsonDirection {
  /** With divisor 1/n, from the rows in double precision; an eigenvalue lies within the residual of it. */
  readonly eigenvalue: number;
  readonly residual: number;
  /** Over how many parameters it is spread: 1/Σⱼvⱼ⁴. */
  readonly spread: number;
  /** The largest components of the unit vector, by magnitude. */
  readonly parameters: readonly { readonly index: number; readonly component: number }[];
  /** Share of the squared length, one per layer in the order of the dump. */
  readonly layers: readonly number[];
}

export interface JsonMetric {
  readonly value?: number;
  /** Lower and upper end; null where there is no upper end. */
  readonly interval?: readonly [lower: number, upper: number | null];
  readonly intervalMethod?: Interval['method'];
  readonly unit?: string;
  readonly convention?: string;
  readonly unavailable?: string;
}

export function jsonReport(report: Report, whole: DumpSummary): JsonReport {
  const summary = rescaled(whole, 1 / (report.settings.gradientScale ?? 1));
  const { path, format, rows: n, parameters, dtype, bytes, sha256, joined, sources, layers, metadata } = report.dump;
  const { notes } = report;
  const scale = ifKnown(() => new Quantities(whole, report.settings).scale);
  return {
    schema: 1,
    kind: 'dump',
    program: PROGRAM,
    dump: {
      path,
      format,
      samples: n,
      parameters,
      dtype,
      bytes,
      ...(sha256 !== undefined && { sha256 }),
      ...(joined !== undefined && { joined: jsonJoined(joined) }),
      ...(sources !== undefined && { sources }),
      ...(metadata.step !== undefined && { step: metadata.step }),
      ...(metadata.loss !== undefined && { loss: metadata.loss }),
      layers,
      notes,
    },
    suspicions: report.suspicions.map(({ rows: _, ...suspicion }) => suspicion),
    settings: report.settings,
    metrics: Object.fromEntries(report.metrics.map((metric) => [metric.id, jsonMetric(metric)])),
    ...(summary.spectrum &&
      scale !== undefined && {
        spectrum: Array.from(summary.spectrum.eigenvalues, (eigenvalue) => scale * eigenvalue),
      }),
    ...(summary.directions && {
      directions: summary.directions.map(({ layers: shares, ...direction }) => ({ ...direction, layers: [...shares] })),
    }),
    ...(summary.spectrumProblem && { spectrumUnavailable: summary.spectrumProblem.found }),
    ...(summary.extraProblems && {
      extrasUnavailable: Object.fromEntries(
        Object.entries(summary.extraProblems).map(([name, { found }]) => [name, found]),
      ),
    }),
  };
}

function jsonMetric({ outcome, unit, convention }: MetricResult): JsonMetric {
  switch (outcome.kind) {
    case 'value':
      return { value: outcome.value, ...ends(outcome.interval), ...(unit && { unit }), convention };
    case 'unavailable':
      return { unavailable: outcome.problem.found, ...ends(outcome.interval), ...(unit && { unit }), convention };
    case 'pending':
      return { unavailable: 'not known yet' };
  }
}

function ends(interval: Interval | undefined): Pick<JsonMetric, 'interval' | 'intervalMethod'> {
  if (interval === undefined) return {};
  return { interval: [interval.lower, interval.upper ?? null], intervalMethod: interval.method };
}
