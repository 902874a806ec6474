import { AnalysisError, problemOf } from '../shared/problem';
import type { Problem } from '../shared/problem';
import { PROGRAM } from '../shared/program';
import type { AnalyzeRequest } from '../shared/protocol';
import type { DumpSummary } from '../shared/summary';
import { identityOf } from '../storage/file';
import type { KeptResults } from '../storage/kept-results';
import { analyze } from './analyze';
import type { RunEntry } from './run-files';

/** How each dump of a run is analyzed. */
export interface StepRequest<Step> extends Pick<
  AnalyzeRequest,
  'memoryBudget' | 'cancelFlag' | 'heartbeat' | 'confinedTo'
> {
  /** The run file or the folder. */
  readonly path: string;
  /** What is kept of a step: the summary with its rows and matrices is dropped before the next dump is read. */
  readonly keep: (summary: DumpSummary) => Step;
  /** Results of earlier analyses, and what `keep` depends on beside the dump. */
  readonly kept?: { readonly results: KeptResults; readonly view: string };
}

export interface AnalyzeRunRequest<Step> extends StepRequest<Step> {
  readonly entries: readonly RunEntry[];
}

/** What became of one dump of a run. */
export type StepOutcome<Step> =
  | { readonly entry: RunEntry; readonly kept: Step; readonly known: boolean }
  | { readonly entry: RunEntry; readonly problem: Problem };

/**
 * Analyzes the dumps of a run one after another, the newest first: that is the step people wait for. One that fails is reported
 * and does not stop the others. No more than one dump is in memory at a time.
 *
 * @param emit each outcome as soon as it is known, with its index among the entries
 * @returns all outcomes, in the order of the entries
 * @throws AnalysisError run/canceled
 */
export async function analyzeRun<Step>(
  request: AnalyzeRunRequest<Step>,
  emit: (index: number, outcome: StepOutcome<Step>) => void,
): Promise<StepOutcome<Step>[]> {
  const { entries, kept } = request;
  const outcomes: StepOutcome<Step>[] = [];
  for (const [index, entry] of [...entries.entries()].reverse()) {
    const outcome = await analyzeStep(entry, request);
    outcomes[index] = outcome;
    emit(index, outcome);
  }
  kept?.results.makeRoom();
  return outcomes;
}

/**
 * One dump of a run, or what was kept of it.
 *
 * @throws AnalysisError run/canceled
 */
export async function analyzeStep<Step>(entry: RunEntry, request: StepRequest<Step>): Promise<StepOutcome<Step>> {
  const { path, keep, kept, ...limits } = request;
  const { cancelFlag } = limits;
  if (Atomics.load(new Int32Array(cancelFlag), 0) !== 0)
    throw new AnalysisError({ code: 'run/canceled', found: 'The analysis was canceled', remedy: 'Analyze again to resume.' }); // prettier-ignore
  const identity = kept && stepVersion(entry, path, kept.view);
  const known = identity === undefined ? undefined : kept?.results.get(identity);
  if (known !== undefined) return { entry, kept: known as Step, known: true };
  try {
    const summary = await analyze({ ...limits, paths: [entry.path], asStep: true }, () => undefined);
    const { dump } = summary;
    // the dump takes precedence over the run that lists it
    const result = keep({ ...summary, dump: { ...dump, metadata: { ...entry.metadata, ...dump.metadata } } });
    // companions are files of their own, which the identity does not name
    if (
      identity !== undefined &&
      summary.companions === undefined &&
      identity === stepVersion(entry, path, kept?.view ?? '')
    )
      kept?.results.keep(identity, result);
    return { entry, kept: result, known: false };
  } catch (error) {
    const problem = problemOf(error);
    if (problem.code === 'run/canceled') throw error;
    return { entry, problem };
  }
}

/** All that the result of a step depends on; undefined where the dump is not there. */
export function stepVersion({ path, metadata }: RunEntry, run: string, view: string): string | undefined {
  const of = (file: string): unknown => {
    try {
      const { device, inode, size, modifiedNs, changedNs } = identityOf(file);
      return [device, inode, size, modifiedNs, changedNs].map(String);
    } catch {
      return null;
    }
  };
  const dump = of(path);
  if (dump === null) return undefined;
  const sidecar = path.replace(/\.[^./\\]+$/, '.meta.json');
  // what the run itself says of the step is in its metadata, so that a run that grows keeps what is known of it
  const listing = path.replace(/[^/\\]+$/, 'run.json');
  const beside = [of(sidecar), listing === run ? null : of(listing)];
  return JSON.stringify([PROGRAM.version, path, dump, beside, metadata, view]);
}
