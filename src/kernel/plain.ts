import { addGramOf, spectrumFromGram } from './gram-statistics';
import type { Kernel } from './kernel';
import { moments } from './moments';
import { spectrum } from './spectrum';

/** The reference kernel: plain TypeScript in double precision, on any engine. */
export const plainKernel: Kernel = {
  solve: async (dump, run, found) => {
    const known = moments(dump, run);
    found?.(known);
    return Promise.resolve({ moments: known, spectrum: spectrum(dump, known, run) });
  },
  gram: async (dump, target, run) => Promise.resolve(addGramOf(dump, target, run)),
  spectrumOfGram: async (gram, known, parameters, run) =>
    Promise.resolve(spectrumFromGram(gram, known, parameters, run)),
};
