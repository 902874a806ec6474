import { cochran1977 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const covarianceTrace = defineMetric({
  id: 'covariance-trace',
  cards: 'glance',
  name: 'Covariance trace',
  symbol: tex.trace,
  unit: 'gradient²',
  formula: [
    { symbol: tex.trace, word: 'noise' },
    { symbol: '=' },
    { symbol: 'c', word: 'convention' },
    { symbol: String.raw`\cdot` },
    { symbol: String.raw`${fraction(1, 'n')}\sum_i\lVert g_i-\bar g\rVert^2`, word: 'mean squared distance' },
  ],
  meaning:
    'The total noise of one example’s gradient: the sum over all parameters of the variance of their gradients, and the mean squared distance of a gradient from the true one.',
  misleads:
    'It says how much noise there is, never where: covariances between parameters do not enter it. It scales with the square of the loss, so compare runs of one loss only.',
  elsewhere:
    'Tools differ in the divisor (1/n or 1/(n−1)), in whether rows are scaled by 1/n under a mean loss (then it comes out n² times smaller), and some do not center.',
  citation: cochran1977,
  where: 'thm. 2.4',
  degree: 2,
  compute: (quantities) => {
    const { value, interval } = quantities.trace;
    const mean = quantities.moments.scatter / quantities.rows;
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, texNumber(quantities.scale), undefined, mean],
    };
  },
});
