import { cochran1977 } from '../../shared/citations';
import { plainNumber, texNumber } from '../../shared/numbers';
import { groupPart, groupParts } from '../group-parts';
import { defineMetric } from '../definition';

export const designEffect = defineMetric({
  id: 'design-effect',
  cards: 'groups',
  name: 'Design effect',
  symbol: 'D',
  unit: '',
  formula: [
    { symbol: 'D', word: 'design effect' },
    { symbol: '=' },
    { symbol: '1' },
    { symbol: '+' },
    { symbol: String.raw`(\bar m-1)`, word: 'other rows of its group' },
    { symbol: String.raw`\cdot` },
    { symbol: String.raw`\rho`, word: 'correlation' },
  ],
  meaning:
    'How many times the noise of a mean of these rows is what as many independent rows would leave. The same holds for training batches that take whole groups: divide the batch size by it.',
  misleads:
    'It belongs to groups of this size. It compares with independent rows of the same noise, and says nothing of how noisy a single row is.',
  elsewhere: 'Averages of independent rows, which every noise scale elsewhere assumes, have a design effect of 1.',
  citation: cochran1977,
  where: '§9.4',
  degree: 0,
  compute: (quantities) => {
    const { value, interval } = groupPart(quantities, ({ designEffect }) => designEffect);
    const { meanSize, correlation } = groupParts(quantities);
    return {
      value,
      ...(interval && { interval }),
      substituted: [
        value,
        undefined,
        undefined,
        undefined,
        `(${texNumber(meanSize)}-1)`,
        undefined,
        correlation < 0 ? `(${texNumber(correlation)})` : texNumber(correlation),
      ],
      note: `${plainNumber(quantities.rows / value, 3)} independent rows say as much`,
    };
  },
});
