import { chen2020 } from '../../shared/citations';
import { clippedLength as length } from '../clipped-gradients';
import { defineMetric } from '../definition';

export const clippedLength = defineMetric({
  id: 'clipped-length',
  cards: 'clipping',
  name: 'Length kept',
  symbol: String.raw`\lVert G_C\rVert/\lVert G\rVert`,
  unit: '',
  formula: [
    { symbol: String.raw`\frac{\lVert G_C\rVert}{\lVert G\rVert}`, word: 'length kept' },
    { symbol: '=' },
    { symbol: String.raw`\frac{\lVert\mathbb Ewg\rVert}{\lVert\mathbb Eg\rVert}`, word: 'clipped over unclipped' },
  ],
  meaning:
    'How long the mean of clipped gradients is, compared with the mean gradient: the factor by which clipping lowers the learning rate of SGD, apart from turning the step.',
  misleads: 'Adam divides by the length of the gradient, so for Adam a shorter mean alone changes little.',
  elsewhere: 'Libraries that normalize gradients multiply the learning rate by about 1/C instead.',
  citation: chen2020,
  where: '§3',
  degree: 0,
  compute: (quantities) => {
    const { value, interval } = length(quantities, quantities.clip);
    return { value, ...(interval && { interval }), substituted: [value, undefined, undefined] };
  },
});
