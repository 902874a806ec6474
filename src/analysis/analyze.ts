import { chooseKernel } from '../kernel';
import type { PassContext } from '../kernel/kernel';
import type { GradientDump } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { AnalyzeRequest, Progress, WorkerEvent } from '../shared/protocol';
import type { DumpSummary } from '../shared/summary';
import { withHashes } from './file-hash';
import { besideHeld, bytesHeld, sayingHeld } from './held-memory';
import { openDump } from './open-dump';
import { withoutProjection } from './projected';
import { STAGES } from './stages';
import type { Analysis } from './stages';
import { summarizeStatistics } from './statistics';
import { withoutRows } from './without-rows';

/**
 * A dump → its summary, and what the files beside it say. Emits what is known after the header and at each step.
 *
 * @throws AnalysisError when there is no summary to show: unreadable, refused, changed on the way, or canceled
 */
export async function analyze(request: AnalyzeRequest, emit: (event: WorkerEvent) => void): Promise<DumpSummary> {
  const checkCanceled = cancellation(request);
  const publish = (summary: DumpSummary): void => emit({ kind: 'partial', summary: withoutProjection(summary) });
  const { bytes, memoryBudget, excludedRows = [] } = request;
  let held = bytesHeld([], bytes);
  try {
    const { whole, versions } = openDump(request, memoryBudget - held, checkCanceled);
    const { bytes: bytesTotal } = 'gram' in whole ? whole.dump : whole;
    const contextOf = (stage: Progress['stage']): PassContext => {
      const report: PassContext['report'] = ({ block, blocks, bytesDone }) =>
        emit({ kind: 'progress', progress: { stage, block, blocks, bytesDone, bytesTotal } });
      return besideHeld({ memoryBudget, checkCanceled, report }, held);
    };
    const modified = versions.modified === undefined ? {} : { modified: versions.modified };
    const given = { request, contextOf, checkCanceled, checkUnchanged: () => versions.checkUnchanged(), publish };
    let summary: DumpSummary;
    if ('gram' in whole)
      summary = await summarizeStatistics(whole, request, modified, await chooseKernel(), contextOf, publish);
    else {
      const dump = withoutRows(whole, excludedRows, memoryBudget - bytesHeld([whole], bytes), checkCanceled);
      // rows that were copied do not free those they were copied from before the analysis ends
      held = bytesHeld([whole, dump], bytes);
      summary = await inStages(header(dump, modified), { ...given, dump, held });
    }
    const known = withoutProjection(summary);
    const hashed = { ...known, dump: withHashes(known.dump, request, checkCanceled) };
    versions.checkUnchanged();
    return hashed;
  } catch (error) {
    throw sayingHeld(error, held);
  }
}

const header = ({ arrays, ...rest }: GradientDump, modified: Pick<DumpSummary['dump'], 'modified'>): DumpSummary => ({
  dump: { ...rest, ...modified },
});

/** Stage after stage; what is known is published before each that has something to add. */
async function inStages(first: DumpSummary, given: Omit<Analysis, 'kernel'>): Promise<DumpSummary> {
  let [summary, published] = [first, first];
  given.publish(first);
  const analysis = { ...given, kernel: await chooseKernel() };
  for (const { applies, add } of STAGES) {
    if (!applies(analysis, summary)) continue;
    if (summary !== published) given.publish((published = summary));
    summary = await add(analysis, summary);
  }
  return summary;
}

/** Throws when the reader asked to stop; whoever waits sees at each look that the thread is alive. */
function cancellation({ cancelFlag, heartbeat }: AnalyzeRequest): () => void {
  const flag = new Int32Array(cancelFlag);
  const beats = heartbeat && new Int32Array(heartbeat);
  return () => {
    if (beats) Atomics.add(beats, 0, 1);
    if (Atomics.load(flag, 0) === 0) return;
    throw new AnalysisError({
      code: 'run/canceled',
      found: 'The analysis was canceled',
      remedy: 'Analyze again to resume.',
    });
  };
}
