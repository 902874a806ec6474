import { availableParallelism } from 'node:os';
import type { GradientDump } from '../../shared/dump';
import { beyondMemory } from '../../shared/memory-budget';
import { byteCount } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import type { PassContext } from '../kernel';
import { Arena } from './arena';
import { Control, Stopped } from './control';
import { ADDRESSABLE } from './engine';
import type { Compiled, Pages } from './engine';
import { handsOf, perform } from './operations';
import { openSources } from './reading';
import type { WorkerView } from './strip-source';
import type { Cut } from './strips';
import { PITCH } from './task';
import type { Task, WorkspaceLayout } from './task';
import type { Threads } from './threads';
import type { View } from './view';

/** What a kernel computes with. */
export interface Machine {
  readonly compiled: Compiled;
  readonly threads: Threads;
  readonly pages: Pages;
  /** Threads that compute; by default as many as the machine runs at once, at most 4. */
  readonly parallel?: number;
  /** Bytes of a block to aim for. */
  readonly blockBytes?: number;
}

/** A pass over the blocks of a dump, in a memory of its own. */
export interface Pass {
  readonly task: Task;
  readonly hands: WorkerView;
  /** Waits until the next block is read; returns the index of the buffer that holds it. */
  readonly awaitBlock: () => number;
  readonly release: () => void;
  readonly fork: (operation: number, ...values: readonly number[]) => void;
}

/** A pass as it will be laid out in memory. */
export interface Plan {
  readonly arena: Arena;
  readonly task: Omit<Task, 'identities'>;
}

/** Bytes below which starting threads takes longer than the work. */
const WORTH_THREADS = 8 << 20;

/** Waits of 20 ms without a byte from the disk: 30 s. */
const PATIENCE = 1500;

export const threadsFor = (machine: Machine, work: number): number =>
  work < WORTH_THREADS && machine.parallel === undefined
    ? 1
    : (machine.parallel ?? Math.min(4, availableParallelism()));

/** Lays out what every pass needs; the caller adds its own. */
export function plan(view: View, cut: Cut, threads: number, reads: boolean): Plan {
  const arena = new Arena();
  const lane = view.wide ? 8 : 4;
  const pieces = view.pieces;
  const converts = pieces.some(({ element, littleEndian }) => !littleEndian || element !== (view.wide ? 'f8' : 'f4'));
  const turns = pieces.some(({ runs }) => runs === 'columns');
  const ragged = cut.strips.some(({ width }) => (width * lane) % 16 !== 0) || pieces.length > 1;
  const tall = view.rows * PITCH + 256;
  const workspaces = Array.from({ length: threads }, (): WorkspaceLayout => ({
    rows: converts || turns || ragged ? arena.take(tall) : 0,
    columns: converts && turns ? arena.take(tall) : 0,
    work: arena.take(5 * 4096),
    tables: arena.take(32768),
    variances: arena.take(2048 * 4),
  }));
  const count = reads && cut.blocks.length > 1 ? 2 : 1;
  const buffers = Array.from({ length: count }, () => arena.take(cut.bufferBytes + 256));
  return { arena, task: { view, cut, threads, buffers, workspaces } };
}

/** Whether a thread of its own reads ahead: only from files, and when there is enough of them. */
export const readsAhead = (dump: GradientDump, work: number, machine: Machine): boolean =>
  (work >= WORTH_THREADS || machine.parallel !== undefined) &&
  dump.arrays.every(({ location }) => location.kind === 'file');

/** What cannot be done within the budget, or within the addresses of the machine. */
export function beyondBudget(bytes: number, { memoryBudget }: PassContext, what: string): AnalysisError {
  if (bytes <= ADDRESSABLE)
    return beyondMemory('memory/budget', `${what} need`, bytes, memoryBudget, { otherwise: 'dump fewer rows' });
  return new AnalysisError({
    code: 'memory/budget',
    found: `${what} need ${byteCount(bytes)}, the most that can be used is ${byteCount(ADDRESSABLE)}`,
    remedy: 'Dump fewer rows: no budget is enough.',
  });
}

/**
 * Opens the files, starts the threads, and lets `work` lead them; whatever happens, threads and files are let go.
 *
 * @param passes how often the blocks are read
 */
export function withPass<T>(
  machine: Machine,
  { arrays }: Pick<GradientDump, 'arrays'>,
  context: PassContext,
  { arena, task: planned }: Plan,
  passes: number,
  ahead: boolean,
  work: (pass: Pass) => T,
): T {
  // first what the system may refuse, then the files, which whoever has them must close
  const memory = machine.pages.take(arena.bytes);
  const sources = openSources(planned.view, arrays);
  const task: Task = { ...planned, identities: sources.identities };
  const control = new Control(memory, task.threads);
  const { module } = machine.compiled;
  const crew = machine.threads.start([
    ...(ahead ? [{ module, memory, task, role: 'reader' as const, passes }] : []),
    ...Array.from({ length: task.threads - 1 }, (_, k) => ({ module, memory, task, role: k + 1, passes })),
  ]);
  try {
    const hands = handsOf(module, memory, task, 0);
    const check = (): void => {
      crew.check();
      context.checkCanceled();
    };
    let block = 0;
    const { blocks, bufferBytes } = task.cut;
    const awaitBlock = (): number => {
      context.checkCanceled();
      const buffer = block % task.buffers.length;
      if (ahead) {
        let waited = 0;
        control.awaitRead(block + 1, () => {
          check();
          if (++waited > PATIENCE) throw notAnswering();
        });
      } else
        sources.read(blocks[block % blocks.length]!, new Uint8Array(memory.buffer, task.buffers[buffer], bufferBytes));
      block++;
      return buffer;
    };
    const fork = (operation: number, ...values: readonly number[]): void => {
      context.checkCanceled();
      control.fork(operation, values, () => perform(hands, control, operation, values, check), check);
    };
    const result = work({ task, hands, awaitBlock, release: () => control.markUsed(block), fork });
    sources.checkUnchanged();
    return result;
  } catch (error) {
    if (error instanceof Stopped) crew.check(); // says why
    throw error;
  } finally {
    control.stop();
    if (!crew.settle()) machine.pages.abandon();
    sources.close();
  }
}

const notAnswering = (): AnalysisError =>
  new AnalysisError({
    code: 'file/not-answering',
    found: 'A read did not return for 30 seconds',
    remedy: 'Check the disk or the network mount, then try again.',
  });
