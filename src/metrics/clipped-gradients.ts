import { AnalysisError } from '../shared/problem';
import { products } from '../theory/agreement';
import { clippedMeans, privateError } from '../theory/clipping';
import type { ClippedMean } from '../theory/clipping';
import { covarianceTrace, trueGradientSquaredNorm } from '../theory/estimators';
import { hallInterval } from '../theory/hall-interval';
import { pseudoValues } from '../theory/pseudo-values';
import type { RowStatistics } from '../theory/row-statistics';
import { signalInterval } from '../theory/score-interval';
import { quantity } from './quantities';
import type { Quantities, Quantity } from './quantities';

/*
 * What clipping the gradient of each example to a length C does to the mean. The three squared lengths, of G, of the clipped
 * G_C and of what is lost, G − G_C, are estimated as ‖G‖² is: the noise left in them is taken away.
 */

/** Of a dump, whatever C is: once for each. */
interface Known {
  readonly inner: Float64Array;
  readonly at: (C: number) => ClippedMean;
}
const known = new WeakMap<Float64Array, Known>();

function knownOf(quantities: Quantities): Known {
  requireExamples(quantities);
  if (quantities.clusters !== undefined)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'The rows are in groups, and what clipping does to the noise between groups is not computed',
      remedy: 'Leave the groups out of the metadata to take the rows as independent.',
    });
  const { spectrum, moments, rows: n } = quantities;
  if (spectrum.gram === undefined)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'Clipping needs the products of all rows, which are kept for up to 512 of them',
      remedy: 'Dump at most so many examples.',
    });
  let found = known.get(spectrum.gram);
  if (found === undefined) {
    const inner = products(spectrum.gram, moments.meanProducts, moments.meanSquaredNorm);
    found = { inner, at: clippedMeans(inner, n) };
    known.set(spectrum.gram, found);
  }
  return found;
}

/** Rows that are means cannot be clipped one by one, and those of random sums have other lengths. */
function requireExamples(quantities: Quantities): void {
  const { meanOf } = quantities;
  quantities.requireOwnColumns('The lengths of random sums scatter about those of the gradients');
  if (meanOf === 1) return;
  throw new AnalysisError({
    code: 'value/undefined',
    found: `Each row is the mean of ${meanOf} examples, and clipping acts on the gradient of one`,
    remedy: 'Dump one gradient per example.',
  });
}

/** [n] ‖gᵢ‖ ascending. */
export function rowLengths(quantities: Quantities): Float64Array {
  requireExamples(quantities);
  const { centeredSquaredNorms, meanProducts, meanSquaredNorm } = quantities.moments;
  return centeredSquaredNorms
    .map((square, i) => Math.sqrt(Math.max(0, meanSquaredNorm + 2 * (meanProducts[i] ?? 0) + square)))
    .sort();
}

/** What clipping to C leaves, estimated for the data set. */
export interface Clipped {
  /** Rows longer than C. */
  readonly clipped: number;
  /** ‖G_C‖² */
  readonly kept: number;
  /** ‖G − G_C‖² */
  readonly lost: number;
  /** GᵀG_C */
  readonly along: number;
  /** tr of the covariance of one clipped gradient. */
  readonly trace: number;
}

/** @throws AnalysisError where the rows do not show it */
export function clippedAt(quantities: Quantities, C: number): Clipped {
  const { at } = knownOf(quantities);
  const { rows: n, drawnRows } = quantities;
  if (!quantities.meanIsExact) quantities.requireCovariance();
  const found = at(C);
  const drawn = (squares: number, mean: number) => ({ ...drawnRows, meanSquaredNorm: mean, scatter: Math.max(0, squares - n * mean) }); // prettier-ignore
  return {
    clipped: found.clipped,
    kept: trueGradientSquaredNorm(drawn(found.keptSquares, found.kept)),
    lost: found.clipped === 0 ? 0 : trueGradientSquaredNorm(drawn(found.lostSquares, found.lost)),
    along: trueGradientSquaredNorm({ ...drawnRows, meanSquaredNorm: found.along, scatter: found.crossSquares - n * found.along }), // prettier-ignore
    trace:
      n > 1 && quantities.meanOf < quantities.population ? covarianceTrace(drawn(found.keptSquares, found.kept)) : 0,
  };
}

/** The rows, the clipped ones, and what each of them lost, as multiples of the rows. */
function weightsOf(quantities: Quantities, C: number, of: 'all' | 'kept' | 'lost'): Float64Array {
  const { inner } = knownOf(quantities);
  const { rows: n } = quantities;
  return Float64Array.from({ length: n }, (_, i) => {
    const norm = Math.sqrt(Math.max(0, inner[i * n + i] ?? 0));
    if (of === 'all') return 1;
    return of === 'kept' ? (norm > C ? C / norm : 1) : norm > C ? (norm - C) / norm : 0;
  });
}

