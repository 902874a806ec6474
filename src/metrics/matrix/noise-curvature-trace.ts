import { zhu2019 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { requireCompanion } from '../companions';
import { noiseCurvature } from '../curvature';
import { defineMetric } from '../definition';

export const noiseCurvatureTrace = defineMetric({
  id: 'noise-curvature-trace',
  cards: 'Hessian',
  name: 'Noise against curvature',
  symbol: String.raw`\operatorname{tr}(H\Sigma)`,
  unit: 'gradient²',
  formula: [
    { symbol: String.raw`\operatorname{tr}(H\Sigma)`, word: 'cost of noise' },
    { symbol: '=' },
    { symbol: String.raw`\mathbb E\,(g-G)^\top H(g-G)`, word: 'curvature along it' },
  ],
  meaning:
    'What the noise costs: a step adds half of it, times the squared learning rate over the batch size, to the expected loss. Divided by what noise of the same size without any preferred direction would cost, it says how well the noise finds the sharp directions.',
  misleads:
    'It is a property of this point and of a quadratic around it. Directions of negative curvature subtract from it.',
  citation: zhu2019,
  where: 'the escaping efficiency',
  degree: 2,
  compute: (quantities) => {
    const { value, interval } = noiseCurvature(quantities);
    const { trace } = requireCompanion(quantities, 'hessian');
    const isotropic = (trace * quantities.trace.value) / quantities.parameters;
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, undefined],
      ...(isotropic > 0 && { note: `× ${plainNumber(value / isotropic)} of isotropic noise` }),
    };
  },
});
