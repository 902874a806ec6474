import { describe, expect, test } from 'vitest';
import { covarianceTraceInterval } from '../../src/theory/covariance-trace-interval';
import { hallInterval } from '../../src/theory/hall-interval';
import { pseudoValues } from '../../src/theory/pseudo-values';
import { normalRandom, uniformRandom } from '../../src/theory/random';
import { rowVariance } from '../../src/theory/row-statistics';
import type { RowStatistics } from '../../src/theory/row-statistics';
import { noiseScaleInterval, signalInterval } from '../../src/theory/score-interval';
import type { OpenEnds } from '../../src/theory/test-inversion';
import fixture from '../fixtures/intervals/cases.json';
import { jackknifeIntervals } from '../reference/jackknife-intervals';
import { noise } from '../reference/noise';
import { estimatesOf, rowStatisticsOf } from '../reference/row-statistics';

type Options = Parameters<typeof rowStatisticsOf>[1];

const r16 = Array.from({ length: 16 }, (_, i) => [((7 * i) % 11) - 4, ((i * i) % 13) - 5, i % 8 === 3 ? 20 : 1]);
const five = [[1, 0], [0, 2], [3, 1], [1, 1], [2, 5]]; // prettier-ignore
const tail = [[1, 2, 0], [2, 1, 1], [0, 1, 1], [1, 1, 2], [2, 2, 1], [1, 0, 1], [1, 1, 1], [9, 5, -7]]; // prettier-ignore
const even = [5, 6, 7, 8, 5, 7, 6, 9, 6, 7].map((value) => [value]);
const unresolved = [[3, -1], [-3, 1], [1, 2], [-1, -2], [2, 0], [-2, 1], [0, -3], [1, 3], [-1, 0], [0, 1]]; // prettier-ignore
const sparse = [...Array.from({ length: 10 }, () => [0, 0]), [4, 0], [3, 5]];
const without = { products: false };
/** Value, lower end, upper end, where there are such. */
type Expected = readonly [value: number | undefined, lower?: number | undefined, upper?: number | undefined];

/** To 10 digits. */
function expectClose(found: number | undefined, expected: number | undefined): void {
  if (expected === undefined || expected === 0 || found === undefined) expect(found).toBe(expected);
  else expect(found / expected).toBeCloseTo(1, 10);
}
const expectEnds = (ends: OpenEnds | undefined, [, lower, upper]: Expected): void => {
  expectClose(ends?.lower, lower);
  expectClose(ends?.upper, upper);
};

