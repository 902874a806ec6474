import { expect, test } from 'vitest';
import { normalRandom, uniformRandom } from '../../src/theory/random';

test('seed 42 gives the published sequence of uniform numbers', () => {
  const uniform = uniformRandom(42);
  expect(Array.from({ length: 5 }, uniform)).toEqual([
    0.6011037519201636, 0.44829055899754167, 0.8524657934904099, 0.6697340414393693, 0.17481389874592423,
  ]);
});

test('seed 42 gives the published sequence of normal numbers', () => {
  const normal = normalRandom(42);
  const first = Array.from({ length: 4 }, () => Number(normal().toFixed(8)));
  expect(first).toEqual([-0.95616223, 0.32207025, -0.2730261, -0.49467276]);
});

test('normal numbers have the moments of a normal distribution', () => {
  const normal = normalRandom(7);
  const n = 200_000;
  const sums = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const z = normal();
    for (let k = 0; k < 4; k++) sums[k]! += z ** (k + 1);
  }
  const errors = [1, 2, 15, 96].map((variance) => 4 * Math.sqrt(variance / n)); // of z, z², z³, z⁴, four deviations
  [0, 1, 0, 3].forEach((moment, k) => expect(Math.abs(sums[k]! / n - moment)).toBeLessThan(errors[k]!));
});

test('a uniform 0 becomes a normal number, not an infinite one', () => {
  const seed = -0x6d2b79f5;
  expect(uniformRandom(seed)()).toBe(0);
  const normal = normalRandom(seed);
  // half of the smallest positive uniform number stands for it
  expect(Math.hypot(normal(), normal())).toBeCloseTo(Math.sqrt(66 * Math.LN2), 12);
});
