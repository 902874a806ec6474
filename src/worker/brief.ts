import { analyze } from '../analysis/analyze';
import { briefReport } from '../report/brief';
import { evaluate } from '../report/evaluate';
import { problemForModel } from '../shared/for-model';
import { problemOf } from '../shared/problem';
import type { BriefRequest } from '../shared/protocol';
import { suggestedSettings } from '../shared/settings';

/**
 * The report of a dump as a short text for a language model. What is wrong with the dump is a text, too: the model is to hear it
 * as it is.
 *
 * @throws AnalysisError run/canceled
 */
export async function brief({ said, ...request }: BriefRequest): Promise<string> {
  try {
    const summary = await analyze(request, () => undefined);
    return briefReport(evaluate(summary, suggestedSettings(summary.dump, said)));
  } catch (error) {
    const problem = problemOf(error);
    if (problem.code === 'run/canceled') throw error;
    return problemForModel(problem);
  }
}
