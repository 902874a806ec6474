import { expect, test } from 'vitest';
import {
  bestImprovement,
  bestLearningRate,
  curvatureNoiseScale,
  maximumLearningRate,
  trainingCost,
} from '../../src/theory/curvature-noise-scale';

// H = diag(1, 10), G = (1, 0.2), Σ = diag(4, 1)
const signal = 1.04;
const alongGradient = 1.4;
const noise = 14;

test('the quadratic diag(1, 10) gives ε_max = 26/35, B_noise = 10 and ΔL_max = 0.386286', () => {
  const maximum = maximumLearningRate(signal, alongGradient);
  expect(maximum).toBeCloseTo(26 / 35, 14);
  expect(curvatureNoiseScale(noise, alongGradient)).toBeCloseTo(10, 13);
  expect(bestImprovement(maximum, signal, 10, Infinity)).toBeCloseTo(0.386286, 6);
});

test.each([
  [1, 0.067532, 0.035117],
  [10, 0.371429, 0.193143],
  [100, 0.675325, 0.351169],
])('the best step of a batch of %d', (batch, rate, gain) => {
  const maximum = maximumLearningRate(signal, alongGradient);
  expect(bestLearningRate(maximum, 10, batch)).toBeCloseTo(rate, 6);
  expect(bestImprovement(maximum, signal, 10, batch)).toBeCloseTo(gain, 6);
});

test('the best step beats its neighbors on the expected loss itself', () => {
  const loss = (step: number): number => -step * signal + (step * step * (alongGradient + noise / 7)) / 2;
  const best = bestLearningRate(maximumLearningRate(signal, alongGradient), 10, 7);
  expect(loss(best)).toBeLessThan(Math.min(loss(best * 0.99), loss(best * 1.01)));
  expect(-loss(best)).toBeCloseTo(bestImprovement(26 / 35, signal, 10, 7), 12);
});

test('a batch of B_noise costs twice the steps and twice the examples, and the costs lie on a hyperbola', () => {
  expect(trainingCost(10, 10)).toEqual({ steps: 2, examples: 2 });
  for (const batch of [1, 3, 32, 1000]) {
    const { steps, examples } = trainingCost(10, batch);
    expect((steps - 1) * (examples - 1)).toBeCloseTo(1, 12);
  }
});
