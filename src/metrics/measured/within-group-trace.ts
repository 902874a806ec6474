import { cochran1977 } from '../../shared/citations';
import { groupPart } from '../group-parts';
import { defineMetric } from '../definition';

export const withinGroupTrace = defineMetric({
  id: 'within-group-trace',
  cards: 'groups',
  name: 'Noise within groups',
  symbol: String.raw`\operatorname{tr}\Sigma_w`,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`\operatorname{tr}\Sigma_w`, word: 'within groups' },
    { symbol: '=' },
    { symbol: String.raw`\frac c{n-P}\sum_i\lVert g_i-\bar g_{p(i)}\rVert^2`, word: 'about the mean of its group' },
  ],
  meaning:
    'How much the rows of one group differ from each other: rollouts of one prompt, or tokens of one document. More rows of a group average it away.',
  misleads:
    'More rows of the same groups do nothing about the noise between groups. With few rows of each group the two are hard to tell apart.',
  citation: cochran1977,
  where: '§9.3',
  degree: 2,
  compute: (quantities) => {
    const { value, interval } = groupPart(quantities, ({ within }) => within);
    return { value, ...(interval && { interval }), substituted: [value, undefined, undefined] };
  },
});
