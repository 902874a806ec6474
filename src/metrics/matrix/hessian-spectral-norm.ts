import { ghorbani2019 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { companionName, requireCompanion } from '../companions';
import { defineMetric } from '../definition';

export const hessianSpectralNorm = defineMetric({
  id: 'hessian-spectral-norm',
  cards: 'Hessian',
  name: 'Sharpness',
  symbol: String.raw`\lVert H\rVert`,
  unit: '',
  formula: [
    { symbol: String.raw`\lVert H\rVert`, word: 'sharpness' },
    { symbol: '=' },
    { symbol: String.raw`\max_k\lvert h_k\rvert`, word: 'largest curvature' },
  ],
  meaning:
    'The curvature of the loss along its sharpest direction. Gradient descent is stable only while the learning rate stays below 2 divided by it.',
  misleads:
    'Noise tightens that bound for small batches. A negative smallest eigenvalue is a direction in which the loss falls away: then this point is not a minimum.',
  elsewhere: 'Power iteration finds the eigenvalue of largest magnitude, too, and often stops before it is exact.',
  citation: ghorbani2019,
  where: 'the extreme eigenvalues of the Hessian',
  degree: 0,
  compute: (quantities) => {
    const { largest, smallest } = requireCompanion(quantities, 'hessian').eigenvalues;
    const value = Math.max(Math.abs(largest), Math.abs(smallest));
    return {
      value,
      substituted: [value, undefined, undefined],
      note: `eigenvalues ${plainNumber(smallest)} … ${plainNumber(largest)}`,
      convention: `of ${companionName(quantities, 'hessian')}`,
    };
  },
});
