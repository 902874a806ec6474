import { thomas2020 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { companionName, covarianceProduct, requireCompanion } from '../companions';
import { cosine } from '../cosine';
import { defineMetric } from '../definition';

export const noiseCurvatureCosine = defineMetric({
  id: 'noise-curvature-cosine',
  cards: 'Hessian',
  name: 'Covariance and Hessian',
  symbol: String.raw`\cos(\Sigma,H)`,
  unit: '',
  formula: [
    { symbol: String.raw`\cos(\Sigma,H)`, word: 'alignment' },
    { symbol: '=' },
    { symbol: fraction(String.raw`\operatorname{tr}(\Sigma H)`, String.raw`${tex.frobenius}\,\lVert H\rVert_F`) },
  ],
  meaning:
    'How alike the shapes of noise and curvature are, whatever their sizes: 1 when one matrix is a multiple of the other.',
  misleads:
    'Near 1 it says nothing about their ratio, which may still be any number, nor that they are equal: for a well-specified likelihood at its minimum they would be, and networks are not there.',
  citation: thomas2020,
  where: 'the comparison of noise and curvature',
  degree: 0,
  compute: (quantities) => {
    const hessian = requireCompanion(quantities, 'hessian');
    const product = covarianceProduct(hessian);
    const own = quantities.spectrum.frobeniusNorm;
    const value = cosine([product, 1], own, hessian.frobeniusNorm);
    const sizes = String.raw`${texNumber(own)}\cdot${texNumber(hessian.frobeniusNorm)}`;
    return {
      value,
      substituted: [value, undefined, fraction(texNumber(product), sizes)],
      convention: `1/n, which cancels; with ${companionName(quantities, 'hessian')}`,
    };
  },
});
