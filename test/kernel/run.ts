import { expect } from 'vitest';
import { plainKernel } from '../../src/kernel/plain';
import type { Kernel, PassContext } from '../../src/kernel/kernel';
import type { GradientDump } from '../../src/shared/dump';
import type { Moments, Spectrum } from '../../src/shared/summary';

/** A run that nobody cancels, with memory to spare. */
export const unhurried: PassContext = {
  memoryBudget: 2 ** 30,
  checkCanceled: () => undefined,
  report: () => undefined,
};

/** All that the rows say. */
export async function solve(
  dump: GradientDump,
  kernel: Kernel = plainKernel,
  context: PassContext = unhurried,
): Promise<{ moments: Moments; spectrum: Spectrum }> {
  return kernel.solve(dump, context);
}

/** Those of a dump, also of one that has no spectrum. */
export async function momentsOf(
  dump: GradientDump,
  kernel: Kernel = plainKernel,
  context: PassContext = unhurried,
): Promise<Moments> {
  let known: Moments | undefined;
  try {
    return (await kernel.solve(dump, context, (moments) => (known = moments))).moments;
  } catch (error) {
    if (known !== undefined) return known;
    throw error;
  }
}

export const refused = (code: string, words = /./): Error =>
  expect.objectContaining({
    problem: expect.objectContaining({ code }) as unknown,
    message: expect.stringMatching(words) as unknown,
  }) as Error;
