import { createHash } from 'node:crypto';
import type { AnalyzeRequest } from '../shared/protocol';
import type { DumpDescription } from '../shared/summary';
import { openFile } from '../storage/file';
import { sha256Of } from '../storage/sha256';

/** Bytes that are hashed unasked: about 30 ms, of files that were just read. */
const QUICK = 16 << 20;

/**
 * The dump with the hash of its file, or of each of its files, where that costs nothing that a reader feels, or where it was
 * asked for.
 *
 * @throws AnalysisError file/changed, file/unreadable, run/canceled
 */
export function withHashes(
  dump: DumpDescription,
  { bytes, hash = false }: Pick<AnalyzeRequest, 'bytes' | 'hash'>,
  checkCanceled: () => void,
): DumpDescription {
  if (dump.bytes > QUICK && !hash) return dump;
  if (bytes !== undefined) return { ...dump, sha256: createHash('sha256').update(bytes).digest('hex') };
  const hashOf = (path: string): string => {
    const file = openFile(path);
    try {
      return sha256Of(file, checkCanceled);
    } finally {
      file.close();
    }
  };
  const { joined } = dump;
  if (joined === undefined) return { ...dump, sha256: hashOf(dump.path) };
  const files = joined.files.map((file) => ({ ...file, sha256: hashOf(file.path) }));
  return { ...dump, joined: { ...joined, files } };
}
