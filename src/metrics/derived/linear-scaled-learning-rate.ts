import { goyal2017 } from '../../shared/citations';
import { texNumber, trimmed } from '../../shared/numbers';
import { scaledLearningRate } from '../../theory/scaling-rules';
import { defineMetric } from '../definition';

export const linearScaledLearningRate = defineMetric({
  id: 'linear-scaled-learning-rate',
  cards: 'scaling',
  name: 'Linear rule',
  symbol: String.raw`\kappa\eta`,
  unit: '',
  formula: [
    { symbol: String.raw`\eta_\kappa`, word: 'learning rate' },
    { symbol: '=' },
    { symbol: String.raw`\kappa`, word: 'factor of the batch' },
    { symbol: String.raw`\cdot` },
    { symbol: String.raw`\eta`, word: 'now' },
  ],
  meaning:
    'The learning rate to use when the batch is κ times larger and the temperature is to stay the same: drift and noise of a whole epoch stay the same.',
  misleads:
    'It breaks when steps get too large for the curvature or batches pass the noise scale; warm-up helps only at the start. For Adam, take the square-root rule.',
  citation: goyal2017,
  where: '§2.1',
  degree: 0,
  compute: ({ learningRate, scaleFactor, settings }) => {
    const value = scaledLearningRate('linear', learningRate, scaleFactor);
    const at = settings.batchSize === undefined ? '' : `at κB = ${trimmed(scaleFactor * settings.batchSize)}`;
    return {
      value,
      substituted: [value, undefined, texNumber(scaleFactor), undefined, texNumber(learningRate)],
      sampling: 'none',
      note: settings.optimizer === 'adam' ? 'not the rule for Adam' : at,
    };
  },
});
