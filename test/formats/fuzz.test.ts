import { expect, test } from 'vitest';
import { fuzz } from './fuzz';

test('5,000 files made to be wrong are each read soundly, or refused in our words', () => {
  const { runs, read, refused } = fuzz(1, { runs: 5000 });
  expect(runs).toBe(5000);
  // both ways are walked, and so are most of the problems
  expect(read).toBeGreaterThan(100);
  expect(refused.size).toBeGreaterThan(15);
});
