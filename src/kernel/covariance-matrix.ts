import type { GradientDump } from '../shared/dump';
import type { LayerSpectrum } from '../shared/summary';
import type { BlockReader } from './blocks';
import { STRIP, centerColumns } from './gram-matrix';
import type { PassContext } from './kernel';
import { layerSpectrum } from './matrix-spectrum';
import type { CovarianceMatrix } from './matrix-spectrum';
import { addGram, mirror } from './symmetric';
import { MeanCosine } from './uncentered';

/** Σ by blocks of rows, in two passes: means first. */
export function covarianceMatrix(
  dump: GradientDump,
  context: PassContext,
  reader: BlockReader,
  exponent: number,
): CovarianceMatrix {
  const { rows: n, parameters: d } = dump;
  const scale = 2 ** exponent;
  const rows = new Float64Array(STRIP * d);
  const blocks = Math.ceil(n / STRIP);
  const read = (block: number): number => {
    context.checkCanceled();
    const count = Math.min(STRIP, n - block * STRIP);
    reader.readRows(block * STRIP, count, rows);
    return count;
  };
  // means as deviations from the first row: equal rows leave exactly nothing, however large they are
  const origin = new Float64Array(d);
  const means = new Float64Array(d);
  const cosine = new MeanCosine(d);
  for (let block = 0; block < blocks; block++) {
    const count = read(block);
    if (block === 0) origin.set(rows.subarray(0, d));
    for (let row = 0, k = 0; row < count; row++) {
      cosine.add(rows, k);
      for (let j = 0; j < d; j++, k++) means[j]! += rows[k]! - origin[j]!;
    }
  }
  for (let j = 0; j < d; j++) means[j] = origin[j]! + means[j]! / n;
  const sigma = new Float64Array(d * d);
  const tile = new Float64Array(d * STRIP);
  const deviations = new Float64Array(d);
  for (let block = 0; block < blocks; block++) {
    const count = read(block);
    for (let row = 0, k = 0; row < count; row++)
      for (let j = 0; j < d; j++, k++) {
        const x = (rows[k]! - means[j]!) * scale;
        tile[j * count + row] = x;
        deviations[j]! += x;
      }
    addGram(sigma, tile, d, count, context.checkCanceled);
    context.report({ block: block + 1, blocks, bytesDone: Math.round(((block + 1) / blocks) * dump.bytes) });
  }
  // what rounding left of the mean
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) sigma[i * d + j] = (sigma[i * d + j]! - (deviations[i]! * deviations[j]!) / n) / n;
  const layers: LayerSpectrum[] = [];
  let start = 0;
  for (const { size } of dump.layers) {
    const block = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) block[i * size + j] = sigma[(start + i) * d + start + j]!;
    layers.push(layerSpectrum(block, size, 1, exponent, context));
    start += size;
  }
  return { matrix: sigma, means: means.map((mean) => mean * scale), layers, meanCosine: cosine.value };
}

/** Σ [d, d] of a dump with few parameters and no more rows than those. */
export function smallCovariance({ rows: n, parameters: d }: GradientDump, reader: BlockReader): Float64Array {
  const tile = new Float64Array(n * d);
  reader.readColumns(0, d, tile);
  centerColumns(tile, n, d, 1);
  const turned = new Float64Array(d * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) turned[j * n + i] = tile[i * d + j]!;
  const sigma = new Float64Array(d * d);
  addGram(sigma, turned, d, n);
  for (let k = 0; k < d * d; k++) sigma[k]! /= n;
  mirror(sigma, d);
  return sigma;
}
