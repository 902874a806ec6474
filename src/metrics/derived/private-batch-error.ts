import { wei2025 } from '../../shared/citations';
import { texNumber } from '../../shared/numbers';
import { clippedAt, noiseMultiplier, privateBatchError as errorOf } from '../clipped-gradients';
import { defineMetric } from '../definition';

export const privateBatchError = defineMetric({
  id: 'private-batch-error',
  cards: 'clipping',
  name: 'Error of a private batch',
  symbol: String.raw`E(C)`,
  unit: 'gradient²',
  formula: [
    { symbol: 'E(C)', word: 'expected squared error' },
    { symbol: '=' },
    { symbol: String.raw`\lVert G-G_C\rVert^2`, word: 'bias' },
    { symbol: '+' },
    { symbol: String.raw`c\,\frac{\operatorname{tr}\Sigma_C}B`, word: 'noise of the batch' },
    { symbol: '+' },
    { symbol: String.raw`\frac{d\,z^2C^2}{B^2}`, word: 'noise added' },
  ],
  meaning:
    'How far the gradient of a private batch lies from the true gradient, as the mean squared distance: what clipping cuts off, the noise of the batch, and the noise that is added for privacy.',
  misleads:
    'It weighs every parameter alike and looks at one step. The noise added grows with the number of parameters, whether they matter or not.',
  elsewhere:
    'Libraries for private training show the noise added only. DC-SGD counts the square of what is cut off each gradient in the place of the squared bias, and leaves out the noise of the batch.',
  citation: wei2025,
  where: 'DC-SGD-E, with the bias of the mean',
  degree: 2,
  compute: (quantities) => {
    const { clip, batchSize, parameters } = quantities;
    const { value, interval } = errorOf(quantities, clip);
    const { lost, trace } = clippedAt(quantities, clip);
    const noise = (quantities.correction(batchSize) * trace) / batchSize;
    const added = parameters * ((noiseMultiplier(quantities) * clip) / batchSize) ** 2;
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, lost < 0 ? `(${texNumber(lost)})` : lost, undefined, noise, undefined, added],
    };
  },
});
