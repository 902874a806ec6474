import { decodeElements } from '../elements';
import type { Engine } from './engine';
import type { Block, Slice } from './strips';
import { PITCH } from './task';
import type { Task, WorkspaceLayout } from './task';
import { elementBytes } from './view';
import type { Piece } from './view';

/** A thread's hands: the code, the memory, and what is its own. */
export interface WorkerView {
  readonly engine: Engine;
  readonly task: Task;
  readonly index: number;
  readonly own: WorkspaceLayout;
  readonly bytes: Uint8Array;
  readonly doubles: Float64Array;
}

/** Where rows of float32 or float64 lie: all rows of the view, `width` columns, the columns filled up to 16 bytes. */
export interface StripRows {
  readonly at: number;
  readonly stride: number;
  /** Columns, filled up. */
  readonly padded: number;
}

/** Columns of a block that was read, as rows: where they lie when that will do, else converted or turned around. */
export function rowsOf(
  hands: WorkerView,
  block: Block,
  buffer: number,
  strip: Pick<Slice, 'from' | 'width'>,
): StripRows {
  const { task, own, engine } = hands;
  const { view } = task;
  const lane = view.wide ? 8 : 4;
  const padded = Math.ceil((strip.width * lane) / 16) * (16 / lane);
  const width = block.to - block.from;
  const first = strip.from - block.from;
  const [only] = block.reads;
  if (block.reads.length === 1 && only !== undefined) {
    const piece = view.pieces[only.piece]!;
    if (piece.runs === 'rows' && native(piece, lane) && padded === strip.width)
      return { at: buffer + only.at + first * lane, stride: width * lane, padded };
  }
  for (const { piece: index, at } of block.reads) {
    const piece = view.pieces[index]!;
    const size = elementBytes(piece);
    const target = own.rows + piece.firstRow * PITCH;
    if (piece.runs === 'rows') {
      for (let row = 0; row < piece.rows; row++) {
        const to = target + row * PITCH;
        convert(hands, piece, lane, buffer + at + (row * width + first) * size, strip.width, to);
        hands.bytes.fill(0, to + strip.width * lane, to + padded * lane);
      }
    } else {
      let from = buffer + at + first * piece.rows * size;
      if (!native(piece, lane) || from % lane !== 0) {
        for (let column = 0; column < strip.width; column++)
          convert(hands, piece, lane, from + column * piece.rows * size, piece.rows, own.columns + column * piece.rows * lane); // prettier-ignore
        from = own.columns;
      }
      const turn = view.wide ? engine.transpose64 : engine.transpose32;
      turn(from, target, PITCH, piece.rows, strip.width, padded);
    }
  }
  return { at: own.rows, stride: PITCH, padded };
}

const native = ({ element, littleEndian }: Piece, lane: number): boolean =>
  littleEndian && element === (lane === 8 ? 'f8' : 'f4');

/** Elements in a row → numbers of the kernel, in a row. May write up to 12 bytes more. */
function convert(hands: WorkerView, piece: Piece, lane: number, from: number, count: number, to: number): void {
  const { engine, bytes, doubles } = hands;
  const { element, littleEndian } = piece;
  const size = elementBytes(piece);
  const floating = element === 'f4' || element === 'f8' || (lane === 4 && (element === 'f2' || element === 'bf2'));
  if (!floating) {
    decodeElements(bytes.subarray(from, from + count * size), element, littleEndian, count, doubles, to / 8, 1);
    return;
  }
  // where the wider numbers end; widening in place from there never overtakes itself
  const swapped = to + count * (lane - size);
  let source = from;
  if (!littleEndian || lane === size) {
    engine.copyRows(from, 0, swapped, 0, 1, count * size, count * size);
    source = swapped;
    if (!littleEndian) (size === 2 ? engine.swap2 : size === 4 ? engine.swap4 : engine.swap8)(source, count);
  }
  if (lane === size) return;
  (element === 'f2' ? engine.widenHalf : element === 'bf2' ? engine.widenBrain : engine.widenSingle)(source, to, count);
}
