import { describe, expect, test } from 'vitest';
import { studentTQuantile } from '../../src/theory/student-t';
describe('student t', () => {
  // python3 -c "from scipy.stats import t; print([t.ppf(p,n) for p,n in [(.975,255),(.975,3),(.9,1),(.975,1e9)]])"
  test.each([
    [0.975, 255, 1.9693106],
    [0.975, 3, 3.18244631],
    [0.9, 1, 3.07768354],
    [0.975, 1e9, 1.95996399],
  ])('quantile', (p, n, expected) => expect(studentTQuantile(p, n)).toBeCloseTo(expected, 6));
});
