import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import path from 'node:path';
import { analyzeRun } from '../analysis/analyze-run';
import { normLogOf, runFiles } from '../analysis/run-files';
import type { RunFiles } from '../analysis/run-files';
import { evaluateNormLog, evaluateRun } from '../report/evaluate-run';
import type { RunReport } from '../report/evaluate-run';
import { htmlRun } from '../report/run/html';
import { jsonRun } from '../report/run/json';
import { stepOf } from '../report/run/step';
import { runLines } from '../report/run/text';
import { describeProblem, problemOf, withinFile } from '../shared/problem';
import type { MetricResult } from '../shared/report';
import { suggestedView } from '../shared/settings';
import type { RunPoint, StepValue } from '../shared/training-run';
import { writeNewFile } from '../storage/new-file';
import { judged } from './assertion';
import type { AnalyzeArguments } from './arguments';
import { settingsFor, stated } from './said-settings';
import type { Writer } from './writer';

interface Streams {
  readonly shown: Writer;
  readonly failed: Writer;
  readonly closed: () => boolean;
}

/** @returns the exit code: 1 when a step failed, 3 when an assertion does not hold */
export async function analyzedRun(run: RunFiles, command: AnalyzeArguments, streams: Streams): Promise<0 | 1 | 3> {
  if (!command.watch) return reported(run, command, streams);
  // before the first report, so that a step which is written meanwhile is not missed
  const changes = new Changes(run.path);
  try {
    let code = await reported(run, command, streams);
    for (;;) {
      await changes.next();
      if (streams.closed()) return code;
      try {
        const now = runFiles(command.paths, command.run, () => undefined);
        if (now !== undefined) code = await reported(now, command, streams);
      } catch (error) {
        // a run file that is just being written is read again after its next change
        streams.failed.lines(describeProblem(problemOf(error)));
      }
    }
  } finally {
    changes.close();
  }
}

async function reported(run: RunFiles, command: AnalyzeArguments, { shown, failed }: Streams): Promise<0 | 1 | 3> {
  const report = await reportOf(run, command);
  if (command.json) shown.json(jsonRun(report), command.watch ? 'one line' : undefined);
  else shown.lines(...runLines(report, command.table));
  if (command.html !== undefined) await writeNewFile(command.html, [Buffer.from(htmlRun(report))], true);
  const assertions = new Assertions(command, failed);
  for (const { step, summary } of report.points)
    for (const { id } of command.assertions)
      assertions.judge(id, summary?.metrics[id], `step ${step}`, summary?.view.convention === 'population');
  const problems = report.points.flatMap(({ file, problem }) =>
    problem === undefined ? [] : [withinFile(file, problem)],
  );
  for (const problem of problems) failed.lines(describeProblem(problem));
  return problems.length > 0 ? 1 : assertions.failed ? 3 : 0;
}

async function reportOf(run: RunFiles, command: AnalyzeArguments): Promise<RunReport> {
  const { said, memoryBudget } = command;
  if (run.kind === 'norms')
    return evaluateNormLog(normLogOf(run.path), suggestedView({ rows: NaN, metadata: {} }, said));
  const outcomes = await analyzeRun(
    {
      path: run.path,
      entries: run.entries,
      memoryBudget,
      cancelFlag: new SharedArrayBuffer(4),
      keep: (summary) => {
        const dump = stated(summary, said);
        return stepOf(dump, settingsFor(dump, said));
      },
    },
    () => undefined,
  );
  const points = outcomes.map((outcome): RunPoint => {
    const { step, file } = outcome.entry;
    return 'kept' in outcome ? { step, file, summary: outcome.kept } : { step, file, problem: outcome.problem };
  });
  const order = run.order === 'run file' ? [] : [`The order of the steps is that of ${run.order === 'names' ? 'the numbers in the names' : '“step” in the metadata'}.`]; // prettier-ignore
  return evaluateRun({ name: path.basename(run.path), path: run.path, notes: [...order, ...run.notes] }, points);
}

/** The changes in the folder of a run. */
class Changes {
  readonly #watcher: FSWatcher;
  #timer: NodeJS.Timeout | undefined;
  #seen = false;
  #waiting: (() => void) | undefined;

  constructor(run: string) {
    this.#watcher = watch(/\.[a-z]+$/i.test(run) ? path.dirname(run) : run, () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#seen = true;
        this.#waiting?.();
      }, 500);
    });
  }

  /** Until something has changed since the last call, and half a second has passed without another change. */
  async next(): Promise<void> {
    if (!this.#seen) await new Promise<void>((resolve) => (this.#waiting = resolve));
    this.#seen = false;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watcher.close();
  }
}

/** What was asserted on the command line, judged on one value after another. */
export class Assertions {
  readonly #command: Pick<AnalyzeArguments, 'assertions' | 'strict'>;
  readonly #errors: Writer;
  failed = false;

  constructor(command: Pick<AnalyzeArguments, 'assertions' | 'strict'>, errors: Writer) {
    this.#command = command;
    this.#errors = errors;
  }

  judge(id: string, value: StepValue | undefined, where: string, exact: boolean): void {
    for (const assertion of this.#command.assertions.filter((each) => each.id === id)) {
      const { holds, found } = judged(assertion, value, exact);
      if (holds === true) continue;
      const fails = holds === false || this.#command.strict;
      this.failed ||= fails;
      const word = holds === false ? 'does not hold' : 'is undecided';
      this.#errors.lines(`${fails ? 'error' : 'warning'}: ${where}: ${assertion.text} ${word}: ${found}`);
    }
  }
}

export function valueOf(outcome: MetricResult['outcome']): StepValue | undefined {
  if (outcome.kind === 'pending') return undefined;
  const value = outcome.kind === 'value' ? outcome.value : null;
  if (outcome.interval === undefined) return [value];
  return [value, outcome.interval.lower, outcome.interval.upper ?? null];
}
