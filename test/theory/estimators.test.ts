import { describe, expect, test } from 'vitest';
import {
  covarianceScale,
  covarianceTrace,
  fiellerInterval,
  jackknifeCovariance,
  trueGradientSquaredNorm,
} from '../../src/theory/estimators';
import { normalRandom } from '../../src/theory/random';
import { studentTQuantile } from '../../src/theory/student-t';
import { narrow, threeByFour, wide } from '../reference/dumps';
import { naiveSummary } from '../reference/naive';
import { noise } from '../reference/noise';

type Rows = readonly (readonly number[])[];

const describeRows = (rows: Rows, population = Infinity) => {
  const { meanSquaredNorm, scatter, centeredSquaredNorms, meanProducts } = naiveSummary(rows).moments!;
  const given = { meanSquaredNorm, scatter, rows: rows.length, meanOf: 1, population };
  return { given, centeredSquaredNorms, meanProducts };
};
const estimates = (rows: Rows, population = Infinity) => {
  const { given } = describeRows(rows, population);
  return { signal: trueGradientSquaredNorm(given), trace: covarianceTrace(given) };
};
const leftOut = (rows: Rows) => rows.map((_, i) => rows.filter((__, j) => j !== i));

describe('the estimators', () => {
  test('change nothing, to the last bit, when the rows are the whole data set', () => {
    for (let rows = 2; rows < 300; rows++) expect(covarianceScale({ rows, meanOf: 1, population: rows })).toBe(1);
  });

  test('of rows that are means of b examples: b times the trace, the same signal', () => {
    const given = { meanSquaredNorm: 18, scatter: 8, rows: 4, meanOf: 1, population: Infinity };
    const means = { ...given, meanOf: 3 };
    expect(covarianceTrace(means)).toBeCloseTo(3 * covarianceTrace(given), 12);
    expect(trueGradientSquaredNorm(means)).toBeCloseTo(trueGradientSquaredNorm(given), 12);
    expect(covarianceScale({ rows: 4, meanOf: 2, population: 4 })).toBeCloseTo(2, 12);
    // 12 of 24 examples were seen: half of what is subtracted goes
    const subtracted = (population: number): number => 18 - trueGradientSquaredNorm({ ...means, population });
    expect(subtracted(24) / subtracted(Infinity)).toBeCloseTo(0.5, 12);
    const [c, a] = [[1, 2, 3, 2], [0.1, -0.2, 0.3, -0.2]]; // prettier-ignore
    const [some, all] = [24, Infinity].map((population) => jackknifeCovariance({ ...means, population }, c, a));
    // the trace of a finite data set has the factor (M − 1)/M, its variance that squared and 1 − n/M
    expect(some!.trace / all!.trace).toBeCloseTo((23 / 24) ** 2 / 2, 12);
  });

  test('say how many rows they need', () => {
    const one = { meanSquaredNorm: 1, scatter: 0, rows: 1, meanOf: 1, population: 9 };
    expect(() => covarianceTrace(one)).toThrow('Σ needs at least 2 rows');
    expect(() => trueGradientSquaredNorm(one)).toThrow('an unbiased ‖G‖² needs at least 2 rows');
    expect(() => jackknifeCovariance({ ...one, rows: 2 }, [1, 1], [0, 0])).toThrow('a jackknife needs at least 3 rows');
    expect(trueGradientSquaredNorm({ ...one, population: 1 })).toBe(1);
  });
});

describe('the jackknife', () => {
  test('leaves one of the four gradients out as published', () => {
    const ratios = (rows: Rows): number[] =>
      leftOut(rows).map((rest) => estimates(rest).trace / estimates(rest).signal);
    expect(ratios(narrow).map((r) => Number(r.toFixed(6)))).toEqual([0.125, 0.153846, 0.2, 0.153846]);
    expect(ratios(wide).map((r) => Number(r.toFixed(6)))).toEqual([0.457143, 0.695652, 1.454545, 0.695652]);
  });

  test.each([
    ['three rows', threeByFour, Infinity],
    ['four rows of ten', wide, 10],
    ['twenty rows of noise', noise(20, 6, 1), Infinity],
    ['twenty rows of 25', noise(20, 6, 1).map((row) => row.map((value) => value + 2)), 25],
  ] as [string, Rows, number][])('is that of estimates computed afresh without each row: %s', (_, rows, population) => {
    const { given, centeredSquaredNorms, meanProducts } = describeRows(rows, population);
    const covariance = jackknifeCovariance(given, centeredSquaredNorms, meanProducts);
    const n = rows.length;
    const each = leftOut(rows).map((rest) => estimates(rest, population));
    const middle = {
      signal: each.reduce((sum, e) => sum + e.signal, 0) / n,
      trace: each.reduce((sum, e) => sum + e.trace, 0) / n,
    };
    const factor = ((n - 1) / n) * (population === Infinity ? 1 : 1 - n / population);
    const sum = (f: (e: { signal: number; trace: number }) => number): number =>
      factor *
      each.reduce((total, e) => total + f({ signal: e.signal - middle.signal, trace: e.trace - middle.trace }), 0);
    expect(covariance.signal).toBeCloseTo(
      sum((e) => e.signal ** 2),
      9,
    );
    expect(covariance.trace).toBeCloseTo(
      sum((e) => e.trace ** 2),
      9,
    );
    expect(covariance.both).toBeCloseTo(
      sum((e) => e.signal * e.trace),
      9,
    );
  });

  test('knows no uncertainty when every example was seen', () => {
    const { given, centeredSquaredNorms, meanProducts } = describeRows(wide, 4);
    expect(jackknifeCovariance(given, centeredSquaredNorms, meanProducts)).toEqual({ signal: 0, trace: 0, both: 0 });
  });

  test('needs three rows', () => {
    const { given, centeredSquaredNorms, meanProducts } = describeRows(wide.slice(0, 2));
    expect(() => jackknifeCovariance(given, centeredSquaredNorms, meanProducts)).toThrow(RangeError);
  });
});

