import { createHash } from 'node:crypto';
import type { OpenFile } from './file';

/** Bytes that are read at a time: a cancel waits for one of them. */
const PIECE = 1 << 22;

/**
 * SHA-256 of a whole file, hexadecimal.
 *
 * @throws AnalysisError file/changed, file/unreadable, what `checkCanceled` throws
 * @see FIPS 180-4
 */
export function sha256Of(file: OpenFile, checkCanceled: () => void): string {
  const hash = createHash('sha256');
  const { size } = file.identity;
  const piece = new Uint8Array(Math.min(PIECE, size));
  for (let position = 0; position < size; position += PIECE) {
    checkCanceled();
    const part = piece.subarray(0, Math.min(PIECE, size - position));
    file.read(part, position);
    hash.update(part);
  }
  return hash.digest('hex');
}
