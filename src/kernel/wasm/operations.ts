import type { Control } from './control';
import { Stopped } from './control';
import { instantiate } from './engine';
import { reduce } from './reduction';
import { rowsOf } from './strip-source';
import type { WorkerView } from './strip-source';
import { PITCH, RECORD, TILE, groupOf, tileAt, tilesAlong } from './task';
import type { MatrixLayout, Task } from './task';

/** What all threads do together; each takes the next piece of work until none is left. */
export const OPERATION = {
  moments: 1,
  shares: 2,
  rowSums: 3,
  pack: 4,
  dropZeros: 5,
  tiles: 6,
  addLayer: 7,
  reduce: 8,
} as const;

export function handsOf(module: WebAssembly.Module, memory: WebAssembly.Memory, task: Task, index: number): WorkerView {
  return {
    engine: instantiate(module, memory),
    task,
    index,
    own: task.workspaces[index]!,
    bytes: new Uint8Array(memory.buffer),
    doubles: new Float64Array(memory.buffer),
  };
}

/**
 * @param values of the operation: see each
 * @param check throws when the pass is over; asked before each piece of work, all of which are short
 */
export function perform(
  hands: WorkerView,
  control: Control,
  operation: number,
  values: readonly number[],
  check: () => void,
): void {
  const [first = 0, second = 0, third = 0, fourth = 0] = values;
  if (operation === OPERATION.moments) momentsOfSlices(hands, control, first, second, third, check);
  else if (operation === OPERATION.shares) addShares(hands, first);
  else if (operation === OPERATION.rowSums) sumRows(hands, control, first, second, check);
  else if (operation === OPERATION.pack) packTurned(hands, control, first, second, third, check);
  else if (operation === OPERATION.dropZeros) dropZeros(hands, control, first, second, check);
  else if (operation === OPERATION.tiles) multiplyTiles(hands, control, first, second, third, fourth === 1, check);
  else if (operation === OPERATION.addLayer) addLayer(hands, control);
  else reduce(hands, control, check);
}

/** The strips of a block, one by one, each as rows. */
function eachStrip(
  hands: WorkerView,
  control: Control,
  blockIndex: number,
  buffer: number,
  check: () => void,
  use: (rows: ReturnType<typeof rowsOf>, width: number, place: number) => void,
): void {
  const { cut } = hands.task;
  const block = cut.blocks[blockIndex]!;
  const count = block.endStrip - block.firstStrip;
  for (let place = control.next(); place < count; place = control.next()) {
    check();
    const strip = cut.strips[block.firstStrip + place]!;
    use(rowsOf(hands, block, hands.task.buffers[buffer]!, strip), strip.width, place);
  }
}

/** Measures a block slice by slice; where there are products to form, packs each while it is in the cache. */
function momentsOfSlices(
  hands: WorkerView,
  control: Control,
  blockIndex: number,
  buffer: number,
  exponent: number,
  check: () => void,
): void {
  const { engine, own, task } = hands;
  const { cut, gram, view } = task;
  const { records, shares } = task.moments!;
  const { rows: n } = view;
  const block = cut.blocks[blockIndex]!;
  const moments = view.wide ? engine.moments64 : engine.moments32;
  const packColumns = view.wide
    ? engine.packColumns64
    : gram?.wide === true
      ? engine.packWidened
      : engine.packColumns32;
  const count = block.endSlice - block.firstSlice;
  for (let place = control.next(); place < count; place = control.next()) {
    check();
    const slice = cut.slices[block.firstSlice + place]!;
    const { at, stride, padded } = rowsOf(hands, block, task.buffers[buffer]!, slice);
    const norms = shares + place * 16 * n;
    moments(at, stride, n, padded, slice.width, own.work, norms, norms + 8 * n, own.tables, own.variances, records + place * RECORD); // prettier-ignore
    if (gram === undefined) continue;
    const into = gram.packed + (slice.strip - block.firstStrip) * gram.padded * PITCH;
    const column = slice.from - cut.strips[slice.strip]!.from;
    packColumns(at, stride, n, padded, into + column * (gram.wide ? 8 : 4), own.work, 2 ** exponent);
  }
}

/** Each thread adds up rows of its own, slice by slice in their order. */
function addShares({ engine, task, index }: WorkerView, slices: number): void {
  const { shares, sums } = task.moments!;
  const { rows: n } = task.view;
  const from = Math.floor((n * index) / task.threads);
  const to = Math.floor((n * (index + 1)) / task.threads);
  for (const offset of [0, 8 * n]) engine.addShares(shares + offset, slices, 16 * n, from, to, sums + offset);
}