const statisticsOf = (quantities: Quantities, C: number, of: 'all' | 'kept' | 'lost'): RowStatistics =>
  statisticsWith(quantities, weightsOf(quantities, C, of));

/** Multiples of the rows as rows of their own. */
function statisticsWith(quantities: Quantities, weights: Float64Array): RowStatistics {
  const { inner } = knownOf(quantities);
  const { rows: n, rowStatistics } = quantities;
  let meanSquaredNorm = 0;
  const along = weights.map((weight, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (weights[j] ?? 0) * (inner[i * n + j] ?? 0);
    meanSquaredNorm += (weight * sum) / n / n;
    return (weight * sum) / n;
  });
  const { participationRatio: _, ...rest } = rowStatistics;
  return {
    ...rest,
    meanSquaredNorm,
    meanProducts: along.map((product) => product - meanSquaredNorm),
    centeredSquaredNorms: weights.map((weight, i) =>
      Math.max(0, weight * weight * (inner[i * n + i] ?? 0) - 2 * (along[i] ?? 0) + meanSquaredNorm),
    ),
  };
}

/** Share of the examples that are longer than C. */
export function clippedShare(quantities: Quantities, C: number): Quantity {
  const lengths = rowLengths(quantities);
  const n = lengths.length;
  const value = lengths.filter((length) => length > C).length / n;
  if (!quantities.hasIntervals || quantities.clusters !== undefined) return { value };
  // Wilson’s interval; rows drawn from a finite data set say as much as more rows of one without bound
  const { meanFactor } = quantities.rowStatistics;
  const [size, q] = [n / meanFactor, quantities.studentQuantile];
  const middle = (value + (q * q) / (2 * size)) / (1 + (q * q) / size);
  const half = (q / (1 + (q * q) / size)) * Math.sqrt((value * (1 - value)) / size + (q / (2 * size)) ** 2);
  const ends = { lower: Math.max(0, middle - half), upper: Math.min(1, middle + half) };
  return quantity(value, quantities.interval(ends, 'score test'));
}

/** ‖G − G_C‖ */
export function clippingBias(quantities: Quantities, C: number): Quantity {
  const { clipped, lost } = clippedAt(quantities, C);
  const value = Math.sqrt(Math.max(0, lost));
  if (clipped === 0 || !quantities.hasIntervals) return { value };
  const ends = signalInterval(statisticsOf(quantities, C, 'lost'));
  if (ends?.upper === undefined) return { value };
  const [lower, upper] = [Math.sqrt(ends.lower), Math.sqrt(ends.upper)];
  return quantity(value, quantities.interval({ lower, upper }, 'score test'));
}

/** The direction and the length that are kept, from estimates that may leave their range by chance. */
interface Ratio {
  readonly value: number;
  /** Slopes in the squared lengths of all, of what is kept and of what is lost. */
  readonly slopes: readonly [all: number, kept: number, lost: number];
}

function ofMean(
  quantities: Quantities,
  C: number,
  ratio: (signal: number, clipped: Clipped) => Ratio,
  range: readonly [number, number],
): Quantity {
  const clipped = clippedAt(quantities, C);
  const signal = quantities.signal.value;
  const interval = quantities.noiseScaleInterval;
  const unresolved = interval !== undefined && interval.upper === undefined;
  if (unresolved || !(signal > 0) || !(clipped.kept > 0))
    throw new AnalysisError({
      code: quantities.uncertain ? 'value/not-resolved' : 'value/undefined',
      found: quantities.uncertain
        ? 'The mean gradient, or that of the clipped rows, is not distinguishable from 0 with this many rows'
        : `${quantities.zeroMean}, so nothing of it is kept`,
      remedy: 'Dump more rows, or read the bias.',
    });
  const { value, slopes } = ratio(signal, clipped);
  const within = (end: number): number => Math.min(range[1], Math.max(range[0], end));
  if (clipped.clipped === 0 || !quantities.hasIntervals) return { value: within(value) };
  const names = ['all', 'kept', 'lost'] as const;
  const parts = names.map((of) => pseudoValues(statisticsOf(quantities, C, of), 1, 0));
  const linear = Float64Array.from({ length: quantities.rows }, (_, i) =>
    parts.reduce((sum, part, k) => sum + (slopes[k] ?? 0) * (part[i] ?? 0), 0),
  );
  const ends = hallInterval(value, linear);
  return quantity(
    within(value),
    quantities.interval(ends && { lower: within(ends.lower), upper: within(ends.upper) }, 'Hall'),
  );
}

/**
 * cos(G, G_C), by 2GᵀG_C = ‖G‖² + ‖G_C‖² − ‖G − G_C‖². Its interval holds that of its linear part, and that of the part of G_C
 * across G, which alone counts near 1: there a cosine is quadratic in its errors.
 */
