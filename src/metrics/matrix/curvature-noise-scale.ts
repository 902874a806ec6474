import { mccandlish2018 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { curvatureNoise, gradientCurvature, noiseCurvature } from '../curvature';
import { defineMetric } from '../definition';
import { ifKnown } from '../quantities';

export const curvatureNoiseScale = defineMetric({
  id: 'curvature-noise-scale',
  cards: 'Hessian',
  name: 'Noise scale with curvature',
  symbol: String.raw`\mathcal B_{\text{noise}}`,
  unit: 'examples',
  formula: [
    { symbol: String.raw`\mathcal B_{\text{noise}}`, word: 'noise scale' },
    { symbol: '=' },
    {
      symbol: fraction(String.raw`\operatorname{tr}(H\Sigma)`, 'G^\\top HG'),
      word: 'noise over signal, weighed by curvature',
    },
  ],
  meaning:
    'The batch size at which the best step gains half of what a step without noise would gain. It is the noise scale with every direction weighed by its curvature, and equals the simple one when all directions curve alike.',
  misleads:
    'It holds for one step on a quadratic with its best learning rate. Where the loss curves downward along the gradient there is no such step.',
  elsewhere: 'Tools without a Hessian show the simple noise scale in its place.',
  citation: mccandlish2018,
  where: '§2.2',
  degree: 0,
  compute: (quantities) => {
    const { value, interval } = curvatureNoise(quantities);
    const simple = ifKnown(() => quantities.noiseScale.value);
    return {
      value,
      ...(interval && { interval }),
      substituted: [
        value,
        undefined,
        fraction(texNumber(noiseCurvature(quantities).value), texNumber(gradientCurvature(quantities))),
      ],
      ...(simple !== undefined && { note: `the simple one is ${plainNumber(simple)}` }),
    };
  },
});
