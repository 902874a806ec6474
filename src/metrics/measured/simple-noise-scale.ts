import { mccandlish2018 } from '../../shared/citations';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const simpleNoiseScale = defineMetric({
  id: 'simple-noise-scale',
  cards: 'glance',
  name: 'Noise scale',
  symbol: String.raw`\mathcal B_{\text{simple}}`,
  unit: 'examples',
  formula: [
    { symbol: String.raw`\mathcal B_{\text{simple}}`, word: 'noise scale' },
    { symbol: '=' },
    { symbol: String.raw`\frac{\operatorname{tr}\Sigma}{\lVert G\rVert^2}`, word: 'noise over signal' },
  ],
  meaning:
    'The batch size at which the noise of a batch gradient is as large as its signal. Far below it, averaging more examples makes steps better almost for free; far above it, a larger batch mostly repeats what is known.',
  misleads:
    'When the mean gradient is close to zero, only a lower bound is honest. It ignores curvature and weighs every direction alike; it usually grows during training.',
  elsewhere:
    'Dividing by the squared norm of the sample mean, as many tools do, gives less: noise is left in that norm, so that n rows of pure noise give about n. Averages of ratios, and clamps at 1e-8, give other numbers again.',
  citation: mccandlish2018,
  where: '§2.2, App. A.1',
  degree: 0,
  compute: (quantities) => {
    const { value, interval } = quantities.noiseScale;
    const ratio = String.raw`\frac{${texNumber(quantities.trace.value)}}{${texNumber(quantities.signal.value)}}`;
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, ratio],
      ...(quantities.euclideanOnly && { note: 'Euclidean' }),
    };
  },
});
