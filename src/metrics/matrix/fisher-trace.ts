import { kunstner2019 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { companionName, requireFisher } from '../companions';
import { defineMetric } from '../definition';

export const fisherTrace = defineMetric({
  id: 'fisher-trace',
  cards: 'Fisher matrix',
  name: 'Fisher trace',
  symbol: String.raw`\operatorname{tr}F`,
  unit: '',
  formula: [
    { symbol: String.raw`\operatorname{tr}F`, word: 'labels of the model' },
    { symbol: '=' },
    { symbol: String.raw`\mathbb E_x\,\mathbb E_{y\sim p_\theta(y|x)}\lVert\nabla_\theta\log p_\theta(y|x)\rVert^2` },
  ],
  meaning:
    'The mean squared length of a gradient when labels are drawn from the model itself. Close to the empirical Fisher’s when the model believes what the data say.',
  misleads:
    'It is not what the dump shows: those gradients belong to the observed labels. Where a network fits its data, they vanish; the Fisher matrix stays for squared error and vanishes more slowly for cross-entropy.',
  elsewhere: 'Most tools that print a Fisher trace print the empirical one, from observed labels.',
  citation: kunstner2019,
  where: 'the definition of the Fisher matrix',
  degree: 0,
  compute: (quantities) => {
    const { trace, source } = requireFisher(quantities);
    const { meanSquaredNorm, scatter } = quantities.moments;
    return {
      value: trace,
      substituted: [trace, undefined, undefined],
      note: `empirical Fisher ${plainNumber(meanSquaredNorm + scatter / quantities.rows)}`,
      convention:
        source === 'fisher'
          ? `of ${companionName(quantities, source)}`
          : `1/n; from ${companionName(quantities, source)}`,
    };
  },
});
