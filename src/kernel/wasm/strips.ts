import { elementBytes } from './view';
import type { View } from './view';

/** Columns that are summed together: a strip is the unit of the order of summation, whatever the blocks and the threads. */
export interface Strip {
  readonly from: number;
  readonly width: number;
  readonly part: number;
}

/** Strips that are read together. */
export interface Block {
  readonly from: number;
  readonly to: number;
  readonly firstStrip: number;
  readonly endStrip: number;
  /** Which pieces it touches, and where their bytes go within a buffer. */
  readonly reads: readonly { readonly piece: number; readonly at: number }[];
}

export interface Cut {
  readonly strips: readonly Strip[];
  readonly blocks: readonly Block[];
  /** Of a buffer that holds any one block. */
  readonly bufferBytes: number;
  readonly stripsOfBlock: number;
}

/** Room after each read, for conversions that write whole vectors. */
const SLACK = 64;
const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/**
 * Cuts the columns into strips that never straddle parts (layers) or stored arrays, and bundles strips into blocks.
 *
 * @param parts sizes of the layers; together all columns
 * @param stripWidth never depends on memory
 * @param blockBytes aim for a block; a strip by itself may be larger
 */
export function cut(view: View, parts: readonly number[], stripWidth: number, blockBytes: number): Cut {
  const strips: Strip[] = [];
  const ends = new Set<number>();
  let end = 0;
  for (const size of parts) ends.add((end += size));
  if (!view.turned) for (const { firstColumn, columns } of view.pieces) ends.add(firstColumn + columns);
  const pieceEnds = new Set(view.pieces.map(({ firstColumn, columns }) => firstColumn + columns));
  const boundaries = [...ends].sort((a, b) => a - b);
  let part = 0;
  let partEnd = parts[0]!;
  let from = 0;
  for (const boundary of boundaries) {
    while (from >= partEnd) partEnd += parts[++part]!;
    for (; from < boundary; from += stripWidth)
      strips.push({ from, width: Math.min(stripWidth, boundary - from), part });
    from = boundary;
  }
  const columnBytes = view.pieces.reduce((most, piece) => Math.max(most, elementBytes(piece)), 0) * view.rows;
  const perBlock = Math.max(1, Math.floor(blockBytes / columnBytes));
  const blocks: Block[] = [];
  let bufferBytes = 0;
  for (let first = 0; first < strips.length;) {
    const start = strips[first]!.from;
    let last = first;
    const endOf = (k: number): number => strips[k]!.from + strips[k]!.width;
    while (
      last + 1 < strips.length &&
      endOf(last + 1) - start <= perBlock &&
      (view.turned || !pieceEnds.has(endOf(last)))
    )
      last++;
    const to = endOf(last);
    let at = 0;
    const reads = view.pieces.flatMap((piece, index) => {
      if (piece.firstColumn >= to || piece.firstColumn + piece.columns <= start) return [];
      const here = at;
      at += align(piece.rows * (to - start) * elementBytes(piece) + SLACK);
      return [{ piece: index, at: here }];
    });
    bufferBytes = Math.max(bufferBytes, at);
    blocks.push({ from: start, to, firstStrip: first, endStrip: last + 1, reads });
    first = last + 1;
  }
  const stripsOfBlock = blocks.reduce((most, { firstStrip, endStrip }) => Math.max(most, endStrip - firstStrip), 0);
  return { strips, blocks, bufferBytes, stripsOfBlock };
}
