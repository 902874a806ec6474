import type { GradientDump } from '../shared/dump';
import { beyondMemory } from '../shared/memory-budget';
import type { Gram } from '../shared/statistics';
import type { Moments, Spectrum } from '../shared/summary';
import { openBlocks } from './blocks';
import { clippedOfGiven } from './eigen';
import { scalingExponent } from './exponent';
import { STRIP, gramMatrix } from './gram-matrix';
import type { AddedGram, Run } from './kernel';
import { spectrumOfGram } from './matrix-spectrum';
import { moments as momentsOf } from './moments';
import { refuseOneRow } from './spectrum';

/** Rows of products that are read together. */
const ROWS = 64;

/** @see Kernel.gram */
export function addGramOf(dump: GradientDump, target: Float64Array, run: Run): AddedGram {
  const { samples: N } = dump;
  refuseOneRow(dump);
  refuseBeyond(8 * ((dump.layers.length > 1 ? 2 : 1) * N * N + N * STRIP) + target.byteLength, N, run);
  const moments = momentsOf(dump, run);
  const exponent = scalingExponent(moments);
  const reader = openBlocks(dump);
  try {
    const { matrix, layers } = gramMatrix(dump, run, reader, exponent);
    reader.checkUnchanged();
    const back = 2 ** (-2 * exponent);
    for (let i = 0; i < N; i++)
      for (let j = 0; j <= i; j++) {
        const product = matrix[i * N + j]! * back;
        target[i * N + j]! += product;
        if (j < i) target[j * N + i]! += product;
      }
    return { moments, rounding: 0, layers };
  } finally {
    reader.close();
  }
}

/** @see Kernel.spectrumOfGram */
export function spectrumFromGram(gram: Gram, moments: Moments, parameters: number, run: Run): Spectrum {
  const N = moments.centeredSquaredNorms.length;
  refuseBeyond(8 * (N * N + ROWS * N + 32 * N), N, run);
  const exponent = scalingExponent(moments);
  const scale = 2 ** (2 * exponent);
  const matrix = new Float64Array(N * N);
  eachRow(gram, N, run, (row, i) => {
    for (let j = 0; j <= i; j++) matrix[i * N + j] = row[j]! * scale;
  });
  return withPossible(
    spectrumOfGram({ matrix, layers: gram.layers }, moments, exponent, run, gram.rounding, clippedOfGiven),
    parameters,
  );
}

/** Beyond min(N, d) eigenvalues there is only rounding. */
export const withPossible = (solved: Spectrum, parameters: number): Spectrum => ({
  ...solved,
  eigenvalues: solved.eigenvalues.slice(0, parameters),
});

/** The rows of N·K, one after another, as they are stored. */
export function eachRow(
  { products }: Pick<Gram, 'products'>,
  N: number,
  run: Run,
  use: (row: Float64Array, i: number) => void,
): void {
  const rows = new Float64Array(ROWS * N);
  const reader = openBlocks({ samples: N, parameters: N, arrays: [products] });
  try {
    for (let from = 0; from < N; from += ROWS) {
      run.checkCanceled();
      const count = Math.min(ROWS, N - from);
      reader.readRows(from, count, rows);
      for (let k = 0; k < count; k++) use(rows.subarray(k * N, (k + 1) * N), from + k);
      run.report({ block: from + count, blocks: N, bytesDone: 8 * N * (from + count) });
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
}

function refuseBeyond(needed: number, N: number, { memoryBudget }: Run): void {
  if (needed <= memoryBudget) return;
  throw beyondMemory('memory/budget', `The ${N} × ${N} products between rows need`, needed, memoryBudget, { otherwise: 'dump fewer rows' }); // prettier-ignore
}
