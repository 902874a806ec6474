import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerTo, wrongFile } from './fuzz';

test('5,000 files made to be wrong are each read soundly, or refused in our words', () => {
  const met = new Map<string | undefined, number>();
  const property = fc.property(wrongFile, ([name, bytes]) => {
    const code = answerTo(name, bytes);
    met.set(code, (met.get(code) ?? 0) + 1);
  });
  fc.assert(property, { seed: 1, numRuns: 5000 });
  // both ways are walked, and so are most of the problems
  expect(met.get(undefined)).toBeGreaterThan(100);
  expect(met.size).toBeGreaterThan(16);
});
