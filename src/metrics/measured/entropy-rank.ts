import { counted } from '../../shared/numbers';
import { roy2007 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import * as effectiveRank from '../../theory/effective-rank';
import { defineMetric } from '../definition';

export const entropyRank = defineMetric({
  id: 'entropy-rank',
  cards: 'spectrum',
  name: 'Entropy rank',
  symbol: 'e^{H(p)}',
  unit: 'directions',
  formula: [
    { symbol: 'e^{H(p)}', word: 'directions' },
    { symbol: '=' },
    { symbol: String.raw`\exp\Bigl(-\sum_kp_k\ln p_k\Bigr)`, word: 'entropy of the shares' },
    { symbol: String.raw`,\quad p_k=${fraction(String.raw`\lambda_k`, tex.trace)}` },
  ],
  meaning:
    'How many directions share the noise, weighing faint ones more than the participation ratio does. For the same eigenvalues it is the largest of the three effective ranks.',
  misleads:
    'A long tail of tiny eigenvalues raises it, and in a sample that tail is mostly an artifact of having few rows.',
  citation: roy2007,
  where: 'definition 1',
  degree: 0,
  compute: (quantities) => {
    const eigenvalues = quantities.requireWholeSpectrum();
    const value = effectiveRank.entropyRank(eigenvalues);
    return {
      value,
      substituted: [value, undefined, undefined, undefined],
      note: `over ${counted(eigenvalues.length, 'eigenvalue')}`,
    };
  },
});
