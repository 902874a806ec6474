import type { GradientDump } from '../shared/dump';
import { openBlocks } from './blocks';
import type { PassContext } from './kernel';

/** Numbers of one tile: 2 MiB as doubles. */
const TILE = 2 ** 18;

/** Columns of a dump as they are visited: one after another, each with all its rows side by side in memory. */
export interface ColumnTile {
  /** [width, n] centered, times 2^exponent. */
  readonly centered: Float64Array;
  /** [width] ḡⱼ times 2^exponent. */
  readonly means: Float64Array;
  /** The first column and how many there are. */
  readonly from: number;
  readonly width: number;
}

/**
 * Visits all columns of a dump in order, centered. A column is centered on its own and twice, so that no bit of the result
 * depends on the size of a tile, and equal rows leave exactly nothing.
 *
 * @throws AnalysisError file/changed, run/canceled
 */
export function eachColumnTile(
  dump: GradientDump,
  exponent: number,
  context: PassContext,
  visit: (tile: ColumnTile) => void,
): void {
  const { rows: n, parameters: d } = dump;
  const scale = 2 ** exponent;
  // of more rows than columns as many columns as memory allows: each read goes over all rows
  const most = n > d ? d : Math.max(16, Math.floor(TILE / n));
  const width = Math.max(1, Math.min(d, most, Math.floor(context.memoryBudget / (32 * n))));
  const rows = new Float64Array(n * width);
  const centered = new Float64Array(n * width);
  const means = new Float64Array(width);
  const reader = openBlocks(dump);
  try {
    for (let from = 0; from < d; from += width) {
      context.checkCanceled();
      const columns = Math.min(width, d - from);
      reader.readColumns(from, columns, rows);
      for (let i = 0, k = 0; i < n; i++) for (let j = 0; j < columns; j++) centered[j * n + i] = rows[k++]! * scale;
      for (let j = 0; j < columns; j++) means[j] = centerColumn(centered, j * n, n);
      visit({ centered, means, from, width: columns });
      context.report({
        block: Math.ceil((from + columns) / width),
        blocks: Math.ceil(d / width),
        bytesDone: Math.round(((from + columns) / d) * dump.bytes),
      });
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
}

/** Leaves deviations from the mean, and returns it. */
function centerColumn(values: Float64Array, start: number, n: number): number {
  const origin = values[start]!;
  let sum = 0;
  for (let k = start; k < start + n; k++) sum += values[k]! - origin;
  let mean = origin + sum / n;
  let left = 0;
  for (let k = start; k < start + n; k++) {
    values[k]! -= mean;
    left += values[k]!;
  }
  left /= n;
  if (left !== 0) for (let k = start; k < start + n; k++) values[k]! -= left;
  mean += left;
  return mean;
}
