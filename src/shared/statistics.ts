import type { GradientDump, SourceFile, StoredArray } from './dump';
import type { LayerSpectrum, Moments } from './summary';

/**
 * A dump reduced to what adds over its columns: of shards that hold other parameters of the same examples, in the same order,
 * the statistics of the whole are the sum. The rows themselves are not needed any more.
 */
export interface Statistics {
  /** What was reduced; its layers are empty when no file had any. */
  readonly dump: Omit<GradientDump, 'arrays'>;
  readonly sources: readonly SourceFile[];
  /** With at least one layer: a dump without layers is one, called like its file. */
  readonly moments: Moments;
  readonly gram: Gram;
}

/** The products between centered rows, whatever the number of parameters. */
export interface Gram {
  /** n·K = XXᵀ [n, n], both triangles, in units of gradient². */
  readonly products: StoredArray;
  /** What products in single precision add to the rounding of the eigenvalues of K; 0 for double precision. */
  readonly rounding: number;
  /** One entry per layer, in the order of those of the moments. */
  readonly layers: readonly LayerSpectrum[];
}

/** Whether its elements are counted by their size. Layers are needed; elements that are all 0 have no size. */
export const isCounted = ({ centeredSquaredNorms, elementHistogram, layers }: Moments): boolean =>
  elementHistogram.positive.length > 0 ||
  elementHistogram.zeros === centeredSquaredNorms.length * layers.reduce((sum, { size }) => sum + size, 0);
