import { cochran1977 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { defineMetric } from '../definition';

export const finitePopulationCorrection = defineMetric({
  id: 'finite-population-correction',
  cards: 'training',
  name: 'Finite-data factor',
  symbol: String.raw`\varphi`,
  unit: '',
  formula: [
    { symbol: String.raw`\varphi`, word: 'finite data' },
    { symbol: '=' },
    { symbol: fraction('N-B', 'N-1'), word: 'without replacement' },
  ],
  meaning:
    'By how much the noise of a batch shrinks because no example is drawn twice: 1 for a batch of one, 0 for a batch that is the whole data set.',
  misleads:
    'It belongs to a covariance with divisor 1/N. It describes one batch; over a whole shuffled epoch at fixed parameters the noise of the batches cancels exactly, which no single factor shows.',
  elsewhere: 'With the 1/(N−1) covariance the same correction reads 1 − B/N. Mixing the two is a common mistake.',
  citation: cochran1977,
  where: '§2.6',
  degree: 0,
  compute: (quantities) => {
    const { batchSize, population, settings } = quantities;
    const value = quantities.correction(batchSize);
    const exact = { value, sampling: 'none' } as const;
    if (settings.replacement === 'with')
      return { ...exact, substituted: [value, undefined, '1'], note: 'batches with replacement' };
    if (population === Infinity)
      return { ...exact, substituted: [value, undefined, '1'], note: 'data set of unknown size' };
    // a data set of one example has no other batch, and no noise; the fraction would be 0/0
    const drawn = population === 1 ? '0' : fraction(`${population}-${batchSize}`, `${population}-1`);
    return { ...exact, substituted: [value, undefined, drawn], note: 'without replacement' };
  },
});
