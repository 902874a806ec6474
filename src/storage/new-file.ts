import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { AnalysisError } from '../shared/problem';

/**
 * Refuses to write over a file before anything is computed for it.
 *
 * @throws AnalysisError file/exists
 */
export function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new AnalysisError({
    code: 'file/exists',
    found: 'A file of this name is there already',
    where: path,
    remedy: 'Choose another name, or write over it with --force.',
  });
}

/**
 * Writes a file that is whole or not there: beside its place first, then under its name.
 *
 * @param force whether it may take the place of another
 * @throws AnalysisError file/exists, file/unwritable, what the chunks throw
 */
export function writeNewFile(path: string, chunks: Iterable<Uint8Array>, force: boolean): void {
  const beside = `${path}.${process.pid}.tmp`;
  const attempt = <T>(call: () => T): T => {
    try {
      return call();
    } catch (error) {
      throw unwritable(error, path);
    }
  };
  const descriptor = attempt(() => openSync(beside, 'wx'));
  let open = true;
  try {
    for (const chunk of chunks)
      for (let done = 0; done < chunk.length;) done += attempt(() => writeSync(descriptor, chunk, done));
    attempt(() => fsyncSync(descriptor));
    open = false;
    attempt(() => closeSync(descriptor));
    if (force || !linked(beside, path)) {
      if (!force) refuseExisting(path);
      attempt(() => renameSync(beside, path));
    }
  } finally {
    if (open) closeSync(descriptor);
    rmSync(beside, { force: true });
  }
}

/** A second name is only given where nothing has it; false where the file system knows no second names. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
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
  ENAMETOOLONG: ['The name is too long for the file system', 'Choose a shorter name.'],
};

function unwritable(error: unknown, path: string): AnalysisError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const [found, remedy] = WRITE_ERRORS[code] ?? [`The system reports ${code}`, 'Try again, or choose another disk.'];
  return new AnalysisError({ code: 'file/unwritable', found: `${found} (${code})`, where: path, remedy });
}
