import path from 'node:path';
import { analyze } from '../analysis/analyze';
import { reduceTo } from '../analysis/reduce';
import { evaluate } from '../sections/evaluate';
import { jsonReport } from '../sections/json-report';
import type { JsonReport } from '../sections/json-report';
import { AnalysisError, describeProblem, problemOf } from '../shared/problem';
import { byteCount, wholeNumber } from '../shared/numbers';
import { settingsProblems, suggestedSettings } from '../shared/settings';
import type { Settings } from '../shared/settings';
import type { DumpSummary } from '../shared/summary';
import { parseArguments, USAGE } from './arguments';
import type { AnalyzeArguments, ReduceArguments } from './arguments';
import { textReport } from './text-report';

interface Output {
  readonly write: (text: string) => unknown;
}

/**
 * The command line: the same analysis and the same report as in the editor.
 *
 * @returns the exit code: 0 on success, 2 on bad usage, 1 on a problem, which is written to `errors`
 */
export async function runCommand(argv: readonly string[], output: Output, errors: Output): Promise<number> {
  try {
    const command = parseArguments(argv);
    if (command.kind === 'help') {
      output.write(`${USAGE}\n`);
      return 0;
    }
    if (command.kind === 'reduce') {
      output.write(`${await reduced(command)}\n`);
      return 0;
    }
    const reports: JsonReport[] = [];
    for (const given of command.paths) {
      const summary = await summaryOf(path.resolve(given), command);
      const report = evaluate(summary, settingsFor(summary, command.said));
      if (command.json) reports.push(jsonReport(report, summary));
      else output.write(`${textReport(report)}\n`);
    }
    if (command.json)
      output.write(`${JSON.stringify(command.paths.length === 1 ? reports[0] : reports, undefined, 2)}\n`);
    return 0;
  } catch (error) {
    const problem = problemOf(error);
    errors.write(`${describeProblem(problem)}\n`);
    return problem.code === 'usage/invalid' ? 2 : 1;
  }
}

async function summaryOf(file: string, given: AnalyzeArguments): Promise<DumpSummary> {
  const { memoryBudget, resample, directions, hash, companions, layout } = given;
  const request = { path: file, memoryBudget, resample, directions, hash, companions };
  return analyze({ ...request, ...(layout && { layout }), cancelFlag: new SharedArrayBuffer(4) }, () => undefined);
}

/** Writes statistics, and says what was written. */
async function reduced({ paths, output, force, memoryBudget }: ReduceArguments): Promise<string> {
  const { dump, sources } = await reduceTo(path.resolve(output), force, {
    paths: paths.map((file) => path.resolve(file)),
    memoryBudget,
    checkCanceled: () => undefined,
  });
  const { samples: N, parameters, layers } = dump;
  const of = `${sources.length === 1 ? '1 file' : `${wholeNumber(sources.length)} files`} of ${byteCount(dump.bytes)}`;
  const shape = `${wholeNumber(N)} examples × ${wholeNumber(parameters)} parameters`;
  return `${output}: the statistics of ${shape}${layers.length > 0 ? ` in ${wholeNumber(layers.length)} layers` : ''}, from ${of}`;
}

/** What the metadata says, and what was said on the command line over it; what was said must fit the dump. */
function settingsFor({ dump }: DumpSummary, said: AnalyzeArguments['said']): Settings {
  const settings: Settings = { ...suggestedSettings({ ...dump.metadata, ...said }, dump.samples), ...said };
  const meanOf = typeof dump.metadata.rows === 'object' ? dump.metadata.rows.meanOf : 1;
  const refused = settingsProblems(settings, dump.samples, meanOf).find(({ field }) => field in said);
  if (refused !== undefined) throw new AnalysisError({ ...refused.problem, where: dump.path });
  return settings;
}
