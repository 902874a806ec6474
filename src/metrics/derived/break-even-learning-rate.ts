import { andreyev2024 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { breakEven } from '../curvature';
import { defineMetric } from '../definition';
import { ifKnown } from '../quantities';

export const breakEvenLearningRate = defineMetric({
  id: 'break-even-learning-rate',
  cards: 'Hessian',
  name: 'Break-even learning rate',
  symbol: String.raw`\eta_{\mathrm{be}}`,
  unit: '',
  formula: [
    { symbol: String.raw`\eta_{\mathrm{be}}`, word: 'break-even' },
    { symbol: '=' },
    {
      symbol: fraction(`2${tex.signal}`, String.raw`\mathbb E[\bar g_B^\top H\bar g_B]`),
      word: 'slope over curvature and noise',
    },
  ],
  meaning:
    'Above this learning rate a step of SGD with this batch size raises the loss on average, on the quadratic through this point; at half of it the loss falls most. With noise it is smaller than twice the best step without.',
  misleads:
    'It looks one step ahead with the Hessian of the whole loss. Training may go on above it for a while and learn something else from it. For momentum and Adam it describes the plain step only.',
  elsewhere:
    'The same ratio of expectations is called gradient-noise interaction, and held against 2/η. Batch sharpness takes the Hessian of each batch and is larger.',
  citation: andreyev2024,
  where: 'the gradient-noise interaction',
  degree: 0,
  compute: (quantities) => {
    const { value, interval, signal, curvature } = breakEven(quantities);
    const rate = ifKnown(() => quantities.learningRate);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, fraction(String.raw`2\cdot${texNumber(signal)}`, texNumber(curvature))],
      ...(rate !== undefined && { note: `η is ${plainNumber(rate / value)} times as large` }),
    };
  },
});
