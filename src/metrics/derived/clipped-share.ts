import { abadi2016 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { clippedShare as share } from '../clipped-gradients';
import { defineMetric } from '../definition';

export const clippedShare = defineMetric({
  id: 'clipped-share',
  cards: 'clipping',
  name: 'Examples clipped',
  symbol: String.raw`p_C`,
  unit: '',
  formula: [
    { symbol: 'p_C', word: 'share clipped' },
    { symbol: '=' },
    { symbol: String.raw`\frac1n\#\{i:\lVert g_i\rVert>C\}`, word: 'examples longer than C' },
  ],
  meaning:
    'The share of examples whose gradient is longer than the clipping length C, and is shortened to it. At 0 clipping does nothing; near 1 all gradients count by their direction alone.',
  misleads:
    'It says how often, not how much: a few long gradients may carry most of the mean. Clipping the gradient of a whole batch, as clip_grad_norm_ does, is another thing.',
  elsewhere: 'Libraries for private training log the same share, of one batch.',
  citation: abadi2016,
  where: 'algorithm 1',
  degree: 0,
  compute: (quantities) => {
    const { clip } = quantities;
    const { value, interval } = share(quantities, clip);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, undefined],
      note: `C = ${plainNumber(clip)}`,
    };
  },
});
