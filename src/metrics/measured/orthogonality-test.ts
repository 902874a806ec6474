import { bollapragada2018 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { defineMetric } from '../definition';
import { passingNote, testsOf } from '../gradient-tests';

export const orthogonalityTest = defineMetric({
  id: 'orthogonality-test',
  cards: 'agreement',
  name: 'Orthogonality test',
  symbol: String.raw`\nu`,
  unit: '',
  formula: [
    { symbol: String.raw`\nu`, word: 'orthogonality test' },
    { symbol: '=' },
    {
      symbol: String.raw`\sqrt{\frac{\operatorname{tr}S_\perp}{n\,${tex.meanSquaredNorm}}}`,
      word: 'noise across the mean',
    },
  ],
  meaning:
    'The part of the norm test that lies across the mean: how far the direction of a step wanders. Below about 5.7, the tangent of 80 degrees, the angle is kept.',
  misleads: 'Across means all directions but one, so with noise in many directions it is nearly the whole norm test.',
  citation: bollapragada2018,
  where: 'eq. 3.3',
  degree: 0,
  compute: (quantities) => {
    const value = testsOf(quantities).orthogonality;
    return {
      value,
      substituted: [value, undefined, undefined],
      note: passingNote(quantities, 'orthogonality'),
      convention: 'these rows as one batch, 1/(n−1)',
    };
  },
});
