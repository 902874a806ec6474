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
  const above = lower > 2 * batchSize;
  const below = upper !== undefined && upper < batchSize / 2 && batchSize >= 2;
  const end = (value: number): string => writtenApart(value, [2 * batchSize, batchSize / 2]);
  if (above && 2 * batchSize > (datasetSize ?? Infinity))
    return {
      advice: 'keep',
      batchSize,
      rateFactor: 1,
      sentence: `The batch of ${size} stays: twice as many are more than the data set of ${wholeNumber(datasetSize ?? 0)} (${from}).`,
    };
  if (above)
    return {
      advice: 'double',
      batchSize: 2 * batchSize,
      rateFactor: rule(2),
      sentence: `Next batch size ${wholeNumber(2 * batchSize)}, with ${rate(2)}: the noise scale is at least ${end(lower)}, more than twice the batch of ${size} (${from}).`,
    };
  const smaller = Math.floor(batchSize / 2);
  if (below)
    return {
      advice: 'halve',
      batchSize: smaller,
      rateFactor: rule(smaller / batchSize),
      sentence: `Next batch size ${wholeNumber(smaller)}, with ${rate(smaller / batchSize)}: the noise scale is at most ${end(upper)}, less than half the batch of ${size} (${from}).`,
    };
  const range =
    upper === undefined ? `at least ${end(lower)}, with no upper end` : `between ${end(lower)} and ${end(upper)}`;
  // of an odd batch to its last digit, which a noise scale may lie at
  const half = batchSize % 2 === 1 ? `${wholeNumber(smaller)}.5` : wholeNumber(batchSize / 2);
  const between = lower === upper ? end(lower) : range;
  return {
    advice: 'keep',
    batchSize,
    rateFactor: 1,
    sentence: `The batch of ${size} stays: the noise scale is ${between}, which ${lower === upper ? 'is neither' : 'does not place it'} above ${wholeNumber(2 * batchSize)} ${lower === upper ? 'nor' : 'or'} below ${half} (${from}).`,
  };
}

/** In as many digits as it takes to be on its own side of both borders: no sentence contradicts its own numbers. */
function writtenApart(value: number, borders: readonly number[]): string {
  const side = (of: number): string => borders.map((border) => Math.sign(of - border)).join();
  for (let digits = 3; digits < 17; digits++) {
    const text = plainNumber(value, digits);
    if (side(Number(text.replaceAll(',', '').replaceAll('−', '-'))) === side(value)) return text;
  }
  return String(value);
}
