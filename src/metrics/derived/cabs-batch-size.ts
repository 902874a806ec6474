import { balles2017 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { defineMetric } from '../definition';
import { affine } from '../quantities';

export const cabsBatchSize = defineMetric({
  id: 'cabs-batch-size',
  cards: 'batch',
  name: 'CABS batch size',
  symbol: String.raw`B_{\mathrm{CABS}}`,
  unit: 'examples',
  formula: [
    { symbol: String.raw`B_{\mathrm{CABS}}`, word: 'batch size' },
    { symbol: '=' },
    { symbol: String.raw`\eta`, word: 'learning rate' },
    { symbol: String.raw`\cdot` },
    { symbol: fraction(tex.trace, 'L'), word: 'noise over loss' },
  ],
  meaning:
    'The batch size that matches this learning rate, by the rule of coupled adaptive batch sizes: it grows as the loss falls, instead of the learning rate being lowered.',
  misleads:
    'It takes the smallest possible loss to be 0, so a loss with a floor, or a summed one, makes it too small or meaningless.',
  elsewhere: 'Cockpit centers with divisor 1/B and gives a slightly smaller number.',
  citation: balles2017,
  where: 'eq. 22',
  // the loss is another number of the dump, which the gradients do not scale
  degree: 2,
  compute: (quantities) => {
    const { learningRate, loss } = quantities;
    if (!(loss > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found: `The loss is ${plainNumber(loss)}, and the rule divides by it`,
        remedy: 'It needs a loss above 0.',
      });
    const { value, interval } = affine(quantities.trace, learningRate / loss);
    return {
      value,
      ...(interval && { interval }),
      substituted: [
        value,
        undefined,
        texNumber(learningRate),
        undefined,
        fraction(texNumber(quantities.trace.value), texNumber(loss)),
      ],
      note: `at a loss of ${plainNumber(loss)}`,
    };
  },
});
