import { ghorbani2019 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { companionName, requireCompanion } from '../companions';
import { defineMetric } from '../definition';

export const hessianTrace = defineMetric({
  id: 'hessian-trace',
  cards: 'Hessian',
  name: 'Hessian trace',
  symbol: String.raw`\operatorname{tr}H`,
  unit: '',
  formula: [
    { symbol: String.raw`\operatorname{tr}H`, word: 'total curvature' },
    { symbol: '=' },
    { symbol: String.raw`\textstyle\sum_j H_{jj}`, word: 'over parameters' },
  ],
  meaning:
    'The sum of the curvatures of the loss in all directions; divided by the number of parameters, the mean curvature.',
  misleads:
    'Directions that curve downward subtract from it. It changes when the network is rescaled without changing what it computes, so it does not compare the flatness of networks.',
  elsewhere:
    'Random probes estimate it with an error that depends on the off-diagonal entries; here the matrix is given and nothing is estimated.',
  citation: ghorbani2019,
  where: 'the Hessian and its trace',
  degree: 0,
  compute: (quantities) => {
    const { trace } = requireCompanion(quantities, 'hessian');
    return {
      value: trace,
      substituted: [trace, undefined, undefined],
      note: `${plainNumber(trace / quantities.parameters)} a direction`,
      convention: `of ${companionName(quantities, 'hessian')}`,
    };
  },
});
