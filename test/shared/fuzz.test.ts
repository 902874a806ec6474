import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrival, handled } from './fuzz';

test('of 5,000 messages at the doors between threads exactly those of the protocol pass, and nothing throws', async () => {
  const doors = new Map<string, { came: number; passed: number }>();
  const property = fc.asyncProperty(arrival, async ([door, message]) => {
    const passed = await handled(door, message);
    const counts = doors.get(door) ?? { came: 0, passed: 0 };
    doors.set(door, { came: counts.came + 1, passed: counts.passed + Number(passed) });
  });
  await fc.assert(property, { seed: 1, numRuns: 5000 });
  // both ways are walked at every door
  expect(doors.size).toBe(5);
  for (const [door, { came, passed }] of doors) {
    expect(passed, door).toBeGreaterThan(100);
    expect(passed, door).toBeLessThan(0.8 * came);
  }
});
