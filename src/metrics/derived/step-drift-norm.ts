import { AnalysisError } from '../../shared/problem';
import { mccandlish2018 } from '../../shared/citations';
import { plainNumber, texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const stepDriftNorm = defineMetric({
  id: 'step-drift-norm',
  cards: 'batch',
  name: 'Step drift',
  symbol: String.raw`\eta\lVert G\rVert`,
  unit: 'parameter',
  formula: [
    { symbol: String.raw`\lVert\mathbb E\,\Delta\theta\rVert`, word: 'mean step' },
    { symbol: '=' },
    { symbol: String.raw`\eta`, word: 'learning rate' },
    { symbol: String.raw`\cdot` },
    { symbol: String.raw`\lVert G\rVert`, word: 'true gradient' },
  ],
  meaning:
    'The length of the mean step: how far one step of SGD goes on average in the direction that every batch shares.',
  misleads:
    'A single step is longer on average, because noise adds to its square, most of all where batches are mostly noise.',
  citation: mccandlish2018,
  where: '§2.1',
  degree: 1,
  compute: (quantities) => {
    const { learningRate, signal } = quantities;
    if (signal.value < 0)
      throw new AnalysisError({
        code: 'value/not-resolved',
        found: `The unbiased ‖G‖² is negative (${plainNumber(signal.value)}), so the mean step cannot be distinguished from 0`,
        remedy: 'Dump more rows.',
      });
    const norm = (squared: number): number => learningRate * Math.sqrt(Math.max(0, squared));
    const { interval } = signal;
    const value = norm(signal.value);
    return {
      value,
      ...(interval && {
        interval: {
          ...interval,
          lower: norm(interval.lower),
          ...(interval.upper !== undefined && { upper: norm(interval.upper) }),
        },
      }),
      substituted: [value, undefined, texNumber(learningRate), undefined, Math.sqrt(signal.value)],
    };
  },
});
