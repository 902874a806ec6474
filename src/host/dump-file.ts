import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FileSystemError, workspace } from 'vscode';
import type { Uri } from 'vscode';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { DumpFile } from './live-report';

/**
 * A dump as the worker reads it: by its path on a disk, else by its bytes, read whole through the editor.
 *
 * @param limit bytes that are read whole at most
 */
export function dumpFile(uri: Uri, limit: () => number): DumpFile {
  const watched = [uri, sidecarOf(uri)];
  return {
    uri: uri.toString(),
    name: baseName(uri),
    source: async () => {
      if (uri.scheme === 'file') return { paths: [uri.fsPath] };
      const [bytes, sidecar, run] = await Promise.all([
        readWhole(uri, limit()),
        readWhole(sidecarOf(uri), limit()).catch(nothingIfMissing),
        readWhole(runBeside(uri), limit()).catch(nothingIfMissing),
      ]);
      const beside = { ...(sidecar && { sidecar }), ...(run && { run }) };
      // the whole URI, so that nothing takes it for a path on this disk; as names are written in a run.json
      return { paths: [uri.toString(true)], bytes, beside };
    },
    look: async () => (await Promise.all(watched.map(versionOf))).join(', '),
    identity: async () => (await Promise.all([...watched, runBeside(uri)].map(versionOf))).join(', '),
  };
}

/** The last part of its path. */
export const baseName = (uri: Uri): string => path.posix.basename(uri.path);

/** NAME.meta.json beside NAME.npy */
export function sidecarOf(uri: Uri): Uri {
  const { dir, name } = path.posix.parse(uri.path);
  return uri.with({ path: path.posix.join(dir, `${name}.meta.json`) });
}

/** The run that may list the dump, and then gives it its learning rate and the like. */
const runBeside = (uri: Uri): Uri => uri.with({ path: path.posix.join(path.posix.dirname(uri.path), 'run.json') });

async function versionOf(uri: Uri): Promise<string> {
  try {
    if (uri.scheme !== 'file') {
      const { size, mtime } = await workspace.fs.stat(uri);
      return `${size} ${mtime}`;
    }
    const { size, ino, mtimeNs, ctimeNs } = await stat(uri.fsPath, { bigint: true });
    return `${size} ${ino} ${mtimeNs} ${ctimeNs}`;
  } catch {
    return 'none';
  }
}

function nothingIfMissing(error: unknown): undefined {
  if (!(error instanceof AnalysisError) || error.problem.code !== 'file/missing') throw error;
}

/** @throws AnalysisError file/too-large, file/missing, file/unreadable */
export async function readWhole(uri: Uri, limit: number): Promise<Uint8Array> {
  try {
    const { size } = await workspace.fs.stat(uri);
    if (size > limit)
      throw new AnalysisError({
        code: 'file/too-large',
        found: `It has ${byteCount(size)}, and files that are not on a disk are read up to ${byteCount(limit)}`,
        where: uri.toString(),
        remedy: 'Copy it to a disk, or raise the setting gradientCovariance.remoteFileLimitMiB.',
      });
    return await workspace.fs.readFile(uri);
  } catch (error) {
    if (error instanceof AnalysisError) throw error;
    const missing = error instanceof FileSystemError && error.code === 'FileNotFound';
    throw new AnalysisError({
      code: missing ? 'file/missing' : 'file/unreadable',
      found: missing ? 'There is no file of this name' : `The file system "${uri.scheme}" did not deliver it`,
      where: uri.toString(),
      remedy: missing ? 'Choose another file.' : 'Check the connection and try again.',
    });
  }
}
