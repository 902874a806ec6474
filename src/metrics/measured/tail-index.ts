import { hill1975 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { hillInterval, hillTailIndex, tailSize } from '../../theory/hill';
import { defineMetric } from '../definition';

export const tailIndex = defineMetric({
  id: 'tail-index',
  cards: 'tails',
  name: 'Tail index',
  symbol: String.raw`\hat\alpha`,
  unit: '',
  formula: [
    { symbol: String.raw`\hat\alpha`, word: 'tail index' },
    { symbol: '=' },
    { symbol: String.raw`k\Big/\sum_{i\le k}\ln\frac{r_{(i)}}{r_{(k+1)}}`, word: 'from the k longest rows' },
  ],
  meaning:
    'How slowly very long deviations from the mean gradient become rare: their share beyond a length r falls like r to the power −α. Below 4 the variance of tr Σ is not safe and the intervals here cover less than they say; below 2 there would be no variance at all. Large means light tails.',
  misleads:
    'It fits a power law whether there is one or not: the lengths of Gaussian gradients give a large number that simply means light tails. Norms alone never prove Lévy noise, since a mixture of easy and hard examples looks the same.',
  elsewhere:
    'Estimators that pool all coordinates of all gradients measure how different the parameters are, and give far smaller numbers.',
  citation: hill1975,
  where: 'the estimator',
  degree: 0,
  compute: (quantities) => {
    const size = tailSize(quantities.rows);
    if (size === undefined) quantities.requireRows(40, 'a tail index');
    const lengths = quantities.moments.centeredSquaredNorms.map(Math.sqrt);
    const found = hillTailIndex(lengths, size ?? 10);
    if (found === undefined)
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'The longest rows are equally far from their mean',
        remedy: 'There is no tail to describe.',
      });
    const { index, used } = found;
    const ends = hillInterval(found);
    const interval =
      quantities.hasIntervals && quantities.clusters === undefined
        ? quantities.interval(ends, 'chi-square')
        : undefined;
    return {
      value: index,
      ...(interval && { interval }),
      substituted: [index, undefined, String.raw`${used}\,/\,${plainNumber(used / index, 4)}`],
      note: `from the ${used} longest rows`,
      convention: `the ${used} longest of ${quantities.rows} deviations from the mean`,
    };
  },
});
