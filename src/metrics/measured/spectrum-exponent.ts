import { xie2023 } from '../../shared/citations';
import { AnalysisError } from '../../shared/problem';
import { spectrumExponent as slope } from '../../theory/spectrum-exponent';
import { defineMetric } from '../definition';

/** Ranks of a fit: the most that the source of the law reads, and the fewest that show a line. */
const RANKS = { most: 30, fewest: 3 } as const;

export const spectrumExponent = defineMetric({
  id: 'spectrum-exponent',
  cards: 'spectrum',
  name: 'Exponent of the spectrum',
  symbol: 's',
  unit: '',
  formula: [
    { symbol: 's', word: 'exponent' },
    { symbol: '=' },
    { symbol: String.raw`-\frac{\mathrm d\ln\lambda_k}{\mathrm d\ln k}`, word: 'slope of the line' },
  ],
  meaning:
    'How fast the eigenvalues fall: as 1/k to this power, over the ranks that the card names. Above 1 a few directions hold most of the noise however many there are.',
  misleads:
    'A line through two logarithms can be drawn through anything, and the slope depends on the range of ranks. Few rows steepen it. The eigenvalues are not independent, so the usual error of a slope would be far too small, and it has no interval.',
  elsewhere: 'Fits over other ranks, or of the tail beyond a cut, give other exponents for the same spectrum.',
  citation: xie2023,
  where: 'the power law of the spectrum',
  degree: 0,
  compute: (quantities) => {
    quantities.requireOwnColumns('The eigenvalues of random sums fall more slowly than those of the gradients');
    const ranks = Math.min(RANKS.most, quantities.requireNoise().length);
    if (ranks < RANKS.fewest)
      throw new AnalysisError({
        code: 'value/undefined',
        found: `The spectrum has ${ranks === 1 ? '1 eigenvalue' : `${ranks} eigenvalues`}, too few for a line`,
        remedy: `It takes ${RANKS.fewest} or more.`,
      });
    const value = slope(quantities.requireNoise().subarray(0, ranks));
    return { value, substituted: [value, undefined, undefined], note: `over the ranks 1 to ${ranks}` };
  },
});
