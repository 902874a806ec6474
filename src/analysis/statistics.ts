import { groupedProducts } from '../kernel/grouped-rows';
import type { Kernel, PassContext } from '../kernel/kernel';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError, problemOf } from '../shared/problem';
import type { Problem } from '../shared/problem';
import type { AnalyzeRequest } from '../shared/protocol';
import type { Statistics } from '../shared/statistics';
import type { Companion, CompanionChoice, Companions, DumpDescription, DumpSummary, Spectrum } from '../shared/summary';
import { extra, withProblems } from './extra';
import { isFew, withGroups } from './grouping';
import { resampleGram } from './resampling';
import { checkSpectrum } from './spectrum-of-statistics';
import { suspicionsOfProducts } from './suspicions';
import { spectrumOrProblem } from './spectrum-or-problem';

/**
 * Statistics → the summary that their dump would have, as far as no row is needed. Emits what is known on the way.
 *
 * @throws AnalysisError gradstats/contradiction, gradstats/rows, file/changed, run/canceled
 */
export async function summarizeStatistics(
  statistics: Statistics,
  { excludedRows = [], companions }: AnalyzeRequest,
  modified: Pick<DumpDescription, 'modified'>,
  kernel: Kernel,
  contextOf: (stage: 'spectrum' | 'resampling') => PassContext,
  publish: (summary: DumpSummary) => void,
): Promise<DumpSummary> {
  if (excludedRows.length > 0) throw new AnalysisError(rowsNeeded('Leaving out rows'));
  const { dump, sources, moments } = statistics;
  const known: DumpSummary = {
    dump: { ...dump, ...modified, sources, notes: [...dump.notes, noteOf(sources)] },
    moments: dump.layers.length > 0 ? moments : { ...moments, layers: [] },
  };
  publish(known);
  let summary: DumpSummary = {
    ...known,
    ...(await spectrumOrProblem(async () => ({
      spectrum: await spectrumOf(statistics, kernel, contextOf('spectrum')),
    }))),
  };
  const { spectrum } = summary;
  if (spectrum !== undefined) summary = { ...summary, suspicions: suspicionsOfProducts(dump, spectrum) };
  summary = withGroups(summary, groupsOfProducts(statistics, contextOf('spectrum')));
  publish(summary);
  if (spectrum !== undefined) {
    const shuffled = { problem: rowsNeeded('Shuffling the columns') };
    const { resampling, problems } = resampleGram(moments, spectrum, contextOf('resampling'), () => shuffled);
    summary = withProblems({ ...summary, resampling }, problems);
  }
  const named = companionsOf({ ...dump.metadata, ...companions });
  return Object.keys(named).length > 0 ? { ...summary, companions: named } : summary;
}

/** The rows in the groups and classes that the metadata name, from the products alone. */
function groupsOfProducts({ dump, gram }: Statistics, context: PassContext): Parameters<typeof withGroups>[1] {
  const { groups, labels } = dump.metadata;
  const of = (names: readonly (number | string)[]) => extra(() => groupedProducts(gram, names, context));
  return {
    ...(groups && { groups: of(groups) }),
    ...(labels && isFew(labels) && { classes: of(labels) }),
  };
}

/** Of which files these are the statistics. */
function noteOf(sources: Statistics['sources']): string {
  const names = sources.slice(0, 3).map(({ name }) => name);
  const more = sources.length - names.length;
  const list = [...names, ...(more > 0 ? [`${wholeNumber(more)} more`] : [])];
  const files = list.length > 1 ? `${list.slice(0, -1).join(', ')} and ${list.at(-1) ?? ''}` : (list[0] ?? 'a dump');
  return `These are the statistics of ${files}; the rows themselves are not in this file.`;
}

async function spectrumOf(statistics: Statistics, kernel: Kernel, context: PassContext): Promise<Spectrum> {
  const { dump, moments, gram } = statistics;
  try {
    const layers = dump.layers.length > 0 ? gram.layers : [];
    const spectrum = await kernel.spectrumOfGram({ ...gram, layers }, moments, dump.parameters, context);
    checkSpectrum(statistics, spectrum);
    return spectrum;
  } catch (error) {
    const { code, found } = problemOf(error);
    if (code !== 'solver/no-convergence') throw error;
    throw new AnalysisError({
      code: 'gradstats/contradiction',
      found: `${found}, so these are not products between rows`,
      where: 'array “gram”',
      remedy: 'Write the statistics again from the dump.',
    });
  }
}

const NEEDS = {
  hessian: 'Comparing with a Hessian',
  fisher: 'Comparing with a Fisher matrix',
  modelLabels: 'Comparing with gradients for labels of the model',
  compared: 'Comparing with a second dump',
  secondMoments: 'Weighing with second moments of the optimizer',
} as const;

/** Each companion that is named, with why it cannot be used. */
function companionsOf(paths: CompanionChoice): Companions {
  return Object.fromEntries(
    Object.entries(NEEDS).flatMap(([name, what]): [string, Companion<never>][] => {
      const file = paths[name as keyof Companions];
      return typeof file === 'string' ? [[name, { path: file, problem: rowsNeeded(what) }]] : [];
    }),
  );
}

const rowsNeeded = (what: string): Problem => ({
  code: 'gradstats/rows',
  found: `${what} needs the rows themselves, and this file holds their lengths and products`,
  remedy: 'Analyze the dump itself.',
});
