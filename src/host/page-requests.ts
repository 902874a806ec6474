import { commands, env, Uri, window, workspace } from 'vscode';
import type { Disposable, Webview } from 'vscode';
import { pageMessage } from '../shared/messages';
import type { PageMessage } from '../shared/protocol';
import { baseName } from './dump-file';
import type { Host } from './host';
import { partName, plainFileName, saveFilters, writeWhole } from './save';

/** What every page may ask for, whatever it shows. */
const COMMON = ['show-log', 'learn-more', 'save', 'picture-copied', 'picture-not-copied', 'copy', 'fault'] as const;
type CommonRequest = Extract<PageMessage, { readonly kind: (typeof COMMON)[number] }>;
/** What is left to the panel. */
export type OwnRequest = Exclude<PageMessage, CommonRequest>;

const isCommon = (message: PageMessage): message is CommonRequest =>
  (COMMON as readonly string[]).includes(message.kind);

/**
 * Does what a page asks for. What is not understood, and what fails, is in the log.
 *
 * @param files that the page is of: what it saves goes beside the first, and over none of them
 */
export function onPageRequest(
  webview: Webview,
  host: Host,
  files: readonly Uri[],
  act: (request: OwnRequest) => Promise<void> | void,
): Disposable {
  return webview.onDidReceiveMessage((received: unknown) => {
    const message = pageMessage(received);
    if (message === undefined) {
      host.log.warn('A message of the page was not understood and was dropped');
      return;
    }
    const done = async (): Promise<void> => (isCommon(message) ? actForAll(message, host, files) : act(message));
    done().catch((error: unknown) => {
      host.log.error(`${message.kind}:`, error instanceof Error ? error : String(error));
    });
  });
}

async function actForAll(message: CommonRequest, host: Host, files: readonly Uri[]): Promise<void> {
  const [first] = files;
  const save = async (name: string, bytes: Uint8Array): Promise<void> => {
    if (first !== undefined) await saveAs(Uri.joinPath(first, '..'), name, bytes, files, host);
  };
  switch (message.kind) {
    case 'show-log':
      host.log.show();
      return;
    case 'learn-more':
      await learnMore(message.code, host);
      return;
    case 'save':
      await save(message.name, message.bytes);
      return;
    case 'picture-copied':
    case 'picture-not-copied':
      await pictureCopied(message, save);
      return;
    case 'copy':
      await env.clipboard.writeText(message.text);
      return;
    case 'fault':
      host.log.error(`In the page of ${first === undefined ? 'nothing' : baseName(first)}: ${message.text}`);
      return;
  }
}

/** Opens the explanation of a problem. */
async function learnMore(code: string, { context }: Pick<Host, 'context'>): Promise<void> {
  const problems = Uri.joinPath(context.extensionUri, 'media', 'problems.md');
  // as Markdown's preview names the heading of the code
  await commands.executeCommand('markdown.showPreview', problems.with({ fragment: code.replace('/', '') }));
}

/** Says that a picture is on the clipboard, or offers to save it where the window does not let a page copy one. */
async function pictureCopied(
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
async function saveAs(
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
    await window.showErrorMessage('This is one of the files that the page shows. Choose another name.');
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
