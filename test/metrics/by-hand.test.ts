import { describe, expect, test } from 'vitest';
import type { MetricId } from '../../src/metrics';
import type { Settings } from '../../src/shared/settings';
import { analyzed, OF_EIGHT, OF_MANY, POPULATION } from '../reference/analyzed';
import type { Files } from '../reference/analyzed';

// Every metric by hand. Nothing here computes with the code that is tested: the arithmetic is written out.

/**
 * Mean (3, 1) of squared length 10; deviations (2, 0), (−2, 0), (0, 1), (0, −1), whose squares add up to 10.
 * Σ = diag(8, 2)/4 = diag(2, ½) with 1/4, and diag(8, 2)/3 with 1/3.
 */
const kite = [
  [5, 1],
  [1, 1],
  [3, 2],
  [3, 0],
];
/** The same deviations around the mean (30, 10) of squared length 1000: a signal that four rows resolve. */
const distant = [
  [32, 10],
  [28, 10],
  [30, 11],
  [30, 9],
];
/** Mean (1, 0), deviations (±3, 0) and (0, ±3): Σ = diag(18, 18)/4, mostly noise. */
const loud = [
  [4, 0],
  [-2, 0],
  [1, 3],
  [1, -3],
];
/** Columns (1, −1, 0, 0) and (0, 0, 1, −1): variances of 2/4 each, and no covariance. */
const crossed = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];
/** Columns (1, 1, −1, −1), (1, −1, 1, −1) and (1, −1, −1, 1), times 6, 3 and 2: variances 36, 9 and 4, no covariance. */
const threeWays = {
  rows: [
    [6, 3, 2],
    [6, -3, -2],
    [-6, 3, -2],
    [-6, -3, 2],
  ],
};
/** H or F: trace 5, eigenvalues (5 ± √5)/2, inverse [[2, −1], [−1, 3]]/5, squares of the entries 9 + 2·1 + 4 = 15. */
const matrix = [
  [3, 1],
  [1, 2],
];
const withHessian = { rows: kite, metadata: { hessian: 'h.json' }, beside: { h: { rows: matrix } } };
const distantHessian = { ...withHessian, rows: distant };
/** The same deviations around 0, where a Newton step gains nothing. */
const atMinimum = { ...withHessian, rows: kite.map(([x = 0, y = 0]) => [x - 3, y - 1]) };
const withFisher = { rows: kite, metadata: { fisher: 'f.json' }, beside: { f: { rows: matrix } } };
/** v of Adam, by whose roots 3 and 1 it divides. */
const withMoments = { rows: kite, metadata: { secondMoments: 'v.json' }, beside: { v: { rows: [[9, 1]] } } };
/** Two other rows: mean (1, 0), deviations ±(1, 1), Σ′ = [[1, 1], [1, 1]] with 1/2. */
const other = [
  [2, 1],
  [0, -1],
];
const withOther = { rows: kite, metadata: { compared: 'o.json' }, beside: { o: { rows: other } } };

/**
 * Two groups with means (2, 1) and (1, 3) around (1.5, 2): within them ±(1, 0) and ±(1, 1), squares 1 + 1 + 2 + 2 = 6, over
 * n − P = 2; between them 2·(1.25 + 1.25) = 5, over P − 1 = 1. So MSW = 3, MSB = 5, and (5 − 3)/2 = 1 between.
 */
const inGroups = {
  rows: [
    [3, 1],
    [1, 1],
    [0, 2],
    [2, 4],
  ],
  metadata: { groups: ['a', 'a', 'b', 'b'] },
};

