import type { PassContext } from '../kernel/kernel';
import type { GradientDump } from '../shared/dump';
import { besideBytes } from '../shared/memory-budget';

/** Bytes that decoded dumps keep in memory, each buffer once however many arrays lie in it. Arrays in files keep none. */
export function bytesHeld(dumps: readonly Pick<GradientDump, 'arrays'>[], content?: Uint8Array): number {
  const buffers = new Set<ArrayBufferLike>(content && [content.buffer]);
  for (const { arrays } of dumps)
    for (const { location } of arrays) if (location.kind === 'memory') buffers.add(location.bytes.buffer);
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** What a pass may allocate while so many bytes of the budget are held already. */
export const besideHeld = (context: PassContext, held: number): PassContext => ({
  ...context,
  memoryBudget: Math.max(0, context.memoryBudget - held),
  held: (context.held ?? 0) + held,
});

/** The same error; one about the budget says as well what of it was taken before. */
export const sayingHeld = (error: unknown, held: number): unknown =>
  besideBytes(error, held, 'the file takes in memory');
