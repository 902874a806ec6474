import { kunstner2019 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const empiricalFisherNorm = defineMetric({
  id: 'empirical-fisher-norm',
  cards: 'spectrum',
  name: 'Norm of M',
  symbol: String.raw`\lambda_1(M)`,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`\lambda_1(M)`, word: 'not centered' },
    { symbol: String.raw`\le` },
    { symbol: String.raw`\lambda_1(\Sigma)`, word: 'centered' },
    { symbol: '+' },
    { symbol: tex.meanSquaredNorm, word: 'the mean' },
  ],
  meaning:
    'The largest eigenvalue of the uncentered second moment, also called the empirical Fisher matrix. It lies between that of the covariance and that plus the squared mean.',
  misleads: 'Where the signal is strong its top direction is the mean gradient, not a direction of noise.',
  elsewhere: 'Libraries that offer an empirical Fisher operator give this, often under the name of a covariance.',
  citation: kunstner2019,
  where: '§2, the empirical Fisher',
  degree: 2,
  compute: (quantities) => {
    const { secondMomentNorm: value, eigenvalues } = quantities.spectrum;
    const centered = eigenvalues[0] ?? 0;
    return {
      value,
      substituted: [value, undefined, texNumber(centered), undefined, quantities.moments.meanSquaredNorm],
      note: 'uncentered',
      convention: '1/n, of these rows',
    };
  },
});
