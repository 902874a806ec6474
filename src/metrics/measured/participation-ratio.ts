import { himeno2014 } from '../../shared/citations';
import { fraction, squared, tex } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { debiasedSquaredTrace } from '../../theory/effective-rank';
import { defineMetric } from '../definition';
import type { Quantities } from '../quantities';

export const participationRatioMetric = defineMetric({
  id: 'participation-ratio',
  name: 'Participation ratio',
  symbol: tex.participationRatio,
  unit: 'directions',
  formula: [
    { symbol: tex.participationRatio, word: 'directions' },
    { symbol: '=' },
    { symbol: fraction(String.raw`(\sum_k\lambda_k)^2`, String.raw`\sum_k\lambda_k^2`), word: 'total² over squares' },
  ],
  means:
    'How many directions share the noise: exactly k when k directions are equally noisy and all others silent. Small against the number of parameters means that noise lives in a small subspace.',
  misleads:
    'A sample cannot show more directions than rows less one: pure noise in d dimensions gives about nd/(n + d). The debiased value uses an unbiased estimate of the sum of squares; it is kept between 1 and d.',
  elsewhere: 'The stable rank is smaller, the entropy rank larger; all three are called effective rank.',
  citation: himeno2014,
  where: 'the estimator of tr Σ² behind the debiased value',
  degree: 0,
  compute: (given) => {
    const value = given.participationRatio;
    const squares = given.scale ** 2 * given.spectrum.squaredFrobeniusNorm;
    return {
      value,
      here: [value, undefined, fraction(squared(texNumber(given.trace.value)), texNumber(squares))],
      note: debiasedNote(given),
    };
  },
});

function debiasedNote(given: Quantities): string {
  const { samples, parameters } = given;
  if (!given.uncertain || samples < 4) return `of at most ${Math.min(samples - 1, parameters)}`;
  const debiased = debiasedParticipationRatio(given);
  if (debiased === undefined) return 'not resolved when debiased';
  const kept = Math.min(Math.max(debiased, 1), parameters);
  return kept === debiased ? `${plainNumber(debiased)} debiased` : `${kept} debiased, at its limit`;
}

/** V² over the unbiased tr Σ²; undefined when that is not positive. Factors common to all rows cancel. */
function debiasedParticipationRatio({ samples, moments, spectrum }: Quantities): number | undefined {
  const fourth = moments.centeredSquaredNorms.reduce((sum, norm) => sum + norm * norm, 0) / (samples - 1);
  const trace = moments.scatter / (samples - 1);
  const squaredFrobenius = spectrum.squaredFrobeniusNorm * (samples / (samples - 1)) ** 2;
  const squares = debiasedSquaredTrace(samples, squaredFrobenius, trace, fourth);
  return squares > 0 ? trace ** 2 / squares : undefined;
}
