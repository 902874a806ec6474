import { addGramOf, spectrumFromGram } from './gram-statistics';
import type { Kernel } from './kernel';
import { moments } from './moments';
import { spectrum } from './spectrum';

/** The reference kernel: plain TypeScript in double precision, on any engine. */
export const plainKernel: Kernel = {
  solve: async (dump, context, found) => {
    const known = moments(dump, context);
    found?.(known);
    return Promise.resolve({ moments: known, spectrum: spectrum(dump, known, context) });
  },
  gram: async (dump, target, context) => Promise.resolve(addGramOf(dump, target, context)),
  spectrumOfGram: async (gram, known, parameters, context) =>
    Promise.resolve(spectrumFromGram(gram, known, parameters, context)),
};
