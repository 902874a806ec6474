import { expect, test } from 'vitest';
import { marchenkoPasturEdges, seenSpike, trueSpike, whiteParticipationRatio } from '../../src/theory/marchenko-pastur';

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
