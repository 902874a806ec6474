import { jastrzebski2017 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import * as temperature from '../../theory/temperature';
import { defineMetric } from '../definition';
import { ifKnown } from '../quantities';

export const sgdTemperature = defineMetric({
  id: 'sgd-temperature',
  cards: 'training',
  name: 'SGD temperature',
  symbol: 'T',
  unit: '',
  formula: [
    { symbol: 'T', word: 'temperature' },
    { symbol: '=' },
    { symbol: String.raw`\frac{\eta}{B}`, word: 'learning rate over batch size' },
  ],
  meaning:
    'How strongly the noise of the gradient shakes the parameters in a unit of training time: the diffusion of SGD is T·Σ. The linear scaling rule keeps it.',
  misleads:
    'Compare runs of one loss only: it has the unit of parameters² over loss, and a summed loss changes η by N. Heavy-ball momentum μ multiplies the noise over many steps by 1/(1−μ), sampling without replacement by (N−B)/(N−1). Three other things are called temperature: the Gibbs temperature ησ²/2B, McCandlish’s ε/ε_max, and the softmax’s.',
  elsewhere: 'Smith and Le write η(N/B − 1) for a summed loss.',
  citation: jastrzebski2017,
  where: '§2',
  degree: 0,
  compute: (quantities) => {
    const { learningRate, batchSize } = quantities;
    const effective = ifKnown(() => quantities.effectiveRate);
    const value = temperature.sgdTemperature(learningRate, batchSize);
    return {
      value,
      substituted: [value, undefined, fraction(texNumber(learningRate), batchSize)],
      sampling: 'none',
      ...(effective !== undefined &&
        effective !== learningRate && {
          note: `${plainNumber(temperature.sgdTemperature(effective, batchSize))} with the effective rate of momentum`,
        }),
    };
  },
});
