import type { GradientDump } from '../../shared/dump';
import type { PassContext } from '../kernel';
import { ADDRESSABLE } from './engine';
import { tileCount } from './operations';
import { momentsLayout, partsOf, sliceWidth } from './moments';
import { beyondBudget, plan, threadsFor } from './pass';
import type { Machine, Plan } from './pass';
import { PANEL, PARTS } from './reduction';
import { cut } from './strips';
import type { Cut } from './strips';
import { PITCH, TILE, tilesAlong } from './task';
import type { GramLayout, MatrixLayout } from './task';
import type { View } from './view';

/** Aims for the bytes of a block, largest first; the first that fits into the budget is taken. */
const BLOCK_BYTES = [16, 8, 4, 2, 1, 0].map((mebibytes) => mebibytes << 20);

/** Eigenvalues that are found when memory does not allow all of them, and vectors that the search for them may keep. */
export const LEADING = 32;
export const STEPS = 300;

/** What is decided about a pass over the Gram matrix before its memory is laid out. */
export interface GramPlan {
  readonly threads: number;
  /** Whether a thread reads ahead. */
  readonly ahead: boolean;
  /** Block of results that the registers hold. */
  readonly shape: number;
  /** Whether products are formed in float64; else in float32. */
  readonly wide: boolean;
}

/**
 * The largest blocks that fit with a whole matrix, else with one that is kept as tiles for its leading eigenvalues.
 *
 * @param wholes which of the two are tried
 * @throws AnalysisError memory/budget
 */
export function fitting(
  machine: Machine,
  context: PassContext,
  view: View,
  dump: GradientDump,
  planned: GramPlan,
  wholes: readonly boolean[],
): Plan {
  const { threads, ahead } = planned;
  const parts = view.turned ? [view.columns] : partsOf(dump);
  const layered = !view.turned && dump.layers.length > 1;
  const stripWidth = PITCH / (planned.wide ? 8 : 4);
  const candidate = (whole: boolean, aim: number): Plan => {
    const pieces = cut(view, parts, stripWidth, view.turned ? stripWidth : sliceWidth(view.rows, view.wide), aim);
    const { arena, task } = plan(view, pieces, threads, ahead);
    const measured = view.turned ? {} : { moments: momentsLayout(arena, pieces, view.rows) };
    return withGram({ arena, task: { ...task, ...measured } }, planned, layered, whole);
  };
  const aims = machine.blockBytes === undefined ? BLOCK_BYTES : [machine.blockBytes];
  for (const whole of wholes)
    for (const aim of aims) {
      const tried = candidate(whole, aim);
      if (needed(whole, tried) <= Math.min(context.memoryBudget, ADDRESSABLE)) return tried;
    }
  // what all eigenvalues need, where that can be had at all
  const [first = true] = wholes;
  const whole = needed(first, candidate(first, 0)) <= ADDRESSABLE ? first : wholes.at(-1) === true;
  throw beyondBudget(
    needed(whole, candidate(whole, 0)),
    context,
    `The ${view.rows} × ${view.rows} matrix and the blocks of rows`,
  );
}

const NOTHING_TO_READ: Cut = { strips: [], slices: [], blocks: [], bufferBytes: 0, stripsOfBlock: 0, slicesOfBlock: 0 }; // prettier-ignore

/**
 * For a matrix that is at hand, of so many rows and columns of the dump that it came from.
 *
 * @throws AnalysisError memory/budget
 */
export function layOutSolution(machine: Machine, context: PassContext, n: number, parameters: number): Plan {
  const view: View = { rows: n, columns: parameters, turned: false, wide: true, pieces: [] };
  const candidate = (whole: boolean): Plan =>
    withGram(
      plan(view, NOTHING_TO_READ, threadsFor(machine, n ** 3 / 64), false),
      { shape: 0, wide: true },
      false,
      whole,
    );
  for (const whole of [true, false]) {
    const tried = candidate(whole);
    if (needed(whole, tried) <= Math.min(context.memoryBudget, ADDRESSABLE)) return tried;
  }
  const whole = needed(true, candidate(true)) <= ADDRESSABLE;
  throw beyondBudget(needed(whole, candidate(whole)), context, `The ${n} × ${n} products between rows`);
}

const needed = (whole: boolean, { arena, task }: Plan): number =>
  arena.bytes + (whole ? 0 : (STEPS + LEADING) * 8 * task.view.rows);

type PlannedProducts = Pick<GramPlan, 'shape' | 'wide'>;

const withGram = ({ arena, task }: Plan, products: PlannedProducts, layered: boolean, whole: boolean): Plan => ({
  arena,
  task: { ...task, gram: layOut({ arena, task }, products, layered, whole) },
});

function layOut({ arena, task }: Plan, { shape, wide }: PlannedProducts, layered: boolean, whole: boolean): GramLayout {
  const n = task.view.rows;
  const padded = Math.ceil(n / 12) * 12;
  // odd multiples of cache lines, so that rows do not fall onto each other in the cache; and 8 elements beyond the last
  const pitch = (Math.ceil((padded + 8) / 8) * 8 + 8) * 8;
  const tiles = tileCount(padded) * TILE * TILE * 8;
  const packedMatrix = (): MatrixLayout => ({ at: arena.take(tiles), padded, pitch: TILE * 8, packed: true });
  const matrix = whole ? { at: arena.take((padded + 2) * pitch), padded, pitch, packed: false } : packedMatrix();
  return {
    padded,
    shape,
    wide,
    packed: arena.take(task.cut.stripsOfBlock * padded * PITCH),
    widths: arena.take(task.cut.stripsOfBlock * 4),
    matrix,
    ...(layered && { layer: packedMatrix() }),
    progress: arena.take(tileCount(padded) * 4),
    vectors: arena.take(2 * tilesAlong(padded) * TILE * 8),
    ...(task.view.turned && {
      means: {
        origins: arena.take(8 * n),
        sums: arena.take(8 * n),
        shares: arena.take(8 * n * task.cut.stripsOfBlock),
        means: arena.take(8 * n),
      },
    }),
    ...(whole && {
      reduction: {
        pitch,
        diagonal: arena.take(pitch),
        offDiagonal: arena.take(pitch),
        factors: arena.take(pitch),
        products: arena.take(2 * PARTS * pitch),
        panels: Array.from({ length: task.threads }, () => ({
          V: arena.take(PANEL * pitch),
          W: arena.take(PANEL * pitch),
          row: arena.take(pitch),
        })),
      },
    }),
  };
}
