import type { Quantities } from '../metrics/quantities';
import type { Layer } from '../shared/dump';
import { plainNumber, wholeNumber } from '../shared/numbers';
import type { Panel } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { blockEnds, heatMap } from './heat-map';

/** Σ with divisor 1/N, where it is small enough to be kept. */
export function requireCovariance(quantities: Quantities): Float64Array {
  quantities.requireNoise();
  const { covariance } = quantities.spectrum;
  if (quantities.summary.dump.format === 'gradstats')
    throw new AnalysisError({
      code: 'gradstats/rows',
      found: 'Covariances between parameters need the rows themselves, and this file holds their lengths and products',
      remedy: 'Analyze the dump itself.',
    });
  if (covariance === undefined)
    throw new AnalysisError({
      code: 'value/undefined',
      found: `The covariances of ${wholeNumber(quantities.parameters)} parameters are too many to show`,
      remedy: 'They are shown for 64 parameters or fewer.',
    });
  return covariance;
}

export const entry = (covariance: Float64Array, d: number, j: number, k: number): number => covariance[j * d + k] ?? 0;

/** A cell for every pair of parameters. */
export function parameterCells(
  word: 'correlation' | 'covariance',
  d: number,
  layers: readonly Layer[],
  at: (j: number, k: number) => number,
  full = 1,
): Panel {
  const starts = layers.map((_, index) => layers.slice(0, index).reduce((sum, { size }) => sum + size, 0));
  const nameOf = (j: number): string => {
    const layer = layers[starts.findLastIndex((start) => start <= j)];
    return layer === undefined ? `parameter ${j}` : `parameter ${j} (${layer.name})`;
  };
  const values = new Float64Array(d * d);
  const names: string[] = [];
  for (let j = 0; j < d; j++)
    for (let k = 0; k < d; k++) {
      values[j * d + k] = at(j, k);
      names.push(`${nameOf(j)} and ${nameOf(k)}: ${word} ${plainNumber(at(j, k))}`);
    }
  return heatMap({
    name: `${word}s`,
    axis: { title: [['t', 'parameter']], name: 'parameter' },
    ends: blockEnds(d),
    values,
    full,
    names,
    boundaries: starts.slice(1),
  });
}