interface ByHand {
  readonly of: Files;
  readonly with: Settings;
  readonly is: number;
}
const population = (is: number, of: Files = { rows: kite }, changes: Partial<Settings> = {}): ByHand => ({
  of,
  with: { ...POPULATION, ...changes },
  is,
});
/** Four rows of eight examples: tr Σ has the factor 4/3·7/8 = 7/6, and half of the noise left in the mean is taken away. */
const ofEight = (is: number, of: Files = { rows: kite }, changes: Partial<Settings> = {}): ByHand => ({
  of,
  with: { ...OF_EIGHT, ...changes },
  is,
});
const ofMany = (is: number, of: Files = { rows: kite }, changes: Partial<Settings> = {}): ByHand => ({
  of,
  with: { ...OF_MANY, ...changes },
  is,
});
const { sqrt } = Math;

// the kite clipped to 3: lengths √26, √2, √13, 3, and a quarter of (1 − 3/√26)(5, 1) + (1 − 3/√13)(3, 2) is cut off its mean
const [cut1, cut3] = [1 - 3 / sqrt(26), 1 - 3 / sqrt(13)];
const lost = [(5 * cut1 + 3 * cut3) / 4, (cut1 + 2 * cut3) / 4] as const;
const keptMean = [3 - lost[0], 1 - lost[1]] as const;
const squared = ([x, y]: readonly [number, number]): number => x * x + y * y;
const four = [
  [3, 1],
  [1, 0],
  [2, -2],
  [2, 3],
];
/** Three gradients of 1 and one of 5 in the first of two parameters. */
const onLine = [
  [1, 0],
  [1, 0],
  [1, 0],
  [5, 0],
];
// ‖ḡ‖² − V/n of the distant rows, V = 10/3
const distantSignal = 1000 - 10 / 3 / 4;

