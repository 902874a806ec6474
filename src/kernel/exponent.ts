import type { Moments } from '../shared/summary';

/** k such that 2^k·magnitude is in [1, 2), as far as 2^k is a normal double; 0 for 0. */
export const exponentOf = (magnitude: number): number =>
  magnitude > 0 ? Math.max(-1022, Math.min(1022, -Math.floor(Math.log2(magnitude)))) : 0;

export const largestOf = (values: Float64Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * k such that 2^k times the longest centered row is near 1: products of rows then keep every bit, and scaling back is exact. The
 * mean may be larger by any power; it is subtracted first.
 */
export const scalingExponent = ({ centeredSquaredNorms }: Pick<Moments, 'centeredSquaredNorms'>): number =>
  exponentOf(Math.sqrt(largestOf(centeredSquaredNorms)));
