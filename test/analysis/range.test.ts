import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { METRICS } from '../../src/metrics';
import type { MetricDefinition } from '../../src/metrics/definition';
import { evaluate } from '../../src/report/evaluate';
import { AnalysisError } from '../../src/shared/problem';
import type { DumpSummary } from '../../src/shared/summary';
import { settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

/** A version 1.0 file of float64, as np.save writes it. */
function npy(rows: readonly (readonly number[])[]): Uint8Array {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0]!.length}), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`, 'latin1');
  return new Uint8Array(Buffer.concat([header, Buffer.from(Float64Array.from(rows.flat()).buffer)]));
}

const analyzed = async (rows: readonly (readonly number[])[]): Promise<DumpSummary> =>
  analyze(
    { paths: ['/g.npy'], bytes: npy(rows), memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) },
    () => undefined,
  );

/** value·2^power, also where 2^power itself is no double. */
const times = (value: number, power: number): number => {
  const half = Math.trunc(power / 2);
  return value * 2 ** half * 2 ** (power - half);
};
const metrics: readonly MetricDefinition[] = METRICS;
const report = (summary: DumpSummary, convention: 'sample' | 'population') =>
  evaluate(
    summary,
    settingsFor(summary, { learningRate: 0.1, batchSize: 4, convention, ...(convention === 'sample' && { datasetSize: 500 }) }), // prettier-ignore
  );

const opposite = noise(8, 20, 5);
const dumps = {
  'more parameters than rows': noise(14, 30, 2).map((row) => row.map((value) => value + 0.2)),
  'more rows than parameters': noise(30, 7, 3).map((row) => row.map((value, j) => value * (1 + j) + 0.5)),
  'a mean that is 0 but for rounding': [...opposite, ...opposite.map((row) => row.map((value) => -value))],
  'sparse rows': noise(20, 24, 4).map((row) => row.map((value) => (value > 0.8 ? value : 0))),
};

describe.each(Object.entries(dumps))('a dump of %s times 2^e, from its bytes to the page', (_, rows) => {
  test('changes every number by exactly 2^(degree·e), or is refused in words, for e from −1000 to 1000', async () => {
    const here = await analyzed(rows);
    let refused = 0;
    for (let e = -1000; e <= 1000; e += 40) {
      let there: DumpSummary;
      try {
        there = await analyzed(rows.map((row) => row.map((value) => times(value, e))));
      } catch (error) {
        if (!(error instanceof AnalysisError)) throw error;
        expect([e, error.problem.code]).toEqual([e, 'data/overflow']);
        expect(error.problem.fix).toMatch(/^g = np\.ldexp\(g, -?\d+\)$/);
        // only where squares leave the range of doubles, or come near its lower end
        expect(Math.abs(e)).toBeGreaterThan(430);
        refused++;
        continue;
      }
      expect(there.extraProblems).toBeUndefined();
      for (const convention of ['sample', 'population'] as const) {
        const before = report(here, convention);
        const after = new Map(report(there, convention).metrics.map(({ id, outcome }) => [id, outcome]));
        for (const { id, outcome } of before.metrics) {
          const degree = metrics.find((metric) => metric.id === id)!.degree;
          const found = after.get(id)!;
          expect([e, id, found.kind]).toEqual([e, id, outcome.kind]);
          if (outcome.kind === 'pending' || found.kind === 'pending') continue;
          if (outcome.kind === 'value' && found.kind === 'value')
            expect([e, id, found.value]).toEqual([e, id, times(outcome.value, degree * e)]);
          const { interval } = outcome;
          expect([e, id, found.interval?.lower]).toEqual([e, id, interval && times(interval.lower, degree * e)]);
          const upper = interval?.upper;
          expect([e, id, found.interval?.upper]).toEqual([e, id, upper && times(upper, degree * e)]);
        }
      }
      const twice = (values: Float64Array): Float64Array => values.map((value) => times(value, 2 * e));
      expect(there.spectrum!.eigenvalues).toEqual(twice(here.spectrum!.eigenvalues));
      expect(there.resampling!.shuffled).toEqual(twice(here.resampling!.shuffled as Float64Array));
      expect(there.resampling!.batches!.with.upper).toEqual(twice(here.resampling!.batches!.with.upper));
      here.directions!.forEach(({ eigenvalue }, k) =>
        expect(there.directions![k]!.eigenvalue).toBe(times(eigenvalue, 2 * e)),
      );
    }
    expect(refused).toBeGreaterThan(20);
    expect(refused).toBeLessThan(30);
  }, 240_000);
});

describe('extreme data', () => {
  test.each([20, 40, 75, 100, 140])(
    'a constant parameter of 1e%i leaves the covariance of the others as it is',
    async (power) => {
      const rows = noise(12, 30, 8);
      const here = await analyzed(rows.map((row) => [...row, 0]));
      const there = await analyzed(rows.map((row) => [...row, 10 ** power]));
      expect(there.moments!.scatter).toBe(here.moments!.scatter);
      expect(there.spectrum!.eigenvalues).toEqual(here.spectrum!.eigenvalues);
      expect(there.spectrum!.secondMomentNorm / 10 ** (2 * power)).toBeCloseTo(1, 12);
      expect(there.resampling!.halves).toEqual(here.resampling!.halves);
      expect(there.moments!.constantParameters).toBe(1);
    },
  );

  test('a parameter whose squares underflow varies all the same', async () => {
    const rows = noise(12, 30, 8);
    const { moments } = await analyzed(rows.map((row) => row.map((value, j) => (j === 3 ? value * 2 ** -700 : value))));
    const expected = await analyzed(rows);
    expect(moments!.constantParameters).toBe(0);
    expect(moments!.signalToNoise).toEqual(expected.moments!.signalToNoise);
  });

  test.each([2 ** -1030, 2 ** -1074 * 8, 1e300, 1e308])('rows near %d are refused in words', async (size) => {
    const rows = noise(6, 9, 1).map((row) => row.map((value) => Math.sign(value) * size * (1 + Math.abs(value) / 8)));
    await expect(analyzed(rows)).rejects.toMatchObject({ problem: { code: 'data/overflow' } });
  });

  test('equal rows have a covariance of exactly 0, whatever their size', async () => {
    for (const value of [0.1, 1e140, 1e-140]) {
      const { moments, spectrum } = await analyzed(Array.from({ length: 7 }, () => [value, -3 * value, value / 7]));
      expect(moments!.scatter).toBe(0);
      expect(moments!.constantParameters).toBe(3);
      expect([...spectrum!.eigenvalues]).toEqual([0, 0, 0]);
    }
  });
});
