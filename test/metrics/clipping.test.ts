import { describe, expect, test } from 'vitest';
import { clippedLength, clippedShare, clippingBias, clippingCosine, privateBatchError, suggestedClipping } from '../../src/metrics/clipped-gradients'; // prettier-ignore
import { optimizerNoise } from '../../src/metrics/optimizer-noise';
import { ifBounded, Quantities } from '../../src/metrics/quantities';
import type { Quantity } from '../../src/metrics/quantities';
import { AnalysisError } from '../../src/shared/problem';
import type { Settings } from '../../src/shared/settings';
import { normalRandom, uniformRandom } from '../../src/theory/random';
import { naiveWeighted } from '../reference/companions';
import { naiveSummary, settingsFor } from '../reference/naive';

type Rows = readonly (readonly number[])[];
const F: Rows = [[3, 1], [1, 0], [2, -2], [2, 3]]; // prettier-ignore

function of(rows: Rows, changes: Partial<Settings>, secondMoments?: readonly number[]): Quantities {
  const summary = naiveSummary(rows);
  const companions = secondMoments && { secondMoments: { path: 'v', summary: naiveWeighted(rows, secondMoments) } };
  return new Quantities({ ...summary, ...(companions && { companions }) }, settingsFor(summary, changes));
}

describe('a private batch', () => {
  test('has the least error at the C that a search finds, also where rows are drawn without replacement', () => {
    for (const replacement of ['with', 'without'] as const) {
      const quantities = of(F, { convention: 'population', batchSize: 2, privacyNoise: 0.4, replacement });
      const { value, error } = suggestedClipping(quantities);
      expect(error).toBeCloseTo(privateBatchError(quantities, value).value, 12);
      for (let C = 0.01; C < 5; C += 0.01)
        expect(privateBatchError(quantities, C).value).toBeGreaterThanOrEqual(error - 1e-12);
    }
  });

  test('loses the noise of the batch where that is the whole data set', () => {
    const quantities = of(F, { convention: 'population', batchSize: 4, privacyNoise: 1, replacement: 'without' });
    // only 2·(3/4)² is added to the bias
    expect(privateBatchError(quantities, 3).value).toBeCloseTo(0.185094846631 ** 2 + 1.125, 11);
  });
});

test('rows that are means of several examples are not clipped, and the problem says why', () => {
  const summary = naiveSummary(F, { rows: { meanOf: 4 } });
  const quantities = new Quantities(summary, settingsFor(summary, { batchSize: 8 }));
  expect(() => clippedShare(quantities, 1)).toThrow(AnalysisError);
  expect(() => clippingBias(quantities, 1)).toThrow(/mean of 4 examples/);
});

/* --- how often intervals hold the truth ------------------------------------------------------------------------------ */

/** Examples of a data set, of which samples are drawn with replacement; the truth is that of all of them. */
const pools: Readonly<Record<string, Rows>> = (() => {
  const normal = normalRandom(11);
  const uniform = uniformRandom(12);
  const make = (row: () => number[]): Rows => Array.from({ length: 400 }, row);
  const shift = [1.1, -0.6, 0.8, 0.2, 0, 0.5];
  return {
    'normal noise': make(() => shift.map((mean, j) => mean + normal() * (1 + j / 3))),
    'long rows now and then': make(() => {
      const size = uniform() < 0.1 ? 4 : 1;
      return shift.map((mean) => mean + size * normal());
    }),
    'sparse rows, as a ReLU leaves them': make(() => shift.map((mean) => (uniform() < 0.6 ? 0 : 3 * mean + 2 * normal()))), // prettier-ignore
  };
})();

describe.each(Object.entries(pools))('over samples of %s', (_, pool) => {
  const C = 2.6;
  const v = [1, 4, 0.3, 2, 0.05, 1];
  const measures: Readonly<Record<string, (quantities: Quantities) => Quantity>> = {
    share: (quantities) => clippedShare(quantities, C),
    bias: (quantities) => clippingBias(quantities, C),
    cosine: (quantities) => clippingCosine(quantities, C),
    length: (quantities) => clippedLength(quantities, C),
    'private error': (quantities) => privateBatchError(quantities, C),
    'noise scale of the optimizer': (quantities) => {
      const found = ifBounded(() => optimizerNoise(quantities));
      return 'value' in found ? found : { value: NaN, interval: found };
    },
  };
  const whole = of(pool, { convention: 'population', batchSize: 32, privacyNoise: 0.5, replacement: 'with' }, v);
  const truth = new Map(Object.entries(measures).map(([name, read]) => [name, read(whole).value]));
  const REPEATS = 250;
  const held = new Map<string, number>();
  test.each([64])('of %d rows, intervals hold the truth about 95 % of the time', (n) => {
    const uniform = uniformRandom(99);
    for (let k = 0; k < REPEATS; k++) {
      const rows = Array.from({ length: n }, () => pool[Math.floor(uniform() * pool.length)]!);
      const quantities = of(rows, { convention: 'sample', batchSize: 32, privacyNoise: 0.5 }, v);
      for (const [name, read] of Object.entries(measures)) {
        const { interval } = read(quantities);
        const is = truth.get(name)!;
        const holds = interval !== undefined && interval.lower <= is && is <= (interval.upper ?? Infinity);
        held.set(name, (held.get(name) ?? 0) + (holds ? 1 / REPEATS : 0));
      }
    }
    for (const [name, share] of held) expect([name, share > 0.91]).toEqual([name, true]);
  });
});
