import type { Run } from '../kernel/kernel';
import type { GradientDump } from '../shared/dump';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';

/** Bytes that decoded dumps keep in memory, each buffer once however many arrays lie in it. Arrays in files keep none. */
export function bytesHeld(dumps: readonly Pick<GradientDump, 'arrays'>[], content?: Uint8Array): number {
  const buffers = new Set<ArrayBufferLike>(content && [content.buffer]);
  for (const { arrays } of dumps)
    for (const { location } of arrays) if (location.kind === 'memory') buffers.add(location.bytes.buffer);
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** What a pass may allocate while so many bytes of the budget are held already. */
export const besideHeld = (run: Run, held: number): Run => ({
  ...run,
  memoryBudget: Math.max(0, run.memoryBudget - held),
});

/** The same error; one about the budget says as well what of it was taken before. */
export function sayingHeld(error: unknown, held: number): unknown {
  if (held === 0 || !(error instanceof AnalysisError) || error.problem.code !== 'memory/budget') return error;
  const { problem } = error;
  return new AnalysisError({
    ...problem,
    found: `${problem.found} beside the ${byteCount(held)} that the file takes in memory`,
  });
}
