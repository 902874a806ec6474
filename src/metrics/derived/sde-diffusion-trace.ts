import { jastrzebski2017 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';
import { affine } from '../quantities';

export const sdeDiffusionTrace = defineMetric({
  id: 'sde-diffusion-trace',
  cards: 'over time',
  name: 'Diffusion',
  symbol: fraction(String.raw`\eta'`, 'B') + tex.trace,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`\operatorname{tr}D`, word: 'diffusion' },
    { symbol: '=' },
    { symbol: fraction(String.raw`\eta'`, 'B'), word: 'effective temperature' },
    { symbol: String.raw`\cdot` },
    { symbol: tex.trace, word: 'noise' },
  ],
  meaning:
    'The total variance that SGD’s noise adds to the parameters in a unit of time, in its approximation by a stochastic differential equation. Time is t = η′k after k steps, where η′ = η(1 − dampening)/(1 − μ) is the effective rate of momentum, η without it. The linear scaling rule keeps it.',
  misleads:
    'It holds for independent batches; shuffled epochs cancel most of it from one epoch to the next. In time ηk instead, momentum μ multiplies it once more by 1/(1 − μ). Adam has another equation.',
  citation: jastrzebski2017,
  where: '§2',
  degree: 2,
  compute: (quantities) => {
    const { effectiveRate, batchSize } = quantities;
    const { value, interval } = affine(quantities.trace, effectiveRate / batchSize);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, fraction(texNumber(effectiveRate), batchSize), undefined, quantities.trace.value],
      note: `in a unit of time ${quantities.unitOfTime}`,
    };
  },
});
