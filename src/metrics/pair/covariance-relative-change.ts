import { horn2012 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { plainNumber, texNumber, wholeNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { companionName, requireCompanion } from '../companions';
import { defineMetric } from '../definition';

export const covarianceRelativeChange = defineMetric({
  id: 'covariance-relative-change',
  cards: 'second dump',
  name: 'Change of the noise',
  symbol: String.raw`\delta\Sigma`,
  unit: '',
  formula: [
    { symbol: String.raw`\delta\Sigma`, word: 'relative change' },
    { symbol: '=' },
    { symbol: fraction(String.raw`\lVert\Sigma'-\Sigma\rVert_F`, tex.frobenius) },
  ],
  meaning:
    'How much the covariance changes from this dump to the other, in shape and size. Theories that hold it fixed, the SDE among them, need it to be small over the time they speak of.',
  misleads:
    'Other examples change it, too. Two samples of the same distribution differ by about the number on the card; a smaller value shows no change.',
  citation: horn2012,
  where: '§5.6, the Frobenius norm',
  degree: 0,
  compute: (quantities) => {
    const { rows: others, frobeniusNorm, crossNorm } = requireCompanion(quantities, 'compared');
    const { rows: n, spectrum } = quantities;
    // each with its own divisor
    const sample = quantities.uncertain;
    const scale = sample ? n / (n - 1) : 1;
    const otherScale = sample ? others / (others - 1) : 1;
    const own = scale * spectrum.frobeniusNorm;
    if (!(own > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'This dump has no noise that could change',
        remedy: 'Compare dumps whose gradients differ between examples.',
      });
    // relative to this dump's, so that no square leaves the range of doubles
    const other = (otherScale * frobeniusNorm) / own;
    const shared = crossNorm / own;
    const value = Math.sqrt(Math.max(0, 1 + other * other - 2 * scale * otherScale * shared * shared));
    // E‖S − Σ‖² = (‖Σ‖² + (tr Σ)²)/N for normal rows, once for each dump
    const trace = (scale * quantities.moments.scatter) / n;
    const sampling = Math.sqrt((1 / n + 1 / others) * (1 + (trace / own) ** 2));
    return {
      value,
      substituted: [value, undefined, fraction(texNumber(value * own), texNumber(own))],
      note: sample ? `other examples alone: about ${plainNumber(sampling, 2)}` : `from ${wholeNumber(others)} rows`,
      convention: `${sample ? '1/(n−1)' : '1/n'} in both; with ${companionName(quantities, 'compared')}`,
    };
  },
});
