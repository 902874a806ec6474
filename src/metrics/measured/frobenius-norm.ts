import { horn2012 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { texProduct } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const frobeniusNorm = defineMetric({
  id: 'frobenius-norm',
  cards: 'spectrum',
  name: 'Frobenius norm',
  symbol: tex.frobenius,
  unit: 'gradient²',
  formula: [
    { symbol: tex.frobenius, word: 'size of the matrix' },
    { symbol: '=' },
    { symbol: String.raw`\sqrt{\textstyle\sum_k\lambda_k^2}`, word: 'over all directions' },
  ],
  meaning:
    'The root of the sum of all squared entries of the covariance. Covariances between parameters enter it, unlike the trace; it lies between the spectral norm and the trace.',
  misleads:
    'From a sample its square is too large by about the squared trace over the number of rows, which can be most of it.',
  citation: horn2012,
  where: '§5.6',
  degree: 2,
  compute: (quantities) => {
    const value = quantities.scale * quantities.spectrum.frobeniusNorm;
    return {
      value,
      substituted: [value, undefined, String.raw`\sqrt{${texProduct(value, value)}}`],
      note: 'all covariances count',
    };
  },
});
