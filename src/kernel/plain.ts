import { addGramOf, spectrumFromGram } from './gram-statistics';
import type { Kernel } from './kernel';
import { moments } from './moments';
import { spectrum } from './spectrum';

/** The reference kernel: plain TypeScript in double precision, on any engine. */
export const plainKernel: Kernel = {
  moments: async (dump, run) => Promise.resolve(moments(dump, run)),
  spectrum: async (dump, known, run) => Promise.resolve(spectrum(dump, known, run)),
  gram: async (dump, known, target, run) => Promise.resolve(addGramOf(dump, known, target, run)),
  spectrumOfGram: async (gram, known, parameters, run) =>
    Promise.resolve(spectrumFromGram(gram, known, parameters, run)),
};
