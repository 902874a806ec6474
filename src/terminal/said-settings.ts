import { AnalysisError } from '../shared/problem';
import { settingsProblems, suggestedSettings } from '../shared/settings';
import type { Settings } from '../shared/settings';
import type { DumpSummary } from '../shared/summary';
import type { AnalyzeArguments } from './arguments';

/** With what was said on the command line of the data set and the optimizer, so that notes speak of that. */
export function stated(summary: DumpSummary, { datasetSize, optimizer }: AnalyzeArguments['said']): DumpSummary {
  const { dump } = summary;
  const metadata = {
    ...dump.metadata,
    ...(datasetSize !== undefined && { datasetSize }),
    ...(optimizer !== undefined && { optimizer }),
  };
  return { ...summary, dump: { ...dump, metadata } };
}

/**
 * What the metadata says, and over it what was said on the command line. Both are judged alike.
 *
 * @throws AnalysisError settings/invalid
 */
export function settingsFor({ dump }: DumpSummary, said: AnalyzeArguments['said']): Settings {
  const settings = suggestedSettings(dump, said);
  const [refused] = settingsProblems(settings, dump);
  if (refused !== undefined) throw new AnalysisError({ ...refused.problem, where: dump.path });
  return settings;
}
