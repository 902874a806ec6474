import { groupedRows } from '../kernel/grouped-rows';
import type { Kernel, PassContext } from '../kernel/kernel';
import { noiseDirections, withQuotients } from '../kernel/noise-directions';
import { shufflingMemory } from '../kernel/shuffled-columns';
import type { GradientDump } from '../shared/dump';
import { atLeast } from '../shared/memory-budget';
import { AnalysisError } from '../shared/problem';
import type { AnalyzeRequest, Progress } from '../shared/protocol';
import type { DumpSummary, Moments } from '../shared/summary';
import { QUICK_SHUFFLING, shufflingWork } from '../theory/shuffling-work';
import { summarizeCompanions } from './companions';
import { extra, failed, ownProblem, withProblems } from './extra';
import { isFew, withGroups } from './grouping';
import { sayingHeld } from './held-memory';
import { preview } from './preview';
import { resample } from './resampling';
import { spectrumOrProblem } from './spectrum-or-problem';
import { hintsOfRowKind, impressionOf, rowsInSequence } from './suspicions';

/** What every stage is given besides the summary so far. */
export interface Analysis {
  readonly dump: GradientDump;
  readonly request: AnalyzeRequest;
  readonly kernel: Kernel;
  /** Bytes of the budget that the dump itself takes. */
  readonly held: number;
  readonly contextOf: (stage: Progress['stage']) => PassContext;
  readonly checkCanceled: () => void;
  /** @throws AnalysisError file/changed */
  readonly checkUnchanged: () => void;
  /** Sends what is known in the middle of a stage. */
  readonly publish: (summary: DumpSummary) => void;
}

/**
 * A step of an analysis: it adds to the summary. What it cannot add leaves a problem in its place; it throws only what
 * concerns the analysis as a whole.
 */
export interface Stage {
  /** Whether there is anything to add. */
  readonly applies: (analysis: Analysis, summary: DumpSummary) => boolean;
  readonly add: (analysis: Analysis, summary: DumpSummary) => Promise<DumpSummary> | DumpSummary;
}

/** What some rows say, for a dump whose own spectrum takes seconds. Nobody asked for it, so it keeps nothing from going on. */
const someRows: Stage = {
  applies: ({ request }) => request.preview === true,
  add: async ({ dump, kernel, held, request, contextOf }, summary) => {
    try {
      const some = await preview(dump, kernel, contextOf('spectrum'), request.memoryBudget - held);
      return some === undefined ? summary : { ...summary, preview: some };
    } catch (error) {
      return { ...summary, extraProblems: { preview: ownProblem(error) } };
    }
  },
};

/** The rows are read once, for both; the moments are published as soon as they are known. */
const momentsAndSpectrum: Stage = {
  applies: () => true,
  add: async (analysis, before) => {
    const { dump, kernel, held, contextOf, checkUnchanged, publish } = analysis;
    let [summary, written] = [before, dump.rows];
    const found = (moments: Moments): void => {
      checkUnchanged();
      [summary, written] = withImpression(analysis, { ...summary, moments }, moments);
      publish(summary);
    };
    const solved = await spectrumOrProblem(() =>
      kernel.solve(dump, contextOf('spectrum'), found).catch((error: unknown) => {
        throw sayingHeld(error, held);
      }),
    );
    const { preview: _, ...known } = summary;
    if ('spectrum' in solved) return withSequence(dump, { ...known, ...solved }, solved, written);
    const { spectrumProblem } = solved;
    if (known.moments === undefined) throw new AnalysisError(spectrumProblem);
    const needed = shuffles(analysis) ? held + shufflingMemory(dump) : 0;
    return { ...known, spectrumProblem: atLeast(spectrumProblem, needed) };
  },
};

/** What the moments say the dump seems to be, and how many rows were written. */
function withImpression(
  { dump, checkCanceled }: Analysis,
  summary: DumpSummary,
  moments: Moments,
): [DumpSummary, number] {
  const seen = extra(() => impressionOf(dump, moments, checkCanceled));
  if (failed(seen)) return [withProblems(summary, { suspicions: seen.problem }), dump.rows];
  const notes = [...summary.dump.notes, ...seen.notes];
  return [{ ...summary, suspicions: seen.suspicions, dump: { ...summary.dump, notes } }, seen.written];
}

