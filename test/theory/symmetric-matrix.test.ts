import { expect, test } from 'vitest';
import { choleskyFactor, ellipse } from '../../src/theory/symmetric-matrix';

test('the factor times its transpose is the matrix, also when it is singular', () => {
  for (const [xx, xy, yy] of [
    [4, 2, 2],
    [1, 1, 1],
    [0, 0, 3],
  ] as const) {
    const [a, b, c] = choleskyFactor([xx, xy, yy]);
    [a * a, a * b, b * b + c * c].forEach((entry, k) => expect(entry).toBeCloseTo([xx, xy, yy][k]!, 14));
  }
});

test('every point of the ellipse lies at the asked distance in units of the covariance', () => {
  const [xx, xy, yy] = [2, 0.6, 0.5] as const;
  const { x, y } = ellipse([xx, xy, yy], 2, [3, 4]);
  const determinant = xx * yy - xy * xy;
  x.forEach((value, k) => {
    const [u, v] = [value - 3, y[k]! - 4];
    expect((yy * u * u - 2 * xy * u * v + xx * v * v) / determinant).toBeCloseTo(4, 10);
  });
  expect(x.at(-1)).toBeCloseTo(x[0]!, 12);
});

test('an ellipse lies around zero if nothing else is said', () => {
  const { x, y } = ellipse([4, 0, 1], 1);
  expect([Math.max(...x), Math.min(...x), Math.max(...y), Math.min(...y)]).toEqual([2, -2, 1, -1]);
});
