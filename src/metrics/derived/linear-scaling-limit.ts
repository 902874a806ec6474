import { li2021 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import * as scalingRules from '../../theory/scaling-rules';
import { defineMetric } from '../definition';
import type { Quantities } from '../quantities';

export const linearScalingLimit = defineMetric({
  id: 'linear-scaling-limit',
  cards: 'scaling',
  name: 'Linear-scaling limit',
  symbol: tex.largestFactor,
  unit: '',
  formula: [
    { symbol: tex.largestFactor, word: 'largest factor' },
    { symbol: '=' },
    { symbol: 'C^2', word: 'closeness²' },
    { symbol: '+' },
    { symbol: '(C^2-1)' },
    { symbol: String.raw`\cdot` },
    { symbol: fraction(tex.noiseScale, 'B'), word: 'noise over signal' },
  ],
  meaning:
    'The largest factor by which batch and learning rate can grow together while SGD stays within a factor C = √2 of its equilibrium. Small when the batch is already past the noise scale.',
  misleads:
    'Necessary, not sufficient. It is proved for scale-invariant networks with weight decay at equilibrium and is a rule of thumb elsewhere; one dump is a snapshot, the theory wants averages. Batches count as drawn with replacement.',
  citation: li2021,
  where: 'the condition on N/G, sharpened by keeping the noise after scaling',
  degree: 0,
  compute: (quantities) => {
    const { batchSize } = quantities;
    const least = scalingRules.linearScalingLimit(0);
    const { value, interval } = quantities.ofNoiseScale(
      (scalingRules.linearScalingLimit(1) - least) / batchSize,
      least,
    );
    const ratio = fraction(texNumber(quantities.noiseScale.value), batchSize);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, least, undefined, scalingRules.linearScalingLimit(1) - least, undefined, ratio],
      note: `${reach(quantities, value * batchSize)}${quantities.euclideanOnly ? '; Euclidean' : ''}`,
    };
  },
});

/** No batch without replacement is larger than the data set. */
function reach({ settings, population }: Quantities, largest: number): string {
  const whole = settings.replacement === 'without' && largest >= population;
  return whole ? 'B up to the whole data set' : `B up to ${plainNumber(largest)}`;
}
