import path from 'node:path';
import { analyze } from '../analysis/analyze';
import { runFiles } from '../analysis/run-files';
import { briefReport } from '../report/brief';
import { briefComparison } from '../report/comparison/brief';
import { compare } from '../report/comparison/compare';
import type { Compared } from '../report/comparison/compare';
import { evaluate } from '../report/evaluate';
import { evaluateNormLog, evaluateRun } from '../report/evaluate-run';
import type { RunReport } from '../report/evaluate-run';
import { briefRun } from '../report/run/brief';
import { problemForModel } from '../shared/for-model';
import { problemOf } from '../shared/problem';
import type { AnalyzeRequest, BriefRequest, RunListing } from '../shared/protocol';
import { suggestedSettings, suggestedView } from '../shared/settings';
import type { RunPoint } from '../shared/training-run';
import { runSteps } from './run';

/**
 * The report of a dump, a run or a comparison as a short text for a language model. What is wrong with the files is a text, too:
 * the model is to hear it as it is.
 *
 * @throws AnalysisError run/canceled
 */
export async function brief({ said, baseline, ...request }: BriefRequest): Promise<string> {
  try {
    const seen = async (each: AnalyzeRequest): Promise<Compared> => {
      const summary = await analyze(each, () => undefined);
      return { summary, settings: suggestedSettings(summary.dump, said) };
    };
    if (baseline !== undefined) {
      const [other = ''] = request.paths;
      const { bytes: _, beside: __, layout: ___, ...onDisk } = request;
      const first = await seen({ ...onDisk, paths: [baseline], companions: { compared: other } });
      return briefComparison(compare(first, await seen(request)));
    }
    if (isRun(request)) return briefRun(await runReport({ said, ...request }));
    const { summary, settings } = await seen(request);
    return briefReport(evaluate(summary, settings));
  } catch (error) {
    const problem = problemOf(error);
    if (problem.code === 'run/canceled') throw error;
    return problemForModel(problem);
  }
}

const isRun = ({ paths, bytes, layout, confinedTo }: AnalyzeRequest): boolean =>
  bytes === undefined &&
  layout === undefined &&
  runFiles(paths, false, () => undefined, confinedTo && { confinedTo }) !== undefined;

/** All steps at once, as the page has them one after another. */
async function runReport({
  said,
  paths,
  memoryBudget,
  cancelFlag,
  heartbeat,
  confinedTo,
}: BriefRequest): Promise<RunReport> {
  const { learningRate, batchSize, datasetSize, convention } = said;
  const points = new Map<string, RunPoint>();
  let listing: RunListing | undefined;
  await runSteps(
    {
      paths,
      said: false,
      known: [],
      slice: Infinity,
      defaults: {
        ...(learningRate !== undefined && { learningRate }),
        ...(batchSize !== undefined && { batchSize }),
        ...(datasetSize !== undefined && { datasetSize }),
        ...(convention !== undefined && { convention }),
      },
      memoryBudget,
      cancelFlag,
      ...(heartbeat && { heartbeat }),
      ...(confinedTo && { confinedTo }),
    },
    (event) => {
      if (event.kind === 'listing') listing = event.listing;
      if (event.kind === 'step') points.set(event.version, event.point);
    },
  );
  if (listing?.kind === 'norms' && listing.log !== undefined)
    return evaluateNormLog(listing.log, suggestedView({ rows: NaN, metadata: {} }, said));
  const { steps, notes } = listing?.kind === 'dumps' ? listing : { steps: [], notes: [] };
  const [run = ''] = paths;
  return evaluateRun(
    { name: path.basename(run), path: run, notes },
    steps.map(({ step, file, version }) => points.get(version) ?? { step, file }),
  );
}
