import { chooseKernel } from '../kernel';
import type { PassContext } from '../kernel/kernel';
import { noiseDirections, withQuotients } from '../kernel/noise-directions';
import type { GradientDump } from '../shared/dump';
import { shufflingMemory } from '../kernel/shuffled-columns';
import { atLeast } from '../shared/memory-budget';
import { AnalysisError } from '../shared/problem';
import type { AnalyzeRequest, Progress, WorkerEvent } from '../shared/protocol';
import type { DumpDescription, DumpSummary, Moments } from '../shared/summary';
import type { FileVersions } from '../storage/versions';
import { QUICK_SHUFFLING, shufflingWork } from '../theory/shuffling-work';
import { summarizeCompanions } from './companions';
import { extra, failed, ownProblem, withProblems } from './extra';
import { withHashes } from './file-hash';
import { besideHeld, bytesHeld, sayingHeld } from './held-memory';
import { openDump } from './open-dump';
import { preview } from './preview';
import { resample } from './resampling';
import { spectrumOrProblem } from './spectrum-or-problem';
import { impressionOf, rowsInSequence } from './suspicions';
import type { Impression } from './suspicions';
import { summarizeStatistics } from './statistics';
import { withoutRows } from './without-rows';

/**
 * A dump → its summary, and what the files beside it say. Emits what is known after the header and at each step.
 *
 * @throws AnalysisError when there is no summary to show: unreadable, refused, changed on the way, or canceled
 */
export async function analyze(request: AnalyzeRequest, emit: (event: WorkerEvent) => void): Promise<DumpSummary> {
  const flag = new Int32Array(request.cancelFlag);
  const heartbeat = request.heartbeat && new Int32Array(request.heartbeat);
  const checkCanceled = (): void => {
    if (heartbeat) Atomics.add(heartbeat, 0, 1);
    if (Atomics.load(flag, 0) === 0) return;
    throw new AnalysisError({
      code: 'run/canceled',
      found: 'The analysis was canceled',
      remedy: 'Analyze again to resume.',
    });
  };
  let held = bytesHeld([], request.bytes);
  try {
    const { bytes, memoryBudget, excludedRows = [] } = request;
    const { whole, versions } = openDump(request, memoryBudget - held, checkCanceled);
    const { bytes: bytesTotal } = 'gram' in whole ? whole.dump : whole;
    const contextOf = (stage: Progress['stage']): PassContext => {
      const report: PassContext['report'] = ({ block, blocks, bytesDone }) =>
        emit({ kind: 'progress', progress: { stage, block, blocks, bytesDone, bytesTotal } });
      return besideHeld({ memoryBudget, checkCanceled, report }, held);
    };
    const finished = (summary: DumpSummary): DumpSummary => {
      const hashed = { ...summary, dump: withHashes(summary.dump, request, checkCanceled) };
      versions.checkUnchanged();
      return hashed;
    };
    if ('gram' in whole) {
      const publish = (summary: DumpSummary): void => emit({ kind: 'partial', summary });
      return finished(
        await summarizeStatistics(whole, request, modifiedOf(versions), await chooseKernel(), contextOf, publish),
      );
    }
    const dump = withoutRows(whole, excludedRows, memoryBudget - bytesHeld([whole], bytes), checkCanceled);
    // rows that were copied do not free those they were copied from before the analysis ends
    held = bytesHeld([whole, dump], bytes);
    let summary: DumpSummary = { dump: describe(dump, versions) };
    emit({ kind: 'partial', summary });

    const kernel = await chooseKernel();
    if (request.preview === true) {
      const some = await previewOrProblem(() => preview(dump, kernel, contextOf('spectrum'), memoryBudget - held));
      if (some !== undefined) emit({ kind: 'partial', summary: (summary = { ...summary, ...some }) });
    }
    let impression: Impression | undefined;
    const found = (moments: Moments): void => {
      versions.checkUnchanged();
      const seen = extra(() => impressionOf(dump, moments, checkCanceled));
      summary = { ...summary, moments };
      if (failed(seen)) summary = withProblems(summary, { suspicions: seen.problem });
      else {
        impression = seen;
        const { notes } = summary.dump;
        summary = {
          ...summary,
          suspicions: seen.suspicions,
          dump: { ...summary.dump, notes: [...notes, ...seen.notes] },
        };
      }
      emit({ kind: 'partial', summary });
    };
    const solved = await spectrumOrProblem(() =>
      kernel.solve(dump, contextOf('spectrum'), found).catch((error: unknown) => {
        throw sayingHeld(error, held);
      }),
    );
    if ('spectrumProblem' in solved && summary.moments === undefined) throw new AnalysisError(solved.spectrumProblem);
    const { preview: _, ...known } = summary;
    summary = { ...known, ...solved };
    const shuffles = request.resample === true || shufflingWork(dump) <= QUICK_SHUFFLING;
    if ('spectrumProblem' in solved && shuffles)
      summary = { ...summary, spectrumProblem: atLeast(solved.spectrumProblem, held + shufflingMemory(dump)) };
    if ('spectrum' in solved) {
      const { moments, spectrum } = solved;
      const written = impression?.written ?? dump.rows;
      const sequence = extra(() => rowsInSequence(dump, spectrum, moments.largestMagnitude, written));
      summary = failed(sequence)
        ? withProblems(summary, { suspicions: sequence.problem })
        : { ...summary, suspicions: [...(summary.suspicions ?? []), ...sequence] };
      if (request.directions === true || dump.rows * dump.parameters <= QUICK_DIRECTIONS) {
        emit({ kind: 'partial', summary });
        const directions = extra(() => noiseDirections(dump, moments, spectrum, contextOf('directions')));
        summary = failed(directions)
          ? withProblems(summary, { directions: directions.problem })
          : { ...summary, spectrum: withQuotients(spectrum, directions), directions };
      }
      if (shuffles) {
        emit({ kind: 'partial', summary });
        const { resampling, problems } = resample(dump, moments, spectrum, contextOf('resampling'));
        summary = withProblems({ ...summary, resampling }, problems);
      }
    }
    // the files of companions are next to a path, so a dump without one has none
    const paths = { ...dump.metadata, ...request.companions };
    if (bytes === undefined && COMPANIONS.some((name) => typeof paths[name] === 'string')) {
      emit({ kind: 'partial', summary });
      const companions = await summarizeCompanions(
        dump,
        summary,
        kernel,
        contextOf('companions'),
        request.companions,
        request,
      );
      summary = { ...summary, companions };
    }
    return finished(summary);
  } catch (error) {
    throw sayingHeld(error, held);
  }
}

/** Nobody asked for a preview, so nothing of it may keep the analysis from going on. */
async function previewOrProblem(
  look: () => Promise<DumpSummary | undefined>,
): Promise<Pick<DumpSummary, 'preview' | 'extraProblems'> | undefined> {
  try {
    const some = await look();
    return some && { preview: some };
  } catch (error) {
    return { extraProblems: { preview: ownProblem(error) } };
  }
}

/** Numbers of a dump that are read once more without asking: a tenth of a second. */
const QUICK_DIRECTIONS = 2 ** 24;

const COMPANIONS = ['hessian', 'fisher', 'modelLabels', 'compared'] as const;

const describe = ({ arrays, ...rest }: GradientDump, versions: FileVersions): DumpDescription => ({
  ...rest,
  ...modifiedOf(versions),
});

const modifiedOf = ({ modified }: FileVersions): Pick<DumpDescription, 'modified'> =>
  modified === undefined ? {} : { modified };
