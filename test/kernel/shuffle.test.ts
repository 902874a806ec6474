import { expect, test } from 'vitest';
import { shuffle } from '../../src/kernel/shuffle';
import { uniformRandom } from '../../src/theory/random';

test('a shuffle keeps every number, and each order of three is equally likely', () => {
  const uniform = uniformRandom(3);
  const counts = new Map<string, number>();
  for (let round = 0; round < 6000; round++) {
    const order = shuffle(Int32Array.of(1, 2, 3), uniform).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
  // 1000 each, with a deviation of 29
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
