import { decarlo1997 } from '../../shared/citations';
import { plainInterval, plainNumber, wholeNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { normalKurtosisBand } from '../../theory/anscombe-glynn';
import * as kurtosis from '../../theory/kurtosis';
import { defineMetric } from '../definition';
import { alongLeading, alongMean } from '../projections';
import type { Quantities } from '../quantities';

export const excessKurtosis = defineMetric({
  id: 'excess-kurtosis',
  cards: 'tails',
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
  meaning:
    'How far the gradients, projected on their mean, are from a normal distribution in the tails: 0 for a normal one, positive when a few examples lie far out. The mean of B independent examples has 1/B of it.',
  misleads:
    'A handful of rows decides it, and it cannot exceed n − 4: a large value often means one outlier. Rows can show that tails are heavy, never that they are light, so it has no interval. Non-Gaussian noise alone does not break the SDE approximation.',
  elsewhere: 'Some tools do not subtract the 3, some correct for the sample size.',
  citation: decarlo1997,
  where: 'eq. 1',
  degree: 0,
  compute: (quantities) => {
    quantities.requireRows(4, 'a kurtosis');
    const excess = kurtosis.excessKurtosis(alongMean(quantities));
    if (excess === undefined)
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'All rows are equally long along their mean',
        remedy: 'There is no spread in that direction whose shape could be described.',
      });
    return {
      value: excess,
      substituted: [excess, undefined, excess + 3, undefined, undefined],
      note: [normalNote(quantities), leadingNote(quantities)].filter(Boolean).join('; '),
      convention: '1/n; the rows projected on their mean',
    };
  },
});

/** What would be nothing special; there is no interval, because rows cannot show tails that they did not reach. */
function normalNote({ rows: n, uncertain }: Quantities): string {
  const band = uncertain ? normalKurtosisBand(n) : undefined;
  if (band === undefined) return '';
  return `${wholeNumber(n)} normal values would show ${plainInterval(band.lower, band.upper)}`;
}

function leadingNote(quantities: Quantities): string {
  // known with the spectrum only; the value itself is not to wait for it
  const leading = quantities.summary.spectrum === undefined ? undefined : alongLeading(quantities);
  const found = leading && kurtosis.excessKurtosis(leading);
  return found === undefined ? 'along the mean gradient' : `${plainNumber(found)} along u₁`;
}
