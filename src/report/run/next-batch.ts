import { plainNumber, wholeNumber } from '../../shared/numbers';
import type { Training } from '../../shared/training';
import type { OpenEnds } from '../../theory/test-inversion';

/** What is known of the noise scale now. */
export interface NoiseNow {
  /** B of the training. */
  readonly batchSize?: number;
  readonly optimizer: Training['optimizer'];
  /** B_simple, examples. */
  readonly value?: number;
  readonly interval?: OpenEnds;
  /** The value is not an estimate. Otherwise a value without an interval decides nothing. */
  readonly exact?: boolean;
  /** N, where no example is drawn twice in a batch: a batch cannot be larger. */
  readonly datasetSize?: number;
  /** In words: what these numbers come from. */
  readonly from: string;
}

/** The batch size that the noise scale speaks for. */
export interface NextBatch {
  readonly advice: 'double' | 'keep' | 'halve' | 'unknown';
  /** Absent where nothing can be said. */
  readonly batchSize?: number;
  /** What the learning rate is multiplied by then. */
  readonly rateFactor?: number;
  readonly sentence: string;
}

/**
 * A batch may double where all of the interval lies above twice its size: up to there a larger batch saves nearly as many steps
 * as it costs examples. It could be halved where all of the interval lies below half of it. Otherwise it stays. The learning
 * rate goes with the batch for SGD, with its square root for Adam.
 *
 * @see McCandlish et al. 2018, §2; Malladi et al. 2022 for Adam
 */
export function nextBatch({ batchSize, optimizer, value, interval, exact, datasetSize, from }: NoiseNow): NextBatch {
  if (batchSize === undefined)
    return { advice: 'unknown', sentence: 'No next batch size follows, because the batch size of the training is not known.' }; // prettier-ignore
  const { lower, upper }: Partial<OpenEnds> = interval ?? (exact === true && value !== undefined ? { lower: value, upper: value } : {}); // prettier-ignore
  const size = wholeNumber(batchSize);
  const rule = (factor: number): number => (optimizer === 'adam' ? Math.sqrt(factor) : factor);
  const rate = (factor: number): string => `the learning rate times ${plainNumber(rule(factor))}`;
  if (lower === undefined)
    return {
      advice: 'unknown',
      sentence: `No next batch size follows: the noise scale ${value === undefined ? 'is not resolved' : 'has no interval'} (${from}).`,
    };
  if (lower > 2 * batchSize && 2 * batchSize > (datasetSize ?? Infinity))
    return {
      advice: 'keep',
      batchSize,
      rateFactor: 1,
      sentence: `The batch of ${size} stays: twice as many are more than the data set of ${wholeNumber(datasetSize ?? 0)} (${from}).`,
    };
  if (lower > 2 * batchSize)
    return {
      advice: 'double',
      batchSize: 2 * batchSize,
      rateFactor: rule(2),
      sentence: `Next batch size ${wholeNumber(2 * batchSize)}, with ${rate(2)}: the noise scale is at least ${plainNumber(lower)}, more than twice the batch of ${size} (${from}).`,
    };
  if (upper !== undefined && upper < batchSize / 2 && batchSize >= 2)
    return {
      advice: 'halve',
      batchSize: Math.floor(batchSize / 2),
      rateFactor: rule(0.5),
      sentence: `Next batch size ${wholeNumber(Math.floor(batchSize / 2))}, with ${rate(0.5)}: the noise scale is at most ${plainNumber(upper)}, less than half the batch of ${size} (${from}).`,
    };
  const range =
    upper === undefined
      ? `at least ${plainNumber(lower)}, with no upper end`
      : `between ${plainNumber(lower)} and ${plainNumber(upper)}`;
  const half = batchSize % 2 === 0 ? wholeNumber(batchSize / 2) : plainNumber(batchSize / 2);
  const between = lower === upper ? plainNumber(lower) : range;
  return {
    advice: 'keep',
    batchSize,
    rateFactor: 1,
    sentence: `The batch of ${size} stays: the noise scale is ${between}, which ${lower === upper ? 'is neither' : 'does not place it'} above ${wholeNumber(2 * batchSize)} ${lower === upper ? 'nor' : 'or'} below ${half} (${from}).`,
  };
}
