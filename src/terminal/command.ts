import path from 'node:path';
import { analyze } from '../analysis/analyze';
import { listedFiles } from '../analysis/dump-files';
import { askAboutParts } from '../analysis/open-dump';
import { reduceTo } from '../analysis/reduce';
import { runFiles } from '../analysis/run-files';
import { compare } from '../report/comparison/compare';
import type { Compared, MetricDifference } from '../report/comparison/compare';
import { htmlComparison } from '../report/comparison/html';
import { comparisonLines } from '../report/comparison/text';
import { evaluate } from '../report/evaluate';
import { htmlReport } from '../report/html-report';
import { jsonProblem, jsonReport } from '../report/json-report';
import type { JsonProblem, JsonReport } from '../report/json-report';
import { jsonComparison } from '../report/run/json';
import { AnalysisError, describeProblem, problemOf, withinFile } from '../shared/problem';
import type { Problem } from '../shared/problem';
import { PROGRAM } from '../shared/program';
import { BUDGET_OPTION, BUDGET_SETTING } from '../shared/memory-budget';
import { byteCount, wholeNumber } from '../shared/numbers';
import type { Companions, DumpSummary } from '../shared/summary';
import type { StepValue } from '../shared/training-run';
import { writeNewFile } from '../storage/new-file';
import { parseArguments, USAGE } from './arguments';
import { refused as badUsage } from './assertion';
import type { AnalyzeArguments, ReduceArguments } from './arguments';
import { scriptText } from './script';
import { analyzedRun, Assertions, valueOf } from './run';
import { settingsFor, stated } from './said-settings';
import { textReport } from './text-report';
import { writerTo } from './writer';
import type { Stream, Writer } from './writer';

/** How a command ended; where several apply, the first in this order. */
const EXIT = { usage: 2, problem: 1, assertion: 3, success: 0 } as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The command line: the same analysis and the same report as in the editor.
 *
 * @param closed whether nobody reads the output any more, so that nothing more needs to be analyzed for it
 * @returns the exit code: 0 on success, 2 on bad usage, 1 on a problem, which is written to `errors`
 */
export async function runCommand(
  argv: readonly string[],
  output: Stream,
  errors: Stream,
  closed: () => boolean = () => false,
): Promise<ExitCode> {
  const [shown, failed] = [output, errors].map((stream) => writerTo(inOwnWords(stream))) as [Writer, Writer];
  try {
    const command = parseArguments(argv);
    switch (command.kind) {
      case 'help':
        shown.lines(...USAGE.split('\n'));
        return EXIT.success;
      case 'version':
        shown.lines(`${PROGRAM.name} ${PROGRAM.version}`);
        return EXIT.success;
      case 'script':
        shown.lines(...scriptText(command.script).trimEnd().split('\n'));
        return EXIT.success;
      case 'reduce':
        shown.lines(await reduced(command));
        return EXIT.success;
      case 'compare':
        return await comparedDumps(command, shown, failed);
      case 'analyze':
        return await analyzed(command, shown, failed, closed);
    }
  } catch (error) {
    const problem = problemOf(error);
    failed.lines(describeProblem(problem));
    if (problem.code !== 'usage/invalid') return EXIT.problem;
    failed.lines('', ...USAGE.split('\n'));
    return EXIT.usage;
  }
}

/** Every path by itself: what is wrong with one does not take the reports of the others. */
async function analyzed(
  command: AnalyzeArguments,
  shown: Writer,
  failed: Writer,
  closed: () => boolean,
): Promise<ExitCode> {
  const reports: (JsonReport | JsonProblem)[] = [];
  let code: ExitCode = EXIT.success;
  const refused = (problem: Problem): void => {
    code = EXIT.problem;
    failed.lines(describeProblem(problem));
  };
  const paths = pathsOf(command);
  const run = command.layout === undefined ? runFiles(paths, command.run, () => undefined) : undefined;
  if (run !== undefined) return analyzedRun(run, { ...command, paths }, { shown, failed, closed });
  if (command.html !== undefined && command.layout === undefined && paths.length > 1)
    throw badUsage('“--html” is for one report, and these are several dumps; say --run if they are steps of one run');
  if (command.table !== undefined || command.watch)
    throw badUsage(`“--${command.table ?? 'watch'}” is for training runs${command.table ? ' and comparisons' : ''}; say --run if these are steps of one`); // prettier-ignore
  const assertions = new Assertions(command, failed);
  // with a layout they are one dump, else each is one, unless they seem to be parts of one
  const dumps = command.layout === undefined ? paths.map((file) => [file]) : [paths];
  let asked = dumps.length < 2;
  for (const files of dumps) {
    if (closed()) break;
    const [file = ''] = files;
    try {
      if (!asked) askAboutParts(paths, () => undefined);
      asked = true;
      const summary = stated(await summaryOf(files, command), command.said);
      const report = evaluate(summary, settingsFor(summary, command.said));
      if (command.html !== undefined) await writeNewFile(command.html, [Buffer.from(htmlReport(report))], true);
      if (command.json) reports.push(jsonReport(report, summary));
      else shown.lines(...textReport(report), '');
      const exact = report.settings.convention === 'population';
      for (const { id, outcome, sampling } of report.metrics)
        assertions.judge(id, valueOf(outcome), path.basename(file), exact || sampling === 'none');
      const { asked: missing, named } = unusedCompanions(summary, command);
      missing.forEach(refused);
      // the dump is read without them, but a reader who named them should know
      failed.lines(...named.map((problem) => `Not used: ${describeProblem(problem)}`));
    } catch (error) {
      const problem = problemOf(error);
      reports.push(jsonProblem(file, problem));
      refused(dumps.length === 1 || !asked ? problem : withinFile(file, problem));
      if (!asked) break;
    }
  }
  if (command.json) shown.json(dumps.length === 1 ? reports[0] : reports);
  return assertions.failed && (code as ExitCode) === EXIT.success ? EXIT.assertion : code;
}

