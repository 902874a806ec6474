import { cohen2021 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { companionName, requireCompanion } from '../companions';
import { defineMetric } from '../definition';

export const stabilityRatio = defineMetric({
  id: 'stability-ratio',
  cards: 'Hessian',
  name: 'Stability ratio',
  symbol: String.raw`\eta h_{\max}/2`,
  unit: '',
  formula: [
    { symbol: String.raw`\frac{\eta h_{\max}}2`, word: 'stability ratio' },
    { symbol: '=' },
    { symbol: fraction(String.raw`\eta`, '2'), word: 'half the learning rate' },
    { symbol: String.raw`\cdot` },
    { symbol: String.raw`h_{\max}`, word: 'largest curvature' },
  ],
  meaning:
    'Gradient descent on a quadratic is stable below 1 and diverges along the sharpest direction above it. Networks trained with the whole data set often settle near 1, the edge of stability.',
  misleads:
    'With small batches training settles well below 1, because noise tightens the bound; how far below depends on the batches. Momentum and Adam have other limits than plain steps.',
  elsewhere: 'Plots of the edge of stability show the sharpness beside a line at 2/η: the same comparison.',
  citation: cohen2021,
  where: '§1',
  degree: 0,
  compute: (quantities) => {
    const { learningRate, momentum, settings } = quantities;
    const { largest } = requireCompanion(quantities, 'hessian').eigenvalues;
    if (settings.optimizer === 'adam')
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'Adam divides each step by the size of past gradients, so its stability depends on another matrix',
        remedy: 'It has a meaning for SGD, with or without momentum.',
      });
    if (!(largest > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'The loss curves upward in no direction, so no learning rate is too large for a curvature',
        remedy: 'Choose a later step of the training.',
      });
    const value = (learningRate * largest) / 2;
    return {
      value,
      substituted: [value, undefined, fraction(texNumber(learningRate), '2'), undefined, texNumber(largest)],
      ...(momentum > 0 && { note: `the limit of momentum is ${plainNumber(1 + momentum)}, not 1` }),
      convention: `of ${companionName(quantities, 'hessian')}`,
    };
  },
});
