import { describe, expect, test } from 'vitest';
import { linearScalingLimit, scaledLearningRate, scalingChange } from '../../src/theory/scaling-rules';
import { isotropicNoiseToSignal } from '../../src/theory/quadratic';
import {
  effectiveLearningRate,
  gibbsOdds,
  gibbsTemperature,
  gibbsThreshold,
  sgdTemperature,
} from '../../src/theory/temperature';

describe('scaling rules', () => {
  test('change drift and noise over a step, a unit of time and an epoch as in the table of the field', () => {
    const table = (rule: 'linear' | 'square-root') =>
      (['step', 'time', 'epoch'] as const).map((span) => scalingChange(rule, span, 4));
    expect(table('linear')).toEqual([
      { drift: 4, noise: 4 },
      { drift: 1, noise: 1 },
      { drift: 1, noise: 1 },
    ]);
    expect(table('square-root')).toEqual([
      { drift: 2, noise: 1 },
      { drift: 1, noise: 0.5 },
      { drift: 0.5, noise: 0.25 },
    ]);
  });

  test('agree with η, B and the number of steps put in by hand', () => {
    for (const rule of ['linear', 'square-root'] as const)
      for (const factor of [0.25, 3, 16]) {
        const [before, after] = [
          { rate: 0.1, batch: 8 },
          { rate: scaledLearningRate(rule, 0.1, factor), batch: 8 * factor },
        ];
        const steps = {
          step: () => 1,
          time: (run: typeof before) => 1 / run.rate,
          epoch: (run: typeof before) => 1 / run.batch,
        };
        for (const span of ['step', 'time', 'epoch'] as const) {
          const drift = (run: typeof before): number => steps[span](run) * run.rate;
          const noise = (run: typeof before): number => (steps[span](run) * run.rate ** 2) / run.batch;
          const change = scalingChange(rule, span, factor);
          expect(change.drift).toBeCloseTo(drift(after) / drift(before), 12);
          expect(change.noise).toBeCloseTo(noise(after) / noise(before), 12);
        }
      }
  });

  test('the linear rule keeps the temperature', () =>
    expect(sgdTemperature(scaledLearningRate('linear', 0.1, 8), 256)).toBeCloseTo(sgdTemperature(0.1, 32), 15));

  // python3 -c "print([round(2/x,4) for x in (.01,.1,.5,1,1.9)])"
  test.each([
    [0.01, 199, 200],
    [0.1, 19, 20],
    [0.5, 3, 4],
    [1, 1, 2],
    [1.9, 0.0526, 1.0526],
  ])(
    'on an isotropic bowl with ηh = %d the noise is %d times the signal, and η can grow by %d',
    (sharpness, ratio, limit) => {
      expect(isotropicNoiseToSignal(sharpness)).toBeCloseTo(ratio, 4);
      expect(2 / sharpness).toBeCloseTo(limit, 4);
      // the necessary condition with C² = 2 allows more than stability does, and never less
      expect(linearScalingLimit(isotropicNoiseToSignal(sharpness))).toBeCloseTo(limit + 1, 4);
    },
  );
});

describe('temperatures', () => {
  const flat = { loss: 0.02, logDeterminant: 2 * Math.log(0.5) };
  const sharp = { loss: 0, logDeterminant: 2 * Math.log(5) };

  // python3 -c "import math; print([10*math.exp(-.02/(t/2)) for t in (.01,.05,.1,.2)])"
  test.each([
    [0.01, 0.183156],
    [0.05, 4.4932896],
    [0.1, 6.7032],
    [0.2, 8.187308],
  ])('at η/B = %d the odds of the flatter, higher minimum are %d', (ratio, odds) =>
    expect(gibbsOdds(flat, sharp, gibbsTemperature(ratio, 1, 1))).toBeCloseTo(odds, 6),
  );

  test('the odds are even at the threshold', () => {
    const threshold = gibbsThreshold(flat, sharp)!;
    expect(threshold).toBeCloseTo(0.00868589, 9);
    expect(2 * threshold).toBeCloseTo(0.01737178, 8);
    expect(gibbsOdds(flat, sharp, threshold)).toBeCloseTo(1, 12);
  });

  test('the odds are even at the threshold also where neither minimum has a loss of 0', () => {
    const [a, b] = [
      { ...flat, loss: 0.32 },
      { ...sharp, loss: 0.3 },
    ];
    expect(gibbsThreshold(a, b)).toBeCloseTo(gibbsThreshold(flat, sharp)!, 12);
  });

  test('a minimum that is higher and sharper never wins, nor one that is as sharp', () => {
    expect(gibbsThreshold(sharp, flat)).toBeUndefined();
    expect(gibbsThreshold({ ...sharp, loss: 1 }, sharp)).toBeUndefined();
  });

  // the Gaussian of variance T/h is stationary for dx = −hx dt + √(2T) dW, and SGD has η·(Σ/B) in place of 2T
  test('Gibbs’ temperature is half of ησ²/B', () => {
    expect(gibbsTemperature(0.2, 8, 3)).toBeCloseTo(0.0375, 15);
    expect(gibbsTemperature(0.2, 8, 3)).toBeCloseTo((sgdTemperature(0.2, 8) * 3) / 2, 15);
  });

  test('an effective rate stands for η with momentum, and dampening takes its share away', () => {
    expect(effectiveLearningRate(0.1, { momentum: 0.9 })).toBeCloseTo(1, 14);
    expect(effectiveLearningRate(0.1, { momentum: 0.9, dampening: 0.9 })).toBeCloseTo(0.1, 14);
    expect(effectiveLearningRate(0.1, { momentum: 0.99, dampening: 0.5 })).toBeCloseTo(5, 12);
    // as in PyTorch, nothing is dampened where there is no momentum
    expect(effectiveLearningRate(0.1, { momentum: 0, dampening: 0.5 })).toBe(0.1);
  });
});
