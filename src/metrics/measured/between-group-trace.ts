import { cochran1977 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { groupPart, groupParts } from '../group-parts';
import { defineMetric } from '../definition';

export const betweenGroupTrace = defineMetric({
  id: 'between-group-trace',
  cards: 'groups',
  name: 'Noise between groups',
  symbol: String.raw`\operatorname{tr}\Sigma_b`,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`\operatorname{tr}\Sigma_b`, word: 'between groups' },
    { symbol: '=' },
    { symbol: tex.trace, word: 'all noise' },
    { symbol: '-' },
    { symbol: String.raw`\operatorname{tr}\Sigma_w`, word: 'within groups' },
  ],
  meaning:
    'How much the true gradients of groups differ from each other, without what the noise within groups adds to the means of a few rows. Only more groups average it away.',
  misleads:
    'The estimate is a difference, and negative where means of groups differ less than the rows within them would make them by chance. Then read it as small, not as an error.',
  elsewhere:
    'Squared distances of the means of groups, as they are, hold a part of the noise within and come out larger.',
  citation: cochran1977,
  where: '§9.3',
  degree: 2,
  compute: (quantities) => {
    const { value, interval } = groupPart(quantities, ({ between }) => between);
    const { within } = groupParts(quantities);
    return {
      value,
      ...(interval && { interval }),
      substituted: [
        value,
        undefined,
        texNumber(quantities.trace.value),
        undefined,
        within < 0 ? undefined : texNumber(within),
      ],
    };
  },
});
