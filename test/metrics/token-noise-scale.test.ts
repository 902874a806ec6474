import { expect, test } from 'vitest';
import { analyzed, OF_MANY } from '../reference/analyzed';

test('four sequences of 1, 2, 3 and 2 tokens have a noise scale of 6.993780234969 tokens, and of 3.496890117484 sequences', async () => {
  const rows = [[3, 1], [1, 0], [2, -2], [2, 3]]; // prettier-ignore
  const { metrics } = await analyzed({ rows, metadata: { weights: [1, 2, 3, 2] } }, OF_MANY);
  const value = (id: string): number => {
    const { outcome } = metrics.find((metric) => metric.id === id)!;
    return outcome.kind === 'value' ? outcome.value : NaN;
  };
  // squares of distances from the weighted mean (1.875, 0.125) times w²: 79.0625, of which 4/3 over 8² are left in the mean
  expect(value('covariance-trace') / 4).toBeCloseTo(1.647135416667, 12);
  const inRows = value('covariance-trace') / value('true-gradient-squared-norm');
  expect(inRows).toBeCloseTo(3.496890117484, 12);
  expect(2 * inRows).toBeCloseTo(6.993780234969, 12);
  // four rows do not resolve it: a bound in tokens, twice that in rows
  const bound = (id: string): number | undefined => {
    const { outcome } = metrics.find((metric) => metric.id === id)!;
    return outcome.kind === 'unavailable' ? outcome.interval?.lower : undefined;
  };
  expect(bound('token-noise-scale')).toBeCloseTo(2 * bound('simple-noise-scale')!, 12);
});