function sumRows(hands: WorkerView, control: Control, block: number, buffer: number, check: () => void): void {
  const { engine, task } = hands;
  const { origins, shares } = task.gram!.means!;
  const { rows: n, wide } = task.view;
  const sum = wide ? engine.rowSums64 : engine.rowSums32;
  eachStrip(hands, control, block, buffer, check, ({ at, stride }, width, place) =>
    sum(at, stride, n, width, origins, shares + place * 8 * n),
  );
}

/** Packs a block whose rows are parameters. */
function packTurned(
  hands: WorkerView,
  control: Control,
  block: number,
  buffer: number,
  exponent: number,
  check: () => void,
): void {
  const { engine, task } = hands;
  const { rows: n } = task.view;
  const { packed, padded, means, wide } = task.gram!;
  const packRows = wide ? engine.packRows64 : engine.packRows32;
  eachStrip(hands, control, block, buffer, check, (rows, width, place) =>
    packRows(rows.at, rows.stride, n, width, rows.padded, packed + place * padded * PITCH, means!.means, 2 ** exponent),
  );
}

/** Leaves out parameters without a gradient from the packed strips [first, end) of a block, which start with its first. */
function dropZeros(
  { engine, own, task, bytes }: WorkerView,
  control: Control,
  first: number,
  end: number,
  check: () => void,
): void {
  const { packed, padded, widths, wide } = task.gram!;
  const left = new Int32Array(bytes.buffer, widths, end - first);
  for (let place = control.next(); place < left.length; place = control.next()) {
    check();
    const width = Math.ceil((task.cut.strips[first + place]!.width * (wide ? 8 : 4)) / 16) * 16;
    left[place] = engine.dropZeros(packed + place * padded * PITCH, task.view.rows, width, own.work);
  }
}

/** Adds the products of strips [first, end) to the matrix, or to that of the layer in hand. */
function multiplyTiles(
  { engine, task, bytes }: WorkerView,
  control: Control,
  first: number,
  end: number,
  packedFrom: number,
  ofLayer: boolean,
  check: () => void,
): void {
  const { cut, gram } = task;
  const { packed, padded, widths, shape, wide, progress, matrix, layer } = gram!;
  const target = ofLayer ? layer! : matrix;
  const left = new Int32Array(bytes.buffer, widths, cut.stripsOfBlock);
  const multiply = wide ? engine.tile64 : engine.tile32;
  const seen = new Int32Array(bytes.buffer, progress, tileCount(padded));
  const group = groupOf(padded);
  const groups = Math.ceil((end - first) / group);
  for (let item = control.next(); item < seen.length * groups; item = control.next()) {
    check();
    const t = item % seen.length;
    const turn = Math.floor(item / seen.length);
    // strips join a tile in their order: whoever has the tile's previous group took it earlier and is about to end
    while (Atomics.load(seen, t) !== turn) if (control.stopped) throw new Stopped();
    const { I, J, m, n } = tilePlace(padded, t);
    for (let s = first + turn * group; s < Math.min(end, first + (turn + 1) * group); s++) {
      const from = packed + (s - packedFrom) * padded * PITCH;
      const width = left[s - packedFrom]!;
      if (width === 0) continue;
      multiply(shape, from + I * TILE * PITCH, m, from + J * TILE * PITCH, n, width, tileAt(target, I, J), target.pitch, I === J); // prettier-ignore
    }
    Atomics.store(seen, t, turn + 1);
  }
}

/** The layer's matrix joins the whole, and becomes zero for the next layer. */
function addLayer({ engine, task }: WorkerView, control: Control): void {
  const { padded, matrix, layer } = task.gram!;
  for (let t = control.next(); t < tileCount(padded); t = control.next()) {
    const { I, J, m, n } = tilePlace(padded, t);
    const from = tileAt(layer!, I, J);
    engine.addTile(from, layer!.pitch, tileAt(matrix, I, J), matrix.pitch, m, n);
    engine.clearTile(from, layer!.pitch, m, n);
  }
}

export const tileCount = (padded: number): number => (tilesAlong(padded) * (tilesAlong(padded) + 1)) / 2;

/** The t-th tile (I, J ≥ I), row by row, and its size. */
function tilePlace(padded: number, t: number): { I: number; J: number; m: number; n: number } {
  const side = tilesAlong(padded);
  let I = 0;
  let rest = t;
  for (; rest >= side - I; I++) rest -= side - I;
  const J = I + rest;
  return { I, J, m: Math.min(TILE, padded - I * TILE), n: Math.min(TILE, padded - J * TILE) };
}

/** Walks over all tiles; for one thread alone. */
export function eachTile(
  matrix: MatrixLayout,
  use: (tile: { at: number; I: number; J: number; m: number; n: number; diagonal: boolean }) => void,
): void {
  for (let t = 0; t < tileCount(matrix.padded); t++) {
    const place = tilePlace(matrix.padded, t);
    use({ ...place, at: tileAt(matrix, place.I, place.J), diagonal: place.I === place.J });
  }
}