const BY_HAND: Record<MetricId, readonly ByHand[]> = {
  'mean-gradient-norm': [population(sqrt(3 ** 2 + 1 ** 2)), ofMany(sqrt(10))],
  'true-gradient-squared-norm': [
    ofMany(6.25 - 5 / 4, inGroups),
    ofEight(6.25 - 5 / 8, inGroups),
    population(10),
    ofMany(10 - 10 / 3 / 4),
    ofEight(10 - ((1 - 4 / 8) * (10 / 3)) / 4),
  ],
  // 3 + 1, of which the mean of eight in whole groups takes 5/8
  'covariance-trace': [
    ofMany(4, inGroups),
    ofEight(4 - 5 / 8, inGroups),
    population(11 / 4, inGroups),
    population(10 / 4),
    ofMany(10 / 3),
    ofEight(((10 / 3) * 7) / 8),
  ],
  'simple-noise-scale': [
    ofMany(4 / 5, inGroups),
    population(2.5 / 10),
    ofMany(10 / 3 / distantSignal, { rows: distant }),
    ofEight(35 / 12 / (1000 - 5 / 12), { rows: distant }),
  ],
  'spectral-norm': [population(8 / 4), ofMany(8 / 3), ofEight((8 / 3) * (7 / 8))],
  // the gaps of 8/3 to 2/3 and to the 0 of a third direction are 2 and 8/3, their harmonic mean 2/(1/2 + 3/8)
  'corrected-spectral-norm': [ofMany(16 / 7), ofEight(((16 / 7) * 7) / 8)],
  'frobenius-norm': [population(sqrt(2 ** 2 + 0.5 ** 2)), ofMany(sqrt((8 / 3) ** 2 + (2 / 3) ** 2))],
  // some of the shuffles put the 1 of one column beside the 1 of the other: Σ = [[½, ½], [½, ½]], whose λ₁ is 1
  'noise-floor': [
    population(1 / 2 + 1 / 2, { rows: crossed }),
    ofMany(4 / 3, { rows: crossed }),
    ofEight(7 / 6, { rows: crossed }),
  ],
  'participation-ratio': [population(2.5 ** 2 / (2 ** 2 + 0.5 ** 2)), ofMany(25 / 17)],
  'stable-rank': [population(2.5 / 2), ofMany(10 / 8)],
  // eigenvalues 36, 9 and 4: 36/k²
  'spectrum-exponent': [population(2, threeWays), ofMany(2, threeWays)],
  // shares 4/5 and 1/5
  'entropy-rank': [population(0.8 ** -0.8 * 0.2 ** -0.2), ofMany(0.8 ** -0.8 * 0.2 ** -0.2)],
  // ‖gᵢ‖² = 26, 2, 13, 9
  'empirical-fisher-trace': [population((26 + 2 + 13 + 9) / 4), ofEight(35 / 12 + (10 - 5 / 12))],
  // diag(2, ½) + (3, 1)(3, 1)ᵀ = [[11, 3], [3, 1.5]]: half the trace and the root of half the difference² + 3²
  'empirical-fisher-norm': [population(12.5 / 2 + sqrt((9.5 / 2) ** 2 + 3 ** 2)), ofMany(6.25 + sqrt(31.5625))],
  // 50 over ‖4·(3, 1)‖²
  'gradient-diversity': [population(50 / (12 ** 2 + 4 ** 2)), ofMany(5 / 16)],
  coherence: [population(10 / 12.5), ofMany((10 - 5 / 6) / 12.5), ofEight((10 - 5 / 12) / 12.5)],
  // products 6, 17, 15, 5, 3, 9 of the rows 12, 13, 14, 23, 24, 34
  'mean-cosine': [
    population(
      (6 / sqrt(26 * 2) +
        17 / sqrt(26 * 13) +
        15 / sqrt(26 * 9) +
        5 / sqrt(2 * 13) +
        3 / sqrt(2 * 9) +
        9 / sqrt(13 * 9)) /
        6,
    ),
  ],
  'mean-gsnr': [population((3 ** 2 / 2 + 1 ** 2 / 0.5) / 2), ofMany((9 / (8 / 3) + 1 / (2 / 3)) / 2)],
  'early-stopping-criterion': [population(1 - (4 / 2) * (9 / (8 / 3) + 1 / (2 / 3))), ofMany(-35 / 4)],
  'norm-test': [population(sqrt(10 / 3 / (4 * 10))), ofEight(sqrt(1 / 12))],
  // gᵢᵀḡ = 16, 4, 11, 9, of variance (36 + 36 + 1 + 1)/3
  'inner-product-test': [population(sqrt(74 / 3 / (4 * 10 ** 2))), ofEight(sqrt(74 / 1200))],
  // ‖xᵢ‖² − (xᵢᵀḡ)²/10 = 4 − 3.6 twice and 1 − 0.1 twice
  'orthogonality-test': [population(sqrt((0.4 + 0.4 + 0.9 + 0.9) / 3 / (4 * 10))), ofEight(sqrt(26 / 1200))],
  // 6, −6, 1, −1: mean fourth power 648.5, mean square 18.5
  'excess-kurtosis': [population(648.5 / 18.5 ** 2 - 3), ofMany((2 * 6 ** 4 + 2) / 4 / (74 / 4) ** 2 - 3)],
  // the ten longest of forty are four times as long as the eleventh: 10/(10·ln 4). Four different rows, repeated
  'tail-index': [
    population(
      1 / Math.log(4),
      { rows: [5, 5, 15, 15].flatMap((times, k) => Array.from({ length: times }, () => [[4, -4, 1, -1][k]!, 0])) },
      { datasetSize: 40 },
    ),
  ],
  // four bytes for each of 2² entries
  'covariance-memory': [population(16), ofMany(16)],
  'within-group-trace': [ofMany(3, inGroups), ofEight((3 * (4 - 5 / 8)) / 4, inGroups), population(6 / 4, inGroups)],
  'between-group-trace': [ofMany(1, inGroups), ofEight((4 - 5 / 8) / 4, inGroups), population(5 / 4, inGroups)],
  // of all pairs within a group: (−0.75 + 1)·2 and −0.75·2, over four ordered pairs, is −1/4
  'intraclass-correlation': [
    ofMany(1 / 4, inGroups),
    ofEight(1 / 4, inGroups),
    population(-1 / 4 / (11 / 4), inGroups),
  ],
  'design-effect': [ofMany(5 / 4, inGroups), ofEight(5 / 4, inGroups), population(1 - 1 / 11, inGroups)],
  // of the products 17, 15, 5 and 3 none is negative; of the loud rows 4, 4, −2 and −2 between {0, 1} and {2, 3}
  // products Σ2²‖m‖²/4 of class means (½, 3/2) and (−½, −3/2), or (½, −1) and (−½, 1); ‖Σ‖ of ½, ¼, 13/4; ‖L‖ = 2
  'label-alignment': [
    population(5 / 2 / sqrt(0.25 + 0.125 + 169 / 16), { rows: four, metadata: { labels: [0, 1, 1, 0] } }),
    ofMany(5 / 4 / sqrt(0.25 + 0.125 + 169 / 16), { rows: four, metadata: { labels: ['a', 'b', 'a', 'b'] } }),
  ],
  'conflicting-pairs': [
    population(0, { rows: kite, metadata: { labels: [0, 0, 1, 1] } }),
    population(2 / 4, { rows: loud, metadata: { labels: [0, 0, 1, 1] } }),
    ofMany(2 / 4, { rows: loud, metadata: { labels: [0, 0, 1, 1] } }),
  ],
  // rows of two tokens each
  'token-noise-scale': [
    population(2 * 0.25, { rows: kite, metadata: { weights: [2, 2, 2, 2] } }),
    ofMany((2 * 10) / 3 / distantSignal, { rows: distant, metadata: { weights: [2, 2, 2, 2] } }),
  ],
  'sgd-temperature': [population(0.3 / 2), ofMany(0.15, undefined, { optimizer: 'momentum', momentum: 0.9 })],
  'finite-population-correction': [
    population((4 - 2) / (4 - 1)),
    ofEight(6 / 7),
    ofMany(1),
    population(1, undefined, { replacement: 'with' }),
  ],
  'batch-covariance-trace': [
    population(((2.5 / 2) * 2) / 3),
    ofEight(((35 / 12 / 2) * 6) / 7),
    ofMany(10 / 3 / 2),
    population(2.5 / 2, undefined, { replacement: 'with' }),
  ],
  'expected-squared-batch-norm': [population(10 + 5 / 6), ofEight(115 / 12 + 5 / 4), ofMany(55 / 6 + 5 / 3)],
  'batch-noise-to-signal': [
    population(5 / 6 / 10),
    ofMany(10 / 3 / 2 / distantSignal, { rows: distant }),
    ofEight(5 / 4 / (1000 - 5 / 12), { rows: distant }),
  ],
  'step-drift-norm': [population(0.3 * sqrt(10)), ofEight(0.3 * sqrt(115 / 12))],
  'step-covariance-trace': [population((0.3 ** 2 * 5) / 6), ofEight((0.09 * 5) / 4)],
  'linear-scaled-learning-rate': [population(9 * 0.3), ofMany(2.7)],
  'square-root-scaled-learning-rate': [population(3 * 0.3), ofMany(0.9)],
  // C² = 2 and C² − 1 = 1
  'linear-scaling-limit': [population(2 + 0.25 / 2), ofMany(2 + 10 / 3 / distantSignal / 2, { rows: distant })],
  'sde-diffusion-trace': [
    population((0.3 / 2) * 2.5),
    ofMany((0.3 / 2) * (10 / 3)),
    // η′ = 0.3/(1 − 0.9), and half of it with a dampening of a half
    population(0.375 / 0.1, undefined, { optimizer: 'momentum', momentum: 0.9 }),
    population(0.375 / 0.2, undefined, { optimizer: 'momentum', momentum: 0.9, dampening: 0.5 }),
  ],
  'stationary-excess-loss': [
    population((0.3 / (4 * 2)) * 9, { rows: loud }),
    ofMany((0.3 / (4 * 2)) * 12, { rows: loud }),
    population(3.375, { rows: loud }, { optimizer: 'momentum', momentum: 0.9 }),
  ],
  'cabs-batch-size': [
    population((0.3 * 2.5) / 0.5, { rows: kite, metadata: { loss: 0.5 } }),
    ofMany((0.3 * 10) / 3 / 0.25, { rows: kite, metadata: { losses: [0.1, 0.2, 0.3, 0.4] } }),
  ],
  'clipped-share': [population(2 / 4, undefined, { clip: 3 }), ofMany(3 / 4, undefined, { clip: 2 })],
  'clipping-bias': [
    population(sqrt(squared(lost)), undefined, { clip: 3 }),
    // less a quarter of the variance of what is cut off, whose squares add up to (√26 − 3)² + (√13 − 3)²
    ofMany(sqrt(squared(lost) - ((sqrt(26) - 3) ** 2 + (sqrt(13) - 3) ** 2 - 4 * squared(lost)) / 3 / 4), undefined, {
      clip: 3,
    }),
    population(0, undefined, { clip: 6 }),
  ],
  'clipping-cosine': [
    population((3 * keptMean[0] + keptMean[1]) / sqrt(10 * squared(keptMean)), undefined, { clip: 3 }),
  ],
  'clipped-length': [population(sqrt(squared(keptMean) / 10), undefined, { clip: 3 })],
  // squares 9, 2, 9 and 9 are left; the batch of two has 2/3/2 of their variance, two parameters get (2·3/2)² each
  'private-batch-error': [
    population(squared(lost) + (29 / 4 - squared(keptMean)) / 3 + 18, undefined, { clip: 3, privacyNoise: 2 }),
  ],
  // (5 − C)²/16 + (C − 1)²/16 + C²/8 between 1 and 5
  'suggested-clipping': [population(1.5, { rows: onLine }, { privacyNoise: 0.5 })],
  // weights 1/3 and 1: variances 2 and ½ (or 8/3 and 2/3), squares of the mean 9 and 1 (or 900 and 100)
  'optimizer-noise-scale': [
    population((2 / 3 + 1 / 2) / (9 / 3 + 1), withMoments),
    ofMany((8 / 9 + 2 / 3) / (300 + 100 - (8 / 9 + 2 / 3) / 4), { ...withMoments, rows: distant }),
    ofEight(((14 / 9) * (7 / 8)) / (400 - 14 / 9 / 8), { ...withMoments, rows: distant }),
  ],
  'fisher-trace': [population(3 + 2, withFisher)],
  // tr(ΣF) = 2·3 + ½·2, ‖Σ‖² = 4.25, ‖F‖² = 15
  'fisher-covariance-cosine': [population(7 / sqrt(4.25 * 15), withFisher), ofEight(7 / sqrt(63.75), withFisher)],
  'hessian-trace': [population(5, withHessian)],
  'hessian-spectral-norm': [
    population((5 + sqrt(5)) / 2, withHessian),
    population(4, { ...withHessian, beside: { h: { rows: [[-4, 0], [0, 1]] } } }), // prettier-ignore
  ],
  'noise-curvature-cosine': [population(7 / sqrt(4.25 * 15), withHessian), ofEight(7 / sqrt(63.75), withHessian)],
  'noise-curvature-trace': [population(2 * 3 + 0.5 * 2, withHessian), ofMany((7 * 4) / 3, withHessian)],
  // (3, 1)H(3, 1)ᵀ = 27 + 6 + 2 = 35; of the distant rows 3500, less the noise left in the mean, 28/3/4
  'curvature-noise-scale': [population(7 / 35, withHessian), ofMany(28 / 3 / (3500 - 7 / 3), distantHessian)],
  'maximum-learning-rate': [population(10 / 35, withHessian), ofMany(distantSignal / (3500 - 7 / 3), distantHessian)],
  // 2·10 over 35 + 7/2·2/3; of the distant rows over 3500 − 7/3 + 28/3/2
  'break-even-learning-rate': [
    population(20 / (35 + 7 / 3), withHessian),
    population(20 / (35 + 7 / 2), withHessian, { replacement: 'with' }),
    ofMany((2 * distantSignal) / (3500 - 7 / 3 + 14 / 3), distantHessian),
  ],
  'stability-ratio': [population((0.3 * (5 + sqrt(5))) / 2 / 2, withHessian)],
  // tr(HΣ) + ḡᵀHḡ = 42, and ‖H‖² = 15
  'loss-alignment': [
    population(42 / (2 * 0.5 * 15), { ...withHessian, metadata: { ...withHessian.metadata, loss: 0.5 } }),
  ],
  'covariance-fisher-ratio': [population(2.5 / 5, withFisher), ofEight(35 / 12 / 5, withFisher)],
  'covariance-hessian-ratio': [population(2.5 / 5, withHessian), ofMany(10 / 3 / 5, withHessian)],
  // (2·2 + ½·3)/5 = 1.1
  'takeuchi-information': [population(1.1 / 4, atMinimum), ofEight((1.1 * 7) / 6 / 8, atMinimum)],
  // tr(ΣΣ′) = 2 + ½, ‖Σ′‖ = 2
  'covariance-cosine': [population(2.5 / (sqrt(4.25) * 2), withOther), ofEight(2.5 / (sqrt(4.25) * 2), withOther)],
  // Σ′ − Σ = [[−1, 1], [1, ½]]; with 1/3 and 1/1: [[2, 2], [2, 2]] − diag(8/3, 2/3)
  'covariance-relative-change': [
    population(sqrt(1 + 1 + 1 + 0.25) / sqrt(4.25), withOther),
    ofMany(sqrt(4 / 9 + 4 + 4 + 16 / 9) / sqrt(64 / 9 + 4 / 9), withOther),
  ],
  // Σ′ has the one direction (1, 1)/√2, and the first of Σ is (1, 0)
  'subspace-overlap': [population(1 / 2, withOther), ofEight(1 / 2, withOther)],
  // from (1, 2) to (0, −1): Δθ = (−1, −3), and the mean gradients change by (1, 0) − (3, 1) = (−2, −1)
  'secant-curvature': [
    population((-1 * -2 + -3 * -1) / (1 ** 2 + 3 ** 2), {
      rows: kite,
      metadata: { compared: 'o.json', parameters: 'p.json' },
      beside: {
        o: { rows: other, metadata: { parameters: 'q.json' } },
        p: { rows: [[1, 2]] },
        q: { rows: [[0, -1]] },
      },
    }),
  ],
};

describe.each(Object.entries(BY_HAND))('%s', (id, cases) => {
  test('is what a hand finds', async () => {
    for (const { of, with: settings, is } of cases) {
      const report = await analyzed(of, settings);
      expect(report.settingsProblems).toEqual([]);
      const { outcome } = report.metrics.find((metric) => metric.id === id)!;
      expect(outcome, `${settings.convention}, ${settings.datasetSize ?? 'unknown size'}`).toMatchObject({
        kind: 'value',
        value: expect.closeTo(is, 12) as number,
      });
    }
  });
});

test('every metric of a report has a value by hand', async () => {
  const { metrics } = await analyzed({ rows: kite }, POPULATION);
  expect(metrics.map(({ id }) => id).sort()).toEqual(Object.keys(BY_HAND).sort());
});

test('a dump of at most four different rows is enough for each', () => {
  for (const cases of Object.values(BY_HAND))
    for (const { of } of cases) expect(new Set(of.rows.map(String)).size).toBeLessThanOrEqual(4);
});
