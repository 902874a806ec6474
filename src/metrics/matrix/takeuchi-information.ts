import { thomas2020 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { trueGradientSquaredNorm } from '../../theory/estimators';
import * as takeuchi from '../../theory/takeuchi';
import { requireCompanion } from '../companions';
import { defineMetric } from '../definition';

export const takeuchiInformation = defineMetric({
  id: 'takeuchi-information',
  cards: 'Hessian',
  name: 'Takeuchi’s gap',
  symbol: String.raw`\mathrm{TIC}`,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`\mathrm{TIC}`, word: 'test less training loss' },
    { symbol: '=' },
    { symbol: fraction(String.raw`\operatorname{tr}(H^{-1}\Sigma)`, 'N'), word: 'noise over curvature' },
  ],
  meaning:
    'How much larger the loss on new data is expected to be than on the training data, at the minimum of a mean negative log-likelihood. With as much noise as curvature it is the number of parameters divided by the number of examples.',
  misleads:
    'It holds at a minimum only, for a loss that is a negative log-likelihood; it is shown when a Newton step would gain no more than the gap itself. Flat directions with noise in them make it as large as you like.',
  elsewhere:
    'Tools that divide traces or diagonals, leave out the 1/N, or do not center show numbers that rank runs but are not the gap.',
  citation: thomas2020,
  where: 'Takeuchi’s information criterion',
  degree: 2,
  compute: (quantities) => {
    const { inverse, eigenvalues } = requireCompanion(quantities, 'hessian');
    if (inverse === undefined)
      throw new AnalysisError({
        code: 'value/undefined',
        found: `The Hessian is not positive definite: its smallest eigenvalue is ${plainNumber(eigenvalues.smallest)}`,
        remedy:
          'This point is not a minimum; choose a later step, or add the curvature of weight decay to the Hessian.',
      });
    const population = quantities.requirePopulation('The gap');
    const noise = quantities.scale * inverse.covarianceProduct;
    const value = takeuchi.takeuchiInformation(noise, population);
    const scatter = quantities.rows * inverse.covarianceProduct;
    const newton = trueGradientSquaredNorm({ ...quantities.drawnRows, meanSquaredNorm: inverse.meanProduct, scatter });
    if (!takeuchi.nearMinimum(newton, value))
      throw new AnalysisError({
        code: 'value/undefined',
        found: `A Newton step would still gain ${plainNumber(newton / 2)}, more than the gap of ${plainNumber(value)}`,
        remedy: 'This point is not near a minimum; choose a later step.',
      });
    return {
      value,
      substituted: [value, undefined, fraction(texNumber(noise), population)],
      note: `condition of H ${plainNumber(inverse.condition)}`,
    };
  },
});
