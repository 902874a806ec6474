import path from 'node:path';
import { TabInputCustom, TabInputText, Uri, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { extensions } from '../shared/dump-names';
import type { Companions } from '../shared/summary';
import { baseName } from './dump-file';
import { offered } from './dump-name';

const EXTENSIONS = extensions('always', 'if called grad');

/** What a search of the workspace looks at; which of them are offered, their names say. */
const FOUND = `{**/*.{${extensions('always').join()}},**/*[gG][rR][aA][dD]*.{${extensions('if called grad').join()}},**/run.json}`;
const MOST_FOUND = 500;

/** The dump of the active editor, if that is one. */
export function activeDump(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof TabInputText || input instanceof TabInputCustom)) return undefined;
  return EXTENSIONS.includes(path.posix.extname(input.uri.path).slice(1).toLowerCase()) ? input.uri : undefined;
}

/** Lets the reader pick one of the dumps of the workspace, or any file where there is none. */
export async function pickDump(placeHolder = 'Which dump should be analyzed?'): Promise<Uri | undefined> {
  const found = await workspace.findFiles(FOUND, '**/node_modules/**', MOST_FOUND);
  const dumps = found.filter((uri) => offered(baseName(uri)));
  if (dumps.length === 0) return openDumpDialog();
  const items: (QuickPickItem & { readonly uri?: Uri })[] = dumps
    .map((uri) => ({ label: baseName(uri), description: workspace.asRelativePath(Uri.joinPath(uri, '..')), uri }))
    .sort((a, b) =>
      `${a.description}/${a.label}`.localeCompare(`${b.description}/${b.label}`, 'en', { numeric: true }),
    );
  items.push({ label: '$(folder-opened) Open another file…' });
  const picked = await window.showQuickPick(items, {
    title: 'Gradient dump',
    placeHolder,
    matchOnDescription: true,
  });
  return picked && (picked.uri ?? openDumpDialog());
}

export async function openDumpDialog(folder?: Uri): Promise<Uri | undefined> {
  const chosen = await window.showOpenDialog({
    title: 'Choose a gradient dump',
    openLabel: 'Analyze',
    filters: { 'Gradient dumps': EXTENSIONS },
    ...(folder && { defaultUri: folder }),
  });
  return chosen?.[0];
}

const COMPANIONS: Readonly<Record<keyof Companions, string>> = {
  hessian: 'Choose a Hessian, a [d, d] array',
  fisher: 'Choose a Fisher matrix, a [d, d] array',
  modelLabels: 'Choose the gradients with labels drawn from the model',
  compared: 'Choose a dump to compare with',
  secondMoments: 'Choose the second moments of the optimizer, a [d] array or one for each layer',
};

/** A file on a disk, because a worker reads it beside the dump. */
export async function openCompanionDialog(companion: keyof Companions, folder: Uri): Promise<Uri | undefined> {
  const [file] =
    (await window.showOpenDialog({
      title: COMPANIONS[companion],
      openLabel: 'Use',
      filters: { Arrays: EXTENSIONS },
      defaultUri: folder,
    })) ?? [];
  return file?.scheme === 'file' ? file : undefined;
}
