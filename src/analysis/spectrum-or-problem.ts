import { problemOf } from '../shared/problem';
import type { Problem, ProblemCode } from '../shared/problem';

/** Problems of the spectrum alone: the moments stay worth showing without a spectrum. */
const WITHOUT_SPECTRUM: ReadonlySet<ProblemCode> = new Set([
  'memory/budget',
  'data/too-few-examples',
  'solver/no-convergence',
]);

/** What `solve` finds, or why there is no spectrum although the rest is worth showing. */
export async function spectrumOrProblem<T>(
  solve: () => Promise<T>,
): Promise<T | { readonly spectrumProblem: Problem }> {
  try {
    return await solve();
  } catch (error) {
    const problem = problemOf(error);
    if (!WITHOUT_SPECTRUM.has(problem.code)) throw error;
    return { spectrumProblem: problem };
  }
}
