import { describe, expect, test } from 'vitest';
import type { MetricId } from '../../src/metrics';
import type { MetricResult, Report } from '../../src/shared/report';
import type { DumpMetadata } from '../../src/shared/dump';
import type { Settings } from '../../src/shared/settings';
import { analyzed, OF_MANY } from '../reference/analyzed';
import { noise } from '../reference/noise';

// From a file to the report. The numbers were computed in 40-digit arithmetic from the rows.

type Rows = readonly (readonly number[])[];

const r16 = Array.from({ length: 16 }, (_, i) => [((7 * i) % 11) - 4, ((i * i) % 13) - 5, i % 8 === 3 ? 20 : 1]);
const five = [[1, 0], [0, 2], [3, 1], [1, 1], [2, 5]]; // prettier-ignore
const heavy = [[1, 2, 0], [2, 1, 1], [0, 1, 1], [1, 1, 2], [2, 2, 1], [1, 0, 1], [1, 1, 1], [9, 5, -7]]; // prettier-ignore
const one = [5, 6, 7, 8, 5, 7, 6, 9, 6, 7].map((value) => [value]);
const unresolved = [[3, -1], [-3, 1], [1, 2], [-1, -2], [2, 0], [-2, 1], [0, -3], [1, 3], [-1, 0], [0, 1]]; // prettier-ignore
const sparse = [...Array.from({ length: 10 }, () => [0, 0]), [4, 0], [3, 5]];

const reportOf = (rows: Rows, changes: Partial<Settings> = {}, metadata: DumpMetadata = {}): Promise<Report> =>
  analyzed({ rows, metadata }, { ...OF_MANY, ...changes });
const metricOf = ({ metrics }: Report, id: MetricId): MetricResult => metrics.find((metric) => metric.id === id)!;
const known = (report: Report, id: MetricId) => {
  const { outcome } = metricOf(report, id);
  if (outcome.kind === 'pending') throw new Error(`${id} is pending`);
  return {
    value: outcome.kind === 'value' ? outcome.value : undefined,
    lower: outcome.interval?.lower,
    upper: outcome.interval?.upper,
    method: outcome.interval?.method,
    caution: outcome.interval?.caution,
    problem: outcome.kind === 'unavailable' ? outcome.problem : undefined,
  };
};

type Expected = readonly [value: number | undefined, lower?: number | undefined, upper?: number | undefined];

/** To 10 digits; rounding may leave a 0 of −10⁻¹⁷. */
function expectKnown(report: Report, id: MetricId, expected: Expected): void {
  const { value, lower, upper } = known(report, id);
  for (const [k, found] of [value, lower, upper].entries()) {
    const wanted = expected[k];
    if (wanted === undefined || found === undefined || wanted === 0) expect([id, k, found]).toEqual([id, k, wanted]);
    else expect(found / wanted, `${id}, ${k}`).toBeCloseTo(1, 10);
  }
}

