import path from 'node:path';
import { ProgressLocation, Uri, window } from 'vscode';
import { plainNumber } from '../shared/numbers';
import type { RunStep } from '../shared/protocol';
import { baseName, readWhole } from './dump-file';
import type { Host } from './host';
import { confinedTo } from './trust';

/** A training run lists its dumps in a file of this name. */
export const isRun = (uri: Uri): boolean => baseName(uri).toLowerCase() === 'run.json';

/**
 * Lets the reader pick one of the dumps of a run.
 *
 * @returns undefined when none was picked
 * @throws AnalysisError when the file does not list any
 */
export async function pickStep(run: Uri, host: Host): Promise<Uri | undefined> {
  const steps = await window.withProgress(
    { location: ProgressLocation.Notification, title: `Reading ${baseName(run)}`, cancellable: true },
    async (_, canceled) => {
      const source =
        run.scheme === 'file'
          ? { path: run.fsPath }
          : { path: run.toString(), bytes: await readWhole(run, host.preferences().remoteFileLimit) };
      const folders = confinedTo();
      const asked = host.workers.readRun({ ...source, ...(folders && { confinedTo: folders }) });
      canceled.onCancellationRequested(() => asked.cancel());
      return asked.answer;
    },
  );
  const picked = await window.showQuickPick(
    steps.map((step) => ({ label: `Step ${step.step}`, description: describe(step), step })),
    { title: 'Steps of this run', placeHolder: 'Which step should be analyzed?', matchOnDescription: true },
  );
  return picked && besides(run, picked.step.file);
}

const describe = ({ file, loss }: RunStep): string =>
  loss === undefined ? file : `${file} · loss ${plainNumber(loss)}`;

/** A file as a run names it: beside the run, unless it is an absolute path. */
function besides(run: Uri, file: string): Uri {
  return path.isAbsolute(file) ? run.with({ path: Uri.file(file).path }) : Uri.joinPath(run, '..', file);
}
