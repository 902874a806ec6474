import { problemOf } from '../shared/problem';
import type { Problem, ProblemCode } from '../shared/problem';
import type { DumpSummary, ExtraProblems } from '../shared/summary';

/** What concerns the analysis as a whole: the reader stopped it, or the dump is another one by now. */
const OF_THE_WHOLE: ReadonlySet<ProblemCode> = new Set(['run/canceled', 'file/changed']);

/**
 * What the report can do without: it fails by itself, whatever the reason, and leaves its problem.
 *
 * @throws AnalysisError run/canceled, file/changed
 */
export function extra<T>(compute: () => T): T | { readonly problem: Problem } {
  try {
    return compute();
  } catch (error) {
    return { problem: ownProblem(error) };
  }
}

/** The problem of a single extra; what concerns the whole analysis goes on. */
export function ownProblem(error: unknown): Problem {
  const problem = problemOf(error);
  if (OF_THE_WHOLE.has(problem.code)) throw error;
  return problem;
}

export const failed = (found: object): found is { readonly problem: Problem } => 'problem' in found;

/** A summary that says as well why parts of it are missing. */
export const withProblems = (summary: DumpSummary, problems: ExtraProblems): DumpSummary =>
  Object.keys(problems).length === 0
    ? summary
    : { ...summary, extraProblems: { ...summary.extraProblems, ...problems } };
