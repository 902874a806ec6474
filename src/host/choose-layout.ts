import { FileType, Uri, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { wholeNumber } from '../shared/numbers';
import type { Layout } from '../shared/dump';
import { STEP_NAME } from '../shared/dump-names';
import type { ChosenDump } from './chosen-dump';
import { offered } from './dump-name';

const ANSWERS: readonly (QuickPickItem & { readonly layout: Layout })[] = [
  {
    label: 'Rows under one another',
    detail: 'Each holds other examples of the same parameters: batches, or the ranks of data-parallel training.',
    layout: 'rows',
  },
  {
    label: 'Columns side by side',
    detail: 'Each holds other parameters of the same examples: layers, or shards of a large model.',
    layout: 'columns',
  },
];

/** Asks how files, or arrays of one file, lie. Undefined when the reader does not answer: nothing is guessed. */
export async function askForLayout(title: string): Promise<Layout | undefined> {
  const layout = await ask(title, ANSWERS);
  return layout === 'run' ? undefined : layout;
}

const STEPS: QuickPickItem & { readonly layout: 'run' } = {
  label: 'Steps of a training run',
  detail: 'Each is a dump of its own: noise, signal and noise scale over the steps.',
  layout: 'run',
};

type Answer = QuickPickItem & { readonly layout: Layout | 'run' };

async function ask(title: string, answers: readonly Answer[]): Promise<Layout | 'run' | undefined> {
  const options = { title, ignoreFocusOut: true, placeHolder: 'How do the files fit together?' };
  return (await window.showQuickPick(answers, options))?.layout;
}

const titleOf = (files: number): string => `${wholeNumber(files)} files as one dump`;

/** Several files as one dump: in the order of their names, with the numbers in them as numbers. Or as the steps of a run. */
export async function joinedDump(selected: readonly Uri[]): Promise<ChosenDump | FilesOfRun | undefined> {
  const [first, ...others] = [...selected].sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  const mayBeRun = selected.every(({ scheme }) => scheme === 'file');
  const layout = first && (await ask(titleOf(selected.length), mayBeRun ? [...ANSWERS, STEPS] : ANSWERS));
  if (first === undefined || layout === undefined) return undefined;
  return layout === 'run' ? { run: [first, ...others] } : { files: [first, ...others], layout };
}

/** A training run: its folder or run file, or its dumps. */
export interface FilesOfRun {
  readonly run: readonly [Uri, ...Uri[]];
}

/**
 * What a folder is: a run, the only dump in it, or its dumps as one.
 *
 * @returns the folder itself where there is nothing to ask; undefined when the reader does not answer
 */
export async function dumpInFolder(folder: Uri): Promise<Uri | ChosenDump | FilesOfRun | undefined> {
  const entries = await workspace.fs.readDirectory(folder);
  const names = entries.filter(([, type]) => (type & FileType.Directory) === 0).map(([name]) => name);
  const dumps = names.filter(offered);
  const run = names.find((name) => name.toLowerCase() === 'run.json');
  const steps = dumps.length > 1 && dumps.every((name) => STEP_NAME.test(name));
  if (folder.scheme === 'file' && (run !== undefined || steps)) return { run: [folder] };
  if (run !== undefined) return Uri.joinPath(folder, run);
  const [only] = dumps;
  if (only === undefined) return folder;
  if (dumps.length === 1) return Uri.joinPath(folder, only);
  const layout = await askForLayout(titleOf(dumps.length));
  return layout && { files: [folder], layout };
}
