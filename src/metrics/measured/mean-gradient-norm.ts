import { mccandlish2018 } from '../../shared/citations';
import { tex, fraction } from '../../shared/notation';
import { defineMetric } from '../definition';

export const meanGradientNorm = defineMetric({
  id: 'mean-gradient-norm',
  cards: 'glance',
  name: 'Mean gradient',
  symbol: tex.meanNorm,
  unit: 'gradient',
  formula: [
    { symbol: tex.meanNorm, word: 'length' },
    { symbol: '=' },
    { symbol: String.raw`\Bigl\lVert${fraction(1, 'n')}\sum_i g_i\Bigr\rVert`, word: 'mean of the rows' },
  ],
  meaning:
    'The length of the average of the rows: the step that gradient descent on exactly these examples would take, before the learning rate.',
  misleads:
    'When the rows are a sample it is too long on average: the noise left in it adds to its square. The true gradient has that part subtracted.',
  elsewhere:
    'Deep-learning frameworks report the same number for one batch as the gradient norm; with clipping, after it.',
  citation: mccandlish2018,
  where: 'App. A.1',
  degree: 1,
  compute: (quantities) => {
    const value = Math.sqrt(quantities.measuredMoments.meanSquaredNorm);
    return {
      value,
      substituted: [value, undefined, undefined],
      sampling: 'none',
      convention: 'mean of the rows, no estimate',
    };
  },
});