describe('the report has the intervals of 40-digit arithmetic', () => {
  test.each<[string, Rows, Partial<Settings>, DumpMetadata, Expected, Expected, Expected]>([
    ['five rows', five, {}, {}, [5, 0, 33.6995739957], [4.2, 0, 46.1790271069], [undefined, 0.157105583674]],
    [
      'five rows of 20',
      five,
      { datasetSize: 20 },
      {},
      [4.75, 0.213829751821, 28.3618321502],
      [4.45, 0, 37.0545814012],
      [undefined, 0.287007249489],
    ],
    [
      'a heavy row',
      heavy,
      {},
      {},
      [18.6785714286, 0, 161.674504715],
      [4.82142857143, 0, 25.8238709391],
      [undefined, 0],
    ],
    [
      'one parameter',
      one,
      {},
      {},
      [1.6, 0.289917561703, 8.83460671963],
      [43.4, 33.8648214506, 58.8654342623],
      [0.036866359447, 0.00808996650884, 0.0822816495712],
    ],
    [
      'noise alone',
      unresolved,
      {},
      {},
      [6.62222222222, 3.25229499767, 9.82035925079],
      [-0.622222222222, 0, 4.94511915882],
      [undefined, 0.968092014377],
    ],
    [
      'rows mostly of zeros',
      sparse,
      {},
      {},
      [3.98484848485, 0, 28.416832917],
      [0.181818181818, 0, 21.7560437142],
      [undefined, 3.75230178038],
    ],
    [
      '16 rows of 40',
      r16,
      { datasetSize: 40 },
      {},
      [70.793125, 34.9725507964, 268.374806384],
      [9.831875, 2.51525287687, 322.927842554],
      [7.20036869875, 3.76722529896, 26.5828506009],
    ],
    [
      '16 rows of 17',
      r16,
      { datasetSize: 17 },
      {},
      [68.337254902, 57.5104850983, 128.056324998],
      [12.287745098, 9.24793021406, 51.2862299018],
      [5.56141540671, 4.55286516596, 6.59422012154],
    ],
    ['16 rows of 16', r16, { datasetSize: 16 }, {}, [68.0703125], [12.5546875], [5.42190416926]],
    [
      '16 means of 4 after a pass over 64',
      r16,
      { datasetSize: 64, batchSize: 4 },
      { rows: { meanOf: 4 } },
      [285.8953125, 99.1400410778, 1316.01337608],
      [12.5546875],
      [22.7719975109, 7.89665541877, 104.822471772],
    ],
  ])('%s', async (_, rows, changes, metadata, trace, signal, scale) => {
    const report = await reportOf(rows, changes, metadata);
    expect(report.settingsProblems).toEqual([]);
    expectKnown(report, 'covariance-trace', trace);
    expectKnown(report, 'true-gradient-squared-norm', signal);
    expectKnown(report, 'simple-noise-scale', scale);
    // what is affine in them moves along
    const times = (expected: Expected, factor: number, offset = 0): Expected => {
      const moved = (end: number | undefined): number | undefined => end && factor * end + offset;
      const [value, lower, upper] = expected;
      return [moved(value), lower === 0 ? offset : moved(lower), moved(upper)];
    };
    expectKnown(report, 'sde-diffusion-trace', times(trace, 0.3 / (changes.batchSize ?? 2)));
    expectKnown(report, 'linear-scaling-limit', times(scale, 1 / (changes.batchSize ?? 2), 2));
  });

  test('of the largest eigenvalue, about its corrected value', async () => {
    const report = await reportOf(unresolved);
    const corrected = known(report, 'corrected-spectral-norm');
    const plain = known(report, 'spectral-norm');
    expect([plain.lower, plain.upper, plain.method]).toEqual([corrected.lower, corrected.upper, 'Hall']);
    // about their mean (0, 0.2) the rows have Σ = [[30, −1], [−1, 29.6]]/9: λ = (59.6 ± √(0.4² + 2²))/18, and seven zeros
    const [first, second] = [1, -1].map((sign) => (59.6 + sign * Math.sqrt(0.4 ** 2 + 4)) / 18);
    expect(plain.value).toBeCloseTo(first!, 12);
    const inverse = 1 / (first! - second!) + 7 / first!;
    expect(corrected.value).toBeCloseTo(8 / inverse, 12);
    // not apart from the second: the slope is large, and even 0 is possible
    expect(corrected.lower).toBe(0);
    expect(corrected.upper!).toBeGreaterThan(first!);
  });

  test('of the largest eigenvalue alike from the products of rows and from those of parameters', async () => {
    const wide = noise(12, 30, 4).map((row, i) => row.map((value, j) => value + (j < 3 ? 2 * ((i % 5) - 2) : 0)));
    // the same rows turned into eleven parameters: products between rows stay
    const report = await reportOf(wide);
    const tall = await reportOf(inOwnSpace(wide));
    for (const id of ['spectral-norm', 'corrected-spectral-norm'] as const) {
      const [a, b] = [known(report, id), known(tall, id)];
      expect(a.value! / b.value!).toBeCloseTo(1, 10);
      expect(a.lower! / b.lower!).toBeCloseTo(1, 9);
      expect(a.upper! / b.upper!).toBeCloseTo(1, 9);
    }
    expect(known(report, 'spectral-norm').lower).toBeGreaterThan(0);
  });
});

/** Coordinates of centered rows in the space that they span, by Gram and Schmidt; their mean goes along as one more row would. */
function inOwnSpace(rows: Rows): number[][] {
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, j) => sum + value * b[j]!, 0);
  const n = rows.length;
  const mean = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / n);
  const centered = rows.map((row) => row.map((value, j) => value - mean[j]!));
  const basis: number[][] = [];
  for (const row of centered.slice(0, n - 1)) {
    let rest = [...row];
    for (let twice = 0; twice < 2; twice++)
      for (const unit of basis) {
        const along = dot(rest, unit);
        rest = rest.map((value, j) => value - along * unit[j]!);
      }
    const length = Math.sqrt(dot(rest, rest));
    basis.push(rest.map((value) => value / length));
  }
  return centered.map((row) => basis.map((unit) => dot(row, unit)));
}

