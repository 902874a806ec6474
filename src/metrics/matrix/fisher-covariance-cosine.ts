import { kunstner2019 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber, texProduct } from '../../shared/numbers';
import { companionName, requireFisher } from '../companions';
import { cosine } from '../cosine';
import { defineMetric } from '../definition';

export const fisherCovarianceCosine = defineMetric({
  id: 'fisher-covariance-cosine',
  cards: 'Fisher matrix',
  name: 'Covariance and Fisher',
  symbol: String.raw`\cos(\Sigma,F)`,
  unit: '',
  formula: [
    { symbol: String.raw`\cos(\Sigma,F)`, word: 'alignment' },
    { symbol: '=' },
    { symbol: fraction(String.raw`\operatorname{tr}(\Sigma F)`, String.raw`${tex.frobenius}\,\lVert F\rVert_F`) },
  ],
  meaning:
    'How alike the shapes of the covariance and of the Fisher matrix are, whatever their sizes: 1 when one is a multiple of the other, 0 when they live in perpendicular spaces.',
  misleads:
    'Both are positive semi-definite and dominated by a few directions, so even unrelated ones may agree in part. A high value does not make the covariance a Fisher matrix.',
  citation: kunstner2019,
  where: 'the comparison of Fisher and empirical Fisher',
  degree: 0,
  compute: (quantities) => {
    const { product, frobeniusNorm, source } = requireFisher(quantities);
    const own = quantities.spectrum.frobeniusNorm;
    const value = cosine(product, own, frobeniusNorm);
    const sizes = String.raw`${texNumber(own)}\cdot${texNumber(frobeniusNorm)}`;
    return {
      value,
      substituted: [value, undefined, fraction(texProduct(...product), sizes)],
      convention: `1/n, which cancels; with ${companionName(quantities, source)}`,
    };
  },
});