export function clippingCosine(quantities: Quantities, C: number): Quantity {
  const found = ofMean(
    quantities,
    C,
    (signal, { kept, along }) => {
      const length = Math.sqrt(signal) * Math.sqrt(kept);
      const value = along / length;
      return {
        value,
        slopes: [1 / (2 * length) - value / (2 * signal), 1 / (2 * length) - value / (2 * kept), -1 / (2 * length)],
      };
    },
    [-1, 1],
  );
  if (found.interval?.upper === undefined) return found;
  const { kept, along } = clippedAt(quantities, C);
  const slope = along / quantities.signal.value;
  const across = signalInterval(statisticsWith(quantities, weightsOf(quantities, C, 'kept').map((weight) => weight - slope))); // prettier-ignore
  if (across?.upper === undefined) return found;
  const cosineOf = (squared: number): number => Math.sqrt(Math.max(0, 1 - squared / kept));
  const { lower, upper } = found.interval;
  const ends = { lower: Math.min(lower, cosineOf(across.upper)), upper: Math.max(upper, cosineOf(across.lower)) };
  return { ...found, interval: { ...found.interval, ...ends } };
}

/** ‖G_C‖/‖G‖, at most 1 except by chance. */
export const clippedLength = (quantities: Quantities, C: number): Quantity =>
  ofMean(
    quantities,
    C,
    (signal, { kept }) => {
      const value = Math.sqrt(kept) / Math.sqrt(signal);
      return { value, slopes: [-value / (2 * signal), value / (2 * kept), 0] };
    },
    [0, Infinity],
  );

/** z of the settings. */
export function noiseMultiplier({ settings, settingsProblems }: Quantities): number {
  const refused = settingsProblems.find(({ field }) => field === 'privacyNoise');
  if (refused !== undefined) throw new AnalysisError(refused.problem);
  if (settings.privacyNoise !== undefined) return settings.privacyNoise;
  throw new AnalysisError({
    code: 'value/needs-metadata',
    found: 'The noise multiplier z of private training is not known',
    remedy: 'Name it in the metadata.',
    fix: '{ "privacyNoise": 1.1 }',
  });
}

/** E(C) as the rows estimate it. */
export function privateErrorAt(quantities: Quantities, C: number): number {
  const { batchSize, parameters } = quantities;
  const multiplier = noiseMultiplier(quantities);
  quantities.requireCovariance();
  const { lost, trace } = clippedAt(quantities, C);
  const correction = quantities.correction(batchSize);
  return privateError(lost, trace, { C, batchSize, multiplier, parameters, correction });
}

/** Of a private batch, as far as the rows say. */
export function privateBatchError(quantities: Quantities, C: number): Quantity {
  const { batchSize, parameters } = quantities;
  const value = privateErrorAt(quantities, C);
  const { clipped } = clippedAt(quantities, C);
  const multiplier = noiseMultiplier(quantities);
  const correction = quantities.correction(batchSize);
  const given = { C, batchSize, multiplier, parameters, correction };
  if (!quantities.hasIntervals) return { value };
  const bias = clipped === 0 ? undefined : pseudoValues(statisticsOf(quantities, C, 'lost'), 1, 0);
  const noise = pseudoValues(statisticsOf(quantities, C, 'kept'), 0, correction / batchSize);
  const ends = hallInterval(value, bias === undefined ? noise : noise.map((each, i) => each + (bias[i] ?? 0)));
  const least = privateError(0, 0, given);
  return quantity(
    value,
    quantities.interval(ends && { lower: Math.max(least, ends.lower), upper: Math.max(least, ends.upper) }, 'Hall'),
  );
}

/** The C of least error: between two neighboring lengths of rows the error is a quadratic in C. */
export function suggestedClipping(quantities: Quantities): { readonly value: number; readonly error: number } {
  const { batchSize, parameters } = quantities;
  const multiplier = noiseMultiplier(quantities);
  quantities.requireCovariance();
  const correction = quantities.correction(batchSize);
  const error = (C: number): number => {
    const { lost, trace } = clippedAt(quantities, C);
    // an estimate of a square that is negative by chance is a 0
    return privateError(Math.max(0, lost), trace, { C, batchSize, multiplier, parameters, correction });
  };
  const lengths = rowLengths(quantities);
  let best = { value: lengths.at(-1) ?? 0, error: error(lengths.at(-1) ?? 0) };
  let low = 0;
  for (const high of lengths) {
    if (high > low) {
      const middle = (low + high) / 2;
      const [a, b, c] = [error(low), error(middle), error(high)];
      const bend = a - 2 * b + c;
      const vertex = bend > 0 ? middle + ((a - c) / bend) * ((high - low) / 4) : low;
      for (const value of [low, Math.min(high, Math.max(low, vertex))]) {
        const found = error(value);
        if (found < best.error && value > 0) best = { value, error: found };
      }
    }
    low = high;
  }
  return best;
}
