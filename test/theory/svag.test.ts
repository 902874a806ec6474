import { expect, test } from 'vitest';
import { svagWeights } from '../../src/theory/svag';

test('the weights for l = 2 are 1.3660254 and −0.3660254', () => {
  const [first, second] = svagWeights(2);
  expect(first).toBeCloseTo(1.3660254, 7);
  expect(second).toBeCloseTo(-0.3660254, 7);
});

test.each([
  [1, 1],
  [2, 0.884],
  [4, 0.6875],
  [16, 0.367],
  [64, 0.187],
])('for l = %d they keep the mean, multiply the covariance by l and the skewness by %d', (l, skewness) => {
  const [first, second] = svagWeights(l);
  expect(first + second).toBeCloseTo(1, 14);
  expect(first ** 2 + second ** 2).toBeCloseTo(l, 12);
  expect((first ** 3 + second ** 3) / l ** 1.5).toBeCloseTo(skewness, 3);
});