describe('where an interval would be fiction', () => {
  const INTERVALS: readonly MetricId[] = ['covariance-trace', 'true-gradient-squared-norm', 'simple-noise-scale', 'coherence', 'spectral-norm', 'expected-squared-batch-norm', 'empirical-fisher-trace']; // prettier-ignore

  test('there is none from fewer than four rows, and every number says so', async () => {
    for (const n of [2, 3]) {
      const report = await reportOf(r16.slice(0, n).map(([x = 0, y = 0]) => [x + 9, y + 9]));
      for (const id of INTERVALS) {
        expect([id, known(report, id).lower]).toEqual([id, undefined]);
        if (known(report, id).value !== undefined)
          expect(metricOf(report, id).convention).toContain('too few rows for intervals');
      }
    }
  });

  test('it is rough below eight rows, and weak at its upper end below 32 or where one row has most of the noise', async () => {
    const rows = noise(64, 3, 9).map((row) => row.map((value) => value + 2));
    const caution = async (of: Rows): Promise<string | undefined> =>
      known(await reportOf(of), 'covariance-trace').caution;
    expect(await caution(rows.slice(0, 7))).toBe('rough');
    expect(await caution(rows.slice(0, 8))).toBe('upper end');
    expect(await caution(rows.slice(0, 31))).toBe('upper end');
    expect(await caution(rows.slice(0, 32))).toBeUndefined();
    const outlier = rows.map((row, i) => (i === 5 ? row.map((value) => value * 30) : row));
    expect(await caution(outlier)).toBe('upper end');
    expect(metricOf(await reportOf(rows.slice(0, 7)), 'covariance-trace').convention).toContain('rough');
  });

  test('the trace of rows equally far from their mean has none, the noise scale has', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => [3 + (i % 2 ? 1 : -1), 2]);
    const report = await reportOf(rows);
    expect(known(report, 'covariance-trace')).toMatchObject({ value: 12 / 11, lower: undefined });
    expect(known(report, 'simple-noise-scale').upper).toBeGreaterThan(12 / 11 / 13);
    expect(JSON.stringify(report.sections[0]!.blocks)).toContain(
      'equally far from their mean, so the trace has no interval',
    );
  });

  test('equal rows have none', async () => {
    const report = await reportOf(Array.from({ length: 9 }, () => [1, 2]));
    for (const id of INTERVALS) expect([id, known(report, id).lower]).toEqual([id, undefined]);
  });

  test('the largest of equal eigenvalues has none, and no corrected value', async () => {
    const rows = [[3, 0], [-3, 0], [0, 3], [0, -3], [1, 0], [-1, 0], [0, 1], [0, -1]].map(([x = 0, y = 0]) => [x + 5, y]); // prettier-ignore
    const report = await reportOf(rows);
    expect(known(report, 'spectral-norm').upper).toBeUndefined();
    expect(known(report, 'corrected-spectral-norm').problem!.found).toContain('two largest eigenvalues are the same');
  });

  test('the excess kurtosis has none, and says what normal values would show', async () => {
    const report = await reportOf(noise(64, 3, 9).map((row) => row.map((value) => value + 2)));
    expect(known(report, 'excess-kurtosis').upper).toBeUndefined();
    expect(metricOf(report, 'excess-kurtosis').note).toMatch(/^64 normal values would show −0\.8 … 1\.3; /);
  });
});

test('rows times a power of two, or in another order, have the same intervals', async () => {
  const ids: readonly MetricId[] = ['covariance-trace', 'true-gradient-squared-norm', 'simple-noise-scale', 'spectral-norm', 'expected-squared-batch-norm']; // prettier-ignore
  const plain = await reportOf(r16, { datasetSize: 40 });
  for (const power of [30, -30]) {
    const scaled = await reportOf(r16.map((row) => row.map((value) => value * 2 ** power)), { datasetSize: 40 }); // prettier-ignore
    for (const id of ids) {
      const factor = id === 'simple-noise-scale' ? 1 : 4 ** power;
      expect([id, known(scaled, id).lower]).toEqual([id, known(plain, id).lower! * factor]);
      expect([id, known(scaled, id).upper]).toEqual([id, known(plain, id).upper! * factor]);
    }
  }
  const turned = await reportOf([...r16].reverse(), { datasetSize: 40 });
  for (const id of ids) expect(known(turned, id).upper! / known(plain, id).upper!).toBeCloseTo(1, 11);
});

// import numpy as np; from recipe import *  (in test/fixtures/intervals)
// n = 16; r = np.array([[7*i%11-4, i*i%13-5, 20 if i%8==3 else 1] for i in range(n)], float)
// def theta(x): m, k = x.mean(0), len(x); V = ((x-m)**2).sum()/(k-1); return m@m - V/k + V/2
// print(hall_interval(theta(r), [n*theta(r) - (n-1)*theta(np.delete(r,i,0)) for i in range(n)], 1, Float))
// y = (r*r).sum(1); print(hall_interval(y.mean(), list(y), 1, Float))
test.each<[MetricId, number, number, number]>([
  ['expected-squared-batch-norm', 44.32083333333333, 7.652370165839059, 242.9147315739277],
  ['empirical-fisher-trace', 80.625, 20.419563829380458, 408.50519112816824],
])('%s has Hall’s interval of what it is without each row', async (id, ...expected) => {
  const report = await reportOf(r16);
  expectKnown(report, id, expected);
  expect(known(report, id).method).toBe('Hall');
});
