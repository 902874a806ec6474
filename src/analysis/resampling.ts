import { halvesOverlap } from '../kernel/resampled-gram';
import { drawnBatches } from '../kernel/drawn-batches';
import { scalingExponent } from '../kernel/exponent';
import type { PassContext, ProductSumsOf } from '../kernel/kernel';
import { shuffledEigenvalues } from '../kernel/shuffled-columns';
import type { GradientDump } from '../shared/dump';
import type { ExtraProblems, Moments, Resampling, Spectrum } from '../shared/summary';
import { sayingHeld } from './held-memory';
import { uniformRandom } from '../theory/random';
import { SHUFFLES } from '../theory/shuffling-work';
import { extra, failed } from './extra';

/** Below so few rows a half has no spectrum worth the name. */
const LEAST_ROWS = 8;

/**
 * How far the spectrum of a dump can be trusted, by shuffling its columns, drawing its rows again, and halving them. On demand:
 * the shuffles read the whole dump once more and cost as much as so many spectra.
 *
 * @param draws 19 shuffles put the largest at the 95 % line
 * @throws AnalysisError run/canceled, file/changed
 */
export function resample(
  dump: GradientDump,
  moments: Moments,
  spectrum: Spectrum,
  productSums: ProductSumsOf,
  context: PassContext,
  { draws = SHUFFLES, ...more }: { readonly draws?: number } & Draws = {},
): Resampled {
  return resampleGram(
    moments,
    spectrum,
    context,
    (seed) => extra(() => shuffled(dump, draws, seed, productSums, context, moments)),
    more,
  );
}

/** What is known, and why the rest is not. */
export interface Resampled {
  readonly resampling: Resampling;
  readonly problems: ExtraProblems;
}

interface Draws {
  readonly seed?: number;
  readonly batchDraws?: number;
}

/** The same where the rows are not at hand: what shuffling says, or why it says nothing, is given. */
export function resampleGram(
  moments: Moments,
  { gram }: Pick<Spectrum, 'gram'>,
  context: PassContext,
  shuffle: (seed: number) => Resampling['shuffled'],
  { seed = 42, batchDraws = 200 }: Draws = {},
): Resampled {
  const n = moments.centeredSquaredNorms.length;
  // each question draws from a sequence of its own, so that the number of draws of one does not move the others
  const uniform = (k: number): (() => number) => uniformRandom(seed + k);
  const parts = {
    ...(gram && n >= LEAST_ROWS && { halves: extra(() => halvesOverlap(gram, n, uniform(2), context)) }),
    ...(gram && { batches: extra(() => drawnBatches(gram, moments, n, batchDraws, uniform(3), context)) }),
  };
  const { halves, batches } = parts;
  return {
    resampling: {
      seed,
      shuffled: shuffle(seed),
      ...(halves && !failed(halves) && { halves }),
      ...(batches && !failed(batches) && { batches }),
    },
    problems: Object.fromEntries(
      Object.entries(parts).flatMap(([name, found]) => (failed(found) ? [[name, found.problem]] : [])),
    ),
  };
}

function shuffled(
  dump: GradientDump,
  draws: number,
  seed: number,
  productSums: ProductSumsOf,
  context: PassContext,
  moments: Moments,
): Float64Array {
  try {
    return shuffledEigenvalues(dump, draws, uniformRandom(seed), productSums, context, scalingExponent(moments));
  } catch (error) {
    throw sayingHeld(error, context.held ?? 0);
  }
}
