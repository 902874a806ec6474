import { FileType, Uri, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { wholeNumber } from '../shared/numbers';
import type { Layout } from '../shared/dump';
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
  const answer = await window.showQuickPick(ANSWERS, {
    title,
    ignoreFocusOut: true,
    placeHolder: 'How do the files fit together? Steps of a run are analyzed one by one.',
  });
  return answer?.layout;
}

const titleOf = (files: number): string => `${wholeNumber(files)} files as one dump`;

/** Several files as one dump: in the order of their names, with the numbers in them as numbers. */
export async function joinedDump(selected: readonly Uri[]): Promise<ChosenDump | undefined> {
  const [first, ...others] = [...selected].sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  const layout = first && (await askForLayout(titleOf(selected.length)));
  return first && layout && { files: [first, ...others], layout };
}

/**
 * What a folder is: the run it lists, the only dump in it, or its dumps as one.
 *
 * @returns the folder itself where there is nothing to ask; undefined when the reader does not answer
 */
export async function dumpInFolder(folder: Uri): Promise<Uri | ChosenDump | undefined> {
  const entries = await workspace.fs.readDirectory(folder);
  const names = entries.filter(([, type]) => (type & FileType.Directory) === 0).map(([name]) => name);
  const run = names.find((name) => name.toLowerCase() === 'run.json');
  if (run !== undefined) return Uri.joinPath(folder, run);
  const dumps = names.filter(offered);
  const [only] = dumps;
  if (only === undefined) return folder;
  if (dumps.length === 1) return Uri.joinPath(folder, only);
  const layout = await askForLayout(titleOf(dumps.length));
  return layout && { files: [folder], layout };
}
