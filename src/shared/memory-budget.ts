import { byteCount, wholeNumber } from './numbers';
import { AnalysisError } from './problem';
import type { Problem } from './problem';

/** What the budget is called in the editor; the command line puts its own name in this place. */
export const BUDGET_SETTING = '“gradientCovariance.memoryBudgetMiB”';
export const BUDGET_OPTION = '--memory-budget';

const MEBIBYTE = 2 ** 20;
/** What WebAssembly can address. */
const ADDRESSABLE = 2 ** 32 - 2 ** 16;

/** Bytes that reading takes, and what may be done in place of allowing them. */
interface Memory {
  /** All that is needed at a time, for the analysis to end. */
  readonly bytes: number;
  /** A sentence without its full stop, which begins in lower case. */
  readonly otherwise?: string;
}

/** What to do about a budget: once, because the sum is that of everything. */
export function raiseBudget({ bytes, otherwise }: Memory): string {
  if (bytes === Infinity) return otherwise === undefined ? 'No budget is enough.' : `No budget is enough: ${otherwise}`;
  const raised = `Raise ${BUDGET_SETTING} to ${wholeNumber(Math.ceil(bytes / MEBIBYTE)).replaceAll(',', '')} or more`;
  return otherwise === undefined ? `${raised}.` : `${raised}, or ${otherwise}`;
}

/**
 * More than the budget allows.
 *
 * @param what with its verb: `The 9 × 9 products need`
 * @param needed bytes that were compared with the budget
 * @param memory all that is needed at a time, when that is more
 */
export function beyondMemory(
  code: 'memory/budget' | 'file/too-large',
  what: string,
  needed: number,
  budget: number,
  { where, fix, otherwise, bytes = needed }: Partial<Memory> & { readonly where?: string; readonly fix?: string } = {},
): AnalysisError {
  const stop = fix === undefined ? '.' : ':';
  const memory = { bytes, ...(otherwise !== undefined && { otherwise: `${otherwise}${stop}` }) };
  return new AnalysisError({
    code,
    found: `${what} ${byteCount(needed)}, the budget is ${byteCount(budget)}`,
    ...(where !== undefined && { where }),
    remedy: raiseBudget(memory),
    ...(fix !== undefined && { fix }),
    memory,
  });
}

/**
 * The same error; one about the budget says as well what else was taken, and names the sum.
 *
 * @param whose what takes them, with its verb: `the file takes in memory`
 */
export function besideBytes(error: unknown, held: number, whose: string): unknown {
  if (held === 0 || !(error instanceof AnalysisError)) return error;
  const { problem } = error;
  const { code, memory } = problem;
  if (code !== 'memory/budget' && (code !== 'file/too-large' || memory === undefined)) return error;
  const sum = memory && { ...memory, bytes: memory.bytes + held };
  return new AnalysisError({
    ...problem,
    found: `${problem.found} beside the ${byteCount(held)} that ${whose}`,
    ...(sum && { memory: sum, remedy: raiseBudget(sum) }),
  });
}

/** The same problem, where what comes after it needs so many bytes: the sum that is named is the larger. */
export function atLeast(problem: Problem, bytes: number): Problem {
  const { memory } = problem;
  if (memory === undefined || memory.bytes >= bytes) return problem;
  const more = { ...memory, bytes };
  return { ...problem, memory: more, remedy: raiseBudget(more) };
}

/**
 * At most so many bytes solving a dump of n rows and d columns takes, whichever kernel does it.
 *
 * @returns bytes; Infinity when no budget is enough
 */
export function workingMemory(n: number, d: number): number {
  const order = Math.min(n, d);
  if (8.5 * order * order > ADDRESSABLE) return Infinity;
  const shown = n > d ? 2 * Math.min(n, 512) ** 2 : 0;
  return 8 * (3 * order * order + shown + 4 * n) + (64 << 10) * order + 8 * MEBIBYTE;
}
