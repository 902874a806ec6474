import { yu2020 } from '../../shared/citations';
import { counted } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { conflictingPairs as found } from '../../theory/group-conflict';
import { hallInterval } from '../../theory/hall-interval';
import { traceErrorFactor } from '../../theory/row-statistics';
import { comparedGroups } from '../conflict';
import { defineMetric } from '../definition';
import { signedProducts } from '../row-products';

export const conflictingPairs = defineMetric({
  id: 'conflicting-pairs',
  cards: 'conflict',
  name: 'Conflicting pairs',
  symbol: String.raw`\Pr(g_i^\top g_j<0)`,
  unit: '',
  formula: [
    { symbol: String.raw`\Pr(g_i^\top g_j<0)`, word: 'share in conflict' },
    { symbol: '=' },
    { symbol: String.raw`\frac{\#\{g_i^\top g_j<0\}}{\#\{p(i)\ne p(j)\}}`, word: 'of the pairs from different groups' },
  ],
  meaning:
    'The share of pairs of rows from different groups, tasks or classes whose gradients pull against each other: a small step along one of the two raises the loss of the other.',
  misleads:
    'Rows that are mostly noise point anywhere, so half of their pairs are in conflict although their groups are not. The heat map of the groups has that noise taken out.',
  elsewhere:
    'Methods that project conflicting gradients count pairs of task gradients, each a mean over a batch, and not pairs of examples.',
  citation: yu2020,
  where: 'definition 1',
  degree: 0,
  compute: (quantities) => {
    const compared = comparedGroups(quantities);
    const { of } = compared.groups;
    const inner = signedProducts(quantities);
    if (inner === undefined)
      throw new AnalysisError({
        code: 'value/undefined',
        found: `The products of ${quantities.rows} rows are too many to keep`,
        remedy: 'They are kept for 512 rows or fewer.',
      });
    const { clusters, hasIntervals } = quantities;
    const unit = clusters === undefined ? of.map((_, i) => i) : clusters.groups.of;
    const { share, pairs, without } = found(inner, of, unit);
    const count = without.length;
    const ends =
      hasIntervals && without.every((rest) => !Number.isNaN(rest))
        ? hallInterval(
            share,
            without.map((rest) => count * share - (count - 1) * rest),
            traceErrorFactor(quantities.rowStatistics),
          )
        : undefined;
    const interval = quantities.interval(
      ends && { lower: Math.max(0, ends.lower), upper: Math.min(1, ends.upper) },
      'Hall',
    );
    return {
      value: share,
      ...(interval && { interval }),
      substituted: [share, undefined, String.raw`\frac{${Math.round(share * pairs)}}{${pairs}}`],
      note: `of ${counted(pairs, 'pair')}`,
    };
  },
});
