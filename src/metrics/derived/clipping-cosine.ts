import { chen2020 } from '../../shared/citations';
import { clippingCosine as cosine } from '../clipped-gradients';
import { defineMetric } from '../definition';

export const clippingCosine = defineMetric({
  id: 'clipping-cosine',
  cards: 'clipping',
  name: 'Direction kept',
  symbol: String.raw`\cos(G,G_C)`,
  unit: '',
  formula: [
    { symbol: String.raw`\cos(G,G_C)`, word: 'direction kept' },
    { symbol: '=' },
    { symbol: String.raw`\frac{G^\top G_C}{\lVert G\rVert\,\lVert G_C\rVert}`, word: 'with and without clipping' },
  ],
  meaning:
    'The cosine of the angle by which clipping turns the mean gradient: 1 when it only gets shorter, 0 when a step along it no longer goes downhill to first order.',
  misleads:
    'Noise is taken away from all three products, which leaves an estimate that scatters where the signal is weak.',
  elsewhere: 'Cosines of two noisy means, as often reported, share their noise and come out too near to 1.',
  citation: chen2020,
  where: '§3',
  degree: 0,
  compute: (quantities) => {
    const { value, interval } = cosine(quantities, quantities.clip);
    return { value, ...(interval && { interval }), substituted: [value, undefined, undefined] };
  },
});
