import { statSync } from 'node:fs';
import { analyzeStep, stepVersion } from '../analysis/analyze-run';
import type { StepOutcome, StepRequest } from '../analysis/analyze-run';
import { normLogOf, runFiles } from '../analysis/run-files';
import type { RunFiles } from '../analysis/run-files';
import { stepOf } from '../report/run/step';
import { AnalysisError, BEING_WRITTEN } from '../shared/problem';
import type { RunListing, RunStepsLeft, RunStepsRequest, WorkerEvent } from '../shared/protocol';
import { suggestedSettings } from '../shared/settings';
import type { NormLog, RunPoint, StepSummary } from '../shared/training-run';
import { identityOf } from '../storage/file';
import { KeptResults } from '../storage/kept-results';

/** Milliseconds for which a file that ends too early is taken for one that is still being written. */
const PATIENCE = 30_000;

/**
 * One turn of a run: lists its steps, and analyzes those that are not known, the newest first, until its time is over. Between two
 * turns a newer step may have come.
 *
 * @throws AnalysisError what is wrong with the run as a whole, run/canceled
 */
export async function runSteps(request: RunStepsRequest, emit: (event: WorkerEvent) => void): Promise<RunStepsLeft> {
  const { paths, said, confinedTo, cancelFlag } = request;
  const checkCanceled = (): void => {
    if (Atomics.load(new Int32Array(cancelFlag), 0) === 0) return;
    throw new AnalysisError({ code: 'run/canceled', found: 'The analysis was canceled', remedy: 'Analyze again to resume.' }); // prettier-ignore
  };
  const run = runFiles(paths, said, checkCanceled, confinedTo && { confinedTo });
  if (run === undefined)
    throw new AnalysisError({
      code: 'data/layout',
      found: 'Nothing says that this is a training run',
      where: paths[0] ?? '',
      remedy: 'A run is a folder whose files say their step (step-100.npy), a run.json that lists them, or a norm log.',
    });
  return run.kind === 'norms' ? logged(run.path, request, emit) : dumped(run, request, emit);
}

function logged(file: string, { known }: RunStepsRequest, emit: (event: WorkerEvent) => void): RunStepsLeft {
  const version = JSON.stringify(Object.values(identityOf(file)).map(String));
  emit({ kind: 'listing', listing: { kind: 'norms', version, ...(!known.includes(version) && { log: summed(normLogOf(file)) }) } }); // prettier-ignore
  return { waiting: 0, unfinished: 0 };
}

/** Squared norms of layers add up: the page shows their sums, and there may be hundreds of layers. */
function summed(log: NormLog): NormLog {
  const width = Math.max(1, log.layers.length);
  if (width === 1) return { ...log, layers: [] };
  const sums = (squares: Float64Array): Float64Array =>
    Float64Array.from(log.steps, (_, t) =>
      squares.subarray(t * width, (t + 1) * width).reduce((sum, square) => sum + square, 0),
    );
  return { ...log, layers: [], small: sums(log.small), large: sums(log.large) };
}

async function dumped(
  run: Extract<RunFiles, { kind: 'dumps' }>,
  { known: versions, cache, defaults, slice, paths: _, said: __, ...limits }: RunStepsRequest,
  emit: (event: WorkerEvent) => void,
): Promise<RunStepsLeft> {
  const known = new Set(versions);
  const view = JSON.stringify(defaults);
  const results = cache === undefined ? undefined : new KeptResults(cache);
  const steps = run.entries.map((entry) => ({
    entry,
    version: stepVersion(entry, run.path, view) ?? `missing: ${entry.path}`,
  }));
  const listing: RunListing = {
    kind: 'dumps',
    order: run.order,
    notes: run.notes,
    steps: steps.map(({ entry: { step, file, path: at }, version }) => ({ step, file, path: at, version })),
  };
  emit({ kind: 'listing', listing });
  const request: StepRequest<StepSummary> = {
    ...limits,
    path: run.path,
    keep: (summary) => {
      const { dump } = summary;
      const stated = { ...dump, metadata: { ...defaults, ...dump.metadata } };
      return stepOf({ ...summary, dump: stated }, suggestedSettings(stated));
    },
    ...(results && { kept: { results, view } }),
  };
  const end = performance.now() + slice;
  const left = { waiting: 0, unfinished: 0 };
  for (const { entry, version } of [...steps].reverse()) {
    if (known.has(version)) continue;
    if (performance.now() >= end) {
      left.waiting++;
      continue;
    }
    emit({ kind: 'step-begun', step: entry.step });
    const outcome = await analyzeStep(entry, request);
    if (isUnfinished(outcome)) left.unfinished++;
    else emit({ kind: 'step', version, point: pointOf(outcome) });
  }
  if (left.waiting === 0) results?.makeRoom();
  return left;
}

function pointOf(outcome: StepOutcome<StepSummary>): RunPoint {
  const { step, file } = outcome.entry;
  return 'kept' in outcome ? { step, file, summary: outcome.kept } : { step, file, problem: outcome.problem };
}

/** Whether a file ends too early, and was changed a moment ago. */
function isUnfinished(outcome: StepOutcome<StepSummary>): boolean {
  if ('kept' in outcome || !BEING_WRITTEN.has(outcome.problem.code)) return false;
  const modified = statSync(outcome.entry.path, { throwIfNoEntry: false })?.mtimeMs;
  // a clock of another machine may be ahead
  return modified !== undefined && Math.abs(Date.now() - modified) < PATIENCE;
}