/** Whether neighboring rows are alike, which only the products of rows say. */
function withSequence(
  dump: GradientDump,
  summary: DumpSummary,
  { moments, spectrum }: Required<Pick<DumpSummary, 'moments' | 'spectrum'>>,
  written: number,
): DumpSummary {
  const sequence = extra(() => {
    const neighbors = rowsInSequence(dump, spectrum, moments.largestMagnitude, written);
    return neighbors.length > 0 ? neighbors : hintsOfRowKind(dump, spectrum, written);
  });
  return failed(sequence)
    ? withProblems(summary, { suspicions: sequence.problem })
    : { ...summary, suspicions: [...(summary.suspicions ?? []), ...sequence] };
}

/** Numbers of a dump that are read once more without asking: a tenth of a second. */
const QUICK_DIRECTIONS = 2 ** 24;

/** The noisiest directions over the parameters, which take the rows once more. */
const directions: Stage = {
  applies: ({ request, dump }, { spectrum }) =>
    spectrum !== undefined &&
    dump.metadata.projected === undefined &&
    (request.directions === true || (request.asStep !== true && dump.rows * dump.parameters <= QUICK_DIRECTIONS)),
  add: ({ dump, contextOf }, summary) => {
    const { moments, spectrum } = summary;
    if (moments === undefined || spectrum === undefined) return summary;
    const found = extra(() => noiseDirections(dump, moments, spectrum, contextOf('directions')));
    return failed(found)
      ? withProblems(summary, { directions: found.problem })
      : { ...summary, spectrum: withQuotients(spectrum, found), directions: found };
  },
};

/** The rows in the groups that the metadata name, which take the rows once more; and in their classes, where that is quick. */
const grouped: Stage = {
  applies: ({ dump: { metadata } }, { moments }) =>
    moments !== undefined && (metadata.groups !== undefined || metadata.labels !== undefined),
  add: ({ dump, contextOf }, summary) => {
    const { moments, spectrum } = summary;
    const { groups: names, labels } = dump.metadata;
    if (moments === undefined) return summary;
    const context = contextOf('reading');
    const rows = (list: readonly (number | string)[]) =>
      extra(() => groupedRows(dump, list, moments, spectrum?.gram, context));
    const groups = names && rows(names);
    const few = labels !== undefined && dump.rows * dump.parameters <= QUICK_DIRECTIONS && isFew(labels);
    const classes = few ? rows(labels) : undefined;
    return withGroups(summary, { ...(groups && { groups }), ...(classes && { classes }) });
  },
};

const shuffles = ({ request, dump }: Analysis): boolean =>
  request.resample === true || (request.asStep !== true && shufflingWork(dump) <= QUICK_SHUFFLING);

/** What shuffling, drawing again and halving the rows says about the spectrum. */
const shuffling: Stage = {
  applies: (analysis, { spectrum }) => spectrum !== undefined && shuffles(analysis),
  add: ({ dump, kernel, contextOf }, summary) => {
    const { moments, spectrum } = summary;
    if (moments === undefined || spectrum === undefined) return summary;
    const context = contextOf('resampling');
    const { resampling, problems } = resample(dump, moments, spectrum, kernel.productSums, context);
    return withProblems({ ...summary, resampling }, problems);
  },
};

const COMPANIONS = ['hessian', 'fisher', 'modelLabels', 'compared', 'secondMoments'] as const;

/** What the files beside the dump say about it; they are next to a path, so a dump without one has none. */
const companions: Stage = {
  applies: ({ dump, request }) => {
    const paths = { ...dump.metadata, ...request.companions };
    return request.bytes === undefined && COMPANIONS.some((name) => typeof paths[name] === 'string');
  },
  add: async ({ dump, kernel, request, contextOf }, summary) => {
    const context = contextOf('companions');
    const found = await summarizeCompanions(dump, summary, kernel, context, request.companions, request);
    return { ...summary, companions: found };
  },
};

/** After the header, in the order in which a reader sees what they add. */
export const STAGES: readonly Stage[] = [someRows, momentsAndSpectrum, grouped, directions, shuffling, companions];
