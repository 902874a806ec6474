import { describe, expect, test } from 'vitest';
import { incompleteBeta, studentTQuantile } from '../../src/theory/student-t';

describe('quantiles of Student’s t', () => {
  // python3 -c "from scipy.stats import t; print([float(t.ppf(p,n)) for p,n in [(.975,255),(.975,3),(.9,1),(.975,1e9),(.975,9999),(.975,10001),(.9995,20000),(.975,2),(.6,7),(.9995,30)]])"
  test.each([
    [0.975, 255, 1.9693105698498752],
    [0.975, 3, 3.1824463052837078],
    [0.9, 1, 3.0776835371752544],
    [0.975, 1e9, 1.959963986912325],
    [0.975, 9999, 1.960201263621357],
    [0.975, 10001, 1.960201216164641],
    [0.9995, 20000, 3.2910132833642876],
    [0.975, 2, 4.302652729749462],
    [0.6, 7, 0.2631668613520229],
    [0.9995, 30, 3.6459586350420627],
  ])('at %d with %d degrees of freedom it is that of SciPy', (probability, degrees, expected) =>
    expect(studentTQuantile(probability, degrees)).toBeCloseTo(expected, 9),
  );

  test('are odd in the probability, and 0 in the middle', () => {
    expect(studentTQuantile(0.025, 9)).toBe(-studentTQuantile(0.975, 9));
    expect(studentTQuantile(0.5, 9)).toBeCloseTo(0, 12);
  });

  test('do not exist outside (0, 1) or without degrees of freedom', () => {
    expect(() => studentTQuantile(1, 3)).toThrow('probability 1 is not in (0, 1)');
    expect(() => studentTQuantile(0, 3)).toThrow('probability 0 is not in (0, 1)');
    expect(() => studentTQuantile(0.9, 0)).toThrow('0 degrees of freedom are not positive');
    expect(() => studentTQuantile(0.9, NaN)).toThrow('NaN degrees of freedom are not positive');
  });
});

test('the incomplete beta function has its closed forms', () => {
  for (const x of [0.1, 0.5, 0.93]) {
    expect(incompleteBeta(x, 1, 1)).toBeCloseTo(x, 13);
    expect(incompleteBeta(x, 3, 1)).toBeCloseTo(x ** 3, 13);
    expect(incompleteBeta(x, 1, 4)).toBeCloseTo(1 - (1 - x) ** 4, 13);
    expect(incompleteBeta(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 12);
  }
});

test('the incomplete beta function is 0 up to 0 and 1 from 1 on', () => {
  expect([-0.5, 0, 1, 1.5].map((x) => incompleteBeta(x, 2, 3))).toEqual([0, 0, 1, 1]);
});