describe('intervals of the trace, the signal and the noise scale', () => {
  // each computed with 40 digits
  test.each<[string, readonly (readonly number[])[], Options, Expected, Expected, Expected]>([
    ['five rows', five, {}, [5, 0, 33.6995739957], [4.2, 0, 46.1790271069], [1.19047619048, 0.157105583674]],
    [
      'five rows of 20',
      five,
      { size: 20 },
      [4.75, 0.213829751821, 28.3618321502],
      [4.45, 0, 37.0545814012],
      [1.06741573034, 0.287007249489],
    ],
    ['a heavy row', tail, {}, [18.6785714286, 0, 161.674504715], [4.82142857143, 0, 25.8238709391], [3.87407407407, 0]],
    [
      'a heavy row without products',
      tail,
      without,
      [18.6785714286, 0, 161.674504715],
      [4.82142857143, 0, 25.1789467057],
      [3.87407407407, 0],
    ],
    [
      'one parameter',
      even,
      {},
      [1.6, 0.289917561703, 8.83460671963],
      [43.4, 33.8648214506, 58.8654342623],
      [0.036866359447, 0.00808996650884, 0.0822816495712],
    ],
    [
      'noise alone',
      unresolved,
      {},
      [6.62222222222, 3.25229499767, 9.82035925079],
      [-0.622222222222, 0, 4.94511915882],
      [undefined, 0.968092014377],
    ],
    [
      'rows mostly of zeros',
      sparse,
      {},
      [3.98484848485, 0, 28.416832917],
      [0.181818181818, 0, 21.7560437142],
      [21.9166666667, 3.75230178038],
    ],
    [
      '16 rows',
      r16,
      {},
      [72.6083333333, 25.1784231309, 334.225619321],
      [8.01666666667, 0, 521.995411699],
      [9.05717255717, 3.53807810214],
    ],
    [
      '16 rows of 40',
      r16,
      { size: 40 },
      [70.793125, 34.9725507964, 268.374806384],
      [9.831875, 2.51525287687, 322.927842554],
      [7.20036869875, 3.76722529896, 26.5828506009],
    ],
    [
      '16 rows of 17',
      r16,
      { size: 17 },
      [68.337254902, 57.5104850983, 128.056324998],
      [12.287745098, 9.24793021406, 51.2862299018],
      [5.56141540671, 4.55286516596, 6.59422012154],
    ],
    ['16 rows of 16', r16, { size: 16 }, [68.0703125], [12.5546875], [5.42190416926]],
    [
      '16 means of 4 of 100',
      r16,
      { size: 100, meanOf: 4 },
      [287.529, 99.7065555983, 1323.53345251],
      [10.921, 4.83252106264, 203.313775111],
      [26.3280835088, 17.9013662504, 49.2287578507],
    ],
    [
      '16 means of 4 of 64',
      r16,
      { size: 64, meanOf: 4 },
      [285.8953125, 99.1400410778, 1316.01337608],
      [12.5546875],
      [22.7719975109, 7.89665541877, 104.822471772],
    ],
    [
      '16 rows without products',
      r16,
      without,
      [72.6083333333, 25.1784231309, 334.225619321],
      [8.01666666667, 0, 530.648045334],
      [9.05717255717, 2.9303601854],
    ],
  ])('have ten right digits: %s', (_, rows, options, trace, signal, noiseScale) => {
    // prettier-ignore
    const statistics = rowStatisticsOf(rows, options);
    const estimates = estimatesOf(statistics);
    expectClose(estimates.trace, trace[0]);
    expectClose(estimates.signal, signal[0]);
    if (noiseScale[0] !== undefined) expectClose(estimates.trace / estimates.signal, noiseScale[0]);
    expectEnds(covarianceTraceInterval(statistics), trace);
    expectEnds(signalInterval(statistics), signal);
    expectEnds(noiseScaleInterval(statistics), noiseScale);
  });

  test('agree with a second program that has 40 digits, on dumps of all kinds', () => {
    expect(fixture.cases.length).toBeGreaterThan(30);
    for (const { rows, gram, size, b, trace, signal, noise_scale } of fixture.cases) {
      const statistics = rowStatisticsOf(rows, { size: size ?? Infinity, meanOf: b, products: gram });
      const ends = (pair: readonly (number | null)[] | null): Expected => [undefined, pair?.[0] ?? undefined, pair?.[1] ?? undefined]; // prettier-ignore
      expectEnds(covarianceTraceInterval(statistics), ends(trace));
      expectEnds(signalInterval(statistics), ends(signal));
      expectEnds(noiseScaleInterval(statistics), ends(noise_scale));
    }
  });

  test('scale with the rows to the last bit over the whole range of doubles', () => {
    for (const [rows, options] of [
      [r16, {}],
      [even, without],
      [unresolved, {}],
      [r16, { size: 40 }],
    ] as const) {
      // prettier-ignore
      const given = rowStatisticsOf(rows, options);
      const [trace, signal, noiseScale] = [covarianceTraceInterval(given)!, signalInterval(given)!, noiseScaleInterval(given)]; // prettier-ignore
      for (const e of [-500, -257, -1, 1, 3, 200, 505]) {
        const times = (value: number): number => value * 4 ** e;
        const scaled: RowStatistics = {
          ...given,
          centeredSquaredNorms: Array.from(given.centeredSquaredNorms, times),
          meanProducts: Array.from(given.meanProducts, times),
          meanSquaredNorm: times(given.meanSquaredNorm),
        };
        expect(covarianceTraceInterval(scaled)).toEqual({ lower: times(trace.lower), upper: times(trace.upper) });
        expect(signalInterval(scaled)).toEqual({ lower: times(signal.lower), upper: times(signal.upper!) });
        expect(noiseScaleInterval(scaled)).toEqual(noiseScale);
      }
    }
  });

  test('do not depend on the order of the rows', () => {
    const [given, reversed] = [r16, [...r16].reverse()].map((rows) => rowStatisticsOf(rows, { size: 40 })); // prettier-ignore
    for (const interval of [covarianceTraceInterval, signalInterval, noiseScaleInterval]) {
      expect(interval(reversed!)!.lower / interval(given!)!.lower).toBeCloseTo(1, 13);
      expect(interval(reversed!)!.upper! / interval(given!)!.upper!).toBeCloseTo(1, 13);
    }
  });

  test('hold the estimates, and are wider when less of the data set was seen', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const rows = noise(12, 1 + seed, seed).map((row, i) => row.map((value) => (i % 5 === 0 ? 3 : 1) * value + 2));
      let before = [0, 0, 0];
      let narrowest = before;
      for (const size of [13, 20, 60, 1000, Infinity]) {
        const given = rowStatisticsOf(rows, { size });
        const { trace, signal } = estimatesOf(given);
        const widths = [
          [covarianceTraceInterval(given)!, trace] as const,
          [signalInterval(given)!, signal] as const,
          [noiseScaleInterval(given)!, trace / signal] as const,
        ].map(([{ lower, upper = Infinity }, value]) => {
          expect(lower).toBeLessThanOrEqual(value);
          expect(upper).toBeGreaterThanOrEqual(value);
          return upper - lower;
        });
        // whether the other two widen in between depends on how much of the error is linear in that of the mean
        expect(widths[0]).toBeGreaterThan(before[0]!);
        if (size === Infinity) widths.forEach((width, k) => expect(width).toBeGreaterThan(narrowest[k]!));
        if (size === 13) narrowest = widths;
        before = widths;
      }
    }
  });

  test('say about "resolved" the same for the signal and the noise scale', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const rows = noise(9, 3, seed).map((row) => row.map((value) => value + 0.6));
      const given = rowStatisticsOf(rows);
      expect(noiseScaleInterval(given)!.upper === undefined).toBe(signalInterval(given)!.lower === 0);
    }
  });

  test('do not exist below four rows, for rows that are all the same, and when all examples were seen', () => {
    for (const rows of [
      noise(3, 2, 1),
      [
        [1, 2],
        [1, 2],
        [1, 2],
        [1, 2],
        [1, 2],
      ],
    ])
      // prettier-ignore
      for (const interval of [covarianceTraceInterval, signalInterval, noiseScaleInterval])
        expect(interval(rowStatisticsOf(rows))).toBeUndefined();
    for (const interval of [covarianceTraceInterval, signalInterval, noiseScaleInterval])
      expect(interval(rowStatisticsOf(r16, { size: 16 }))).toBeUndefined();
  });

  test('of rows that are equally far from their mean: none of the trace, one of the signal and the noise scale', () => {
    const given = rowStatisticsOf([[3, 4], [3, 2], [4, 3], [2, 3]]); // prettier-ignore
    expect(covarianceTraceInterval(given)).toBeUndefined();
    const signal = signalInterval(given)!;
    const { trace } = estimatesOf(given);
    // with an exact trace the noise scale is nothing but trace over signal
    expect(noiseScaleInterval(given)!.lower).toBeCloseTo(trace / signal.upper!, 12);
    expect(noiseScaleInterval(given)!.upper).toBeCloseTo(trace / signal.lower, 12);
  });

  test('of a mean beside which the noise cannot be seen are those of the trace alone', () => {
    const rows = noise(10, 3, 4);
    const near = rowStatisticsOf(rows);
    const far = {
      ...near,
      meanSquaredNorm: 2 ** 200,
      meanProducts: Array.from(near.meanProducts, (p) => p * 2 ** 100),
    };
    expect(signalInterval(far)).toEqual({ lower: 2 ** 200, upper: 2 ** 200 });
    const { lower, upper } = covarianceTraceInterval(near)!;
    expect(noiseScaleInterval(far)).toEqual({ lower: lower / 2 ** 200, upper: upper / 2 ** 200 });
    // a little nearer the test itself says the same
    const almost = {
      ...near,
      meanSquaredNorm: 2 ** 119,
      meanProducts: Array.from(near.meanProducts, (p) => p * 2 ** 58),
    };
    expect((noiseScaleInterval(almost)!.upper! * 2 ** 119) / upper).toBeCloseTo(1, 9);
    expect((noiseScaleInterval(almost)!.lower * 2 ** 119) / lower).toBeCloseTo(1, 9);
  });

  test('take lengths that a matrix measures, also one that is not definite', () => {
    // xᵀdiag(1, −0.2)x in the place of ‖x‖²
    const rows = noise(40, 2, 9).map(([x, y]) => [x! + 3, y!] as const);
    const mean = [0, 1].map((j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
    const form = (a: readonly number[], b: readonly number[]): number => a[0]! * b[0]! - 0.2 * a[1]! * b[1]!;
    const x = rows.map((row) => [row[0] - mean[0]!, row[1] - mean[1]!]);
    const given: RowStatistics = {
      ...rowStatisticsOf(rows, without),
      centeredSquaredNorms: x.map((row) => form(row, row)),
      meanProducts: x.map((row) => form(row, mean)),
      meanSquaredNorm: form(mean, mean),
    };
    expect(Math.min(...Array.from(given.centeredSquaredNorms))).toBeLessThan(0);
    const { lower, upper } = noiseScaleInterval(given)!;
    const truth = (1 - 0.2) / 9;
    expect(lower).toBeLessThan(truth);
    expect(upper).toBeGreaterThan(truth);
    expect(upper! / lower).toBeLessThan(20);
  });
});

