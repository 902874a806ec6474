import { thomas2020 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { companionName, requireCompanion } from '../companions';
import { defineMetric } from '../definition';
import { affine } from '../quantities';

export const covarianceHessianRatio = defineMetric({
  id: 'covariance-hessian-ratio',
  cards: 'Hessian',
  name: 'Noise over Hessian',
  symbol: String.raw`\operatorname{tr}\Sigma/\operatorname{tr}H`,
  unit: '',
  formula: [
    { symbol: String.raw`\operatorname{tr}\Sigma/\operatorname{tr}H`, word: 'ratio' },
    { symbol: '=' },
    { symbol: fraction(tex.trace, String.raw`\operatorname{tr}H`), word: 'ratio of traces' },
  ],
  meaning:
    'How large the noise is beside the curvature. Where a model fits its data as well as it believes, both are close to the Fisher matrix and the ratio of a log loss is near 1.',
  misleads:
    'Only for the negative log-likelihood is there a reason for a value near 1. Curvatures of both signs cancel in the trace of the Hessian.',
  citation: thomas2020,
  where: '§4',
  // the matrix is another file, which the gradients do not scale
  degree: 2,
  compute: (quantities) => {
    const { trace } = requireCompanion(quantities, 'hessian');
    if (!(trace > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'The curvatures of all directions add up to nothing positive, and the ratio divides by their sum',
        remedy: 'Choose a later step of the training.',
      });
    const { value, interval } = affine(quantities.trace, 1 / trace);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, fraction(texNumber(quantities.trace.value), texNumber(trace))],
      note: `with ${companionName(quantities, 'hessian')}`,
    };
  },
});
