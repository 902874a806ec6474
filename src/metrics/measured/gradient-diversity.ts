import { yin2018 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import * as agreement from '../../theory/agreement';
import { defineMetric } from '../definition';

export const gradientDiversity = defineMetric({
  id: 'gradient-diversity',
  cards: 'agreement',
  name: 'Gradient diversity',
  symbol: String.raw`\Delta_S`,
  unit: '',
  formula: [
    { symbol: String.raw`\Delta_S`, word: 'diversity' },
    { symbol: '=' },
    {
      symbol: fraction(String.raw`\sum_i\lVert g_i\rVert^2`, String.raw`\bigl\lVert\sum_ig_i\bigr\rVert^2`),
      word: 'lengths over sum',
    },
  ],
  meaning:
    'How little the gradients of the rows have in common: one over the number of rows when all are the same, larger when they differ. Times the number of rows it is one plus the noise scale of these rows.',
  misleads:
    'It depends on the number of rows, so compare dumps of one size only, and it describes these rows: with few of them their mean is too long and the diversity too small.',
  elsewhere:
    'Times the number of examples it is an upper end of the batch sizes that still speed up training in proportion, as Yin et al. prove it for the whole data set.',
  citation: yin2018,
  where: 'definition 1',
  degree: 0,
  compute: (quantities) => {
    const { rows: n } = quantities;
    const { meanSquaredNorm, scatter } = quantities.requireDirection();
    const value = agreement.gradientDiversity({ meanSquaredNorm, scatter, rows: n });
    const lengths = texNumber(n * meanSquaredNorm + scatter);
    return {
      value,
      substituted: [value, undefined, fraction(lengths, texNumber(n ** 2 * meanSquaredNorm))],
      note: `${plainNumber(n * value)} times that of equal rows`,
      convention: 'of these rows, no estimate',
    };
  },
});
