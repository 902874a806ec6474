import { createHash } from 'node:crypto';
import type { AnalyzeRequest } from '../shared/protocol';
import type { DumpDescription } from '../shared/summary';
import type { OpenFile } from '../storage/file';
import { sha256Of } from '../storage/sha256';

/** Bytes that are hashed unasked: about 30 ms, of a file that was just read. */
const QUICK = 16 << 20;

/** The hash of the file that was analyzed, where it costs nothing that a reader feels, or where it was asked for. */
export function fileHash(
  { bytes, hash = false }: Pick<AnalyzeRequest, 'bytes' | 'hash'>,
  version: OpenFile | undefined,
  checkCanceled: () => void,
): Pick<DumpDescription, 'sha256'> {
  const size = bytes?.length ?? version?.identity.size ?? 0;
  if (size > QUICK && !hash) return {};
  if (bytes !== undefined) return { sha256: createHash('sha256').update(bytes).digest('hex') };
  return version === undefined ? {} : { sha256: sha256Of(version, checkCanceled) };
}
