import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { BigIntStats, Stats } from 'node:fs';
import { AnalysisError } from '../shared/problem';
import type { Problem } from '../shared/problem';

/** The few calls that touch the disk; tests put a double here that fails the k-th of them. */
export interface Disk {
  readonly statSync: typeof statSync;
  readonly openSync: typeof openSync;
  readonly fstatSync: typeof fstatSync;
  readonly readSync: typeof readSync;
  readonly closeSync: typeof closeSync;
}

const DISK: Disk = { statSync, openSync, fstatSync, readSync, closeSync };

/** What distinguishes two versions of a file: a rewrite moves at least one of them, even when the times are forged. */
export interface FileIdentity {
  readonly size: number;
  readonly device: bigint;
  readonly inode: bigint;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
}

/**
 * What a path leads to now. Two that are the same hold one version of one file, with nothing else at the path in between:
 * renaming and replacing move the time of the last change.
 *
 * @throws AnalysisError file/…
 */
export function identityOf(path: string, disk: Disk = DISK): FileIdentity {
  const file = openFile(path, disk);
  file.close();
  return file.identity;
}

const changed = (where: string, found: string): AnalysisError =>
  new AnalysisError({ code: 'file/changed', found, where, remedy: 'Analyze it again when it is whole.' });

/** @throws AnalysisError file/changed with what moved between two looks at a path */
export function checkSameVersion(path: string, first: FileIdentity, now: FileIdentity): void {
  if (now.inode !== first.inode || now.device !== first.device)
    throw changed(path, 'Another file was put in its place between the first and the last read');
  if (now.size !== first.size)
    throw changed(path, `It had ${first.size} bytes when it was opened and has ${now.size} now`);
  if (now.modifiedNs !== first.modifiedNs) throw changed(path, 'It was written to between the first and the last read');
  // times of writing can be forged, those of changes cannot; renaming and deleting move them, too
  if (now.changedNs !== first.changedNs)
    throw changed(path, 'It was replaced, deleted, or given other attributes between the first and the last read');
}

/**
 * Opens a file that was open before: where there is none any more, it changed.
 *
 * @throws AnalysisError file/changed, file/not-a-file, file/unreadable
 */
export function openAgain(path: string, disk: Disk = DISK): OpenFile {
  try {
    return openFile(path, disk);
  } catch (error) {
    if (!(error instanceof AnalysisError) || error.problem.code !== 'file/missing') throw error;
    throw changed(path, 'It was deleted or renamed between the first and the last read');
  }
}

/** What a path leads to now that led to a file before. */
export function identityNow(path: string, disk: Disk = DISK): FileIdentity {
  const file = openAgain(path, disk);
  file.close();
  return file.identity;
}

/** A regular file open for reading, at one version. Synchronous, for worker threads. */
export interface OpenFile {
  readonly path: string;
  readonly identity: FileIdentity;
  /**
   * Fills the whole target from the position, however short the single reads are.
   *
   * @throws AnalysisError file/changed when the file ends before; file/unreadable when the disk fails
   */
  readonly read: (target: Uint8Array, position: number) => void;
  /** @throws AnalysisError file/changed when the file is not the version that was opened any more */
  readonly checkUnchanged: () => void;
  readonly close: () => void;
}

/**
 * Opens a regular file. Never creates one, and never waits on a pipe or a device: what it is, is looked up before.
 *
 * @throws AnalysisError file/missing, file/not-a-file, file/unreadable
 */
export function openFile(path: string, disk: Disk = DISK): OpenFile {
  const attempt = <T>(what: string, call: () => T): T => {
    try {
      return call();
    } catch (error) {
      throw error instanceof AnalysisError ? error : new AnalysisError(diskProblem(error, what, path));
    }
  };
  const checkKind = (found: Stats | BigIntStats): void => {
    if (found.isFile()) return;
    const kind = found.isDirectory() ? 'a folder' : found.isFIFO() ? 'a named pipe' : 'a device or a socket';
    throw new AnalysisError({
      code: 'file/not-a-file',
      found: `This is ${kind}`,
      where: path,
      remedy: 'Choose a file.',
    });
  };
  checkKind(attempt('looking it up', () => disk.statSync(path)));
  // the kind may change between the look and the open: O_NONBLOCK keeps a pipe from hanging us
  const descriptor = attempt('opening it', () => disk.openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  const look = (): FileIdentity => {
    const found = disk.fstatSync(descriptor, { bigint: true });
    checkKind(found);
    const { size, dev, ino, mtimeNs, ctimeNs } = found;
    return { size: Number(size), device: dev, inode: ino, modifiedNs: mtimeNs, changedNs: ctimeNs };
  };
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    try {
      disk.closeSync(descriptor);
    } catch {
      // what was read was read; a failing close loses nothing
    }
  };
  let identity: FileIdentity;
  try {
    identity = attempt('looking it up', look);
  } catch (error) {
    close();
    throw error;
  }
  return {
    path,
    identity,
    read: (target, position) => {
      for (let done = 0; done < target.length;) {
        // single reads stay below 1 GiB: the system call refuses more than 2
        const length = Math.min(target.length - done, 2 ** 30);
        const got = attempt(`reading byte ${position + done}`, () =>
          retried(() => disk.readSync(descriptor, target, done, length, position + done)),
        );
        if (got === 0)
          throw changed(path, `It ends at byte ${position + done}, but had ${identity.size} bytes when it was opened`);
        done += got;
      }
    },
    checkUnchanged: () => checkSameVersion(path, identity, attempt('looking it up', look)),
    close,
  };
}

/** Once more, up to three times, for the two errors that pass by themselves. */
function retried<T>(call: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return call();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (attempt > 3 || (code !== 'EAGAIN' && code !== 'EBUSY')) throw error;
    }
  }
}

/** What the system's error codes mean for a reader of a file, in words of ours. */
const DISK_ERRORS: Readonly<Record<string, readonly [found: string, remedy: string]>> = {
  EACCES: ['Permission was refused', 'Give yourself the right to read it.'],
  EPERM: ['Permission was refused', 'Give yourself the right to read it.'],
  ELOOP: ['Symbolic links lead round in a circle', 'Open the file itself.'],
  EIO: ['The disk reports a read error', 'Copy the file to another disk, or write it again.'],
  ESTALE: ['The network mount lost the file', 'Mount it again.'],
  ETIMEDOUT: ['The network mount did not answer in time', 'Check the connection and try again.'],
  ENXIO: ['No device answers there', 'Choose a regular file.'],
  ENODEV: ['The device is gone', 'Attach it again.'],
  EAGAIN: ['The disk stayed busy', 'Try again in a moment.'],
  EBUSY: ['The disk stayed busy', 'Try again in a moment.'],
  EMFILE: ['Too many files are open', 'Close some panels and try again.'],
  ENAMETOOLONG: ['The name is too long for the file system', 'Rename the file.'],
};

function diskProblem(error: unknown, what: string, path: string): Problem {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return {
      code: 'file/missing',
      found: 'There is no file of this name',
      where: path,
      remedy: 'Choose another file.',
    };
  const [found, remedy] = DISK_ERRORS[code] ?? [`The system reports ${code}`, 'Try again, or copy the file elsewhere.'];
  return { code: 'file/unreadable', found: `${found} while ${what} (${code})`, where: path, remedy };
}
