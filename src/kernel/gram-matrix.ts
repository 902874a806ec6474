import type { GradientDump } from '../shared/dump';
import type { LayerSpectrum } from '../shared/summary';
import type { BlockReader } from './blocks';
import type { PassContext } from './kernel';
import { layerSpectrum } from './matrix-spectrum';
import type { GramMatrix } from './matrix-spectrum';
import { addGram } from './symmetric';

/** Columns (or rows) of one tile. Fixed, so that the order of summation, and with it every bit, never depends on memory. */
export const STRIP = 256;

/** n·K, layer by layer: the matrix of the whole is the sum of theirs. */
export function gramMatrix(
  dump: GradientDump,
  context: PassContext,
  reader: BlockReader,
  exponent: number,
): GramMatrix {
  const { rows: n, parameters: d } = dump;
  const matrix = new Float64Array(n * n);
  const layerMatrix = dump.layers.length > 1 ? new Float64Array(n * n) : matrix;
  const tile = new Float64Array(n * STRIP);
  const parts = dump.layers.length > 0 ? dump.layers.map(({ size }) => size) : [d];
  const layers: LayerSpectrum[] = [];
  const scale = 2 ** exponent;
  let from = 0;
  let strip = 0;
  const strips = parts.reduce((sum, size) => sum + Math.ceil(size / STRIP), 0);
  for (const size of parts) {
    layerMatrix.fill(0);
    for (let at = from; at < from + size; at += STRIP) {
      context.checkCanceled();
      const width = Math.min(STRIP, from + size - at);
      reader.readColumns(at, width, tile);
      centerColumns(tile, n, width, scale);
      addGram(layerMatrix, tile, n, width, context.checkCanceled);
      strip++;
      context.report({ block: strip, blocks: strips, bytesDone: Math.round((strip / strips) * dump.bytes) });
    }
    from += size;
    if (dump.layers.length > 0) layers.push(layerSpectrum(layerMatrix, n, n, exponent, context));
    if (layerMatrix !== matrix) for (let k = 0; k < n * n; k++) matrix[k]! += layerMatrix[k]!;
  }
  return { matrix, layers };
}

/**
 * Subtracts the column means, exactly enough that the columns then sum to rounding, and scales by a power of two. Means are taken
 * as deviations from the first row: equal rows leave exactly nothing, however large they are.
 *
 * @param means [width] are left here, not scaled
 */
export function centerColumns(
  tile: Float64Array,
  rows: number,
  width: number,
  scale: number,
  means = new Float64Array(width),
): void {
  const sums = new Float64Array(width);
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < width; j++, k++) sums[j]! += tile[k]! - tile[j]!;
  for (let j = 0; j < width; j++) means[j] = tile[j]! + sums[j]! / rows;
  const left = new Float64Array(width);
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < width; j++, k++) left[j]! += tile[k]! -= means[j]!;
  for (let j = 0; j < width; j++) left[j]! /= rows;
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < width; j++, k++) tile[k] = (tile[k]! - left[j]!) * scale;
}
