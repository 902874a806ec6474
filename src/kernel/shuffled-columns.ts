import type { GradientDump } from '../shared/dump';
import { beyondMemory } from '../shared/memory-budget';
import { openBlocks } from './blocks';
import type { PassContext, ProductSumsOf } from './kernel';
import { lanczos } from './lanczos';
import { multiply } from './symmetric';
import { shuffle } from './shuffle';

/** Columns of one tile. */
const STRIP = 256;
/** Largest eigenvalues are compared, not published: four digits do. */
const TOLERANCE = 1e-4;
const MOST_STEPS = 200;

type Shape = Pick<GradientDump, 'rows' | 'parameters'>;

/** Shuffled columns of a tall dump meet each other, so all of it is held; a wide one goes by strips. */
const heldColumns = ({ rows: n, parameters: d }: Shape): number => (n <= d ? Math.min(STRIP, d) : d);

/** The columns in two orders and packed, a matrix in whose order the eigenvalues are found, and the vectors of that. */
const fixedMemory = (shape: Shape): number => {
  const order = Math.min(shape.rows, shape.parameters);
  return 8 * (2 * shape.rows * heldColumns(shape) + order * (STRIP + order + 64));
};

/** Bytes without which nothing is shuffled. */
export const shufflingMemory = (shape: Shape): number =>
  fixedMemory(shape) + 8 * Math.min(shape.rows, shape.parameters) ** 2;

/** Of the addresses that WebAssembly has, 4 GiB, sums take half at the most, whatever the budget. */
const MOST_SUMS = 2 ** 31;

/** Draws whose sums fit side by side; the rest take another pass over the dump. */
export function drawsTogether(shape: Shape, draws: number, memoryBudget: number): number {
  const order = Math.min(shape.rows, shape.parameters);
  const room = Math.min(memoryBudget - fixedMemory(shape), MOST_SUMS);
  return Math.min(draws, Math.floor(room / (8 * order * order)));
}

/**
 * λ₁ of the dump with every column shuffled by itself, so often: each parameter keeps its own distribution, and no two have
 * anything to do with each other. Columns stay centered, so the smaller of K and Σ is made anew for every draw.
 *
 * @param uniform seeded numbers in [0, 1)
 * @param productSums of the kernel
 * @param exponent of two that brings the gradients near 1
 * @returns [draws], largest first
 * @throws AnalysisError memory/budget, file/changed, run/canceled
 * @see Horn 1965, parallel analysis; the permutations: Buja & Eyuboglu 1992
 */
export function shuffledEigenvalues(
  dump: GradientDump,
  draws: number,
  uniform: () => number,
  productSums: ProductSumsOf,
  context: PassContext,
  exponent = 0,
): Float64Array {
  const { rows: n, parameters: d } = dump;
  const order = Math.min(n, d);
  const held = heldColumns(dump);
  const together = drawsTogether(dump, draws, context.memoryBudget);
  if (together < 1) throw beyondMemory('memory/budget', 'Shuffling needs', shufflingMemory(dump), context.memoryBudget);
  const largest = new Float64Array(draws);
  for (let first = 0; first < draws; first += together) {
    const count = Math.min(together, draws - first);
    const sums = productSums(order, count);
    const rows = new Float64Array(n <= d ? n * held : 0);
    eachStrip(dump, held, context, 2 ** exponent, (columns, width) => {
      for (let k = 0; k < count; k++) {
        context.checkCanceled();
        for (let j = 0; j < width; j++) shuffle(columns.subarray(j * n, (j + 1) * n), uniform);
        if (n <= d) sums.add(k, turned(columns, width, n, rows), width, context.checkCanceled);
        else sums.add(k, columns, n, context.checkCanceled);
      }
    });
    for (let k = 0; k < count; k++) {
      const matrix = sums.lower(k);
      const times = (x: Float64Array, y: Float64Array): void => multiply(matrix, order, x, y);
      const found = lanczos(order, times, 1, TOLERANCE, MOST_STEPS, context.checkCanceled);
      largest[first + k] = ((found.values[0] ?? 0) / n) * 2 ** (-2 * exponent);
      context.report({
        block: first + k + 1,
        blocks: draws,
        bytesDone: Math.round(((first + k + 1) / draws) * dump.bytes),
      });
    }
  }
  return largest.sort().reverse();
}

/** Columns of the dump, centered and scaled, each contiguous: [width, n]. */
function eachStrip(
  dump: GradientDump,
  strip: number,
  context: PassContext,
  scale: number,
  visit: (columns: Float64Array, width: number) => void,
): void {
  const { rows: n, parameters: d } = dump;
  const reader = openBlocks(dump);
  try {
    const tile = new Float64Array(n * strip);
    const columns = new Float64Array(n * strip);
    for (let from = 0; from < d; from += strip) {
      context.checkCanceled();
      const width = Math.min(strip, d - from);
      reader.readColumns(from, width, tile);
      turned(tile, n, width, columns);
      for (let j = 0; j < width; j++) center(columns.subarray(j * n, (j + 1) * n), scale);
      visit(columns, width);
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
}

/** [rows, columns] → [columns, rows], into memory that is at hand: a new array each time is garbage each time. */
function turned(matrix: Float64Array, rows: number, columns: number, result: Float64Array): Float64Array {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j]!;
  return result;
}

/** As deviations from the first, so that equal values leave exactly nothing. */
function center(values: Float64Array, scale: number): void {
  const origin = values[0]!;
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += (values[i]! - origin) / values.length;
  mean += origin;
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) * scale;
}
