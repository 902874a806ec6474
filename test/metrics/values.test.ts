import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import type { MetricId } from '../../src/metrics';
import { Quantities } from '../../src/metrics/quantities';
import type { DumpMetadata } from '../../src/shared/dump';
import type { Settings } from '../../src/shared/settings';
import { narrow, opposites, threeByFour, wide } from '../reference/dumps';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

type Rows = readonly (readonly number[])[];

const estimate = (rows: Rows, id: MetricId, changes: Partial<Settings> = {}) => {
  const summary = naiveSummary(rows);
  const metric = METRICS.find((candidate) => candidate.id === id);
  return metric!.compute(new Quantities(summary, settingsFor(summary, changes)));
};
const value = (rows: Rows, id: MetricId, changes?: Partial<Settings>): number => estimate(rows, id, changes).value;
const sample = { convention: 'sample' } as const;

describe('four gradients around (3, 3), once near and once twice as far', () => {
  test.each<[MetricId, Partial<Settings>, number, number]>([
    ['mean-gradient-norm', {}, Math.sqrt(18), Math.sqrt(18)],
    ['true-gradient-squared-norm', {}, 18, 18],
    ['true-gradient-squared-norm', sample, 52 / 3, 46 / 3],
    ['covariance-trace', {}, 2, 8],
    ['covariance-trace', sample, 8 / 3, 32 / 3],
    ['simple-noise-scale', {}, 1 / 9, 4 / 9],
    ['spectral-norm', {}, 1, 4],
    ['spectral-norm', sample, 4 / 3, 16 / 3],
    ['frobenius-norm', {}, Math.SQRT2, 4 * Math.SQRT2],
    ['stable-rank', {}, 2, 2],
    ['participation-ratio', {}, 2, 2],
    ['entropy-rank', {}, 2, 2],
    ['covariance-memory', {}, 16, 16],
    ['gradient-diversity', {}, 5 / 18, 13 / 36],
    ['coherence', {}, 9 / 10, 9 / 13],
    ['coherence', sample, 52 / 60, 46 / 78],
    [
      'mean-cosine',
      {},
      (24 / Math.sqrt(160) + 1 + 48 / Math.sqrt(640) + 16 / 20) / 6,
      (12 / Math.sqrt(52) + 1 + 60 / Math.sqrt(1300) + 10 / 26) / 6,
    ],
    ['norm-test', {}, Math.sqrt(1 / 27), Math.sqrt(4 / 27)],
    ['inner-product-test', {}, Math.sqrt(1 / 54), Math.sqrt(2 / 27)],
    ['orthogonality-test', {}, Math.sqrt(1 / 54), Math.sqrt(2 / 27)],
    // nine over one, and over four, in both parameters
    ['mean-gsnr', {}, 9, 9 / 4],
    ['mean-gsnr', sample, 27 / 4, 27 / 16],
    ['early-stopping-criterion', {}, 1 - 27, 1 - 27 / 4],
    ['empirical-fisher-trace', {}, 20, 26],
    ['empirical-fisher-trace', sample, 20, 26],
    // Σ = cI, and the mean adds its square
    ['empirical-fisher-norm', {}, 19, 22],
  ])('%s %o', (id, changes, near, far) => {
    expect(value(narrow, id, changes)).toBeCloseTo(near, 12);
    expect(value(wide, id, changes)).toBeCloseTo(far, 12);
  });

  test('a sample of four leaves the noise scale without an upper end, or gives V/U', () => {
    const signalAndNoise = (rows: Rows): Quantities => {
      const summary = naiveSummary(rows);
      return new Quantities(summary, settingsFor(summary, sample));
    };
    const near = signalAndNoise(narrow);
    expect(near.trace.value / near.signal.value).toBeCloseTo(2 / 13, 14);
    const far = signalAndNoise(wide);
    expect(far.trace.value / far.signal.value).toBeCloseTo(16 / 23, 14);
  });

  test('the expected squared norm of a batch is that of the published table, with and without replacement', () => {
    const squaredNorm = (rows: Rows, batchSize: number, replacement: 'with' | 'without'): number =>
      value(rows, 'expected-squared-batch-norm', { batchSize, replacement });
    const table = {
      without: [
        [20, 18 + 2 / 3, 18 + 2 / 9, 18],
        [26, 20 + 2 / 3, 18 + 8 / 9, 18],
      ],
      with: [
        [20, 19, 18 + 2 / 3, 18.5],
        [26, 22, 20 + 2 / 3, 20],
      ],
    } as const;
    for (const replacement of ['without', 'with'] as const)
      for (const [index, rows] of [narrow, wide].entries())
        for (const [b, expected] of table[replacement][index]!.entries())
          expect(squaredNorm(rows, b + 1, replacement)).toBeCloseTo(expected, 12);
  });
});

