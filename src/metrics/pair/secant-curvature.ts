import { nocedal2006 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { meanCorrection } from '../../theory/estimators';
import { companionName, requireCompanion } from '../companions';
import { defineMetric } from '../definition';

export const secantCurvature = defineMetric({
  id: 'secant-curvature',
  cards: 'second dump',
  name: 'Curvature on the way',
  symbol: 'h_{\\Delta}',
  unit: '',
  formula: [
    { symbol: 'h_{\\Delta}', word: 'mean curvature' },
    { symbol: '=' },
    {
      symbol: fraction(String.raw`\Delta\theta^\top(\bar g'-\bar g)`, String.raw`\lVert\Delta\theta\rVert^2`),
      word: 'change of slope over distance',
    },
  ],
  meaning:
    'The curvature of the loss, averaged along the straight line from the parameters of this dump to those of the other: what gradients alone can say about the Hessian.',
  misleads:
    'It is the curvature in one direction, the one that training took, which is not a typical one. Its error takes row i of both dumps to be the same example.',
  citation: nocedal2006,
  where: '§6.1, the secant equation',
  degree: 1,
  compute: (quantities) => {
    const { secant } = requireCompanion(quantities, 'compared');
    if (secant === undefined)
      throw new AnalysisError({
        code: 'value/needs-companion',
        found: 'The dumps do not both name their parameters',
        remedy: 'Name a file with the parameters as one vector, [d] or [1, d], in the metadata of each.',
        fix: '{ "parameters": "parameters.npy" }',
      });
    if ('problem' in secant) throw new AnalysisError(secant.problem);
    const { curvature, standardError, squaredDistance } = secant;
    const half = quantities.studentQuantile * (standardError ?? 0) * Math.sqrt(meanCorrection(quantities.drawnRows));
    return {
      value: curvature,
      ...(!quantities.meanIsExact &&
        // the difference of rows in pairs takes these as independent
        quantities.units === quantities.rows &&
        standardError !== undefined && {
          interval: { lower: curvature - half, upper: curvature + half, level: 0.95, method: 'jackknife' },
        }),
      substituted: [curvature, undefined, undefined],
      note: `over a distance of ${plainNumber(Math.sqrt(squaredDistance))}`,
      convention: `with ${companionName(quantities, 'compared')}`,
    };
  },
});
