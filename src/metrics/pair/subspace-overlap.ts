import { gurari2018 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { companionName, requireCompanion } from '../companions';
import { defineMetric } from '../definition';

export const subspaceOverlap = defineMetric({
  id: 'subspace-overlap',
  cards: 'second dump',
  name: 'Same leading directions',
  symbol: String.raw`\tfrac1k\lVert U^\top U'\rVert_F^2`,
  unit: '',
  formula: [
    { symbol: String.raw`\tfrac1k\lVert U^\top U'\rVert_F^2`, word: 'overlap' },
    { symbol: '=' },
    {
      symbol: String.raw`\tfrac1k\textstyle\sum_{i,j\le k}(u_i^\top u'_j)^2`,
      word: 'mean squared cosine of the principal angles',
    },
  ],
  meaning:
    'How far the k noisiest directions of one dump lie in the space of the k noisiest of the other: 1 for the same space, about k divided by the number of parameters by chance.',
  misleads:
    'Where eigenvalues around the k-th are close, the space itself is a matter of chance. From few rows leading directions are blurred, and the overlap is lower than that of the true ones.',
  citation: gurari2018,
  where: 'the overlap of top subspaces',
  degree: 0,
  compute: (quantities) => {
    const { overlaps } = requireCompanion(quantities, 'compared');
    const found = overlaps.at(-1);
    if (found === undefined)
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'One of the dumps has no noise, hence no leading directions',
        remedy: 'Compare dumps whose gradients differ between examples.',
      });
    const chance = Math.min(1, found.directions / quantities.parameters);
    return {
      value: found.overlap,
      substituted: [found.overlap, undefined, undefined],
      note: `k = ${found.directions}; ${plainNumber(chance, 2)} by chance`,
      convention: `no divisor enters; with ${companionName(quantities, 'compared')}`,
    };
  },
});
