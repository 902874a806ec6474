import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Disk } from '../../src/storage/file';

/** The real disk, counting open handles, with something in place of some of its calls. */
export interface WatchedDisk {
  readonly disk: Disk;
  /** Names of the calls so far. */
  readonly calls: string[];
  /** Descriptors opened and not closed. */
  readonly open: Set<number>;
}

/** @param before runs before the k-th call (from 1), and may throw or change the file */
export function watchedDisk(
  before: (k: number, name: keyof Disk) => void = () => undefined,
  limit = Infinity,
): WatchedDisk {
  const calls: string[] = [];
  const open = new Set<number>();
  const call = <T>(name: keyof Disk, work: () => T): T => {
    calls.push(name);
    before(calls.length, name);
    return work();
  };
  const disk = {
    statSync: (path: string) => call('statSync', () => statSync(path)),
    openSync: (path: string, flags: number) =>
      call('openSync', () => {
        const descriptor = openSync(path, flags);
        open.add(descriptor);
        return descriptor;
      }),
    fstatSync: (descriptor: number, options: { readonly bigint: true }) =>
      call('fstatSync', () => fstatSync(descriptor, options)),
    readSync: (descriptor: number, target: Uint8Array, offset: number, length: number, position: number) =>
      call('readSync', () => readSync(descriptor, target, offset, Math.min(length, limit), position)),
    // a failing close is a close: the system has given the descriptor back
    closeSync: (descriptor: number) => {
      open.delete(descriptor);
      try {
        call('closeSync', () => undefined);
      } finally {
        closeSync(descriptor);
      }
    },
  } as unknown as Disk;
  return { disk, calls, open };
}

export const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: as the system says it`), { code });

export const ERRNOS = [
  'EIO',
  'ESTALE',
  'ETIMEDOUT',
  'EAGAIN',
  'EBUSY',
  'EACCES',
  'ENXIO',
  'ENODEV',
  'ENOENT',
  'EMFILE',
  'EWHAT',
];
