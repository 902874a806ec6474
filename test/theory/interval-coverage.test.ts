import { expect, test } from 'vitest';
import { intervalCoverage, largestShare } from '../../src/theory/interval-coverage';

test('what intervals achieved depends on the rows and on the share of the largest one', () => {
  expect(intervalCoverage(7, 0.2)).toBeUndefined();
  expect(intervalCoverage(8, 0.2)).toEqual({ average: 0.9, worst: 0.36 });
  expect(intervalCoverage(8, 0.05)).toEqual({ worst: 0.36 });
  expect(intervalCoverage(63, 0.51)).toEqual({ average: 0.86, worst: 0.75 });
  expect(intervalCoverage(100, 0.25)).toEqual({ average: 0.96, worst: 0.85 });
  expect(intervalCoverage(1e6, 0.01)).toEqual({ average: 0.95, worst: 0.89 });
  expect(intervalCoverage(256, 1)).toEqual({ worst: 0.89 });
});

test('the largest share is that of the squared lengths, whatever their unit', () => {
  expect(largestShare([3, 1, 4])).toBe(0.5);
  expect(largestShare([3e307, 1e307, 4e307, 1e308, 1e308])).toBeCloseTo(10 / 28, 14);
  expect(largestShare([2])).toBe(1);
  expect(largestShare([0, 0])).toBeUndefined();
});
