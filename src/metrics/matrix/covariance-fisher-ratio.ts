import { thomas2020 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { companionName, requireFisher } from '../companions';
import { defineMetric } from '../definition';
import { affine } from '../quantities';

export const covarianceFisherRatio = defineMetric({
  id: 'covariance-fisher-ratio',
  cards: 'Fisher matrix',
  name: 'Noise over Fisher',
  symbol: String.raw`\operatorname{tr}\Sigma/\operatorname{tr}F`,
  unit: '',
  formula: [
    { symbol: String.raw`\operatorname{tr}\Sigma/\operatorname{tr}F`, word: 'ratio' },
    { symbol: '=' },
    { symbol: fraction(tex.trace, String.raw`\operatorname{tr}F`), word: 'ratio of traces' },
  ],
  meaning:
    'How large the noise is beside the Fisher matrix: near 1 where the labels are as random as the model takes them to be, and smaller the better the model fits them.',
  misleads:
    'Both traces may agree while the directions do not; the cosine says that. At interpolation the noise goes to 0, and the Fisher matrix of squared error stays: the ratio then says how well the data are fit.',
  citation: thomas2020,
  where: '§4',
  // the matrix is another file, which the gradients do not scale
  degree: 2,
  compute: (quantities) => {
    const { trace, source } = requireFisher(quantities);
    if (!(trace > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'The Fisher matrix is 0, and the ratio divides by it',
        remedy: 'Choose another Fisher matrix, or an earlier step of the training.',
      });
    const { value, interval } = affine(quantities.trace, 1 / trace);
    return {
      value,
      // labels that were drawn from the model have an error of their own
      ...(interval && source === 'fisher' && { interval }),
      substituted: [value, undefined, fraction(texNumber(quantities.trace.value), texNumber(trace))],
      note: `with ${companionName(quantities, source)}`,
    };
  },
});
