import { mccandlish2018 } from '../../shared/citations';
import { squared, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';
import { affine } from '../quantities';

export const stepCovarianceTrace = defineMetric({
  id: 'step-covariance-trace',
  cards: 'training',
  name: 'Step noise',
  symbol: String.raw`\eta^2\operatorname{tr}\Sigma_B`,
  unit: 'parameter²',
  formula: [
    { symbol: String.raw`\operatorname{tr}\operatorname{Cov}(\Delta\theta)`, word: 'step noise' },
    { symbol: '=' },
    { symbol: String.raw`\eta^2`, word: 'learning rate²' },
    { symbol: String.raw`\cdot` },
    { symbol: tex.batchTrace, word: 'batch noise' },
  ],
  meaning:
    'The total variance of one step of SGD: how far, squared and on average, a step lands from where the true gradient would have led.',
  misleads:
    'The learning rate enters squared, but the drift scales with it, too: noise over signal stays as it is. Momentum, clipping and adaptive steps change it.',
  citation: mccandlish2018,
  where: '§2.1',
  degree: 2,
  compute: (quantities) => {
    const { learningRate, batchSize } = quantities;
    const noise = quantities.batchNoise(batchSize);
    const { value, interval } = affine(noise, learningRate ** 2);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, squared(texNumber(learningRate)), undefined, noise.value],
    };
  },
});
