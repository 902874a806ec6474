import { isCounted } from '../shared/statistics';
import type { Moments } from '../shared/summary';
import { CompensatedSum } from './sum';

/**
 * The moments of shards that hold other parameters of the same examples, as those of the whole: sums over parameters add, row
 * by row and bin by bin, and layers follow each other.
 *
 * @param parts one or more, each with layers
 */
export function addedMoments(parts: readonly Moments[]): Moments {
  const layers = parts.flatMap((part) => part.layers);
  const sum = (read: (part: Moments) => number): number => compensated(parts.map(read));
  const rows = (read: (part: Moments) => Float64Array): Float64Array =>
    read(parts[0]!).map((_, i) => compensated(parts.map((part) => read(part)[i]!)));
  const elements = parts.map(({ elementHistogram }) => elementHistogram);
  // where those of one shard are not counted, those of the whole are not
  const counted = parts.every(isCounted);
  const first = firstOf(elements.map((bins) => ({ first: bins.first, counts: bins.positive })));
  const side = (read: (bins: Moments['elementHistogram']) => Float64Array): Float64Array =>
    addedBins(counted ? elements.map((bins) => ({ first: bins.first, counts: read(bins) })) : [], first);
  const variances = parts.map(({ varianceHistogram }) => varianceHistogram);
  return {
    // from the layers, as the whole does it
    meanSquaredNorm: compensated(layers.map(({ meanSquaredNorm }) => meanSquaredNorm)),
    scatter: compensated(layers.map(({ scatter }) => scatter)),
    centeredSquaredNorms: rows(({ centeredSquaredNorms }) => centeredSquaredNorms),
    meanProducts: rows(({ meanProducts }) => meanProducts),
    signalToNoise: {
      sum: sum(({ signalToNoise }) => signalToNoise.sum),
      parameters: sum(({ signalToNoise }) => signalToNoise.parameters),
    },
    constantParameters: sum(({ constantParameters }) => constantParameters),
    deadParameters: sum(({ deadParameters }) => deadParameters),
    varianceHistogram: { first: firstOf(variances), counts: addedBins(variances, firstOf(variances)) },
    elementHistogram: {
      first,
      positive: side(({ positive }) => positive),
      negative: side(({ negative }) => negative),
      zeros: sum(({ elementHistogram }) => elementHistogram.zeros),
    },
    saturated: sum(({ saturated }) => saturated),
    largestMagnitude: Math.max(...parts.map(({ largestMagnitude }) => largestMagnitude)),
    layers,
  };
}

function compensated(values: readonly number[]): number {
  const sum = new CompensatedSum();
  for (const value of values) sum.add(value);
  return sum.value;
}

type Bins = Moments['varianceHistogram'];

/** The lowest bin that any fills; histograms without bins have none. */
const firstOf = (histograms: readonly Bins[]): number => {
  const filled = histograms.filter(({ counts }) => counts.length > 0);
  return filled.length > 0 ? Math.min(...filled.map(({ first }) => first)) : 0;
};

function addedBins(histograms: readonly Bins[], first: number): Float64Array {
  const filled = histograms.filter(({ counts }) => counts.length > 0);
  const sum = new Float64Array(Math.max(0, ...filled.map((bins) => bins.first + bins.counts.length - first)));
  for (const bins of filled) for (const [k, count] of bins.counts.entries()) sum[bins.first - first + k]! += count;
  return sum;
}
