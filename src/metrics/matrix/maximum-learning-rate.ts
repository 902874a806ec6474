import { mccandlish2018 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { bestLearningRate } from '../../theory/curvature-noise-scale';
import { curvatureNoise, gradientCurvature, maximumStep } from '../curvature';
import { defineMetric } from '../definition';
import { ifKnown } from '../quantities';

export const maximumLearningRate = defineMetric({
  id: 'maximum-learning-rate',
  cards: 'Hessian',
  name: 'Best step without noise',
  symbol: String.raw`\varepsilon_{\max}`,
  unit: '',
  formula: [
    { symbol: String.raw`\varepsilon_{\max}`, word: 'best learning rate' },
    { symbol: '=' },
    { symbol: fraction(tex.signal, 'G^\\top HG'), word: 'slope over curvature' },
  ],
  meaning:
    'The learning rate that lowers the loss most in one step along the true gradient, on the quadratic through this point. With batches of B the best one is smaller by a factor of 1 + B_noise/B.',
  misleads:
    'It looks one step ahead and is greedy: training as a whole often goes better with another learning rate. It is not the limit of stability, which is 2 divided by the sharpness.',
  citation: mccandlish2018,
  where: '§2.2',
  degree: 0,
  compute: (quantities) => {
    const { value, interval } = maximumStep(quantities);
    const batch = ifKnown(() => quantities.batchSize);
    const scale = ifKnown(() => curvatureNoise(quantities).value);
    return {
      value,
      ...(interval && { interval }),
      substituted: [
        value,
        undefined,
        fraction(texNumber(quantities.signal.value), texNumber(gradientCurvature(quantities))),
      ],
      ...(batch !== undefined &&
        scale !== undefined && {
          note: `${plainNumber(bestLearningRate(value, scale, batch))} for batches of ${batch}`,
        }),
    };
  },
});
