import { horn2012 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { percent } from '../../shared/numbers';
import { defineMetric } from '../definition';
import { intervalOfSpectralNorm } from '../leading-eigenvalue';

export const spectralNorm = defineMetric({
  id: 'spectral-norm',
  cards: 'glance',
  name: 'Spectral norm',
  symbol: tex.spectralNorm,
  unit: 'gradient²',
  formula: [
    { symbol: tex.spectralNorm, word: 'largest variance' },
    { symbol: '=' },
    { symbol: String.raw`\max_{\lVert u\rVert=1}u^\top\Sigma\,u`, word: 'over all directions' },
  ],
  meaning: 'The variance of the gradient along its noisiest direction: the largest eigenvalue of the covariance.',
  misleads:
    'From a sample it is too large on average, the more so the fewer rows there are: among many directions one is noisy by chance. Its interval surrounds the value corrected for the bulk, and begins at 0 where no direction stands out. Only what rises above the noise floor is a direction worth a name.',
  elsewhere:
    'Implementations that stop a power iteration when its value stops changing may return less than the largest.',
  citation: horn2012,
  where: 'thm. 4.2.2',
  degree: 2,
  compute: (quantities) => {
    const value = quantities.scale * (quantities.spectrum.eigenvalues[0] ?? 0);
    const total = quantities.trace.value;
    const interval = intervalOfSpectralNorm(quantities);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, undefined],
      note:
        total > 0
          ? `${percent(value / total)} of the trace${quantities.isProjected ? ', too large in a projection' : ''}`
          : 'there is no noise',
    };
  },
});
