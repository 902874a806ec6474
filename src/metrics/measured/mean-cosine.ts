import { fort2019 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { AnalysisError } from '../../shared/problem';
import { defineMetric } from '../definition';

export const meanCosine = defineMetric({
  id: 'mean-cosine',
  cards: 'agreement',
  name: 'Mean cosine',
  symbol: String.raw`\overline{\cos}`,
  unit: '',
  formula: [
    { symbol: String.raw`\overline{\cos}`, word: 'mean cosine' },
    { symbol: '=' },
    { symbol: String.raw`\operatorname*{mean}_{i\ne j}` },
    {
      symbol: fraction(String.raw`g_i^\top g_j`, String.raw`\lVert g_i\rVert\,\lVert g_j\rVert`),
      word: 'over all pairs',
    },
  ],
  meaning:
    'How far the gradients of two different examples point the same way, on average: 1 the same way, 0 perpendicular, −1 opposite. Unlike coherence, every example counts alike, however long its gradient is.',
  misleads:
    'In many dimensions cosines of unrelated gradients are small, and pairs of one class hide pairs of different classes.',
  citation: fort2019,
  where: 'cosine stiffness',
  degree: 0,
  compute: (quantities) => {
    quantities.requireRows(2, 'a pair');
    const value = quantities.spectrum.meanCosine;
    if (value === undefined)
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'Fewer than two rows have a direction, the others are 0',
        remedy: 'Dump gradients that are not 0.',
      });
    return {
      value,
      substituted: [value, undefined, undefined, undefined],
      note: 'over all pairs of rows',
      convention: 'of these rows, no estimate',
    };
  },
});
