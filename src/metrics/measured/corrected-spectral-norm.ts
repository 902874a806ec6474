import { bai2012 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { percent } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { defineMetric } from '../definition';
import * as leadingEigenvalue from '../leading-eigenvalue';

export const correctedSpectralNorm = defineMetric({
  id: 'corrected-spectral-norm',
  cards: 'spectrum',
  name: 'Spectral norm, corrected',
  symbol: String.raw`\tilde\lambda_1`,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`\tilde\lambda_1`, word: 'corrected' },
    { symbol: '=' },
    {
      symbol: String.raw`\Bigl(\frac1{n-2}\sum_{k=2}^{n-1}\frac1{${tex.spectralNorm}-\lambda_k}\Bigr)^{-1}`,
      word: 'harmonic mean of the gaps',
    },
  ],
  meaning:
    'The largest eigenvalue without what a sample adds to it: noise in all the other directions, the bulk, stretches the noisiest one. Close to the spectral norm where that is far above the other eigenvalues.',
  misleads:
    'Where no direction stands out, or a few rows are far longer than the rest, it stays too large: a long row is a direction of its own. Then only the upper end of its interval says something.',
  elsewhere:
    'Most tools show the eigenvalue of the sample as it is, which for isotropic noise may be several times too large.',
  citation: bai2012,
  where: 'the estimator of spikes',
  degree: 2,
  compute: (quantities) => {
    if (!quantities.uncertain)
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'The rows are the whole data set, so their spectral norm is exact',
        remedy: 'Read the spectral norm.',
      });
    const { value } = leadingEigenvalue.correctedSpectralNorm(quantities);
    const interval = leadingEigenvalue.intervalOfSpectralNorm(quantities);
    const plain = quantities.scale * (quantities.spectrum.eigenvalues[0] ?? 0);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, undefined],
      note: `${percent(value / plain)} of the spectral norm`,
    };
  },
});
