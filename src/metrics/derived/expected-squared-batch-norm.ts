import { mccandlish2018 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { percent } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const expectedSquaredBatchNorm = defineMetric({
  id: 'expected-squared-batch-norm',
  cards: 'batch',
  name: 'Squared batch norm',
  symbol: tex.batchSquaredNorm,
  unit: 'gradient²',
  formula: [
    { symbol: tex.batchSquaredNorm, word: 'expected' },
    { symbol: '=' },
    { symbol: tex.signal, word: 'signal' },
    { symbol: '+' },
    { symbol: tex.batchTrace, word: 'noise' },
  ],
  meaning:
    'The squared length that a batch gradient has on average. It falls towards that of the true gradient as the batch grows, because the noise averages away.',
  misleads:
    'A smaller norm at a larger batch does not mean that training converges: only the noise became less. The triangle inequality has nothing to do with it.',
  elsewhere: 'The mean of the norm itself is at most the root of this number; it has no simple formula.',
  citation: mccandlish2018,
  where: 'App. A.1',
  degree: 2,
  compute: (quantities) => {
    const { batchSize } = quantities;
    const { value, interval } = quantities.expectedSquaredNorm(batchSize);
    const noise = quantities.batchNoise(batchSize).value;
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, quantities.signal.value, undefined, noise],
      // an estimate of the signal that is negative is not a part of a whole
      ...(value > 0 && quantities.signal.value >= 0 && { note: `${percent(noise / value)} of it is noise` }),
    };
  },
});
