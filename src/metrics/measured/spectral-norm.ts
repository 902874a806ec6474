import { horn2012 } from '../../shared/citations';
import { tex } from '../../shared/notation';
import { percent } from '../../shared/numbers';
import { meanCorrection } from '../../theory/estimators';
import { unitOf } from '../../theory/unit';
import { defineMetric } from '../definition';
import type { Quantities } from '../quantities';

export const spectralNorm = defineMetric({
  id: 'spectral-norm',
  name: 'Spectral norm',
  symbol: tex.spectralNorm,
  unit: 'gradient²',
  formula: [
    { symbol: tex.spectralNorm, word: 'largest variance' },
    { symbol: '=' },
    { symbol: String.raw`\max_{\lVert u\rVert=1}u^\top\Sigma\,u`, word: 'over all directions' },
  ],
  means: 'The variance of the gradient along its noisiest direction: the largest eigenvalue of the covariance.',
  misleads:
    'From a sample it is too large, the more so the fewer rows there are: among many directions one is noisy by chance. Only what rises above the noise floor is a direction worth a name.',
  elsewhere:
    'Implementations that stop a power iteration when its value stands still may return less than the largest.',
  citation: horn2012,
  where: 'thm. 4.2.2',
  degree: 2,
  compute: (given) => {
    const value = given.scale * (given.spectrum.eigenvalues[0] ?? 0);
    const total = given.trace.value;
    const half = given.uncertain ? bootstrapHalfWidth(given) : undefined;
    return {
      value,
      ...(half !== undefined && {
        interval: { lower: Math.max(0, value - half), upper: value + half, level: 0.95, method: 'bootstrap' },
      }),
      here: [value, undefined, undefined],
      note: total > 0 ? `${percent(value / total)} of the trace` : 'there is no noise',
    };
  },
});

/** From the spread of the eigenvalue over rows drawn again; undefined until they were. */
function bootstrapHalfWidth({ summary, scale, studentQuantile, rows }: Quantities): number | undefined {
  const draws = summary.resampling?.bootstrapped;
  if (draws === undefined) return undefined;
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const unit = unitOf(mean);
  const variance = draws.reduce((sum, draw) => sum + ((draw - mean) / unit) ** 2, 0) / (draws.length - 1);
  return studentQuantile * scale * unit * Math.sqrt(variance * (rows.meanOf === 1 ? meanCorrection(rows) : 1));
}
