import { mccandlish2018 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { defineMetric } from '../definition';

export const tokenNoiseScale = defineMetric({
  id: 'token-noise-scale',
  cards: 'batch',
  name: 'Noise scale in tokens',
  symbol: String.raw`\mathcal B_{\text{tokens}}`,
  unit: 'tokens',
  formula: [
    { symbol: String.raw`\mathcal B_{\text{tokens}}`, word: 'noise scale' },
    { symbol: '=' },
    { symbol: String.raw`\bar w`, word: 'mean weight' },
    { symbol: String.raw`\cdot` },
    { symbol: tex.noiseScale, word: 'in rows' },
  ],
  meaning:
    'The batch size at which noise equals signal, counted in what the weights of the rows count: tokens, where each row is a sequence and the loss a mean over tokens. It compares with batch sizes that are stated in tokens.',
  misleads:
    'It takes batches of whole rows: tokens of one sequence are not independent, so as many tokens of more and shorter sequences have less noise. Where long rows have other gradients than short ones, the ratio behind it is biased to first order in 1/n.',
  elsewhere:
    'Logs of training often multiply a noise scale of unweighted rows with their mean length, which is another number.',
  citation: mccandlish2018,
  where: '§2.2, of a ratio of sums',
  degree: 0,
  compute: (quantities) => {
    const { weights } = quantities.summary.dump.metadata;
    if (weights === undefined)
      throw new AnalysisError({
        code: 'value/needs-metadata',
        found: 'The dump does not say how much each row counts',
        remedy: 'Name the number of tokens of each row in its metadata.',
        fix: '{ "weights": [512, 384] }',
      });
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    const { value, interval } = quantities.ofNoiseScale(mean);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, texNumber(mean), undefined, texNumber(value / mean)],
    };
  },
});
