import { bollapragada2018 } from '../../shared/citations';
import { defineMetric } from '../definition';
import { passingNote, testsOf } from '../gradient-tests';

export const innerProductTest = defineMetric({
  id: 'inner-product-test',
  cards: 'agreement',
  name: 'Inner-product test',
  symbol: String.raw`\theta_{\text{inner}}`,
  unit: '',
  formula: [
    { symbol: String.raw`\theta_{\text{inner}}`, word: 'inner-product test' },
    { symbol: '=' },
    {
      symbol: String.raw`\sqrt{\frac{\operatorname{Var}(g_i^\top\bar g)}{n\,\lVert\bar g\rVert^4}}`,
      word: 'noise along the mean',
    },
  ],
  meaning:
    'The part of the norm test that lies along the mean: how unsure the length of the step is. Below about 0.9 a step goes downhill with high probability.',
  misleads:
    'It ignores noise across the gradient, which the orthogonality test sees; a step can be certain in length and uncertain in direction.',
  citation: bollapragada2018,
  where: 'eq. 2.6',
  degree: 0,
  compute: (quantities) => {
    const value = testsOf(quantities).inner;
    return {
      value,
      substituted: [value, undefined, undefined],
      note: passingNote(quantities, 'inner'),
      convention: 'these rows as one batch, 1/(n−1)',
    };
  },
});
