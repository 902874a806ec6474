import { expect, test } from 'vitest';
import { fuzzMessages } from './fuzz';

test('of 5,000 messages at the doors between threads exactly those of the protocol pass, and nothing throws', async () => {
  const { arrived, accepted, doors } = await fuzzMessages(1, 5000);
  expect(arrived).toBe(5000);
  // both ways are walked at every door
  expect(accepted).toBeGreaterThan(500);
  for (const [door, [came, passed]] of doors) {
    expect(passed, door).toBeGreaterThan(100);
    expect(passed, door).toBeLessThan(0.8 * came);
  }
});
