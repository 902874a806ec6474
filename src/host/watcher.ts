import { Disposable, RelativePattern, Uri, workspace } from 'vscode';

/** Network drives and places outside of the workspace do not report changes: there we look ourselves. */
const POLL_MILLISECONDS = 5000;
/** Events that come together count as one. */
const GATHER_MILLISECONDS = 200;
/** Nor does a watcher report what happens while it is being set up. */
const SET_UP_MILLISECONDS = 1000;

/**
 * Reports that something may have happened to one of some files of one folder.
 *
 * The whole folder is watched, and names are compared: a name may hold characters that mean something in a pattern, and a
 * safe writer replaces the file by renaming another one into its place.
 */
export function watchFiles(files: readonly [Uri, ...Uri[]], onEvent: () => void): Disposable {
  const watched = new Set(files.map((file) => file.path));
  return watch(
    Uri.joinPath(files[0], '..'),
    ({ path }) => {
      if (watched.has(path)) onEvent();
    },
    onEvent,
  );
}

/** Reports that something may have happened in a folder; or in the folder that a file is in. */
export function watchFolders(folder: Uri, onEvent: () => void): Disposable {
  let soon: NodeJS.Timeout | undefined;
  // a writer makes hundreds of events
  const gathered = (): void => {
    soon ??= setTimeout(() => {
      soon = undefined;
      onEvent();
    }, GATHER_MILLISECONDS);
  };
  return Disposable.from(watch(folder, gathered, onEvent), new Disposable(() => clearTimeout(soon)));
}

/**
 * @param tell is called with what the system reports of the folder
 * @param look is called from time to time, because it may report nothing
 */
function watch(folder: Uri, tell: (uri: Uri) => void, look: () => void): Disposable {
  const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, '*'));
  const poll = setInterval(look, POLL_MILLISECONDS);
  const setUp = setTimeout(look, SET_UP_MILLISECONDS);
  return Disposable.from(
    watcher,
    watcher.onDidCreate(tell),
    watcher.onDidChange(tell),
    watcher.onDidDelete(tell),
    new Disposable(() => {
      clearInterval(poll);
      clearTimeout(setUp);
    }),
  );
}
