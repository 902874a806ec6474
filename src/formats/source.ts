import path from 'node:path';
import type { FileLocation, MemoryLocation } from '../shared/dump';
import { openFile } from '../storage/file';

/** Bytes a reader looks at: a file on disk, or the whole content where the file system has no random access. */
export interface ByteSource {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  /** At most `length` bytes from the position on; fewer only at the end. */
  readonly read: (position: number, length: number) => Uint8Array;
  /** Where the numbers from an offset on lie, for the kernel. */
  readonly location: (offset: number) => FileLocation | MemoryLocation;
  readonly close: () => void;
}

/** @throws AnalysisError file/missing, file/not-a-file, file/unreadable */
export function openSource(file: string, bytes?: Uint8Array): ByteSource {
  const name = path.basename(file);
  if (bytes !== undefined)
    return {
      path: file,
      name,
      size: bytes.length,
      read: (position, length) => bytes.subarray(position, position + length),
      location: (offset) => ({ kind: 'memory', bytes, offset }),
      close: () => undefined,
    };
  const open = openFile(file);
  const { size } = open.identity;
  return {
    path: file,
    name,
    size,
    read: (position, length) => {
      const target = new Uint8Array(Math.max(0, Math.min(length, size - position)));
      open.read(target, position);
      return target;
    },
    location: (offset) => ({ kind: 'file', path: file, offset }),
    close: open.close,
  };
}
