import { closeSync, fsync, linkSync, lstatSync, openSync, renameSync, rmSync, write } from 'node:fs';
import { AnalysisError } from '../shared/problem';

/** The few calls that write; tests put a double here that counts them or fails one. */
export interface WritableDisk {
  readonly openSync: (path: string, flags: 'wx') => number;
  readonly write: typeof write;
  readonly fsync: typeof fsync;
  readonly closeSync: typeof closeSync;
  readonly linkSync: typeof linkSync;
  readonly renameSync: typeof renameSync;
}

const DISK: WritableDisk = { openSync, write, fsync, closeSync, linkSync, renameSync };

/** One write never asks for more: the system refuses 2³¹ bytes, and a signal is heard between two of them. */
const MOST_AT_ONCE = 2 ** 26;

/**
 * Refuses to write over a file before anything is computed for it. A link counts, also one that leads nowhere.
 *
 * @throws AnalysisError file/exists
 */
export function refuseExisting(path: string): void {
  if (!isThere(path)) return;
  throw new AnalysisError({
    code: 'file/exists',
    found: 'A file of this name is there already',
    where: path,
    remedy: 'Choose another name, or write over it with --force.',
  });
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // writing reports why it cannot even be looked up
    return false;
  }
}

/**
 * Writes a file that is whole or not there: beside its place first, then under its name. A signal that ends the process takes
 * what was written by then along.
 *
 * @param force whether it may take the place of another
 * @param disk for tests
 * @throws AnalysisError file/exists, file/unwritable, what the chunks throw
 */
export async function writeNewFile(
  path: string,
  chunks: Iterable<Uint8Array>,
  force: boolean,
  disk: WritableDisk = DISK,
): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  const attempt = <T>(call: () => T): T => {
    try {
      return call();
    } catch (error) {
      throw unwritable(error, path);
    }
  };
  const finished = async <T>(call: (done: (error: Error | null, value?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      call((error, value) => {
        if (error === null) resolve(value as T);
        else reject(unwritable(error, path));
      });
    });
  const descriptor = attempt(() => disk.openSync(beside, 'wx'));
  const release = removedOnSignal(beside);
  let open = true;
  try {
    for (const chunk of chunks)
      for (let done = 0; done < chunk.length;) {
        const length = Math.min(chunk.length - done, MOST_AT_ONCE);
        done += await finished<number>((end) => disk.write(descriptor, chunk, done, length, null, end));
      }
    await finished((end) => disk.fsync(descriptor, end));
    open = false;
    attempt(() => disk.closeSync(descriptor));
    if (force || !linked(beside, path, disk)) {
      if (!force) refuseExisting(path);
      attempt(() => disk.renameSync(beside, path));
    }
  } finally {
    if (open) disk.closeSync(descriptor);
    rmSync(beside, { force: true });
    release();
  }
}

/** Exit codes of a shell for what a user or a scheduler sends. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Only while there is a file to remove: with a listener, a signal waits for the end of whatever computes. */
function removedOnSignal(file: string): () => void {
  const listeners = Object.entries(SIGNALS).map(([signal, code]) => {
    const end = (): void => {
      rmSync(file, { force: true });
      process.exit(code);
    };
    process.on(signal, end);
    return () => process.off(signal, end);
  });
  return () => listeners.forEach((remove) => remove());
}

/** A second name is only given where nothing has it; false where the file system knows no second names. */
function linked(from: string, to: string, disk: WritableDisk): boolean {
  try {
    disk.linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') refuseExisting(to);
    return false;
  }
}

/** What the system's error codes mean for a writer, in words of ours. */
const WRITE_ERRORS: Readonly<Record<string, readonly [found: string, remedy: string]>> = {
  ENOENT: ['Its folder does not exist', 'Make the folder first.'],
  ENOTDIR: ['Its folder does not exist', 'Make the folder first.'],
  EEXIST: ['Another run is writing it', 'Wait for that run, or remove the .tmp file beside it.'],
  EISDIR: ['A folder has this name', 'Choose another name.'],
  EACCES: ['Permission was refused', 'Choose a folder that you may write to.'],
  EPERM: ['Permission was refused', 'Choose a folder that you may write to.'],
  EROFS: ['The disk is read-only', 'Choose another disk.'],
  ENOSPC: ['The disk is full', 'Free some space, or choose another disk.'],
  EDQUOT: ['The quota of the disk is used up', 'Free some space, or choose another disk.'],
  EFBIG: [
    'The file would be larger than the disk or a limit of the system allows',
    'Choose another disk, or raise the limit (ulimit -f).',
  ],
  ENAMETOOLONG: ['The name is too long for the file system', 'Choose a shorter name.'],
};

function unwritable(error: unknown, path: string): AnalysisError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const [found, remedy] = WRITE_ERRORS[code] ?? [`The system reports ${code}`, 'Try again, or choose another disk.'];
  return new AnalysisError({ code: 'file/unwritable', found: `${found} (${code})`, where: path, remedy });
}
