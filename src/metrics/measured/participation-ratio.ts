import { himeno2014 } from '../../shared/citations';
import { fraction, squared, tex } from '../../shared/notation';
import { plainNumber, texNumber, texProduct } from '../../shared/numbers';
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
    const norm = given.scale * given.spectrum.frobeniusNorm;
    return {
      value,
      here: [value, undefined, fraction(squared(texNumber(given.trace.value)), texProduct(norm, norm))],
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
  // in units of the trace, so that no fourth power leaves the range of doubles
  const trace = moments.scatter / (samples - 1);
  const fourth = moments.centeredSquaredNorms.reduce((sum, norm) => sum + (norm / trace) ** 2, 0) / (samples - 1);
  const squaredFrobenius = ((spectrum.frobeniusNorm / trace) * (samples / (samples - 1))) ** 2;
  const squares = debiasedSquaredTrace(samples, squaredFrobenius, 1, fourth);
  return squares > 0 ? 1 / squares : undefined;
}
