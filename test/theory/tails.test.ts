import { describe, expect, test } from 'vitest';
import { hillInterval, hillTailIndex, tailSize } from '../../src/theory/hill';
import { excessKurtosis, standardized } from '../../src/theory/kurtosis';
import { normalQuantile } from '../../src/theory/normal-quantile';
import { normalRandom, uniformRandom } from '../../src/theory/random';

const ROWS = [1.073, 0.308, 5.375, 0.366, 0.115, 1.8, 0.499, 0.551, 0.03, 0.764, 1.041, 0.231];

describe('the tail index', () => {
  // python3 -c "import numpy as np; y=np.sort(ROWS)[::-1]; print(5/np.log(y[:5]/y[5]).sum())"
  test('is the one of NumPy', () => expect(hillTailIndex(ROWS, 5)?.index).toBeCloseTo(0.9821059603548381, 14));

  test('is free of scale', () =>
    expect(
      hillTailIndex(
        ROWS.map((value) => value * 2 ** 40),
        5,
      ),
    ).toEqual(hillTailIndex(ROWS, 5)));

  test('covers the index of a Pareto distribution in 95 of 100 samples', () => {
    const uniform = uniformRandom(11);
    let covered = 0;
    for (let round = 0; round < 400; round++) {
      const pareto = Float64Array.from({ length: 500 }, () => (1 - uniform()) ** (-1 / 3));
      const { lower, upper } = hillInterval(hillTailIndex(pareto, 50)!);
      if (lower < 3 && 3 < upper) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.92);
    expect(covered / 400).toBeLessThan(0.98);
  });

  test('does not exist when the largest values are equal or zero', () => {
    expect(hillTailIndex([2, 2, 2, 2], 2)).toBeUndefined();
    expect(hillTailIndex([2, 1, 0, 0], 2)).toBeUndefined();
    expect(() => hillTailIndex([1, 2], 2)).toThrow('the tail index of 2 values from 2');
    expect(() => hillTailIndex([3, 2, 1], 1)).toThrow('the tail index of 3 values from 1');
  });

  test('is taken from a tenth of the values', () => expect([39, 40, 256].map(tailSize)).toEqual([undefined, 10, 25]));
});

describe('the excess kurtosis', () => {
  // python3 -c "from scipy.stats import kurtosis; print(kurtosis(ROWS))"
  test('is the one of SciPy', () => expect(excessKurtosis(ROWS)).toBeCloseTo(4.937574680300047, 12));

  test('is −2 for two equal halves and N − 3 + 1/(N − 1) − … for one outlier', () => {
    expect(excessKurtosis([-1, -1, 1, 1])).toBe(-2);
    // one value apart from n − 1 equal ones: m₄/m₂² = (n − 1) − 1 + 1/(n − 1)
    expect(excessKurtosis([0, 0, 0, 0, 1])).toBeCloseTo(4 - 1 + 1 / 4 - 3, 12);
  });

  test('does not change with scale, sign or offset', () => {
    const excess = excessKurtosis(ROWS)!;
    expect(excessKurtosis(ROWS.map((value) => -8 * value))).toBe(excess);
    expect(excessKurtosis(ROWS.map((value) => value + 1000))).toBeCloseTo(excess, 9);
  });

  test('is nothing for a constant, however large', () => {
    expect(excessKurtosis([3, 3, 3])).toBeUndefined();
    expect(excessKurtosis(new Array<number>(7).fill(0.1))).toBeUndefined();
    expect(() => excessKurtosis([1, 2])).toThrow('a kurtosis needs at least 3 values');
  });

  test('of normal numbers is 0 within its error, √(24/n)', () => {
    const normal = normalRandom(5);
    const excess = excessKurtosis(Float64Array.from({ length: 20_000 }, normal))!;
    expect(Math.abs(excess)).toBeLessThan(3 * Math.sqrt(24 / 20_000));
  });

  test('standardized values forget an offset a billion times their spread, and the largest scale', () => {
    const values = [1, 5, 2, 8, 3.5, 7.25, 0];
    const there = standardized(values.map((value) => value + 2 ** 32))!;
    standardized(values)!.forEach((value, k) => expect(there[k]).toBeCloseTo(value, 13));
    expect([...standardized([1e200, 3e200])!]).toEqual([-1, 1]);
  });

  test('standardized values have mean 0 and variance 1', () => {
    const values = standardized(ROWS)!;
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
    expect(values.reduce((sum, value) => sum + value * value, 0) / ROWS.length).toBeCloseTo(1, 14);
  });
});

// python3 -c "from scipy.stats import norm; print([norm.ppf(p) for p in [1e-300,1e-12,1e-5,.01,.075,.2,.5,.7,.925]])"
test.each([
  [1e-300, -37.0470962993612],
  [1e-12, -7.034483825301131],
  [1e-5, -4.264890793922825],
  [0.01, -2.3263478740408408],
  [0.075, -1.4395314709384563],
  [0.2, -0.8416212335729142],
  [0.5, 0],
  [0.7, 0.5244005127080407],
  [0.925, 1.4395314709384563],
])('the normal quantile of %d is the one of SciPy', (probability, expected) =>
  expect(Math.abs(normalQuantile(probability) - expected)).toBeLessThanOrEqual(4e-15 * Math.abs(expected)),
);

test.each([0, 1, -0.1, 1.1, NaN])('there is no normal quantile of %d', (probability) =>
  expect(() => normalQuantile(probability)).toThrow(`probability ${probability} is not in (0, 1)`),
);
