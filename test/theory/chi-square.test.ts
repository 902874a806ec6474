import { describe, expect, test } from 'vitest';
import { chiSquareQuantile, incompleteGamma } from '../../src/theory/chi-square';
import { hillInterval, hillTailIndex } from '../../src/theory/hill';
import { logGamma } from '../../src/theory/log-gamma';
import { uniformRandom } from '../../src/theory/random';

describe('quantiles of χ²', () => {
  // python3 -c "from scipy.stats import chi2; print([float(chi2.ppf(p,v)) for p,v in [(.025,20),(.975,20),(.5,1),(.999,3),(.025,2000),(.975,2000),(.01,.5)]])"
  test.each([
    [0.025, 20, 9.590777392264867],
    [0.975, 20, 34.16960690283833],
    [0.5, 1, 0.454936423119572],
    [0.999, 3, 16.26623619623813],
    [0.025, 2000, 1877.9460368153905],
    [0.975, 2000, 2125.8423024497756],
    [0.01, 0.5, 1.349939585911692e-8],
  ])('at %d with %d degrees of freedom it is that of SciPy', (probability, degrees, expected) =>
    expect(chiSquareQuantile(probability, degrees) / expected).toBeCloseTo(1, 11),
  );

  test('do not exist outside (0, 1) or without degrees of freedom', () => {
    expect(() => chiSquareQuantile(0, 3)).toThrow('probability 0 is not in (0, 1)');
    expect(() => chiSquareQuantile(NaN, 3)).toThrow('probability NaN is not in (0, 1)');
    expect(() => chiSquareQuantile(0.5, 0)).toThrow('0 degrees of freedom are not positive');
  });
});

test('the incomplete gamma function has its closed forms', () => {
  for (const x of [0.01, 0.7, 1.9, 2.1, 30]) {
    expect(incompleteGamma(1, x)).toBeCloseTo(1 - Math.exp(-x), 14);
    expect(incompleteGamma(2, x)).toBeCloseTo(1 - Math.exp(-x) * (1 + x), 14);
  }
  expect(incompleteGamma(3, 0)).toBe(0);
  expect(incompleteGamma(3, -1)).toBe(0);
});

test('the logarithm of Γ is that of factorials and of √π', () => {
  let factorial = 1;
  for (let n = 1; n < 20; n++) {
    expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 12);
    factorial *= n;
  }
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
});

test('the interval of a Pareto tail’s index covers it in 19 of 20 samples', () => {
  const uniform = uniformRandom(5);
  const samples = 2000;
  let covered = 0;
  for (let k = 0; k < samples; k++) {
    const values = Array.from({ length: 100 }, () => (1 - uniform()) ** (-1 / 3));
    const { lower, upper } = hillInterval(hillTailIndex(values, 10)!);
    if (lower <= 3 && 3 <= upper) covered++;
  }
  // four standard errors
  expect(Math.abs(covered / samples - 0.95)).toBeLessThan(0.0195);
});