/** The second dump against the first, with the settings that each of them has. */
async function comparedDumps(command: AnalyzeArguments, shown: Writer, failed: Writer): Promise<ExitCode> {
  const [first = '', second = ''] = pathsOf(command);
  const seen = async (file: string, companions: AnalyzeArguments['companions']): Promise<Compared> => {
    try {
      const summary = stated(await summaryOf([file], { ...command, companions }), command.said);
      return { summary, settings: settingsFor(summary, command.said) };
    } catch (error) {
      throw new AnalysisError(withinFile(file, problemOf(error)));
    }
  };
  const baseline = await seen(first, { ...command.companions, compared: second });
  const report = compare(baseline, await seen(second, command.companions));
  if (command.html !== undefined) await writeNewFile(command.html, [Buffer.from(htmlComparison(report))], true);
  const assertions = new Assertions(command, failed);
  for (const { metric, difference } of report.differences)
    assertions.judge(metric.id, differenceValue(difference), 'the difference', false);
  if (command.json) shown.json(jsonComparison(report));
  else shown.lines(...comparisonLines(report, command.table));
  return assertions.failed ? EXIT.assertion : EXIT.success;
}

/** A budget is an option here, and a setting in the editor. */
const inOwnWords = (output: Stream): Stream => ({
  write: (text) => output.write(text.replaceAll(BUDGET_SETTING, BUDGET_OPTION)),
});

/** `@list.txt` stands for the files that it names; a file of such a name is `./@list.txt`. */
const pathsOf = ({ paths }: Pick<AnalyzeArguments, 'paths'>): readonly string[] =>
  paths.flatMap((given) => (given.startsWith('@') ? listedFiles(path.resolve(given.slice(1))) : [path.resolve(given)]));

function differenceValue(difference: MetricDifference['difference']): StepValue | undefined {
  if (difference?.interval === undefined) return difference && [difference.value];
  const { lower = -Infinity, upper } = difference.interval;
  return [difference.value, lower, upper ?? null];
}

async function summaryOf(paths: readonly string[], given: AnalyzeArguments): Promise<DumpSummary> {
  const { memoryBudget, resample, directions, hash, companions, layout } = given;
  const request = { paths, memoryBudget, resample, directions, hash, companions };
  return analyze({ ...request, ...(layout && { layout }), cancelFlag: new SharedArrayBuffer(4) }, () => undefined);
}

/** Files beside the dump that could not be used: those of the command, and those that the metadata name. */
function unusedCompanions(
  { companions = {} }: DumpSummary,
  { companions: given }: AnalyzeArguments,
): Record<'asked' | 'named', Problem[]> {
  const problems = (asked: boolean): Problem[] =>
    (Object.keys(companions) as (keyof Companions)[]).flatMap((name) => {
      const found = companions[name];
      if (found === undefined || !('problem' in found) || name in given !== asked) return [];
      return [withinFile(found.path, found.problem)];
    });
  return { asked: problems(true), named: problems(false) };
}

/** Writes statistics, and says what was written. */
async function reduced({ paths, output, force, memoryBudget, layout }: ReduceArguments): Promise<string> {
  const { dump, sources } = await reduceTo(path.resolve(output), force, {
    paths: pathsOf({ paths }),
    memoryBudget,
    ...(layout && { layout }),
    checkCanceled: () => undefined,
  });
  const { rows: n, parameters, layers } = dump;
  const of = `${sources.length === 1 ? '1 file' : `${wholeNumber(sources.length)} files`} of ${byteCount(dump.bytes)}`;
  const shape = `${wholeNumber(n)} examples × ${wholeNumber(parameters)} parameters`;
  return `${output}: the statistics of ${shape}${layers.length > 0 ? ` in ${wholeNumber(layers.length)} layers` : ''}, from ${of}`;
}
