import { decarlo1997 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import type { Interval } from '../../shared/report';
import { excessKurtosis } from '../../theory/kurtosis';
import { defineMetric } from '../definition';
import { alongLeading, alongMean } from '../projections';
import type { Quantities } from '../quantities';

export const excessKurtosisMetric = defineMetric({
  id: 'excess-kurtosis',
  name: 'Excess kurtosis',
  symbol: String.raw`\gamma_2`,
  unit: '',
  formula: [
    { symbol: String.raw`\gamma_2`, word: 'excess kurtosis' },
    { symbol: '=' },
    {
      symbol: String.raw`\frac{\operatorname{mean}(p_i-\bar p)^4}{(\operatorname{mean}(p_i-\bar p)^2)^2}`,
      word: 'along the mean',
    },
    { symbol: '-' },
    { symbol: '3', word: 'Gaussian' },
  ],
  means:
    'How far the gradients, projected on their mean, are from a normal distribution in the tails: 0 for a normal one, positive when a few examples lie far out. The mean of B independent examples has a B-th of it.',
  misleads:
    'A handful of rows decides it, and it can never exceed N: a large value often means one outlier. Non-Gaussian noise alone does not break the SDE approximation.',
  elsewhere: 'Some tools do not subtract the 3, some correct for the sample size.',
  citation: decarlo1997,
  where: 'eq. 1',
  degree: 0,
  compute: (given) => {
    given.requireSamples(4, 'a kurtosis');
    const found = excessKurtosis(alongMean(given));
    if (found === undefined)
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'All rows are equally long along their mean',
        remedy: 'There is no spread in that direction whose shape could be described.',
      });
    const { excess, standardError } = found;
    const half = given.studentQuantile * standardError;
    const interval: Interval = {
      lower: Math.max(-2, excess - half),
      upper: excess + half,
      level: 0.95,
      method: 'jackknife',
    };
    return {
      value: excess,
      ...(given.uncertain && { interval }),
      here: [excess, undefined, excess + 3, undefined, undefined],
      note: leadingNote(given),
      convention: '1/n; the rows projected on their mean',
    };
  },
});

function leadingNote(given: Quantities): string {
  // known with the spectrum only; the value itself is not to wait for it
  const leading = given.summary.spectrum === undefined ? undefined : alongLeading(given);
  const found = leading && excessKurtosis(leading);
  return found === undefined ? 'along the mean gradient' : `${plainNumber(found.excess)} along u₁`;
}
