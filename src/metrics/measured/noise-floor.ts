import { horn1965 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { marchenkoPasturEdges } from '../../theory/marchenko-pastur';
import { defineMetric } from '../definition';
import type { Quantities } from '../quantities';

export const noiseFloor = defineMetric({
  id: 'noise-floor',
  cards: 'glance',
  name: 'Noise floor',
  symbol: String.raw`\lambda_{\text{floor}}`,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`\lambda_{\text{floor}}`, word: 'noise floor' },
    { symbol: '=' },
    { symbol: String.raw`\max_{\text{shuffles}}\lambda_1`, word: 'columns shuffled one by one' },
  ],
  meaning:
    'The largest eigenvalue that these very parameters show when their gradients are unrelated. Directions below it cannot be distinguished from chance; those above have something in common.',
  misleads:
    'Shuffling leaves the variance of each parameter as it is, so the floor is at least that of the noisiest one: a parameter that is noisy by itself lifts it for all others. It is the 95 % line of the largest eigenvalue only: for lower ranks it is too strict.',
  elsewhere:
    'The Marchenko–Pastur edge is the floor of parameters that are all equally noisy, which those of a network are not; it is far lower then.',
  citation: horn1965,
  where: 'parallel analysis, with permutations in the place of random data',
  degree: 2,
  compute: (quantities) => {
    const value = floorOf(quantities);
    const above = quantities.eigenvalues.filter((eigenvalue) => eigenvalue > value);
    const carried = above.reduce((sum, eigenvalue) => sum + eigenvalue, 0) / quantities.trace.value;
    const { rows: n, parameters, moments, scale } = quantities;
    const varying = parameters - moments.constantParameters;
    const edge = scale * marchenkoPasturEdges(moments.scatter / (n - 1) / varying, n, varying).upper;
    const all = quantities.spectrum.partial !== undefined && above.length === quantities.eigenvalues.length;
    return {
      value,
      substituted: [value, undefined, undefined],
      note: `${all ? 'at least ' : ''}${above.length} above, ${Math.round(100 * carried)} % of the trace`,
      convention: `${quantities.convention}; isotropic noise would reach ${plainNumber(edge)}`,
    };
  },
});

/** In the convention of the settings. */
export function floorOf(quantities: Quantities): number {
  quantities.requireNoise();
  const { resampling } = quantities.summary;
  if (resampling === undefined)
    throw new AnalysisError({
      code: 'value/on-demand',
      found: 'Columns not shuffled yet',
      remedy:
        'For a dump of this size it takes long; ask for it below the spectrum, or with: gradient-covariance analyze PATH --resample',
    });
  const { shuffled } = resampling;
  if ('problem' in shuffled) throw new AnalysisError(shuffled.problem);
  return quantities.scale * (shuffled[0] ?? 0);
}
