import { krizhevsky2014 } from '../../shared/citations';
import { texNumber, trimmed } from '../../shared/numbers';
import { scaledLearningRate } from '../../theory/scaling-rules';
import { defineMetric } from '../definition';

export const squareRootScaledLearningRate = defineMetric({
  id: 'square-root-scaled-learning-rate',
  cards: 'scaling',
  name: 'Square-root rule',
  symbol: String.raw`\sqrt\kappa\,\eta`,
  unit: '',
  formula: [
    { symbol: String.raw`\eta_\kappa`, word: 'learning rate' },
    { symbol: '=' },
    { symbol: String.raw`\sqrt{\kappa}`, word: 'root of the factor' },
    { symbol: String.raw`\cdot` },
    { symbol: String.raw`\eta`, word: 'now' },
  ],
  meaning:
    'The learning rate to use when the batch is κ times larger and the noise of a single step is to stay the same. For Adam and similar optimizers, stochastic differential equations give this rule.',
  misleads:
    'For plain SGD it keeps the noise of a step, but an epoch then has less drift and less noise: training gets colder and slower.',
  elsewhere: 'For Adam the rule also moves β₁, β₂ to 1 − κ(1 − β) and divides ε by √κ.',
  citation: krizhevsky2014,
  where: 'on larger batches; for Adam, Malladi et al. 2022',
  degree: 0,
  compute: ({ learningRate, scaleFactor, settings }) => {
    const value = scaledLearningRate('square-root', learningRate, scaleFactor);
    const at = settings.batchSize === undefined ? '' : `at κB = ${trimmed(scaleFactor * settings.batchSize)}`;
    return {
      value,
      substituted: [value, undefined, String.raw`\sqrt{${texNumber(scaleFactor)}}`, undefined, texNumber(learningRate)],
      sampling: 'none',
      note: settings.optimizer === 'adam' ? 'the rule for Adam' : at,
    };
  },
});
