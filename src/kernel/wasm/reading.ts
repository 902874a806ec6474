import type { StoredArray } from '../../shared/dump';
import { AnalysisError } from '../../shared/problem';
import { openFile, sameVersion } from '../../storage/file';
import type { FileIdentity, OpenFile } from '../../storage/file';
import type { Block } from './strips';
import { elementBytes } from './view';
import type { View } from './view';

/** The files of a view, open at one version. */
export interface Sources {
  readonly read: (block: Block, target: Uint8Array) => void;
  readonly identities: readonly FileIdentity[];
  readonly checkUnchanged: () => void;
  readonly close: () => void;
}

/**
 * @param arrays of the dump, for bytes in memory; threads that only read files have none
 * @param expected versions that another thread opened before
 */
export function openSources(
  view: View,
  arrays: readonly StoredArray[] = [],
  expected: readonly FileIdentity[] = [],
): Sources {
  const files = new Map<string, OpenFile>();
  const close = (): void => files.forEach((file) => file.close());
  try {
    for (const { path } of view.pieces) if (path !== undefined && !files.has(path)) files.set(path, openFile(path));
    for (const [k, { path, identity }] of [...files.values()].entries())
      if (expected[k] !== undefined && !sameVersion(expected[k], identity))
        throw new AnalysisError({
          code: 'file/changed',
          found: 'Another file was put in its place while it was read',
          where: path,
          remedy: 'Analyze it again.',
        });
  } catch (error) {
    close();
    throw error;
  }
  /** Bytes [position, position + length) of a piece → target. */
  const read = (piece: number, position: number, target: Uint8Array): void => {
    const { path, offset } = view.pieces[piece]!;
    const location = arrays[piece]?.location;
    if (path !== undefined) files.get(path)!.read(target, offset + position);
    else if (location?.kind === 'memory')
      target.set(location.bytes.subarray(offset + position, offset + position + target.length));
  };
  return {
    read: ({ from, to, reads }, target) => {
      for (const { piece: index, at } of reads) {
        const piece = view.pieces[index]!;
        const size = elementBytes(piece);
        const width = to - from;
        const first = from - piece.firstColumn;
        if (piece.runs === 'columns') {
          read(index, first * piece.rows * size, target.subarray(at, at + width * piece.rows * size));
        } else if (width === piece.columns) {
          read(index, 0, target.subarray(at, at + width * piece.rows * size));
        } else {
          for (let row = 0; row < piece.rows; row++) {
            const start = at + row * width * size;
            read(index, (row * piece.columns + first) * size, target.subarray(start, start + width * size));
          }
        }
      }
    },
    identities: [...files.values()].map(({ identity }) => identity),
    checkUnchanged: () => files.forEach((file) => file.checkUnchanged()),
    close,
  };
}
