import { readDump } from '../formats';
import { chooseKernel } from '../kernel';
import type { Kernel, Run } from '../kernel/kernel';
import type { GradientDump } from '../shared/dump';
import { AnalysisError, problemOf } from '../shared/problem';
import type { Problem, ProblemCode } from '../shared/problem';
import type { AnalyzeRequest, Progress, WorkerEvent } from '../shared/protocol';
import type { DumpDescription, DumpSummary } from '../shared/summary';
import { openFile } from '../storage/file';
import type { OpenFile } from '../storage/file';
import { QUICK_SHUFFLING, shufflingWork } from '../theory/shuffling-work';
import { summarizeCompanions } from './companions';
import { resample } from './resampling';
import { withoutRows } from './without-rows';

/**
 * A dump → its summary, in two passes over the file, and what the files beside it say. Emits what is known after the header
 * and after each pass.
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
  const version = request.bytes === undefined ? openFile(request.path) : undefined;
  try {
    const { path, bytes, memoryBudget, excludedRows = [] } = request;
    const whole = readDump({ path, ...(bytes && { bytes }), memoryBudget, checkCanceled });
    const dump = withoutRows(whole, excludedRows, memoryBudget, checkCanceled);
    let summary: DumpSummary = { dump: describe(dump, version) };
    emit({ kind: 'partial', summary });

    const kernel = await chooseKernel();
    const runOf = (stage: Progress['stage']): Run => ({
      memoryBudget,
      checkCanceled,
      report: ({ block, blocks, bytesDone }) =>
        emit({ kind: 'progress', progress: { stage, block, blocks, bytesDone, bytesTotal: dump.bytes } }),
    });
    const moments = await kernel.moments(dump, runOf('moments'));
    version?.checkUnchanged();
    summary = { ...summary, moments };
    emit({ kind: 'partial', summary });

    summary = { ...summary, ...(await spectrumOf(kernel, dump, summary, runOf('spectrum'))) };
    const { spectrum } = summary;
    if (spectrum !== undefined && (request.resample === true || shufflingWork(dump) <= QUICK_SHUFFLING)) {
      emit({ kind: 'partial', summary });
      summary = { ...summary, resampling: resample(dump, spectrum, runOf('resampling')) };
    }
    // the files of companions stand beside a path, so a dump without one has none
    const paths = { ...dump.metadata, ...request.companions };
    if (bytes === undefined && COMPANIONS.some((name) => typeof paths[name] === 'string')) {
      emit({ kind: 'partial', summary });
      const companions = await summarizeCompanions(dump, summary, kernel, runOf('companions'), paths);
      summary = { ...summary, companions };
    }
    checkSameVersion(path, version);
    return summary;
  } finally {
    version?.close();
  }
}

const COMPANIONS = ['hessian', 'fisher', 'modelLabels', 'compared'] as const;

/** Problems of the second pass alone: the moments stay worth showing without a spectrum. */
const WITHOUT_SPECTRUM: ReadonlySet<ProblemCode> = new Set([
  'memory/budget',
  'data/too-few-examples',
  'solver/no-convergence',
]);

async function spectrumOf(
  kernel: Kernel,
  dump: GradientDump,
  { moments }: DumpSummary,
  run: Run,
): Promise<Pick<DumpSummary, 'spectrum'> | { readonly spectrumProblem: Problem }> {
  if (moments === undefined) throw new RangeError('the spectrum comes after the moments');
  try {
    return { spectrum: await kernel.spectrum(dump, moments, run) };
  } catch (error) {
    const problem = problemOf(error);
    if (!WITHOUT_SPECTRUM.has(problem.code)) throw error;
    return { spectrumProblem: problem };
  }
}

function describe({ arrays, ...rest }: GradientDump, version: OpenFile | undefined): DumpDescription {
  return version === undefined ? rest : { ...rest, modified: Number(version.identity.modifiedNs / 1_000_000n) };
}

/** The path still leads to the version that was opened first: no pass saw another file that was renamed into its place. */
function checkSameVersion(path: string, version: OpenFile | undefined): void {
  if (version === undefined) return;
  version.checkUnchanged();
  const now = openFile(path);
  const same = now.identity.inode === version.identity.inode && now.identity.device === version.identity.device;
  now.close();
  if (same) return;
  throw new AnalysisError({
    code: 'file/changed',
    found: 'Another file was put in its place between the first and the last read',
    where: path,
    remedy: 'Analyze it again.',
  });
}
