import { cochran1977 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const batchCovarianceTrace = defineMetric({
  id: 'batch-covariance-trace',
  cards: 'training',
  name: 'Batch noise',
  symbol: tex.batchTrace,
  unit: 'gradient²',
  formula: [
    { symbol: tex.batchTrace, word: 'batch noise' },
    { symbol: '=' },
    { symbol: String.raw`\varphi`, word: 'finite data' },
    { symbol: String.raw`\cdot` },
    { symbol: fraction(tex.trace, 'B'), word: 'noise per batch' },
  ],
  meaning:
    'The total variance of the mean gradient of a batch: the mean squared distance of a batch gradient from the true one. With replacement, twice the batch halves it; without, it falls faster.',
  misleads:
    'It holds for batches drawn at random. Sorted or grouped data, or an unshuffled loader, give something else.',
  citation: cochran1977,
  where: 'thm. 2.2',
  degree: 2,
  compute: (quantities) => {
    const { batchSize } = quantities;
    const { value, interval } = quantities.batchNoise(batchSize);
    return {
      value,
      ...(interval && { interval }),
      substituted: [
        value,
        undefined,
        quantities.correction(batchSize),
        undefined,
        fraction(texNumber(quantities.trace.value), batchSize),
      ],
    };
  },
});
