import { cochran1977 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { groupPart, groupParts } from '../group-parts';
import { defineMetric } from '../definition';

export const intraclassCorrelation = defineMetric({
  id: 'intraclass-correlation',
  cards: 'groups',
  name: 'Correlation within groups',
  symbol: String.raw`\rho`,
  unit: '',
  formula: [
    { symbol: String.raw`\rho`, word: 'correlation' },
    { symbol: '=' },
    { symbol: '1' },
    { symbol: '-' },
    { symbol: 'c', word: 'convention' },
    { symbol: String.raw`\cdot` },
    { symbol: fraction(String.raw`\operatorname{tr}\Sigma_w`, tex.trace), word: 'share within groups' },
  ],
  meaning:
    'How alike two rows of one group are: 0 when they are as different as rows of two groups, 1 when all rows of a group are the same. It says whether rows may be taken as independent.',
  misleads:
    'It is an average over all directions: groups may agree in a few of them only. Below 0, rows of one group differ more than others do, as where each group was made to hold different examples.',
  elsewhere:
    'Some definitions take the share of the variance that the means of groups have, which is above 0 for any grouping.',
  citation: cochran1977,
  where: '§8.5',
  degree: 0,
  compute: (quantities) => {
    const { value, interval } = groupPart(quantities, ({ correlation }) => correlation);
    const { within } = groupParts(quantities);
    const trace = quantities.trace.value;
    const { rows: n, groups } = quantities;
    const convention = quantities.clusters === undefined ? n / (n - groups.sizes.length) : 1;
    return {
      value,
      ...(interval && { interval }),
      substituted: [
        value,
        undefined,
        undefined,
        undefined,
        texNumber(convention),
        undefined,
        trace > 0 ? fraction(texNumber(within), texNumber(trace)) : undefined,
      ],
    };
  },
});
