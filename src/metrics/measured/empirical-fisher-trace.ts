import { kunstner2019 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { defineMetric } from '../definition';

export const empiricalFisherTrace = defineMetric({
  id: 'empirical-fisher-trace',
  cards: 'spectrum',
  name: 'Second moment',
  symbol: String.raw`\operatorname{tr}M`,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`\operatorname{tr}M`, word: 'not centered' },
    { symbol: '=' },
    { symbol: tex.trace, word: 'noise' },
    { symbol: '+' },
    { symbol: tex.signal, word: 'signal' },
  ],
  meaning:
    'The mean squared length of one example’s gradient: noise and signal together. The matrix behind it, the mean of all products of a gradient with itself, is known as the empirical Fisher matrix.',
  misleads:
    'It is not the Fisher matrix, for which labels come from the model, and not a covariance, because the mean is left in. The difference is a matrix of rank one, the square of the mean.',
  citation: kunstner2019,
  where: '§2, the empirical Fisher',
  degree: 2,
  compute: (quantities) => {
    const { value, interval } = quantities.expectedSquaredNorm(1);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, quantities.trace.value, undefined, quantities.signal.value],
      note: 'uncentered',
    };
  },
});
