import { jastrzebski2017 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';
import { affine } from '../quantities';

export const sdeDiffusionTrace = defineMetric({
  id: 'sde-diffusion-trace',
  name: 'Diffusion',
  symbol: fraction(String.raw`\eta`, 'B') + tex.trace,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`T\,${tex.trace}`, word: 'diffusion' },
    { symbol: '=' },
    { symbol: fraction(String.raw`\eta`, 'B'), word: 'temperature' },
    { symbol: String.raw`\cdot` },
    { symbol: tex.trace, word: 'noise' },
  ],
  means:
    'The total variance that SGD’s noise adds to the parameters in a unit of time t = ηk, in its approximation by a stochastic differential equation. The linear scaling rule keeps it.',
  misleads:
    'It holds for independent batches; shuffled epochs cancel most of it from one epoch to the next. Momentum multiplies it.',
  citation: jastrzebski2017,
  where: '§2',
  degree: 2,
  compute: (given) => {
    const { learningRate, batchSize } = given;
    const { value, interval } = affine(given.trace, learningRate / batchSize);
    return {
      value,
      ...(interval && { interval }),
      here: [value, undefined, fraction(texNumber(learningRate), batchSize), undefined, given.trace.value],
      note: 'in a unit of time',
    };
  },
});
