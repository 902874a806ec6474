import { mccandlish2018 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const trueGradientSquaredNorm = defineMetric({
  id: 'true-gradient-squared-norm',
  cards: 'glance',
  name: 'True gradient',
  symbol: tex.signal,
  unit: 'gradient²',
  formula: [
    { symbol: tex.signal, word: 'signal' },
    { symbol: '=' },
    { symbol: tex.meanSquaredNorm, word: 'of the rows' },
    { symbol: '-' },
    {
      symbol: String.raw`\Bigl(1-${fraction('n', 'N')}\Bigr)${fraction(tex.unbiasedTrace, 'n')}`,
      word: 'noise left in it',
    },
  ],
  meaning:
    'The squared length of the gradient over the whole data set, free of bias: the part of a batch gradient that does not average away.',
  misleads:
    'With few rows it may come out negative. That is not a mistake: the noise left in the mean is then at least as large as the mean itself.',
  elsewhere:
    'Most tools show the squared norm of the mean instead, which is too large by the noise divided by the number of rows; some clamp negative values to a tiny positive one.',
  citation: mccandlish2018,
  where: 'App. A.1',
  degree: 2,
  compute: (quantities) => {
    const { value, interval } = quantities.signal;
    const mean = quantities.moments.meanSquaredNorm;
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, mean, undefined, quantities.uncertain ? texNumber(mean - value) : '0'],
      ...(quantities.uncertain && { note: 'unbiased' }),
    };
  },
});
