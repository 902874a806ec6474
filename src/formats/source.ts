import path from 'node:path';
import type { FileLocation, MemoryLocation } from '../shared/dump';
import { openFile } from '../storage/file';
import type { Disk } from '../storage/file';

/** Bytes a reader looks at: a file on disk, the whole content of one, or a part of either. */
export interface ByteSource {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  /** At most `length` bytes from the position on; fewer only at the end. */
  readonly read: (position: number, length: number) => Uint8Array;
  /** Where the numbers from a position on lie, for the kernel. */
  readonly location: (position: number) => FileLocation | MemoryLocation;
  /** A position in words, for messages. */
  readonly where: (position: number) => string;
  /** @throws AnalysisError file/changed when the file is not the version that was opened any more */
  readonly checkUnchanged: () => void;
  readonly close: () => void;
}

/**
 * @param bytes the whole content, where the path cannot be opened
 * @throws AnalysisError file/missing, file/not-a-file, file/unreadable
 */
export function openSource(file: string, bytes?: Uint8Array, disk?: Disk): ByteSource {
  if (bytes !== undefined) return memorySource(file, bytes);
  const open = openFile(file, disk);
  const { size } = open.identity;
  return {
    path: file,
    name: path.basename(file),
    size,
    read: (position, length) => {
      const target = new Uint8Array(Math.max(0, Math.min(length, size - position)));
      open.read(target, position);
      return target;
    },
    location: (offset) => ({ kind: 'file', path: file, offset }),
    where: (position) => `byte ${position}`,
    checkUnchanged: open.checkUnchanged,
    close: open.close,
  };
}

function memorySource(file: string, bytes: Uint8Array): ByteSource {
  return {
    path: file,
    name: path.basename(file),
    size: bytes.length,
    read: (position, length) => bytes.subarray(position, position + length),
    location: (offset) => ({ kind: 'memory', bytes, offset }),
    where: (position) => `byte ${position}`,
    checkUnchanged: () => undefined,
    close: () => undefined,
  };
}

/** A stretch of a source, such as an entry of an archive, with positions of its own. */
export function partOf(source: ByteSource, begin: number, size: number, entry: string): ByteSource {
  return {
    ...source,
    size,
    read: (position, length) =>
      source.read(begin + Math.min(position, size), Math.max(0, Math.min(length, size - position))),
    location: (position) => source.location(begin + position),
    where: (position) => `${entry}, byte ${position}`,
  };
}

/** An entry of an archive after decompression. */
export const decodedPart = (source: ByteSource, bytes: Uint8Array, entry: string): ByteSource => ({
  ...memorySource(source.path, bytes),
  where: (position) => `${entry}, byte ${position}`,
});

/** A text from a file as a message may show it. */
export const shortened = (text: string, length = 120): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;
