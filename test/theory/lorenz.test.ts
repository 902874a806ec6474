import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lorenzCurve } from '../../src/theory/lorenz';

describe('a Lorenz curve', () => {
  test('of parts of sizes 1, 3 and 4 with amounts 6, 3 and 1 begins with the densest, by hand', () => {
    // densities 6, 1 and 1/4: after the first, 1/8 of the size holds 6/10, after two 4/8 hold 9/10
    const { order, sizes, shares, widest, unequal } = lorenzCurve([4, 1, 3], [1, 6, 3]);
    expect(order).toEqual([1, 2, 0]);
    expect(sizes).toEqual([0, 1 / 8, 4 / 8, 1]);
    expect(shares).toEqual([0, 0.6, 0.9, 1]);
    expect([widest, unequal]).toEqual([1, 0.6 - 1 / 8]);
  });

  test('of equal parts is the diagonal', () => {
    const { sizes, shares, widest, unequal } = lorenzCurve([2, 2, 2], [5, 5, 5]);
    expect(shares).toEqual(sizes);
    expect([widest, unequal]).toEqual([0, 0]);
  });

  test('rises, is concave, and is above its diagonal by half the sum of all differences of shares', () => {
    const parts = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1000 })), { minLength: 1, maxLength: 40 }); // prettier-ignore
    fc.assert(
      fc.property(parts, (pairs) => {
        const [size, amount] = [pairs.map(([each]) => each), pairs.map(([, each]) => each)];
        const total = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0);
        fc.pre(total(amount) > 0);
        const { sizes, shares, unequal } = lorenzCurve(size, amount);
        const slopes = sizes.slice(1).map((x, k) => (shares[k + 1]! - shares[k]!) / (x - sizes[k]!));
        for (const [k, slope] of slopes.entries()) {
          expect(slope).toBeGreaterThanOrEqual(-1e-9);
          if (k > 0) expect(slope).toBeLessThanOrEqual(slopes[k - 1]! * (1 + 1e-9) + 1e-9);
        }
        const moved = pairs.map(([s, a]) => Math.abs(a / total(amount) - s / total(size)));
        expect(unequal).toBeCloseTo(total(moved) / 2, 10);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
