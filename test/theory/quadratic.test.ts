import { describe, expect, test } from 'vitest';
import { isotropicNoiseToSignal, isotropicSharpness, stationaryCovariance } from '../../src/theory/quadratic';
import { eigen2, multiplied, traceOfProduct, turned } from '../../src/theory/symmetric-matrix';
import type { Symmetric2 } from '../../src/theory/symmetric-matrix';
import { normalRandom } from '../../src/theory/random';

const close = (found: Symmetric2 | undefined, expected: readonly number[], digits: number): void =>
  expected.forEach((value, index) => expect(found?.[index]).toBeCloseTo(value, digits));

describe('the stationary covariance on diag(1, 4) with noise diag(2, 3) at temperature 0.01', () => {
  const H: Symmetric2 = [1, 0, 4];
  const S: Symmetric2 = [2, 0, 3];
  test.each([
    [0.01, 1, 0.01005025, 0.00382653, 0.01267819, '70.15'],
    [0.1, 10, 0.01052632, 0.0046875, 0.01463816, '5.846'],
    [0.4, 40, 0.0125, 0.01875, 0.04375, '0.400'],
    [0.45, 45, 0.01290323, 0.0375, 0.08145161, '0.181'],
  ])('SGD with η = %d, B = %d', (learningRate, batchSize, xx, yy, loss, noiseToSignal) => {
    const V = stationaryCovariance(H, S, { learningRate, batchSize })!;
    close(V, [xx, 0, yy], 8);
    expect(traceOfProduct(H, V) / 2).toBeCloseTo(loss, 8);
    const signal = V[0] + 16 * V[2];
    expect((5 / batchSize / signal).toPrecision(noiseToSignal.replace(/^0?\./, '').replace('.', '').length)).toBe(
      noiseToSignal,
    );
    // fluctuation and dissipation: E L = (η/4)(E‖G‖² + tr Σ/B)
    expect((learningRate / 4) * (signal + 5 / batchSize)).toBeCloseTo(traceOfProduct(H, V) / 2, 14);
    const sde = stationaryCovariance(H, S, { learningRate, batchSize, noiseSteps: Infinity })!;
    expect(traceOfProduct(H, sde) / 2).toBeCloseTo(0.0125, 14);
  });

  test('diverges for η = 0.5, where ηh reaches 2, but the SDE does not', () => {
    expect(stationaryCovariance(H, S, { learningRate: 0.5, batchSize: 50 })).toBeUndefined();
    expect(stationaryCovariance(H, S, { learningRate: 0.5, batchSize: 50, noiseSteps: Infinity })).toBeDefined();
  });

  test('does not exist along a direction without curvature', () =>
    expect(stationaryCovariance([1, 0, 0], S, { learningRate: 0.1, batchSize: 1 })).toBeUndefined());
});

test('a Hessian and a covariance that do not commute give the reference values', () => {
  const H: Symmetric2 = [2, 0.5, 1];
  const S: Symmetric2 = [1, 0.3, 2];
  const sgd = stationaryCovariance(H, S, { learningRate: 0.1, batchSize: 4 })!;
  const sde = stationaryCovariance(H, S, { learningRate: 0.1, batchSize: 4, noiseSteps: Infinity })!;
  close(sde, [0.00702381, -0.00309524, 0.02654762], 8);
  close(sgd, [0.00778842, -0.00292898, 0.02780568], 8);
  expect(traceOfProduct(H, sde) / 2).toBeCloseTo(0.01875, 14); // (T/4)·tr Σ, commuting or not
  expect(traceOfProduct(H, sgd) / 2).toBeCloseTo(0.02022677, 8);
});

