import { createHash } from 'node:crypto';
import type { AnalyzeRequest } from '../shared/protocol';
import type { DumpDescription } from '../shared/summary';
import { openFile } from '../storage/file';
import { sha256Of } from '../storage/sha256';

/** Bytes that are hashed unasked: about 30 ms, of a file that was just read. */
const QUICK = 16 << 20;

/** The hash of the only file that was analyzed, where it costs nothing that a reader feels, or where it was asked for. */
export function fileHash(
  { paths, bytes, hash = false }: Pick<AnalyzeRequest, 'paths' | 'bytes' | 'hash'>,
  checkCanceled: () => void,
): Pick<DumpDescription, 'sha256'> {
  if (bytes !== undefined)
    return bytes.length > QUICK && !hash ? {} : { sha256: createHash('sha256').update(bytes).digest('hex') };
  const [path, ...others] = paths;
  if (path === undefined || others.length > 0) return {};
  const file = openFile(path);
  try {
    return file.identity.size > QUICK && !hash ? {} : { sha256: sha256Of(file, checkCanceled) };
  } finally {
    file.close();
  }
}
