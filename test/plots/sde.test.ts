import { describe, expect, test } from 'vitest';
import { quadraticModel, relativeLoss, settled } from '../../src/metrics/quadratic-model';
import { Quantities } from '../../src/metrics/quantities';
import { normalQuantiles } from '../../src/plots/normal-quantiles';
import { settling } from '../../src/plots/settling';
import { traceOfProduct } from '../../src/theory/symmetric-matrix';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { naiveMatrix } from '../reference/companions';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

const rows = noise(200, 6, 21).map((row) => row.map((value, j) => value * (6 - j) + 1));
const summary = naiveSummary(rows);
const given = (changes: Partial<Settings> = {}, of: DumpSummary = summary): Quantities =>
  new Quantities(of, settingsFor(of, { learningRate: 0.1, batchSize: 8, ...changes }));

describe('the quadratic of the page', () => {
  test('settles where the noise-to-signal ratio of this dump says', () => {
    const quantities = given({ batchSize: 4 });
    const model = quadraticModel(quantities);
    const ratio = quantities.noiseToSignal(4).value;
    expect(model.source).toBe('ratio');
    expect(model.sharpness).toBeCloseTo(2 / (1 + ratio), 12);
    // in the plane: noise of a batch over the mean squared gradient h²·tr V
    const V = settled(model, 1)!;
    const h = model.hessian[0];
    const planeNoise = model.batchCovariance[0] + model.batchCovariance[2];
    expect(planeNoise / (h * h * (V[0] + V[2]))).toBeCloseTo(ratio, 10);
    expect(relativeLoss(model, 1)).toBeCloseTo(1 + 1 / ratio, 12);
  });

  test('has the SDE at a loss of (η/4) tr Σ_B, whatever the curvature', () => {
    const model = quadraticModel(given());
    const V = settled(model, Infinity)!;
    const noiseInPlane = model.batchCovariance[0] + model.batchCovariance[2];
    expect(traceOfProduct(model.hessian, V) / 2).toBeCloseTo((0.1 / 4) * noiseInPlane, 14);
  });

  test('ends linear scaling at 1 + N/G', () => {
    const quantities = given();
    const limit = 1 + quantities.noiseToSignal(8).value;
    const model = quadraticModel(quantities);
    expect(relativeLoss(model, 1, 0.999 * limit)).toBeGreaterThan(100);
    expect(relativeLoss(model, 1, 1.001 * limit)).toBeUndefined();
  });

  test('takes the curvature from a Hessian beside the dump', () => {
    const hessian = rows[0]!.map((_, i) => rows[0]!.map((__, j) => (i === j ? 1 + i : 0.2)));
    const matrix = naiveMatrix(rows, hessian);
    const of: DumpSummary = { ...summary, companions: { hessian: { path: 'h.npy', summary: matrix } } };
    const model = quadraticModel(given({}, of));
    expect(model.source).toBe('hessian');
    expect(model.hessian).toEqual(matrix.plane);
    expect(() => settling.draw(given({ learningRate: 5 }, of))).toThrow(/diverges/);
  });
});

describe('the figures', () => {
  const { panels } = settling.draw(given());
  test('simulate the spread that the ellipses show, row draws and finite-population correction included', () => {
    const model = quadraticModel(given());
    for (const [name, noiseSteps] of [
      ['SGD', 1],
      ['SVAG, l = 4', 4],
      ['SDE', Infinity],
    ] as const) {
      const { x, y } = panels[0]!.series.find((series) => series.name === name)!;
      const [xx, , yy] = settled(model, noiseSteps)!;
      const mean = (values: ArrayLike<number>): number =>
        Array.from(values).reduce((sum, value) => sum + value ** 2, 0) / values.length;
      // 300 correlated steps from the minimum: some tens of independent points
      expect(mean(x) / xx).toBeGreaterThan(0.6);
      expect(mean(x) / xx).toBeLessThan(1.5);
      expect(mean(y) / yy).toBeGreaterThan(0.6);
      expect(mean(y) / yy).toBeLessThan(1.5);
    }
  });

  test('are the same at every look', () => expect(settling.draw(given())).toEqual(settling.draw(given())));

  test('put the rows of a normal distribution on the line, in order, tails and all', () => {
    const many = naiveSummary(noise(2000, 2, 3));
    const spec = normalQuantiles.draw(given({}, many));
    const { x, y } = spec.panels[0]!.series.find(({ name }) => name === 'along the mean')!;
    expect(x.length).toBe(400);
    for (let k = 1; k < 400; k++) {
      expect(x[k]!).toBeGreaterThan(x[k - 1]!);
      expect(y[k]!).toBeGreaterThanOrEqual(y[k - 1]!);
    }
    for (let k = 50; k < 350; k++) expect(Math.abs(y[k]! - x[k]!)).toBeLessThan(0.15);
    expect(x[0]!).toBeCloseTo(-3.4807564, 6); // python3 -c "from scipy.stats import norm; print(norm.ppf(.5/2000))"
  });
});
