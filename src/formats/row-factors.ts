import type { DumpMetadata, StoredArray } from '../shared/dump';
import { ELEMENT_BYTES } from '../shared/dump';
import { beyondMemory, workingMemory } from '../shared/memory-budget';
import { plainNumber, wholeNumber } from '../shared/numbers';
import type { Content } from './format';
import type { StatedMetadata } from './metadata';
import type { ReadLimits } from './read-limits';
import type { ByteSource } from './source';
import { doubles, numbersOf } from './strided';

/** Elements decoded at a time. */
const PIECE = 1 << 16;

/**
 * What the metadata say of each row by itself goes into the rows, as a copy in double precision: a row is divided by its own
 * `gradientScale`, and with `weights` w row i becomes m + (wᵢ/w̄)(gᵢ − m) with m = Σwg/Σw. The mean of those rows is m, and
 * their scatter is that of the ratio Σwg/Σw to first order, as where the loss is a mean over tokens.
 *
 * @returns the content as it is where the metadata say nothing of this kind
 * @throws AnalysisError memory/budget
 * @see W. G. Cochran, Sampling Techniques, 3rd ed. (1977), §6.3, for the ratio estimator
 */
export function withRowFactors<C extends Omit<Content, 'metadata' | 'notes'>>(
  content: C,
  { rowScales, ...metadata }: StatedMetadata,
  source: ByteSource,
  limits: ReadLimits,
): { readonly content: C; readonly metadata: DumpMetadata; readonly notes: readonly string[] } {
  const { weights } = metadata;
  if (rowScales === undefined && weights === undefined) return { content, metadata, notes: [] };
  const { rows: n, parameters } = content;
  const bytes = 8 * n * parameters;
  if (bytes > limits.memoryBudget)
    throw beyondMemory('memory/budget', `To count each row by its own ${rowScales === undefined ? 'weight' : 'scale'}, a copy needs`, bytes, limits.memoryBudget, {
      where: source.path,
      bytes: bytes + workingMemory(n, parameters),
      otherwise: 'put them into the rows before saving',
      fix: rowScales === undefined
        ? 'm = np.average(g, 0, weights); np.save("grad.npy", m + (weights / np.mean(weights))[:, None] * (g - m))'
        : 'np.save("grad.npy", g / scales[:, None])',
    }); // prettier-ignore
  const arrays = content.arrays.map((array): StoredArray => {
    const numbers = decoded(array, n, source, limits.checkCanceled);
    const { columns } = array;
    rowScales?.forEach((scale, i) => {
      for (let k = i * columns; k < (i + 1) * columns; k++) numbers[k] = (numbers[k] ?? 0) / scale;
    });
    if (weights !== undefined) weigh(numbers, columns, weights);
    return doubles(numbers, columns);
  });
  const range = (list: readonly number[]): string =>
    `${shown(list.reduce((a, b) => Math.min(a, b)))} to ${shown(list.reduce((a, b) => Math.max(a, b)))}`;
  const notes = [
    ...(rowScales === undefined ? [] : [`Each row was divided by its own gradientScale, ${range(rowScales)}.`]),
    ...(weights === undefined
      ? []
      : [`Each row counts by its weight, ${range(weights)}: the mean gradient is Σwg/Σw, and the noise is that of this ratio, to first order in 1/n. Numbers for single rows are those of their parts in it.`]), // prettier-ignore
  ];
  const { losses, loss } = metadata;
  const weighted = weights !== undefined && losses !== undefined && loss !== undefined && loss === mean(losses);
  return {
    content: { ...content, arrays },
    metadata: weighted ? { ...metadata, loss: mean(losses, weights) } : metadata,
    notes,
  };
}

const shown = (x: number): string => (Number.isInteger(x) ? wholeNumber(x) : plainNumber(x));

/** Σwx/Σw. */
const mean = (numbers: readonly number[], weights?: readonly number[]): number => {
  const [sum, all] = numbers.reduce(([s, w], x, i) => [s + (weights?.[i] ?? 1) * x, w + (weights?.[i] ?? 1)], [0, 0]);
  return sum / all;
};

/** [n, columns] in C order, in place. */
function weigh(numbers: Float64Array, columns: number, weights: readonly number[]): void {
  const all = weights.reduce((sum, w) => sum + w, 0);
  const average = all / weights.length;
  for (let j = 0; j < columns; j++) {
    const at = (i: number): number => numbers[i * columns + j] ?? 0;
    const m = weights.reduce((sum, w, i) => sum + w * at(i), 0) / all;
    weights.forEach((w, i) => (numbers[i * columns + j] = m + (w / average) * (at(i) - m)));
  }
}

/** An array [n, columns] as doubles in C order. */
function decoded(array: StoredArray, n: number, source: ByteSource, checkCanceled: () => void): Float64Array {
  const { columns, order, location } = array;
  const size = ELEMENT_BYTES[array.element];
  const count = n * columns;
  const numbers = new Float64Array(count);
  for (let begin = 0; begin < count; begin += PIECE) {
    checkCanceled();
    const length = Math.min(PIECE, count - begin) * size;
    const at = location.offset + begin * size;
    const bytes = location.kind === 'memory' ? location.bytes.subarray(at, at + length) : source.read(at, length);
    numbersOf(array, bytes).forEach((value, k) => {
      const place = begin + k;
      numbers[order === 'C' ? place : (place % n) * columns + Math.floor(place / n)] = value;
    });
  }
  return numbers;
}
