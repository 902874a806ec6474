import { rudelson2007 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { percent, texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const stableRank = defineMetric({
  id: 'stable-rank',
  cards: 'glance',
  name: 'Stable rank',
  symbol: String.raw`\operatorname{tr}\Sigma/\lambda_1`,
  unit: 'directions',
  formula: [
    { symbol: String.raw`\mathrm{sr}`, word: 'stable rank' },
    { symbol: '=' },
    { symbol: fraction(tex.trace, tex.spectralNorm), word: 'total over largest' },
  ],
  meaning:
    'How many directions as noisy as the noisiest one would make up all of the noise. One means that all noise lies on a line. For the same eigenvalues it is the smallest of the three effective ranks.',
  misleads:
    'It sees the largest eigenvalue only, so it changes with that alone. From a sample it is too small when the noise is spread over more directions than there are rows.',
  citation: rudelson2007,
  where: '§1, of the matrix of centered gradients',
  degree: 0,
  compute: (quantities) => {
    const eigenvalues = quantities.requireNoise();
    const value = quantities.stableRank;
    return {
      value,
      substituted: [value, undefined, fraction(texNumber(quantities.trace.value), texNumber(eigenvalues[0] ?? 0))],
      note: `top direction: ${percent(1 / value)}`,
    };
  },
});
