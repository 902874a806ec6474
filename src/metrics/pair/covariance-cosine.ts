import { thomas2020 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber, texProduct } from '../../shared/numbers';
import { companionName, requireCompanion } from '../companions';
import { cosine } from '../cosine';
import { defineMetric } from '../definition';

export const covarianceCosine = defineMetric({
  id: 'covariance-cosine',
  cards: 'second dump',
  name: 'Same shape of noise',
  symbol: String.raw`\cos(\Sigma,\Sigma')`,
  unit: '',
  formula: [
    { symbol: String.raw`\cos(\Sigma,\Sigma')`, word: 'alignment' },
    { symbol: '=' },
    {
      symbol: fraction(
        String.raw`\operatorname{tr}(\Sigma\Sigma')`,
        String.raw`${tex.frobenius}\,\lVert\Sigma'\rVert_F`,
      ),
    },
  ],
  meaning:
    'How alike the noise of two dumps is in shape, whatever its size: 1 when one covariance is a multiple of the other. Between two steps of a training run it says whether noise keeps its directions.',
  misleads:
    'Sampling usually lowers it: with several parameters, two samples of few rows from the same distribution rarely come close to 1.',
  citation: thomas2020,
  where: 'the comparison of matrices',
  degree: 0,
  compute: (quantities) => {
    const { crossNorm, frobeniusNorm } = requireCompanion(quantities, 'compared');
    const own = quantities.spectrum.frobeniusNorm;
    const value = cosine([crossNorm, crossNorm], own, frobeniusNorm);
    const sizes = String.raw`${texNumber(own)}\cdot${texNumber(frobeniusNorm)}`;
    return {
      value,
      substituted: [value, undefined, fraction(texProduct(crossNorm, crossNorm), sizes)],
      convention: `1/n, which cancels; with ${companionName(quantities, 'compared')}`,
    };
  },
});
