import { bootstrappedEigenvalues, halvesOverlap } from '../kernel/resampled-gram';
import { drawnBatches } from '../kernel/drawn-batches';
import type { Run } from '../kernel/kernel';
import { shuffledEigenvalues } from '../kernel/shuffled-columns';
import type { GradientDump } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { Moments, Resampling, Spectrum } from '../shared/summary';
import { sayingHeld } from './held-memory';
import { uniformRandom } from '../theory/random';
import { SHUFFLES } from '../theory/shuffling-work';

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
  run: Run,
  { draws = SHUFFLES, ...more }: { readonly draws?: number } & Draws = {},
): Resampling {
  return resampleGram(moments, spectrum, run, (seed) => shuffled(dump, draws, seed, run), more);
}

interface Draws {
  readonly seed?: number;
  readonly bootstrapDraws?: number;
}

/** The same where the rows are not at hand: what shuffling says, or why it says nothing, is given. */
export function resampleGram(
  moments: Moments,
  { gram }: Pick<Spectrum, 'gram'>,
  run: Run,
  shuffle: (seed: number) => Resampling['shuffled'],
  { seed = 42, bootstrapDraws = 200 }: Draws = {},
): Resampling {
  const N = moments.centeredSquaredNorms.length;
  // each question draws from a sequence of its own, so that the number of draws of one does not move the others
  return {
    seed,
    shuffled: shuffle(seed),
    ...(gram &&
      N >= 3 && { bootstrapped: bootstrappedEigenvalues(gram, N, bootstrapDraws, uniformRandom(seed + 1), run) }),
    ...(gram && N >= LEAST_ROWS && { halves: halvesOverlap(gram, N, uniformRandom(seed + 2), run) }),
    ...(gram && { batches: drawnBatches(gram, moments, N, bootstrapDraws, uniformRandom(seed + 3), run) }),
  };
}

function shuffled(dump: GradientDump, draws: number, seed: number, run: Run): Resampling['shuffled'] {
  try {
    return shuffledEigenvalues(dump, draws, uniformRandom(seed), run);
  } catch (error) {
    const told = sayingHeld(error, run.held ?? 0);
    if (told instanceof AnalysisError && told.problem.code === 'memory/budget') return { problem: told.problem };
    throw error;
  }
}
