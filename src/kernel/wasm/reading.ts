import type { StoredArray } from '../../shared/dump';
import type { FileIdentity } from '../../storage/file';
import { FilePool } from '../../storage/file-pool';
import type { Block } from './strips';
import { elementBytes } from './view';
import type { View } from './view';

/** The files of a view, each at one version. */
export interface Sources {
  readonly read: (block: Block, target: Uint8Array) => void;
  /** Of the files that are open by now, by their paths. */
  readonly identities: ReadonlyMap<string, FileIdentity>;
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
  expected?: ReadonlyMap<string, FileIdentity>,
): Sources {
  const files = new FilePool(
    view.pieces.flatMap(({ path }) => path ?? []),
    expected,
  );
  /** Bytes [position, position + length) of a piece → target. */
  const read = (piece: number, position: number, target: Uint8Array): void => {
    const { path, offset } = view.pieces[piece]!;
    const location = arrays[piece]?.location;
    if (path !== undefined) files.read(path, target, offset + position);
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
    identities: files.identities,
    checkUnchanged: () => files.checkUnchanged(),
    close: () => files.close(),
  };
}
