import { byrd2012 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';
import { passingNote, testsOf } from '../gradient-tests';

export const normTest = defineMetric({
  id: 'norm-test',
  cards: 'agreement',
  name: 'Norm test',
  symbol: String.raw`\theta_{\text{norm}}`,
  unit: '',
  formula: [
    { symbol: String.raw`\theta_{\text{norm}}`, word: 'norm test' },
    { symbol: '=' },
    { symbol: String.raw`\sqrt{\frac{${tex.unbiasedTrace}}{n\,${tex.meanSquaredNorm}}}`, word: 'noise over length' },
  ],
  meaning:
    'The rows taken as one batch: the noise left in their mean over its length. Below about a half the mean is a good descent direction.',
  misleads:
    'The length of the mean contains noise itself, so the test looks easiest where noise dominates. It asks more than is needed: noise across the gradient often does no harm.',
  elsewhere:
    'Its square is the sum of the squares of the inner-product and the orthogonality test, when all use one divisor.',
  citation: byrd2012,
  where: 'eq. 3.9',
  degree: 0,
  compute: (quantities) => {
    const value = testsOf(quantities).norm;
    const { scatter, meanSquaredNorm } = quantities.moments;
    const unbiased = texNumber(scatter / (quantities.rows - 1));
    return {
      value,
      substituted: [
        value,
        undefined,
        String.raw`\sqrt{\frac{${unbiased}}{${quantities.rows}\cdot${texNumber(meanSquaredNorm)}}}`,
      ],
      note: passingNote(quantities, 'norm'),
      convention: 'these rows as one batch, 1/(n−1)',
    };
  },
});
