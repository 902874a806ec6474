import type { MetricDifference } from './compare';

/**
 * A difference as a share of the baseline's value: of one unit for all metrics, so that they stand on one axis. The interval is
 * that of the difference; of a noise scale that of the ratio.
 */
export interface RelativeChange {
  /** −0.11: lower by 11 % of the baseline's value. */
  readonly share: number;
  /** An end that is missing is open. Absent where nothing says how far chance moves it. */
  readonly interval?: { readonly lower?: number; readonly upper?: number };
}

/** @returns undefined where one has no value, or the baseline's is not positive */
export function relativeChange({ baseline, difference, ratio }: MetricDifference): RelativeChange | undefined {
  if (baseline.kind !== 'value' || difference === undefined || !(baseline.value > 0)) return undefined;
  const { value: unit } = baseline;
  const ends = ratio?.interval ?? difference.interval;
  const shareOf = (end: number): number => (ratio?.interval === undefined ? end / unit : end - 1);
  return {
    share: difference.value / unit,
    ...(ends && {
      interval: {
        ...(ends.lower !== undefined && { lower: shareOf(ends.lower) }),
        ...(ends.upper !== undefined && { upper: shareOf(ends.upper) }),
      },
    }),
  };
}
