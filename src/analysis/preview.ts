import { groupedRows } from '../kernel/grouped-rows';
import type { Kernel, PassContext } from '../kernel/kernel';
import { rowBytes } from '../kernel/placement';
import type { GradientDump } from '../shared/dump';
import { problemOf } from '../shared/problem';
import type { DumpSummary } from '../shared/summary';
import { onlyRows } from './without-rows';

/** Multiplications of a spectrum that takes about two seconds. */
const SLOW = 1.2e11;

/** Rows that say something about a spectrum, and as many as are worth the wait. */
const ROWS = { least: 8, most: 256 };

/**
 * What some rows, evenly spaced, say about a dump whose own spectrum takes seconds: within a fraction of one.
 *
 * @param budget bytes the rows and their analysis may take
 * @param slow multiplications from which on it is worth while
 * @returns undefined for a dump that is quick, or whose rows are too long or lie apart
 * @throws AnalysisError file/…, run/canceled
 */
export async function preview(
  dump: GradientDump,
  kernel: Kernel,
  context: PassContext,
  budget: number,
  slow = SLOW,
): Promise<DumpSummary | undefined> {
  const { rows: n, parameters: d, arrays } = dump;
  if (n * d * Math.min(n, d) < slow || arrays.some(({ order }) => order === 'F')) return undefined;
  const bytes = rowBytes(dump);
  const count = Math.min(ROWS.most, Math.floor(n / 2), Math.floor(budget / 4 / bytes));
  if (count < ROWS.least) return undefined;
  const rows = Array.from({ length: count }, (_, i) => Math.floor((i * n) / count));
  const some = onlyRows(dump, rows, context.checkCanceled);
  const part: PassContext = { ...context, memoryBudget: budget - count * bytes, report: () => undefined };
  try {
    const { arrays: _, ...description } = some;
    const solved = await kernel.solve(some, part);
    const { groups: names } = some.metadata;
    const groups = names && groupedRows(some, names, solved.moments, solved.spectrum.gram, part);
    return { dump: description, ...solved, ...(groups && { groups }) };
  } catch (error) {
    // nobody asked for it: the analysis itself says what does not fit
    if (problemOf(error).code === 'memory/budget') return undefined;
    throw error;
  }
}
