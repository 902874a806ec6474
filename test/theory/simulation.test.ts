import { describe, expect, test } from 'vitest';
import { stationaryCovariance } from '../../src/theory/quadratic';
import { normalRandom } from '../../src/theory/random';
import { diffusionPath, stochasticPath } from '../../src/theory/simulation';
import type { Path } from '../../src/theory/simulation';
import { choleskyFactor, multiplied } from '../../src/theory/symmetric-matrix';
import type { Symmetric2 } from '../../src/theory/symmetric-matrix';

const H: Symmetric2 = [2, 0.5, 1];
const S: Symmetric2 = [1, 0.3, 2];
const [learningRate, batchSize] = [0.8, 4];

function spread({ x, y }: Path, burnIn: number): number[] {
  const late = { x: x.subarray(burnIn), y: y.subarray(burnIn) };
  const product = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, k) => sum + value * b[k]!, 0) / a.length;
  return [product(late.x, late.x), product(late.x, late.y), product(late.y, late.y)];
}

function gaussian(seed: number) {
  const normal = normalRandom(seed);
  const [a, b, c] = choleskyFactor(multiplied(1 / batchSize, S));
  return (): readonly [number, number] => {
    const [u, v] = [normal(), normal()];
    return [a * u, b * u + c * v];
  };
}

/** Four deviations of the variances and the covariance of some 30,000 independent points. */
const tolerance = ([xx, , yy]: Symmetric2): number[] =>
  [2 * xx * xx, 2 * xx * yy, 2 * yy * yy].map((variance) => 4 * Math.sqrt(variance / 30_000));

describe('a long simulation spreads as the closed form says', () => {
  const steps = 60_000;
  const start = [0, 0] as const;
  test.each([1, 4])('SGD and SVAG with l = %d', (noiseSteps) => {
    const found = spread(stochasticPath(H, learningRate, gaussian(5), { steps, start, noiseSteps }), 100);
    const expected = stationaryCovariance(H, S, { learningRate, batchSize, noiseSteps })!;
    found.forEach((value, k) => expect(Math.abs(value - expected[k]!)).toBeLessThan(tolerance(expected)[k]!));
  });

  test('the SDE, up to its own fine steps', () => {
    const fineness = 8;
    const found = spread(
      diffusionPath(H, learningRate, multiplied(1 / batchSize, S), normalRandom(6), { steps, start, fineness }),
      100,
    );
    // Euler and Maruyama with steps of η/8 are themselves SVAG with l = 8
    const expected = stationaryCovariance(H, S, { learningRate, batchSize, noiseSteps: fineness })!;
    found.forEach((value, k) => expect(Math.abs(value - expected[k]!)).toBeLessThan(tolerance(expected)[k]!));
  });

  test('which tells SGD from the SDE: they differ by more than that', () => {
    const sgd = stationaryCovariance(H, S, { learningRate, batchSize })!;
    const sde = stationaryCovariance(H, S, { learningRate, batchSize, noiseSteps: Infinity })!;
    expect(sgd[0] - sde[0]).toBeGreaterThan(0.2 * sgd[0]);
  });
});

test('without noise SGD follows gradient descent', () => {
  const { x, y } = stochasticPath([1, 0, 3], 0.1, () => [0, 0], { steps: 3, start: [1, 2] });
  [0.9, 0.81, 0.729].forEach((value, k) => expect(x[k]).toBeCloseTo(value, 14));
  [1.4, 0.98, 0.686].forEach((value, k) => expect(y[k]).toBeCloseTo(value, 14));
});

test('a step of SGD draws one batch, a step of SVAG with l draws two for each of its l parts', () => {
  for (const [noiseSteps, drawn] of [
    [1, 3],
    [2, 12],
    [4, 24],
  ] as const) {
    let draws = 0;
    const draw = (): readonly [number, number] => [draws++, 0];
    expect(stochasticPath(H, 0.1, draw, { steps: 3, start: [0, 0], noiseSteps }).x.length).toBe(3);
    expect(draws).toBe(drawn);
  }
});

test('a step of the SDE on flat ground is the factor of the noise times normal numbers', () => {
  const numbers = [1, -2, 0.5, 3];
  const { x, y } = diffusionPath([0, 0, 0], 0.5, [4, 2, 2], () => numbers.shift()!, {
    steps: 2,
    start: [10, 20],
    fineness: 1,
  });
  // η·Σ_B·η = [1, 0.5, 0.5] has the factor [1, 0.5, 0.5]
  expect([...x]).toEqual([11, 11.5]);
  expect([...y]).toEqual([20 + 0.5 - 1, 19.5 + 0.25 + 1.5]);
});