describe('Fieller’s interval', () => {
  const inside = (ratio: number, n: number, d: number, c: Parameters<typeof fiellerInterval>[2], q: number): number =>
    (n - ratio * d) ** 2 - q * q * (c.numerator - 2 * ratio * c.both + ratio ** 2 * c.denominator);

  test('ends where its inequality does', () => {
    const covariance = { numerator: 0.5, denominator: 0.02, both: 0.03 };
    const { lower, upper } = fiellerInterval(7, 1, covariance, 2);
    expect(inside(lower, 7, 1, covariance, 2)).toBeCloseTo(0, 9);
    expect(inside(upper!, 7, 1, covariance, 2)).toBeCloseTo(0, 9);
    expect(inside(7, 7, 1, covariance, 2)).toBeLessThan(0);
  });

  test('has no upper end when the denominator is not told from 0, and 0 as a lower end when nothing is certain', () => {
    const vague = fiellerInterval(7, 1, { numerator: 0.5, denominator: 0.3, both: 0 }, 2);
    expect(vague.upper).toBeUndefined();
    expect(vague.lower).toBeGreaterThan(0);
    expect(fiellerInterval(7, -1, { numerator: 0.5, denominator: 0.02, both: 0 }, 2).upper).toBeUndefined();
    expect(fiellerInterval(1, 0.1, { numerator: 1, denominator: 1, both: 0 }, 2)).toEqual({ lower: 0 });
  });

  test('keeps every digit of an end that is tiny beside the other one', () => {
    // ρ² − 6·10⁷ρ + 1 ≤ 0: the ends have the product 1 and the sum 6·10⁷
    const { lower, upper } = fiellerInterval(3e7, 1, { numerator: 9e14 - 1, denominator: 0, both: 0 }, 1);
    expect(upper! / 6e7).toBeCloseTo(1, 12);
    expect(lower * upper!).toBeCloseTo(1, 12);
  });

  test.each([
    // −ρ² − 2hρ + 1 ≤ 0: of the two roots with product −1 the positive one is the bound
    ['large', 3e7, 6e7],
    ['tiny', -3e7, 1 / 6e7],
  ])('without an upper end has a %s lower end to every digit', (_, both, lower) => {
    const found = fiellerInterval(2, 0, { numerator: 3, denominator: 1, both }, 1);
    expect(found.upper).toBeUndefined();
    expect(found.lower / lower).toBeCloseTo(1, 12);
  });

  test('begins at 0 where 0 itself cannot be excluded', () => {
    expect(fiellerInterval(1, 0, { numerator: 2, denominator: 1, both: -3 }, 1)).toStrictEqual({ lower: 0 });
    expect(fiellerInterval(1, 0, { numerator: 1, denominator: 1, both: -3 }, 1)).toStrictEqual({ lower: 0 });
  });

  test('shrinks to the ratio when nothing is uncertain', () =>
    expect(fiellerInterval(8, 2, { numerator: 0, denominator: 0, both: 0 }, 2)).toEqual({ lower: 4, upper: 4 }));

  test('covers the true noise scale in 95 of 100 samples', () => {
    const normal = normalRandom(12);
    const [rows, columns, rounds, noiseScale] = [64, 200, 400, 10];
    const deviations = Array.from({ length: columns }, (_, j) => 1 / Math.sqrt(j + 1));
    const trace = deviations.reduce((sum, deviation) => sum + deviation ** 2, 0);
    // the true gradient lies along the noisiest axis: the hard case
    const length = Math.sqrt(trace / noiseScale);
    const q = studentTQuantile(0.975, rows - 1);
    let [covered, bounded] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const dump = Array.from({ length: rows }, () =>
        deviations.map((deviation, j) => deviation * normal() + (j === 0 ? length : 0)),
      );
      const { given, centeredSquaredNorms, meanProducts } = describeMoments(dump);
      const c = jackknifeCovariance(given, centeredSquaredNorms, meanProducts);
      const { lower, upper } = fiellerInterval(
        covarianceTrace(given),
        trueGradientSquaredNorm(given),
        { numerator: c.trace, denominator: c.signal, both: c.both },
        q,
      );
      if (upper !== undefined) bounded++;
      if (lower <= noiseScale && noiseScale <= (upper ?? Infinity)) covered++;
    }
    // simulations of 1500 to 3000 rounds found 0.942 covered and 0.96 bounded
    const near = (count: number, share: number): void =>
      expect(Math.abs(count / rounds - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / rounds));
    near(covered, 0.942);
    near(bounded, 0.96);
  });
});

/** Moments alone, without the covariance of the naive reference, so that a simulation stays quick. */
function describeMoments(rows: Rows) {
  const n = rows.length;
  const g = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / n);
  const x = rows.map((row) => row.map((value, j) => value - g[j]!));
  const squares = x.map((row) => row.reduce((sum, value) => sum + value * value, 0));
  const given = {
    meanSquaredNorm: g.reduce((sum, value) => sum + value * value, 0),
    scatter: squares.reduce((sum, value) => sum + value, 0),
    rows: n,
    meanOf: 1,
    population: Infinity,
  };
  const meanProducts = x.map((row) => row.reduce((sum, value, j) => sum + value * g[j]!, 0));
  return { given, centeredSquaredNorms: squares, meanProducts };
}
