import { addGramOf, spectrumFromGram } from './gram-statistics';
import type { Kernel, ProductSumsOf } from './kernel';
import { moments } from './moments';
import { spectrum } from './spectrum';
import { addGram } from './symmetric';

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
  productSums: (order, count) => productSums(order, count),
};

/** @see Kernel.productSums */
const productSums: ProductSumsOf = (order, count) => {
  const matrices = Array.from({ length: count }, () => new Float64Array(order * order));
  return {
    add: (k, tile, width, checkCanceled) => addGram(matrices[k]!, tile, order, width, checkCanceled),
    lower: (k) => matrices[k]!,
  };
};
