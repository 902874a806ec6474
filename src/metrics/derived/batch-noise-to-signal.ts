import { li2021 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const batchNoiseToSignal = defineMetric({
  id: 'batch-noise-to-signal',
  cards: 'batch',
  name: 'Noise over signal',
  symbol: fraction(tex.batchTrace, tex.signal),
  unit: '',
  formula: [
    { symbol: String.raw`\rho_B`, word: 'noise over signal' },
    { symbol: '=' },
    { symbol: fraction(tex.batchTrace, tex.signal), word: 'of a batch' },
  ],
  meaning:
    'How many times larger the noise of a batch gradient is than its signal, both squared. Above 1 a step is mostly noise, below 1 mostly signal. The learning rate cancels.',
  misleads: 'Mostly noise does not mean useless: over many steps the noise averages away and the signal adds up.',
  elsewhere: 'The norm test, the normalized error of a batch gradient and N/G are the same number under other names.',
  citation: li2021,
  where: 'the noise-to-signal ratio N/G',
  degree: 0,
  compute: (quantities) => {
    const { value, interval } = quantities.noiseToSignal(quantities.batchSize);
    const noise = quantities.batchNoise(quantities.batchSize).value;
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, fraction(texNumber(noise), texNumber(quantities.signal.value))],
    };
  },
});
