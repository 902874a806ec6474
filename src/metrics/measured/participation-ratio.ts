import { himeno2014 } from '../../shared/citations';
import { fraction, squared, tex } from '../../shared/notation';
import { plainNumber, texNumber, texProduct } from '../../shared/numbers';
import { debiasedTraces } from '../../theory/effective-rank';
import { defineMetric } from '../definition';
import type { Quantities } from '../quantities';

export const participationRatio = defineMetric({
  id: 'participation-ratio',
  cards: 'glance',
  name: 'Participation ratio',
  symbol: tex.participationRatio,
  unit: 'directions',
  formula: [
    { symbol: tex.participationRatio, word: 'directions' },
    { symbol: '=' },
    { symbol: fraction(String.raw`(\sum_k\lambda_k)^2`, String.raw`\sum_k\lambda_k^2`), word: 'total² over squares' },
  ],
  meaning:
    'How many directions share the noise: exactly k when k directions are equally noisy and all others silent. Small against the number of parameters means that noise lives in a small subspace.',
  misleads:
    'Uncorrected, it cannot exceed the number of rows less one: pure noise in d dimensions gives about nd/(n + d). The debiased value has unbiased estimates above and below; it is kept between 1 and d. Where a few examples are far longer than the rest most samples miss them, and it stays too large.',
  elsewhere:
    'For the same eigenvalues, the stable rank is at most as large and the entropy rank at least as large; all three are called effective rank.',
  citation: himeno2014,
  where: 'the estimator of tr Σ² behind the debiased value',
  degree: 0,
  compute: (quantities) => {
    const value = quantities.participationRatio;
    const norm = quantities.scale * quantities.spectrum.frobeniusNorm;
    return {
      value,
      substituted: [value, undefined, fraction(squared(texNumber(quantities.trace.value)), texProduct(norm, norm))],
      note: debiasedNote(quantities),
    };
  },
});

function debiasedNote(quantities: Quantities): string {
  const { rows: n, parameters, population, meanOf } = quantities;
  if (!quantities.uncertain || n < 4) return `of at most ${Math.min(n - 1, parameters)}`;
  const { debiased, heavy } = debiasedParticipationRatio(quantities);
  if (debiased === undefined) return 'not resolved when debiased';
  // no more directions than parameters, nor than differences between the examples there are
  const most = meanOf === 1 && population >= n ? Math.min(parameters, population - 1) : parameters;
  const kept = Math.min(Math.max(debiased, 1), most);
  if (kept !== debiased) return `${kept} debiased, at its limit`;
  return `${plainNumber(debiased)} debiased${heavy ? ', or less: heavy tails' : ''}`;
}

/**
 * The unbiased (tr Σ)² over the unbiased tr Σ², undefined when that is not positive. Factors common to all rows cancel.
 *
 * `heavy` where the squared lengths of the rows vary more than those of any Gaussian noise, whose squared coefficient of
 * variation is 2/PR ≤ 2. Their rare long rows are then missed by most samples, which makes the ratio too large: that is no
 * bias that an estimator could take away.
 */
function debiasedParticipationRatio({ rows: n, meanOf, population, moments, spectrum }: Quantities): {
  readonly debiased: number | undefined;
  readonly heavy: boolean;
} {
  // in units of the trace, so that no fourth power leaves the range of doubles
  const trace = moments.scatter / (n - 1);
  const fourth = moments.centeredSquaredNorms.reduce((sum, norm) => sum + (norm / trace) ** 2, 0) / (n - 1);
  const squaredFrobenius = ((spectrum.frobeniusNorm / trace) * (n / (n - 1))) ** 2;
  // means of b examples are drawn from so many possible ones that these count as without end
  const finite = meanOf === 1 && population >= n ? population : Infinity;
  const { squares, squaredTrace } = debiasedTraces({
    rows: n,
    population: finite,
    squaredFrobenius,
    trace: 1,
    fourth,
  });
  const variation = (n * fourth) / (n - 1) - 1;
  return { debiased: squares > 0 && squaredTrace > 0 ? squaredTrace / squares : undefined, heavy: variation > 2 };
}
