import { nocedal2006 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import type { Secant } from '../../shared/summary';
import { meanCorrection } from '../../theory/estimators';
import { hallInterval } from '../../theory/hall-interval';
import { LEAST_ROWS } from '../../theory/row-statistics';
import { squareAndAdd } from '../../theory/square-and-add';
import type { OpenEnds } from '../../theory/test-inversion';
import { companionName, requireCompanion } from '../companions';
import { defineMetric } from '../definition';
import { quantity } from '../quantities';
import type { Quantities } from '../quantities';

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
    'It is the curvature in one direction, the one that training took, which is not a typical one. Its interval goes row by row where labels say that both dumps hold the same examples; otherwise it takes the two to be independent, which makes it wider.',
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
    const { curvature, squaredDistance } = secant;
    return {
      ...quantity(curvature, quantities.interval(endsOf(secant, quantities), 'Hall')),
      substituted: [curvature, undefined, undefined],
      note: `over a distance of ${plainNumber(Math.sqrt(squaredDistance))}`,
      convention: `with ${companionName(quantities, 'compared')}`,
    };
  },
});

/** Hall’s interval of the mean change of slope, row by row or of two independent dumps. */
function endsOf({ curvature, before, after, paired }: Secant, quantities: Quantities): OpenEnds | undefined {
  // the rows of a group depend on one another
  if (quantities.units !== quantities.rows) return undefined;
  if (!quantities.hasIntervals || quantities.meanIsExact || after.length < LEAST_ROWS) return undefined;
  const factor = Math.sqrt(meanCorrection(quantities.drawnRows));
  const differences = after.map((value, i) => value - (before[i] ?? 0));
  if (paired) return hallInterval(curvature, differences, factor);
  const mean = (slopes: Float64Array): number => slopes.reduce((sum, value) => sum + value, 0) / slopes.length;
  const [start, end] = [mean(before), mean(after)];
  const [first, second] = [hallInterval(start, before, factor), hallInterval(end, after)];
  if (first === undefined || second === undefined) return undefined;
  const { lower, upper } = squareAndAdd({ value: end, ...second }, { value: start, ...first });
  return lower === undefined ? undefined : { lower, ...(upper !== undefined && { upper }) };
}
