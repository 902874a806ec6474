import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FileSystemError, workspace } from 'vscode';
import type { Uri } from 'vscode';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { keyOf } from './chosen-dump';
import type { ChosenDump } from './chosen-dump';
import type { DumpFile } from './version-analysis';

/** Of a dump in many files, those whose changes are noticed. */
const LOOKED_AT = 1000;

/**
 * A dump as the worker reads it: by its paths on a disk, else by its bytes, read whole through the editor.
 *
 * @param limit bytes that are read whole at most
 */
export function dumpFile(dump: ChosenDump, limit: () => number): DumpFile {
  const [uri] = dump.files;
  const watched = watchedFiles(dump);
  const runs = new Map(dump.files.slice(0, LOOKED_AT).map((file) => [runBeside(file).path, runBeside(file)]));
  return {
    uri: keyOf(dump),
    name: nameOf(dump),
    source: async () => {
      const { layout } = dump;
      if (dump.files.every(({ scheme }) => scheme === 'file'))
        return { paths: dump.files.map(({ fsPath }) => fsPath), ...(layout && { layout }) };
      if (layout !== undefined && dump.files.length > 1) throw notOnDisk(uri);
      const [bytes, sidecar, run] = await Promise.all([
        readWhole(uri, limit()),
        readWhole(sidecarOf(uri), limit()).catch(nothingIfMissing),
        readWhole(runBeside(uri), limit()).catch(nothingIfMissing),
      ]);
      const beside = { ...(sidecar && { sidecar }), ...(run && { run }) };
      // the whole URI, so that nothing takes it for a path on this disk; as names are written in a run.json
      return { paths: [uri.toString(true)], bytes, beside, ...(layout && { layout }) };
    },
    look: async () => (await Promise.all(watched.map(versionOf))).join(', '),
    identity: async () => (await Promise.all([...watched, ...runs.values()].map(versionOf))).join(', '),
  };
}

/** The files of a dump, each with its metadata file. */
export const watchedFiles = ({ files }: ChosenDump): readonly [Uri, ...Uri[]] => {
  const [first, ...others] = files;
  return [first, sidecarOf(first), ...others.slice(0, LOOKED_AT - 1).flatMap((file) => [file, sidecarOf(file)])];
};

/** What its tab is called. */
export function nameOf({ files: [first, ...others] }: ChosenDump): string {
  const more = others.length;
  return more === 0 ? baseName(first) : `${baseName(first)} and ${more} more`;
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
    return await versionOnDisk(uri.fsPath);
  } catch {
    return 'none';
  }
}

/** Of a file; of a folder, what tells the versions of its files apart. */
async function versionOnDisk(place: string): Promise<string> {
  const found = await stat(place, { bigint: true });
  const { size, ino, mtimeNs, ctimeNs } = found;
  const own = `${size} ${ino} ${mtimeNs} ${ctimeNs}`;
  if (!found.isDirectory()) return own;
  const names = (await readdir(place, { withFileTypes: true })).filter((entry) => entry.isFile()).slice(0, LOOKED_AT);
  const inside = await Promise.all(
    names.map(async ({ name }) => versionOnDisk(path.join(place, name)).catch(() => name)),
  );
  return [own, ...inside].join('; ');
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

const notOnDisk = (uri: Uri): AnalysisError =>
  new AnalysisError({
    code: 'file/unreadable',
    found: 'Several files are read as one dump only where all of them are on a disk',
    where: uri.toString(),
    remedy: 'Copy them into a folder on a disk.',
  });
