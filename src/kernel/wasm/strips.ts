import { Stretches } from '../placement';
import { elementBytes } from './view';
import type { View } from './view';

/** Columns whose products are summed together: the unit of their order, whatever the blocks and the threads. */
export interface Strip {
  readonly from: number;
  readonly width: number;
  readonly part: number;
}

/** A piece of a strip that stays in the cache while it is looked at several times: the unit of the order of moments. */
export interface Slice {
  readonly from: number;
  readonly width: number;
  /** Index of its strip. */
  readonly strip: number;
}

/** Strips that are read together. */
export interface Block {
  readonly from: number;
  readonly to: number;
  readonly firstStrip: number;
  readonly endStrip: number;
  readonly firstSlice: number;
  readonly endSlice: number;
  /** Which pieces it touches, and where their bytes go within a buffer. */
  readonly reads: readonly { readonly piece: number; readonly at: number }[];
}

export interface Cut {
  readonly strips: readonly Strip[];
  readonly slices: readonly Slice[];
  readonly blocks: readonly Block[];
  /** Of a buffer that holds any one block. */
  readonly bufferBytes: number;
  readonly stripsOfBlock: number;
  readonly slicesOfBlock: number;
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, k) => value === b[k]);

/** Room after each read, for conversions that write whole vectors. */
const SLACK = 64;
const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/**
 * Cuts the columns into strips that never straddle parts (layers) or stored arrays, and bundles strips into blocks.
 *
 * @param parts sizes of the layers; together all columns
 * @param stripWidth never depends on memory, nor does that of slices
 * @param blockBytes aim for a block; a strip by itself may be larger
 */
export function cut(
  view: View,
  parts: readonly number[],
  stripWidth: number,
  sliceWidth: number,
  blockBytes: number,
): Cut {
  const strips: Strip[] = [];
  const slices: Slice[] = [];
  const firstSlices: number[] = [];
  const ends = new Set<number>();
  let end = 0;
  for (const size of parts) ends.add((end += size));
  // rows of parameters lie beside each other in all arrays, unless the arrays hold other examples
  const splits = !view.turned || view.pieces.some(({ columns }) => columns < view.columns);
  if (splits) for (const { firstColumn, columns } of view.pieces) ends.add(firstColumn + columns);
  const pieceEnds = new Set(view.pieces.map(({ firstColumn, columns }) => firstColumn + columns));
  const boundaries = [...ends].sort((a, b) => a - b);
  let part = 0;
  let partEnd = parts[0]!;
  let from = 0;
  for (const boundary of boundaries) {
    while (from >= partEnd) partEnd += parts[++part]!;
    for (; from < boundary; from += stripWidth) {
      const width = Math.min(stripWidth, boundary - from);
      firstSlices.push(slices.length);
      for (let at = 0; at < width; at += sliceWidth)
        slices.push({ from: from + at, width: Math.min(sliceWidth, width - at), strip: strips.length });
      strips.push({ from, width, part });
    }
    from = boundary;
  }
  const columnBytes = view.pieces.reduce((most, piece) => Math.max(most, elementBytes(piece)), 0) * view.rows;
  const perBlock = Math.max(1, Math.floor(blockBytes / columnBytes));
  const stretches = new Stretches(
    view.pieces.map(({ firstColumn, columns }) => ({ from: firstColumn, to: firstColumn + columns })),
  );
  const blocks: Block[] = [];
  let bufferBytes = 0;
  let before: { readonly pieces: readonly number[]; readonly width: number; readonly bytes: number; readonly reads: Block['reads'] } | undefined; // prettier-ignore
  for (let first = 0; first < strips.length;) {
    const start = strips[first]!.from;
    let last = first;
    const endOf = (k: number): number => strips[k]!.from + strips[k]!.width;
    while (last + 1 < strips.length && endOf(last + 1) - start <= perBlock && (!splits || !pieceEnds.has(endOf(last))))
      last++;
    const to = endOf(last);
    const pieces = stretches.meeting(start, to);
    // blocks that read the same pieces share one list: of thousands of files under one another each block reads all
    const same = before?.width === to - start && sameNumbers(before.pieces, pieces) ? before : undefined;
    let bytes = 0;
    const reads =
      same?.reads ??
      pieces.map((index) => {
        const piece = view.pieces[index]!;
        const at = bytes;
        bytes += align(piece.rows * (to - start) * elementBytes(piece) + SLACK);
        return { piece: index, at };
      });
    before = same ?? { pieces, width: to - start, bytes, reads };
    bufferBytes = Math.max(bufferBytes, before.bytes);
    const [firstSlice, endSlice] = [firstSlices[first]!, firstSlices[last + 1] ?? slices.length];
    blocks.push({ from: start, to, firstStrip: first, endStrip: last + 1, firstSlice, endSlice, reads });
    first = last + 1;
  }
  const stripsOfBlock = blocks.reduce((most, { firstStrip, endStrip }) => Math.max(most, endStrip - firstStrip), 0);
  const slicesOfBlock = blocks.reduce((most, { firstSlice, endSlice }) => Math.max(most, endSlice - firstSlice), 0);
  return { strips, slices, blocks, bufferBytes, stripsOfBlock, slicesOfBlock };
}
