import { problemOf } from '../shared/problem';
import type { ProblemCode } from '../shared/problem';
import type { DumpSummary, Spectrum } from '../shared/summary';

/** Problems of the second pass alone: the moments stay worth showing without a spectrum. */
const WITHOUT_SPECTRUM: ReadonlySet<ProblemCode> = new Set([
  'memory/budget',
  'data/too-few-examples',
  'solver/no-convergence',
]);

/** The spectrum, or why there is none although the rest is worth showing. */
export async function spectrumOrProblem(
  solve: () => Promise<Spectrum>,
): Promise<Pick<DumpSummary, 'spectrum' | 'spectrumProblem'>> {
  try {
    return { spectrum: await solve() };
  } catch (error) {
    const problem = problemOf(error);
    if (!WITHOUT_SPECTRUM.has(problem.code)) throw error;
    return { spectrumProblem: problem };
  }
}
