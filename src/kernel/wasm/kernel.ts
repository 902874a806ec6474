import type { Kernel } from '../kernel';
import { Pages, compile } from './engine';
import type { Variant } from './engine';
import { addGramOf, spectrumFromGram } from './gram-statistics';
import type { Machine } from './pass';
import { productSums } from './product-sums';
import { solve } from './spectrum';
import { Threads } from './threads';

/** The kernel in WebAssembly, or none where the engine does not run it. */
export function wasmKernel(
  folder: string,
  options: Pick<Machine, 'parallel' | 'blockBytes'> & { readonly variants?: readonly Variant[] } = {},
): Kernel | undefined {
  const { variants, ...rest } = options;
  const compiled = compile(folder, variants);
  if (compiled === undefined) return undefined;
  const machine: Machine = { compiled, threads: new Threads(folder), pages: new Pages(), ...rest };
  return {
    solve: async (dump, context, found) => Promise.resolve(solve(machine, dump, context, found)),
    gram: async (dump, target, context) => Promise.resolve(addGramOf(machine, dump, target, context)),
    spectrumOfGram: async (gram, known, parameters, context) =>
      Promise.resolve(spectrumFromGram(machine, gram, known, parameters, context)),
    productSums: (order, count) => productSums(machine, order, count),
  };
}
