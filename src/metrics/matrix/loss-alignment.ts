import { wu2022 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { hallInterval } from '../../theory/hall-interval';
import { traceErrorFactor } from '../../theory/row-statistics';
import { requireCompanion } from '../companions';
import { defineMetric } from '../definition';
import { ifKnown } from '../quantities';

export const lossAlignment = defineMetric({
  id: 'loss-alignment',
  cards: 'Hessian',
  name: 'Alignment with the loss',
  symbol: String.raw`\mu`,
  unit: '',
  formula: [
    { symbol: String.raw`\mu`, word: 'alignment' },
    { symbol: '=' },
    {
      symbol: fraction(String.raw`\frac1n\sum_ig_i^\top Hg_i`, String.raw`2L\lVert H\rVert_F^2`),
      word: 'noise along curvature, over the loss',
    },
  ],
  meaning:
    'How much of the noise lies along the curvature, measured against the loss. For squared error, SGD can stay at a minimum that fits all examples only where the Frobenius norm of the Hessian is at most √(B/μ)/η: well-aligned noise drives it out of sharp minima.',
  misleads:
    'It holds for squared error near interpolation, where the noise is proportional to the loss. With another loss, or far from a minimum, it is a number without a bound. The loss counts as known.',
  citation: wu2022,
  where: 'the alignment property',
  // quadratic in the rows; loss and Hessian are other numbers of the dump
  degree: 2,
  compute: (quantities) => {
    const { loss, moments } = quantities;
    const { rowProducts, meanRowProducts, meanProduct, frobeniusNorm } = requireCompanion(quantities, 'hessian');
    if (!(loss > 0 && frobeniusNorm > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found:
          loss > 0
            ? 'The Hessian is 0, and the alignment divides by it'
            : `The loss is ${plainNumber(loss)}, and the alignment divides by it`,
        remedy: 'It needs a loss above 0 and a curvature.',
      });
    const along = rowProducts.map((product, i) => product + 2 * (meanRowProducts[i] ?? 0) + meanProduct);
    const mean = along.reduce((sum, product) => sum + product, 0) / along.length;
    // one norm after the other: their square may leave the range of doubles
    const per = (value: number): number => value / frobeniusNorm / frobeniusNorm / (2 * loss);
    const value = per(mean);
    const { hasIntervals, units, rows: n, rowStatistics } = quantities;
    const ends =
      hasIntervals && units === n ? hallInterval(value, along.map(per), traceErrorFactor(rowStatistics)) : undefined;
    const interval = moments.scatter > 0 ? quantities.interval(ends, 'Hall') : undefined;
    const bound = ifKnown(() => Math.sqrt(quantities.batchSize / value) / quantities.learningRate);
    return {
      value,
      ...(interval && { interval }),
      substituted: [
        value,
        undefined,
        fraction(texNumber(mean), String.raw`2\cdot${texNumber(loss)}\cdot${texNumber(frobeniusNorm)}^2`),
      ],
      ...(bound !== undefined &&
        value > 0 && {
          note: `the norm may be ${plainNumber(bound)}, and is ${plainNumber(frobeniusNorm)}`,
        }),
    };
  },
});