describe('pseudo-values', () => {
  test('of a·‖G‖² + c·tr Σ are those that leaving out row after row gives', () => {
    let compared = 0;
    for (const { rows, gram, size, b, combination } of fixture.cases) {
      if (combination === undefined) continue;
      const given = rowStatisticsOf(rows, { size: size ?? Infinity, meanOf: b, products: gram });
      const { trace, signal } = estimatesOf(given);
      const ends = hallInterval(signal + trace / 8, pseudoValues(given, 1, 1 / 8));
      expectEnds(ends, [undefined, combination[0] ?? undefined, combination[1] ?? undefined]);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });

  test('have the estimate as their mean, and those of the trace its interval', () => {
    const given = rowStatisticsOf(r16, { size: 40 });
    const { trace, signal } = estimatesOf(given);
    const values = pseudoValues(given, 3, 0.5);
    expect(values.reduce((sum, value) => sum + value, 0) / 16).toBeCloseTo(3 * signal + 0.5 * trace, 11);
    const ends = hallInterval(trace, pseudoValues(given, 0, 1))!;
    expect(ends.lower).toBeCloseTo(covarianceTraceInterval(given)!.lower, 11);
    expect(ends.upper).toBeCloseTo(covarianceTraceInterval(given)!.upper, 10);
  });

  test('and variances need as many rows as they say', () => {
    expect(() => pseudoValues(rowStatisticsOf(noise(2, 2, 1)), 1, 1)).toThrow(
      'a jackknife of 2 rows; it needs at least 3',
    );
    expect(() => rowVariance([1])).toThrow('a variance of 1 rows; it needs at least 2');
  });
});

/** Rows of independent draws, and what is true of them. */
interface Model {
  readonly n: number;
  readonly draw: () => number[][];
  readonly trace: number;
  readonly signal: number;
}
const normal = normalRandom(2024);
const uniform = uniformRandom(2025);
const rowsOf = (n: number, row: () => number[]): number[][] => Array.from({ length: n }, row);
const gaussian = (n: number, d: number, signal: number): Model => ({
  n,
  draw: () => rowsOf(n, () => Array.from({ length: d }, (_, j) => normal() + (j === 0 ? Math.sqrt(signal) : 0))),
  trace: d,
  signal,
});
const scaledTrace = 5 * Math.exp(1.28);
const models = {
  'normal, d = 5, B = 10': gaussian(32, 5, 0.5),
  'normal, d = 1, B = 100': gaussian(64, 1, 0.01),
  'normal, d = 5, no signal': gaussian(32, 5, 0),
  'normal rows of log-normal length, B = 10': {
    n: 64,
    draw: () =>
      rowsOf(64, () => {
        const scale = Math.exp(0.8 * normal());
        return Array.from({ length: 5 }, (_, j) => scale * normal() + (j === 0 ? Math.sqrt(scaledTrace / 10) : 0));
      }),
    trace: scaledTrace,
    signal: scaledTrace / 10,
  },
  'exponential, d = 1, B = 5': {
    n: 32,
    draw: () => rowsOf(32, () => [-Math.log(1 - uniform()) - 1 + Math.sqrt(0.2)]),
    trace: 1,
    signal: 0.2,
  },
} satisfies Record<string, Model>;

interface Shares {
  readonly trace: number;
  readonly signal: number;
  readonly noiseScale: number;
  readonly bounded: number;
}

/** How often intervals hold the truth, these and the usual ones. */
function simulated({ draw, trace, signal }: Model, dumps: number) {
  const count = () => ({ trace: 0, signal: 0, noiseScale: 0, bounded: 0 });
  const [found, usual] = [count(), count()];
  const holds = (ends: OpenEnds | undefined, truth: number): number =>
    ends !== undefined && ends.lower <= truth && truth <= (ends.upper ?? Infinity) ? 1 / dumps : 0;
  const add = (counts: typeof found, ends: { trace?: OpenEnds; signal?: OpenEnds; noiseScale?: OpenEnds }): void => {
    counts.trace += holds(ends.trace, trace);
    counts.signal += holds(ends.signal, signal);
    counts.noiseScale += holds(ends.noiseScale, trace / signal);
    counts.bounded += ends.noiseScale?.upper === undefined ? 0 : 1 / dumps;
  };
  for (let k = 0; k < dumps; k++) {
    const rows = rowStatisticsOf(draw());
    const [ofTrace, ofSignal, ofScale] = [
      covarianceTraceInterval(rows),
      signalInterval(rows),
      noiseScaleInterval(rows),
    ];
    add(found, { trace: ofTrace!, signal: ofSignal!, noiseScale: ofScale! });
    add(usual, jackknifeIntervals(rows));
  }
  return { found, usual };
}

describe('over 400 dumps', () => {
  // shares over 3,000 dumps; tolerances are three standard errors of 400 and 0.01
  const expected: Record<keyof typeof models, Shares & { readonly tolerance: number; readonly ofBounded: number }> = {
    'normal, d = 5, B = 10': { trace: 0.953, signal: 0.956, noiseScale: 0.962, bounded: 0.755, tolerance: 0.04, ofBounded: 0.075 }, // prettier-ignore
    'normal, d = 1, B = 100': { trace: 0.959, signal: 0.964, noiseScale: 0.962, bounded: 0.078, tolerance: 0.04, ofBounded: 0.05 }, // prettier-ignore
    'normal, d = 5, no signal': { trace: 0.951, signal: 0.984, noiseScale: 0.984, bounded: 0.016, tolerance: 0.04, ofBounded: 0.03 }, // prettier-ignore
    'normal rows of log-normal length, B = 10': { trace: 0.923, signal: 0.95, noiseScale: 0.902, bounded: 0.949, tolerance: 0.05, ofBounded: 0.045 }, // prettier-ignore
    'exponential, d = 1, B = 5': { trace: 0.942, signal: 0.935, noiseScale: 0.972, bounded: 0.644, tolerance: 0.045, ofBounded: 0.08 }, // prettier-ignore
  };
  const within = (
    shares: Shares,
    { tolerance, ofBounded, ...means }: (typeof expected)[keyof typeof models],
  ): boolean =>
    (Object.keys(means) as (keyof Shares)[]).every(
      (name) => Math.abs(shares[name] - means[name]) <= (name === 'bounded' ? ofBounded : tolerance),
    );
  const results = Object.entries(models).map(([name, model]) => ({
    name,
    ...simulated(model, 400),
    ...{ means: expected[name as keyof typeof models] },
  }));

  test.each(results)('of $name noise the intervals cover as often as they do over 3,000', ({ found, means }) => {
    const { tolerance, ofBounded } = means;
    for (const name of ['trace', 'signal', 'noiseScale'] as const)
      expect(Math.abs(found[name] - means[name]), name).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(found.bounded - means.bounded), 'bounded').toBeLessThanOrEqual(ofBounded);
  });

  test('the jackknife with Student’s t and Fieller’s set would fail this very test', () => {
    const failing = results.filter(({ usual, means }) => !within(usual, means)).map(({ name }) => name);
    expect(failing).toEqual([
      'normal, d = 5, B = 10',
      'normal, d = 1, B = 100',
      'normal rows of log-normal length, B = 10',
      'exponential, d = 1, B = 5',
    ]);
    const share = (name: keyof typeof models): Shares => results.find((result) => result.name === name)!.usual;
    expect(share('normal, d = 1, B = 100').signal).toBeLessThan(0.86);
    expect(share('normal rows of log-normal length, B = 10').trace).toBeLessThan(0.8);
    expect(share('exponential, d = 1, B = 5').trace).toBeLessThan(0.8);
  });
});
