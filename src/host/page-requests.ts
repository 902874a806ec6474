import { commands, Uri, window, workspace } from 'vscode';
import type { PageMessage } from '../shared/protocol';
import { baseName } from './dump-file';
import type { Host } from './host';
import { partName, plainFileName, saveFilters, writeWhole } from './save';

/** Opens the explanation of a problem. */
export async function learnMore(code: string, { context }: Pick<Host, 'context'>): Promise<void> {
  const problems = Uri.joinPath(context.extensionUri, 'media', 'problems.md');
  // as Markdown's preview names the heading of the code
  await commands.executeCommand('markdown.showPreview', problems.with({ fragment: code.replace('/', '') }));
}

/** Says that a picture is on the clipboard, or offers to save it where the window does not let a page copy one. */
export async function pictureCopied(
  message: Extract<PageMessage, { readonly kind: 'picture-copied' | 'picture-not-copied' }>,
  write: (name: string, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  if (message.kind === 'picture-copied') {
    window.setStatusBarMessage('The picture is on the clipboard.', 3000);
    return;
  }
  const save = 'Save as PNG…';
  const answer = await window.showWarningMessage(
    'The picture could not be copied: this window does not let a page write pictures to the clipboard.',
    save,
  );
  if (answer === save) await write(message.name, message.bytes);
}

/**
 * Asks where to, and writes.
 *
 * @param read the files that the page is of, which are not written over
 */
export async function saveAs(
  folder: Uri,
  proposed: string,
  bytes: Uint8Array,
  read: readonly Uri[],
  { log }: Pick<Host, 'log'>,
): Promise<void> {
  const name = plainFileName(proposed);
  const target = await window.showSaveDialog({
    defaultUri: Uri.joinPath(folder, name),
    filters: saveFilters(name),
  });
  if (target === undefined) return;
  if (read.some((file) => file.toString() === target.toString())) {
    await window.showErrorMessage('This is the dump itself. Choose another name.');
    return;
  }
  try {
    await writeWhole(workspace.fs, target, Uri.joinPath(target, '..', partName(baseName(target))), bytes);
  } catch (error) {
    log.error(`Saving ${target.toString()}:`, error instanceof Error ? error : String(error));
    const show = 'Show Log';
    const answer = await window.showErrorMessage(
      `${baseName(target)} could not be written. Choose another folder, or free some space.`,
      show,
    );
    if (answer === show) log.show();
  }
}
