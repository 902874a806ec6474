import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/report/evaluate';
import type { MetricResult } from '../../src/shared/report';
import type { Settings } from '../../src/shared/settings';
import { normalRandom } from '../../src/theory/random';
import { naiveSummary, settingsFor } from '../reference/naive';

// mean (0.5, 0), Σ = diag(5, 1): mostly noise, so there is an excess loss
const rows = [
  [3.5, 1],
  [-2.5, 1],
  [1.5, -1],
  [-0.5, -1],
];
const summary = naiveSummary(rows);
const base = {
  convention: 'population',
  learningRate: 0.004,
  batchSize: 2,
  replacement: 'with',
  datasetSize: 4,
} as const;
const resultOf = (id: string, changes: Partial<Settings> = {}): MetricResult =>
  evaluate(summary, settingsFor(summary, { ...base, ...changes })).metrics.find((metric) => metric.id === id)!;
const valueOf = (id: string, changes: Partial<Settings> = {}): number => {
  const { outcome } = resultOf(id, changes);
  if (outcome.kind !== 'value') throw new Error(`${id} is ${outcome.kind}`);
  return outcome.value;
};
const heavyBall = { optimizer: 'momentum', momentum: 0.9 } as const;
const FOLLOWED = ['stationary-excess-loss', 'sde-diffusion-trace'];

/** Mean of ½(h₁x² + h₂y²) on the way of v ← μv + (1 − dampening)(Hθ + noise), θ ← θ − ηv, by batches of two rows. */
function simulated({
  momentum = 0,
  dampening = 0,
  steps,
}: {
  momentum?: number;
  dampening?: number;
  steps: number;
}): number {
  const { learningRate, batchSize } = base;
  const normal = normalRandom(11);
  const h = [1, 3] as const;
  const deviation = [Math.sqrt(5 / batchSize), Math.sqrt(1 / batchSize)] as const;
  const [theta, velocity] = [
    [0, 0],
    [0, 0],
  ];
  let sum = 0;
  for (let step = -20_000; step < steps; step++)
    for (const j of [0, 1] as const) {
      const gradient = h[j] * theta[j]! + deviation[j] * normal();
      velocity[j] = momentum * velocity[j]! + (1 - dampening) * gradient;
      theta[j] = theta[j]! - learningRate * velocity[j];
      if (step >= 0) sum += (h[j] * theta[j] ** 2) / 2;
    }
  return sum / steps;
}

describe('heavy-ball momentum on a quadratic loss', () => {
  test('at μ = 0.9 holds the loss 10.0 times as high as SGD does, and the metric says so', () => {
    // η/4B·tr Σ = 0.004·6/8
    const plain = 0.003;
    expect(valueOf('stationary-excess-loss')).toBeCloseTo(plain, 15);
    expect(valueOf('stationary-excess-loss', heavyBall)).toBeCloseTo(10 * plain, 14);
    // within 3 %: 2,000,000 steps at a memory of 1/η′h = 25 of them
    const found = simulated({ momentum: 0.9, steps: 2_000_000 });
    expect(found / plain).toBeGreaterThan(9.7);
    expect(found / plain).toBeLessThan(10.3);
  });

  test('is no different from SGD when dampened by its own μ', () => {
    const damped = { ...heavyBall, dampening: 0.9 };
    expect(valueOf('stationary-excess-loss', damped)).toBeCloseTo(0.003, 14);
    const found = simulated({ momentum: 0.9, dampening: 0.9, steps: 4_000_000 });
    expect(found / 0.003).toBeGreaterThan(0.95);
    expect(found / 0.003).toBeLessThan(1.05);
  });

  test('multiplies the diffusion, in a time of its own, and leaves the temperature η/B', () => {
    expect(valueOf('sde-diffusion-trace')).toBeCloseTo(0.012, 15);
    expect(valueOf('sde-diffusion-trace', heavyBall)).toBeCloseTo(0.12, 14);
    expect(resultOf('sde-diffusion-trace').note).toBe('in a unit of time t = ηk');
    expect(resultOf('sde-diffusion-trace', heavyBall).note).toBe('in a unit of time t = η′k, η′ = 0.0400');
    expect(valueOf('sgd-temperature', heavyBall)).toBe(0.002);
    expect(resultOf('sgd-temperature', heavyBall).note).toBe('0.0200 with the effective rate of momentum');
  });

  test('multiplies the Gibbs temperature of the sentence and of the calculator', () => {
    const blocks = (changes: Partial<Settings>) =>
      evaluate(summary, settingsFor(summary, { ...base, ...changes })).sections.flatMap((section) => section.blocks);
    const calculator = (changes: Partial<Settings>) =>
      blocks(changes).find((block) => block.kind === 'calculator' && block.calculator === 'gibbs-odds');
    // ησ²/2B = 0.004·3/4
    expect(calculator({})).toMatchObject({ given: { temperature: 0.003 } });
    expect(calculator(heavyBall)).toMatchObject({ given: { temperature: 0.03 } });
    expect(JSON.stringify(blocks(heavyBall))).toContain('=0.03000');
    expect(calculator({ optimizer: 'adam' })).toBeUndefined();
    const told = JSON.stringify(blocks({ optimizer: 'adam' }).filter(({ kind }) => kind === 'note'));
    expect(told).not.toContain('at the Gibbs temperature');
    expect(told).toContain('Adam divides each step');
  });

  test('whose dampening cannot be is refused, by its name', () => {
    const report = evaluate(summary, settingsFor(summary, { ...base, ...heavyBall, dampening: 1 }));
    expect(report.settingsProblems.map(({ field }) => field)).toEqual(['dampening']);
    for (const id of FOLLOWED)
      expect(report.metrics.find((metric) => metric.id === id)!.outcome).toMatchObject({
        kind: 'unavailable',
        problem: { found: 'The dampening is 1' },
      });
  });
});

describe('Adam', () => {
  test.each(FOLLOWED)('has no %s, and the problem says why', (id) =>
    expect(resultOf(id, { optimizer: 'adam' }).outcome).toMatchObject({
      kind: 'unavailable',
      problem: { found: expect.stringContaining('Adam divides each step') as string },
    }),
  );

  test('keeps the temperature η/B', () => expect(valueOf('sgd-temperature', { optimizer: 'adam' })).toBe(0.002));
});

describe('numbers of an optimizer with lengths of its own', () => {
  const named = (optimizer: string) => {
    const other = naiveSummary(rows, { optimizer });
    return evaluate(other, settingsFor(other, base));
  };
  test.each(['AdamW', 'Lion'])('are called Euclidean for %s', (optimizer) => {
    const report = named(optimizer);
    const metric = (id: string) => report.metrics.find((candidate) => candidate.id === id)!;
    expect(metric('covariance-trace').convention).toContain('Euclidean');
    expect(metric('mean-gsnr').convention).not.toContain('Euclidean');
    expect(JSON.stringify(report.sections[0])).toContain('noise scales here are Euclidean');
  });
  test.each(['SGD', 'sgd with Nesterov momentum'])('are not for %s', (optimizer) => {
    const { metrics, sections } = named(optimizer);
    expect(metrics.filter(({ convention, note }) => `${convention} ${note}`.includes('Euclidean'))).toEqual([]);
    expect(JSON.stringify(sections[0])).not.toContain('Euclidean');
  });
});
