import { workspace } from 'vscode';

/** Folders outside of which nothing is read that a file names; undefined where the reader trusts the workspace. */
export function confinedTo(): readonly string[] | undefined {
  if (workspace.isTrusted) return undefined;
  return (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
}