describe('the expected squared norm of a batch is the average over all batches', () => {
  const subsets = <T>(items: readonly T[], size: number): T[][] =>
    size === 0
      ? [[]]
      : items.flatMap((item, index) => subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
  const squaredNormOfMean = (rows: Rows): number =>
    rows[0]!.reduce((sum, _, j) => sum + (rows.reduce((s, row) => s + row[j]!, 0) / rows.length) ** 2, 0);

  test.each([
    ['narrow', narrow],
    ['three by four', threeByFour],
    ['opposites', opposites],
    [
      'uneven',
      [
        [1, 7],
        [2, -3],
        [0.25, 4],
        [5, 5],
        [-2, 0.5],
        [3, 1],
      ],
    ],
  ] as [string, Rows][])('without replacement, enumerated over every subset: %s', (_, rows) => {
    for (let batchSize = 1; batchSize <= rows.length; batchSize++) {
      const all = subsets(rows, batchSize).map(squaredNormOfMean);
      const average = all.reduce((sum, norm) => sum + norm, 0) / all.length;
      expect(value(rows, 'expected-squared-batch-norm', { batchSize })).toBeCloseTo(average, 12);
    }
  });

  test('with replacement, enumerated over every ordered draw', () => {
    const draws = (size: number): Rows[] =>
      size === 0 ? [[]] : draws(size - 1).flatMap((rest) => threeByFour.map((row) => [row, ...rest]));
    for (let batchSize = 1; batchSize <= 4; batchSize++) {
      const all = draws(batchSize).map(squaredNormOfMean);
      const average = all.reduce((sum, norm) => sum + norm, 0) / all.length;
      expect(value(threeByFour, 'expected-squared-batch-norm', { batchSize, replacement: 'with' })).toBeCloseTo(
        average,
        12,
      );
    }
  });
});

describe('three gradients of four parameters, as published', () => {
  // maximilianmbeck/tflearning prints these; python3 -c "import numpy as np; g=np.array([[1,0,3,5],[1,2,0,1.5],[.5,0,1,3.5]]);
  // print(np.linalg.eigvalsh(np.cov(g.T,bias=True)), np.linalg.eigvalsh(np.cov(g.T)))"
  test('the eigenvalues are those printed, with either divisor', () => {
    expect(value(threeByFour, 'spectral-norm')).toBeCloseTo(4.2264, 4);
    expect(value(threeByFour, 'spectral-norm', sample)).toBeCloseTo(6.3396, 4);
    const { eigenvalues } = naiveSummary(threeByFour).spectrum!;
    expect(eigenvalues[1]).toBeCloseTo(0.32917, 5);
  });
  test.each<[MetricId, Partial<Settings>, number]>([
    ['true-gradient-squared-norm', {}, 14.027778],
    ['true-gradient-squared-norm', sample, 11.75],
    ['covariance-trace', {}, 4.555556],
    ['covariance-trace', sample, 6.833333],
    ['participation-ratio', {}, 1.15483],
    ['entropy-rank', {}, 1.296202],
  ])('%s %o', (id, changes, expected) => expect(value(threeByFour, id, changes)).toBeCloseTo(expected, 6));
});

describe('what follows from η, B and κ', () => {
  const settings = { learningRate: 0.1, batchSize: 2, scaleFactor: 4 };
  test.each<[MetricId, Partial<Settings>, number]>([
    ['sgd-temperature', {}, 0.05],
    ['finite-population-correction', {}, 2 / 3],
    ['finite-population-correction', { replacement: 'with' }, 1],
    ['finite-population-correction', sample, 1],
    ['finite-population-correction', { ...sample, datasetSize: 11 }, 0.9],
    ['batch-covariance-trace', {}, 2 / 3],
    ['batch-noise-to-signal', {}, 1 / 27],
    ['step-drift-norm', {}, 0.1 * Math.sqrt(18)],
    ['step-covariance-trace', {}, 0.01 * (2 / 3)],
    ['linear-scaled-learning-rate', {}, 0.4],
    ['square-root-scaled-learning-rate', {}, 0.2],
    ['linear-scaling-limit', {}, 2 + 1 / 18],
    ['sde-diffusion-trace', {}, 0.1],
    ['sde-diffusion-trace', sample, (0.05 * 8) / 3],
  ])('%s %o', (id, changes, expected) =>
    expect(value(narrow, id, { ...settings, ...changes })).toBeCloseTo(expected, 14),
  );

  test('the CABS batch size needs a loss, and takes the mean of the losses of the rows', () => {
    const cabs = METRICS.find(({ id }) => id === 'cabs-batch-size')!;
    const at = (metadata: DumpMetadata): number => {
      const summary = naiveSummary(narrow, { ...metadata, learningRate: 0.1 });
      return cabs.compute(new Quantities(summary, settingsFor(summary))).value;
    };
    expect(at({ loss: 0.5 })).toBeCloseTo(0.4, 14);
    expect(at({ losses: [0.1, 0.2, 0.3, 0.4] })).toBeCloseTo(0.8, 14);
    expect(() => at({})).toThrow('does not say the loss');
    expect(() => at({ loss: 0 })).toThrow('divides by it');
  });

  test('the excess loss is a quarter of the diffusion, and only where batches are mostly noise', () => {
    const far = noise(40, 3, 2).map((row) => row.map((entry) => entry + 0.2));
    const changes = { learningRate: 0.1, batchSize: 2 };
    expect(value(far, 'stationary-excess-loss', changes)).toBeCloseTo(
      value(far, 'sde-diffusion-trace', changes) / 4,
      14,
    );
    expect(() => value(narrow, 'stationary-excess-loss', changes)).toThrow('still descending');
  });

  test('the excess loss of a sample is left out only where its batches are mostly signal beyond doubt', () => {
    const rows = noise(40, 3, 2).map((row) => row.map((entry) => entry + 1));
    const at = (batchSize: number) =>
      value(rows, 'stationary-excess-loss', { ...sample, learningRate: 0.1, batchSize });
    const summary = naiveSummary(rows);
    const { upper = NaN } = new Quantities(summary, settingsFor(summary, sample)).noiseScaleInterval ?? {};
    expect(at(Math.floor(upper))).toBeGreaterThan(0);
    expect(() => at(Math.ceil(upper))).toThrow('still descending');
  });

  test('rows that are means over b examples describe single examples all the same', () => {
    const summary = naiveSummary(narrow, { rows: { meanOf: 5 } });
    const given = new Quantities(summary, settingsFor(summary, sample));
    expect(given.trace.value).toBeCloseTo((5 * 8) / 3, 14);
    expect(given.signal.value).toBeCloseTo(52 / 3, 14);
  });
});
