import { describe, expect, test } from 'vitest';
import { optimizerNoise } from '../../src/metrics/optimizer-noise';
import { ifBounded, Quantities } from '../../src/metrics/quantities';
import type { Settings } from '../../src/shared/settings';
import { naiveWeighted } from '../reference/companions';
import { naiveSummary, settingsFor } from '../reference/naive';
import { uniformRandom } from '../../src/theory/random';
import { OF_MANY, analyzed } from '../reference/analyzed';

type Rows = readonly (readonly number[])[];

/** Mean (2, ½), variances (½, 13/4) with 1/4 and (2/3, 13/3) with 1/3. */
const F: Rows = [
  [3, 1],
  [1, 0],
  [2, -2],
  [2, 3],
];

function withMoments(rows: Rows, v: readonly number[], changes: Partial<Settings>): Quantities {
  const summary = { ...naiveSummary(rows), companions: { secondMoments: { path: 'v.npy', summary: naiveWeighted(rows, v) } } }; // prettier-ignore
  return new Quantities(summary, settingsFor(summary, { optimizer: 'adam', ...changes }));
}

describe('the noise scale in the metric of Adam', () => {
  test('is 2.7 for weights ½ and 2, and of a sample 9 over ¼', () => {
    const { value, noise, signal } = optimizerNoise(withMoments(F, [4, 0.25], { convention: 'population' }));
    expect([value, noise, signal]).toEqual([expect.closeTo(2.7, 12), expect.closeTo(6.75, 12), expect.closeTo(2.5, 12)]); // prettier-ignore
    // four rows resolve no signal, so only the bound is shown; without intervals there is the ratio itself
    const three = withMoments(F.slice(0, 3), [4, 0.25], { convention: 'sample' });
    // means 2 and −1/3, variances 1 and 7/3 with 1/2: noise ½ + 14/3, signal 2 + 2/9 less a third of the noise
    expect(optimizerNoise(three).noise).toBeCloseTo(0.5 + 14 / 3, 12);
    expect(optimizerNoise(three).signal).toBeCloseTo(2 + 2 / 9 - (0.5 + 14 / 3) / 3, 12);
    const bounded = ifBounded(() => optimizerNoise(withMoments(F, [4, 0.25], { convention: 'sample' })));
    expect(bounded).toMatchObject({ level: 0.95, method: 'score test' });
    expect(bounded).not.toHaveProperty('upper');
  });

  test('is the simple noise scale where all second moments are alike, with its interval', () => {
    const rows = [...F, ...F, ...F].map(([x = 0, y = 0], i) => [x + 20 + (i % 5), y + 20]);
    for (const convention of ['population', 'sample'] as const) {
      const quantities = withMoments(rows, [0.04, 0.04], { convention });
      const { value, interval } = optimizerNoise(quantities);
      expect(value).toBeCloseTo(quantities.noiseScale.value, 12);
      // how many directions are noisy is known for plain lengths only
      if (interval !== undefined) expect(interval.lower / quantities.noiseScale.interval!.lower).toBeCloseTo(1, 1);
    }
  });
});

describe('from files', () => {
  const outcome = async (rows: Rows, v: Rows, settings: Partial<Settings> = {}) => {
    const metadata = { secondMoments: 'v.json' };
    const report = await analyzed({ rows, metadata, beside: { v: { rows: v } } }, { ...OF_MANY, convention: 'population', datasetSize: rows.length, replacement: 'without', ...settings }); // prettier-ignore
    return report.metrics.find(({ id }) => id === 'optimizer-noise-scale')!;
  };

  test('rows or second moments times a power of two have the same noise scale to the last bit', async () => {
    const { outcome: before } = await outcome(F, [[4, 0.3]]);
    for (const power of [-300, -41, 40, 300]) {
      const times = (rows: Rows, exponent: number): Rows => rows.map((row) => row.map((x) => x * 2 ** exponent));
      expect((await outcome(times(F, power), [[4, 0.3]])).outcome).toEqual(before);
      // √2 is not a power of two
      expect((await outcome(F, times([[4, 0.3]], 2 * Math.round(power / 2)))).outcome).toEqual(before);
    }
  });

  test('a parameter that never had a gradient changes nothing, and one with v = 0 is left out and named', async () => {
    const { outcome: before } = await outcome(F, [[4, 0.25]]);
    const dead = await outcome(F.map((row) => [...row, 0]), [[4, 0.25, 0]]); // prettier-ignore
    expect(dead.outcome).toEqual(before);
    expect(dead.note).not.toMatch(/left out/);
    // 1, −2, 3, 0, of variance 3¼ with 1/4, of 7 together
    const unseen = await outcome(F.map((row, i) => [...row, [1, -3, 1, -3][i]! + i]), [[4, 0.25, 0]]); // prettier-ignore
    expect(unseen.outcome).toEqual(before);
    expect(unseen.note).toMatch(/; 1 parameter with v = 0 left out, with 46 % of the noise$/);
  });

  test('rows of which most elements are 0, as a ReLU leaves them, give what the formula gives', async () => {
    const random = uniformRandom(5);
    const rows = Array.from({ length: 40 }, () => Array.from({ length: 9 }, (_, j) => (random() < 0.8 ? 0 : random() * (j + 1)))); // prettier-ignore
    const v = rows[0]!.map((_, j) => (j === 3 ? 0 : 1 / (j + 1)));
    const expected = optimizerNoise(withMoments(rows, v, { convention: 'population' })).value;
    const { outcome: found } = await outcome(rows, [v]);
    expect(found).toMatchObject({ kind: 'value', value: expect.closeTo(expected, 10) as number });
  });

  test.each<[string, Rows, RegExp]>([
    ['negative', [[4, -1]], /^The second moment of parameter 1 is -1; it is an average of squares$/],
    ['of another width', [[4, 1, 1]], /^It holds 3 numbers, and the dump has 2 parameters$/],
    ['of several rows', [[4, 1], [4, 1]], /^It holds 4 numbers/], // prettier-ignore
    ['nothing but zeros', [[0, 0]], /^All second moments are 0/],
  ])('second moments that are %s are refused with the reason', async (_, v, found) => {
    const result = await outcome(F, v);
    expect(result.outcome).toMatchObject({ kind: 'unavailable', problem: { found: expect.stringMatching(found) as string } }); // prettier-ignore
  });
});
