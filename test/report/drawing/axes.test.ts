import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minorTicksOf, placeOn, tickLabel, ticksOf } from '../../../src/report/drawing/axes';
import type { Axis } from '../../../src/shared/plot';

const log = (min: number, max: number): Axis => ({ scale: 'log', min, max, title: [], name: 'x' });
const linear = (min: number, max: number): Axis => ({ scale: 'linear', min, max, title: [], name: 'x' });

describe('numbers on a log axis', () => {
  test.each([
    ['are 1, 2 and 5 where it has fewer than four decades', log(0.9, 120), 600, [1, 2, 5, 10, 20, 50, 100]],
    ['are 1 and 3 where 1, 2 and 5 have no room', log(0.9, 1200), 300, [1, 3, 10, 30, 100, 300, 1000]],
    ['are decades where there are four and more', log(1, 1e5), 600, [1, 10, 100, 1000, 1e4, 1e5]],
    ['are every other decade where there are many', log(1, 1e12), 600, [1, 100, 1e4, 1e6, 1e8, 1e10, 1e12]],
    ['are round where it is short', log(21, 29), 600, [22, 24, 26, 28]],
  ])('%s', (_, axis, pixels, expected) => expect(ticksOf(axis, 'x', pixels)).toEqual(expected));

  test('leave short ticks at 2 … 9 between them, none where they would merge', () => {
    expect(minorTicksOf(log(1, 30), 300)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 20, 30]);
    expect(minorTicksOf(log(1e-12, 1), 200)).toEqual([]);
    expect(minorTicksOf(linear(1, 30), 300)).toEqual([]);
  });
});

test('an axis that states its ticks keeps them, without those outside of it', () => {
  expect(ticksOf({ ...linear(0, 10), ticks: [0, 5, 20] }, 'x', 300)).toEqual([0, 5]);
});

test('every axis has at least one number, none outside, in order, without noise of binary fractions', () => {
  const range = fc.tuple(
    fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
    fc.double({ min: 1.001, max: 1e9, noNaN: true }),
    fc.integer({ min: 60, max: 1200 }),
    fc.constantFrom('x' as const, 'y' as const),
    fc.boolean(),
  );
  fc.assert(
    fc.property(range, ([min, ratio, pixels, side, logarithmic]) => {
      const axis = logarithmic ? log(min, min * ratio) : linear(min, min * ratio);
      const ticks = ticksOf(axis, side, pixels);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b));
      for (const tick of ticks) {
        expect(tick).toBeGreaterThanOrEqual(axis.min * (1 - 1e-9));
        expect(tick).toBeLessThanOrEqual(axis.max * (1 + 1e-9));
        expect(tick).toBe(Number(tick.toPrecision(12)));
      }
    }),
  );
});

test('a number lies between the ends of its axis as its share says, and 0 has no place on a log axis', () => {
  expect(placeOn(linear(0, 10), 100, 200)(2.5)).toBe(125);
  expect(placeOn(log(1, 100), 200, 100)(10)).toBeCloseTo(150, 12);
  expect(placeOn(log(1, 100), 0, 100)(0)).toBeNaN();
});

test.each([
  [log(1, 1e6), 1e6, [['t', '10'], ['^', '6']]],
  [log(1e-6, 1), 1e-4, [['t', '10'], ['^', '−4']]],
  [log(1, 100), 20, [['t', '20']]],
  [linear(-1, 1), -0.5, [['t', '−0.5']]],
  [linear(0, 1), 0.00025, [['t', '2.5·10'], ['^', '−4']]],
])('a number of an axis is written plainly, or with a power of ten: %#', (axis, value, expected) =>
  expect(tickLabel(value, axis)).toEqual(expected)); // prettier-ignore
