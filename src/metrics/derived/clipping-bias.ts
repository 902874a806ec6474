import { chen2020 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { clippingBias as bias } from '../clipped-gradients';
import { ifKnown } from '../quantities';
import { defineMetric } from '../definition';

export const clippingBias = defineMetric({
  id: 'clipping-bias',
  cards: 'clipping',
  name: 'Clipping bias',
  symbol: String.raw`\lVert G-G_C\rVert`,
  unit: 'gradient',
  formula: [
    { symbol: String.raw`\lVert G-G_C\rVert`, word: 'bias' },
    { symbol: '=' },
    { symbol: String.raw`\bigl\lVert\mathbb E(1-w)g\bigr\rVert`, word: 'mean of what is cut off' },
  ],
  meaning:
    'How far the mean of clipped gradients lies from the mean gradient: an error that no batch size averages away.',
  misleads:
    'Where long gradients point in all directions it is small although much is cut off. The noise left in the mean of few rows is taken away, so it may come out as 0.',
  elsewhere: 'Papers bound it; libraries do not show it.',
  citation: chen2020,
  where: '§3',
  degree: 1,
  compute: (quantities) => {
    const { value, interval } = bias(quantities, quantities.clip);
    const length = ifKnown(() => Math.sqrt(quantities.signal.value));
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, undefined],
      ...(length !== undefined &&
        length > 0 && { note: `${plainNumber(value / length)} of the length of the mean gradient` }),
    };
  },
});
