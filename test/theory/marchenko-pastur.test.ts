import { describe, expect, test } from 'vitest';
import {
  marchenkoPasturEdges,
  seenSpike,
  trueSpike,
  whiteCeiling,
  whiteParticipationRatio,
} from '../../src/theory/marchenko-pastur';
import { covariance, jacobi } from '../reference/naive';
import { noise } from '../reference/noise';

test.each([
  [200, 50, 2.242497, 0.247503],
  [64, 4096, 80.858883, 49.109867],
])('the bulk of %d rows of %d white parameters', (samples, parameters, upper, lower) => {
  const edges = marchenkoPasturEdges(1, samples, parameters);
  expect(edges.upper).toBeCloseTo(upper, 6);
  expect(edges.lower).toBeCloseTo(lower, 6);
  expect(marchenkoPasturEdges(4, samples, parameters).upper).toBe(4 * edges.upper);
});

test('white noise has a participation ratio of nd/(n + d)', () => {
  expect(whiteParticipationRatio(200, 50)).toBeCloseTo(39.96, 3);
  expect(whiteParticipationRatio(64, 4096)).toBeCloseTo(62.046, 3);
});

test('a spike of 6 with d/n = 1/2 is seen at 6.6 with an overlap of 0.891', () => {
  expect(seenSpike(6, 0.5)?.eigenvalue).toBeCloseTo(6.6, 14);
  expect(seenSpike(6, 0.5)?.overlap).toBeCloseTo(0.891, 3);
});

test('the inverse finds the spike again, and nothing within the bulk', () => {
  for (const ratio of [0.1, 0.5, 2, 30])
    for (const spike of [1.2, 2, 9, 100]) {
      const seen = seenSpike(spike * (1 + Math.sqrt(ratio)), ratio)!;
      expect(trueSpike(seen.eigenvalue, ratio)! / (spike * (1 + Math.sqrt(ratio)))).toBeCloseTo(1, 10);
    }
  expect(seenSpike(1.7, 0.5)).toBeUndefined();
  expect(trueSpike(2.9, 0.5)).toBeUndefined();
});

test('a spike of exactly 1 + √γ drowns, and so does an eigenvalue at the very edge', () => {
  expect(seenSpike(1.5, 0.25)).toBeUndefined();
  expect(trueSpike(2.25, 0.25)).toBeUndefined();
});

test('two rows have the edges of one degree of freedom, one row has none', () => {
  expect(marchenkoPasturEdges(1, 2, 4)).toEqual({ lower: 0.5, upper: 4.5 });
  expect(() => marchenkoPasturEdges(1, 1, 4)).toThrow('a spectrum needs at least 2 rows');
});

describe('the ceiling of white noise', () => {
  // python3 -c "r,c=(N-2)**.5,d**.5; print(((r+c)**2+.9793*(r+c)*(1/r+1/c)**(1/3))/N)"
  test.each([
    [1, 200, 50, 2.296762986208164],
    [2, 64, 4096, 162.5827509976404],
    [1, 3, 1, 2.1558937894413663],
  ])('of variance %d, %d rows and %d parameters is the formula’s', (variance, samples, parameters, expected) =>
    expect(whiteCeiling(variance, samples, parameters)).toBeCloseTo(expected, 11),
  );

  test('is above the largest eigenvalue in 95 of 100 dumps', () => {
    const [rounds, rows, columns] = [300, 24, 8];
    const ceiling = whiteCeiling(1, rows, columns);
    let below = 0;
    for (let round = 0; round < rounds; round++)
      if (jacobi(covariance(noise(rows, columns, round))).values[0]! < ceiling) below++;
    // four deviations of a share of 300
    expect(Math.abs(below / rounds - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / rounds));
  });

  test('needs three rows', () =>
    expect(() => whiteCeiling(1, 2, 5)).toThrow('the largest eigenvalue of noise needs at least 3 rows'));
});