test('SVAG on one dimension with h = σ² = B = 1 and η = 0.5 goes from SGD to the SDE', () => {
  const variance = (noiseSteps: number): number | undefined =>
    stationaryCovariance([1, 0, 1], [1, 0, 1], { learningRate: 0.5, batchSize: 1, noiseSteps })?.[0];
  const expected = [1 / 3, 0.285714, 0.266667, 0.258065, 0.253968, 0.25098, 0.25];
  [1, 2, 4, 8, 16, 64, Infinity].forEach((l, index) => expect(variance(l)).toBeCloseTo(expected[index]!, 6));
});

test('the stationary covariance solves both equations, for random matrices', () => {
  const normal = normalRandom(3);
  type Matrix = readonly [number, number, number, number];
  const full = ([xx, xy, yy]: Symmetric2): Matrix => [xx, xy, xy, yy];
  const times = ([a, b, c, d]: Matrix, [p, q, r, s]: Matrix): Matrix => [
    a * p + b * r,
    a * q + b * s,
    c * p + d * r,
    c * q + d * s,
  ];
  const positive = (): Symmetric2 => {
    const [a, b, c, d] = [normal(), normal(), normal(), normal()];
    return [a * a + b * b + 0.1, a * c + b * d, c * c + d * d + 0.1];
  };
  for (let round = 0; round < 20; round++) {
    const H = positive();
    const S = positive();
    const eta = 1 / eigen2(H).values[0];
    const T = eta / 3;
    const sde = full(stationaryCovariance(H, S, { learningRate: eta, batchSize: 3, noiseSteps: Infinity })!);
    const [left, right] = [times(full(H), sde), times(sde, full(H))];
    full(S).forEach((entry, k) => expect(left[k]! + right[k]!).toBeCloseTo(T * entry, 9));
    const sgd = full(stationaryCovariance(H, S, { learningRate: eta, batchSize: 3 })!);
    const A: Matrix = [1 - eta * H[0], -eta * H[1], -eta * H[1], 1 - eta * H[2]];
    const next = times(times(A, sgd), A);
    full(S).forEach((entry, k) => expect(next[k]! + eta * T * entry).toBeCloseTo(sgd[k]!, 9));
  }
});

test('turning a matrix there and back leaves it', () => close(turned(turned([3, 1, 2], 0.7), -0.7), [3, 1, 2], 14));

test('a matrix turned into its eigenvectors is diagonal', () => {
  const { values, angle } = eigen2([3, 1, 2]);
  close(turned([3, 1, 2], angle), [values[0], 0, values[1]], 14);
});

test('isotropic SGD settles at N/G = 199, 19, 3, 1, 0.0526 for ηh = 0.01, 0.1, 0.5, 1, 1.9', () => {
  const sharpness = [0.01, 0.1, 0.5, 1, 1.9];
  const ratios = sharpness.map(isotropicNoiseToSignal);
  [199, 19, 3, 1, 0.0526316].forEach((ratio, k) => expect(ratios[k]).toBeCloseTo(ratio, 6));
  ratios.forEach((ratio, k) => expect(isotropicSharpness(ratio)).toBeCloseTo(sharpness[k]!, 14));
  [200, 20, 4, 2, 1.0526316].forEach((limit, k) => expect(2 / sharpness[k]!).toBeCloseTo(limit, 6));
});

test('that ratio is the one of the stationary covariance, whatever the noise', () => {
  const [eta, h, B] = [0.3, 2, 8];
  const V = stationaryCovariance([h, 0, h], [5, 1, 3], { learningRate: eta, batchSize: B })!;
  expect(8 / B / (h * h * (V[0] + V[2]))).toBeCloseTo(isotropicNoiseToSignal(eta * h), 12);
});

test('multiplying the noise multiplies the stationary covariance', () => {
  const V = stationaryCovariance([2, 0.5, 1], [1, 0.3, 2], { learningRate: 0.1, batchSize: 4 })!;
  const W = stationaryCovariance([2, 0.5, 1], multiplied(8, [1, 0.3, 2]), { learningRate: 0.1, batchSize: 4 })!;
  expect(W).toEqual(multiplied(8, V));
});
