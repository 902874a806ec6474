import { mahsereci2017 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';
import type { Quantities } from '../quantities';

export const earlyStoppingCriterion = defineMetric({
  id: 'early-stopping-criterion',
  cards: 'agreement',
  name: 'Early stopping',
  symbol: String.raw`\mathrm{EB}`,
  unit: '',
  formula: [
    { symbol: String.raw`\mathrm{EB}`, word: 'criterion' },
    { symbol: '=' },
    { symbol: '1' },
    { symbol: '-' },
    { symbol: fraction('n', String.raw`d_{+}`) },
    { symbol: String.raw`\sum_j${fraction(String.raw`\bar g_j^2`, 's_j^2')}`, word: 'signal over variance' },
  ],
  meaning:
    'Evidence, from the rows alone, that the gradient has become pure noise: above 0 the mean gradient is as small as noise would make it, and training may stop.',
  misleads:
    'Its mean under pure noise is a little below 0. Correlated parameters make it jump, and a larger dump finds a signal where a smaller one finds none.',
  citation: mahsereci2017,
  where: 'eq. 7',
  degree: 0,
  compute: (quantities) => {
    quantities.requireRows(4, 'the early-stopping criterion');
    const { sum, parameters } = quantities.requireVaryingParameters();
    const { rows: n } = quantities;
    const value = 1 - (n * sum) / parameters;
    return {
      value,
      substituted: [value, undefined, undefined, undefined, fraction(n, parameters), texNumber(sum)],
      note: noteOf(value, quantities),
      convention: 'of these rows, 1/(n−1)',
    };
  },
});

/** Evidence needs a sample: of the whole data set the mean is the gradient. */
function noteOf(value: number, { uncertain, rows: n }: Quantities): string {
  if (!uncertain) return 'as if the rows were a sample';
  return value > 0 ? 'no signal is seen' : `pure noise would give ${plainNumber(-2 / (n - 3), 2)}`;
}
