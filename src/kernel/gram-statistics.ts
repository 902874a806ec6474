import type { GradientDump } from '../shared/dump';
import { beyondMemory } from '../shared/memory-budget';
import type { Gram } from '../shared/statistics';
import type { Moments, Spectrum } from '../shared/summary';
import { openBlocks } from './blocks';
import { clippedOfGiven } from './eigen';
import { scalingExponent } from './exponent';
import { STRIP, gramMatrix } from './gram-matrix';
import type { AddedGram, PassContext } from './kernel';
import { spectrumOfGram } from './matrix-spectrum';
import { moments as momentsOf } from './moments';
import { refuseOneRow } from './spectrum';

/** Rows of products that are read together. */
const ROWS = 64;

/** @see Kernel.gram */
export function addGramOf(dump: GradientDump, target: Float64Array, context: PassContext): AddedGram {
  const { rows: n } = dump;
  refuseOneRow(dump);
  refuseBeyond(8 * ((dump.layers.length > 1 ? 2 : 1) * n * n + n * STRIP) + target.byteLength, n, context);
  const moments = momentsOf(dump, context);
  const exponent = scalingExponent(moments);
  const reader = openBlocks(dump);
  try {
    const { matrix, layers } = gramMatrix(dump, context, reader, exponent);
    reader.checkUnchanged();
    const back = 2 ** (-2 * exponent);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        const product = matrix[i * n + j]! * back;
        target[i * n + j]! += product;
        if (j < i) target[j * n + i]! += product;
      }
    return { moments, rounding: 0, layers };
  } finally {
    reader.close();
  }
}

/** @see Kernel.spectrumOfGram */
export function spectrumFromGram(gram: Gram, moments: Moments, parameters: number, context: PassContext): Spectrum {
  const n = moments.centeredSquaredNorms.length;
  refuseBeyond(8 * (n * n + ROWS * n + 32 * n), n, context);
  const exponent = scalingExponent(moments);
  const scale = 2 ** (2 * exponent);
  const matrix = new Float64Array(n * n);
  eachRow(gram, n, context, (row, i) => {
    for (let j = 0; j <= i; j++) matrix[i * n + j] = row[j]! * scale;
  });
  return withPossible(
    spectrumOfGram({ matrix, layers: gram.layers }, moments, exponent, context, gram.rounding, clippedOfGiven),
    parameters,
  );
}

/** Beyond min(n, d) eigenvalues there is only rounding. */
export const withPossible = (solved: Spectrum, parameters: number): Spectrum => ({
  ...solved,
  eigenvalues: solved.eigenvalues.slice(0, parameters),
});

/** The rows of n·K, one after another, as they are stored. */
export function eachRow(
  { products }: Pick<Gram, 'products'>,
  n: number,
  context: PassContext,
  use: (row: Float64Array, i: number) => void,
): void {
  const rows = new Float64Array(ROWS * n);
  const reader = openBlocks({ rows: n, parameters: n, arrays: [products] });
  try {
    for (let from = 0; from < n; from += ROWS) {
      context.checkCanceled();
      const count = Math.min(ROWS, n - from);
      reader.readRows(from, count, rows);
      for (let k = 0; k < count; k++) use(rows.subarray(k * n, (k + 1) * n), from + k);
      context.report({ block: from + count, blocks: n, bytesDone: 8 * n * (from + count) });
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
}

function refuseBeyond(needed: number, n: number, { memoryBudget }: PassContext): void {
  if (needed <= memoryBudget) return;
  throw beyondMemory('memory/budget', `The ${n} × ${n} products between rows need`, needed, memoryBudget, { otherwise: 'dump fewer rows' }); // prettier-ignore
}
