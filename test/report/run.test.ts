import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { readNormLog } from '../../src/formats/norm-log';
import { compare } from '../../src/report/comparison/compare';
import { evaluateNormLog, evaluateRun } from '../../src/report/evaluate-run';
import type { RunReport } from '../../src/report/evaluate-run';
import { nextBatch } from '../../src/report/run/next-batch';
import { stepOf } from '../../src/report/run/step';
import { suggestedSettings, suggestedView } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import type { RunPoint } from '../../src/shared/training-run';
import { normalRandom } from '../../src/theory/random';
import { noise } from '../reference/noise';

const DIGITS = path.resolve('test/fixtures/digits-mlp/run');
const summaryOf = async (step: string): Promise<DumpSummary> =>
  analyze(
    {
      paths: [path.join(DIGITS, `step-${step}.npy`)],
      memoryBudget: 2 ** 28,
      cancelFlag: new SharedArrayBuffer(4),
      asStep: true,
    },
    () => undefined,
  );
const pointOf = (step: number, summary: DumpSummary): RunPoint => ({
  step,
  file: summary.dump.name,
  summary: stepOf(summary, suggestedSettings(summary.dump)),
});
const run = { name: 'run', path: '/run', notes: [] };

describe('A step of a run', () => {
  test('takes at most 4 KB as JSON with 50 layers, and holds no rows and no matrix', async () => {
    const layers = Array.from({ length: 50 }, (_, l) => ({ name: `blocks.${l}.weight`, size: 2 }));
    const said = { learningRate: 0.123456789012, batchSize: 32, datasetSize: 50_000, loss: 1.23456789012 };
    const summary = await analyze(
      {
        paths: ['g.json'],
        bytes: Buffer.from(JSON.stringify(noise(64, 100, 3))),
        beside: { sidecar: Buffer.from(JSON.stringify({ ...said, layers })) },
        memoryBudget: 2 ** 28,
        cancelFlag: new SharedArrayBuffer(4),
      },
      () => undefined,
    );
    expect(summary.moments?.layers).toHaveLength(50);
    const text = JSON.stringify(stepOf(summary, suggestedSettings(summary.dump)));
    expect(text.length).toBeLessThanOrEqual(4096);
    expect(JSON.parse(text)).toMatchObject({ layers: expect.any(Array) as unknown });
  });

  test('has the traces and signals that NumPy finds for 32 rows of 1,500 digits', async () => {
    const numpy = { '000000': [5.0608527215864525, 0.17545255226429435], '001000': [2.4895068231328357, 0.03669437909932542] }; // prettier-ignore
    for (const [step, [trace, signal]] of Object.entries(numpy)) {
      const { summary } = pointOf(0, await summaryOf(step));
      expect(summary?.metrics['covariance-trace']?.[0]).toBeCloseTo(trace ?? NaN, 10);
      expect(summary?.metrics['true-gradient-squared-norm']?.[0]).toBeCloseTo(signal ?? NaN, 10);
      expect(summary?.training).toMatchObject({ learningRate: 0.1, batchSize: 32 });
    }
  });
});

describe('A run', () => {
  test('of real dumps has every metric over its steps, and a next batch size with its reason', async () => {
    const points = await Promise.all(['000000', '000020', '000200', '001000'].map(async (step) => pointOf(Number(step), await summaryOf(step)))); // prettier-ignore
    const report = evaluateRun(run, points);
    const scale = report.series.find(({ metric }) => metric.id === 'simple-noise-scale');
    // 32 rows do not resolve the signal: a bound, never an invented point
    expect(scale?.values[0]?.[0]).toBeNull();
    expect(scale?.values[0]?.[1]).toBeGreaterThan(0);
    expect(scale?.values[0]?.[1]).toBeLessThan(28.844565988205158);
    expect(report.series.every(({ values }) => values.length === 4)).toBe(true);
    expect(report.nextBatch.sentence).toContain('step 1,000');
    expect(report.observations.map(({ citation }) => citation.year)).toEqual([2018, 2017, 2018, 2020, 2021]);
  });

  test('names no next batch where three rows have no interval, and says so', async () => {
    const three = await analyze(
      {
        paths: ['g.json'],
        bytes: Buffer.from(JSON.stringify([[5, 1], [6, 2], [7, 1]])),
        beside: { sidecar: Buffer.from('{"batchSize": 1}') },
        memoryBudget: 2 ** 28,
        cancelFlag: new SharedArrayBuffer(4),
      },
      () => undefined,
    ); // prettier-ignore
    const { nextBatch: next, verdict } = evaluateRun(run, [pointOf(0, three)]);
    expect(next.advice).toBe('unknown');
    expect(verdict).toMatch(
      /^The noise scale is [\d.e-]+ at step 0\. No next batch size follows: the noise scale has no interval/,
    );
  });

  test('says after which step others are missing, and how many failed', () => {
    const problem = { code: 'npy/truncated', found: 'It ends', remedy: 'Wait.' } as const;
    const at = (step: number): RunPoint => ({ step, file: 'f', problem });
    expect(evaluateRun(run, [0, 1, 2, 3, 40, 41].map(at)).notes).toEqual([
      'Steps are missing after step 3.',
      '6 of 6 steps could not be analyzed.',
    ]);
  });
});

describe('The next batch size', () => {
  const now = { batchSize: 100, optimizer: 'sgd', from: 'here' } as const;
  test.each([
    [{ value: 500, interval: { lower: 201, upper: 900 } }, 'double', 200],
    [{ value: 500, interval: { lower: 201 } }, 'double', 200],
    [{ value: 500, interval: { lower: 200, upper: 900 } }, 'keep', 100],
    [{ value: 500, interval: { lower: 10 } }, 'keep', 100],
    [{ value: 30, interval: { lower: 10, upper: 49 } }, 'halve', 50],
    [{}, 'unknown', undefined],
    // an estimate without an interval, from two or three rows, decides nothing
    [{ value: 500 }, 'unknown', undefined],
    [{ value: 500, exact: true }, 'double', 200],
    [{ value: 30, exact: true }, 'halve', 50],
    // no batch is larger than the data set that it is drawn from
    [{ value: 500, interval: { lower: 300 }, datasetSize: 150 }, 'keep', 100],
    [{ value: 500, interval: { lower: 300 }, datasetSize: 200 }, 'double', 200],
  ])('with a noise scale of %j is decided as %s', (noise, advice, batchSize) => {
    expect(nextBatch({ ...now, ...noise })).toMatchObject({ advice, ...(batchSize !== undefined && { batchSize }) });
  });

  test('goes with the learning rate for SGD and with its square root for Adam', () => {
    const noise = { value: 500, interval: { lower: 300 } };
    expect(nextBatch({ ...now, ...noise }).rateFactor).toBe(2);
    expect(nextBatch({ ...now, ...noise, optimizer: 'adam' }).rateFactor).toBe(Math.SQRT2);
  });
});

describe('A run from its norm log alone', () => {
  const view = suggestedView({ rows: NaN, metadata: {} });
  /** Squared norms of Gaussian gradients of 400 parameters with ‖G‖² = 1. */
  function logOf(traceAt: (step: number) => number, steps = 400): RunReport {
    const normal = normalRandom(7);
    const norm = (size: number, trace: number): number => {
      let sum = 0;
      for (let j = 0; j < 400; j++) sum += (1 / 20 + (normal() * Math.sqrt(trace / 400)) / Math.sqrt(size)) ** 2;
      return sum;
    };
    const lines = Array.from({ length: steps }, (_, step) =>
      JSON.stringify({ step, b: 4, B: 64, small: norm(4, traceAt(step)), big: norm(64, traceAt(step)) }),
    );
    return evaluateNormLog(
      readNormLog('x.gradnorms.jsonl', { bytes: Buffer.from(`{"gradnorms": 1}\n${lines.join('\n')}\n`) }),
      view,
    );
  }

  test('whose noise is constant keeps its batch where the noise scale is about as large', () => {
    const report = logOf(() => 80);
    expect(report.nextBatch).toMatchObject({ advice: 'keep', batchSize: 64 });
    const scales = report.series.find(({ metric }) => metric.id === 'simple-noise-scale')?.values ?? [];
    const traces = report.series.find(({ metric }) => metric.id === 'covariance-trace')?.values ?? [];
    expect(scales).toHaveLength(400);
    const mean = traces.reduce((sum, value) => sum + (value?.[0] ?? 0), 0) / 400;
    expect(Math.abs(mean - 80)).toBeLessThan(2);
  });

  test('whose noise jumps shows it at its step, and doubles the batch after it', () => {
    const report = logOf((step) => (step < 200 ? 80 : 800));
    const traces = report.series.find(({ metric }) => metric.id === 'covariance-trace')?.values ?? [];
    const of = (from: number): number => traces.slice(from, from + 20).reduce((sum, value) => sum + (value?.[0] ?? 0), 0) / 20; // prettier-ignore
    expect(of(180)).toBeLessThan(100);
    expect(of(200)).toBeGreaterThan(600);
    expect(report.nextBatch).toMatchObject({ advice: 'double', batchSize: 128 });
  });

  test('adds noise and signal of layers: F as b = 1 and B = 4 has a signal of 3 and a noise of 5', () => {
    const text = '{"gradnorms": 1, "layers": ["a", "b"]}\n{"step": 0, "b": 1, "B": 4, "small": [6, 2], "big": [4, 0.25]}\n'; // prettier-ignore
    const [point] = evaluateNormLog(readNormLog('x.gradnorms.jsonl', { bytes: Buffer.from(text) }), view).points;
    expect(point?.summary?.metrics).toEqual({
      'covariance-trace': [expect.closeTo(5, 12)],
      'true-gradient-squared-norm': [expect.closeTo(3, 12)],
      'simple-noise-scale': [expect.closeTo(5 / 3, 12)],
    });
  });
});

describe('A comparison of two dumps', () => {
  const seen = (summary: DumpSummary): Parameters<typeof compare>[0] => ({ summary, settings: suggestedSettings(summary.dump) }); // prettier-ignore

  test('of a dump with itself resolves nothing', async () => {
    const summary = await summaryOf('000200');
    const { differences, settings } = compare(seen(summary), seen(summary));
    expect(differences.filter(({ resolved }) => resolved)).toEqual([]);
    expect(settings.differing).toEqual([]);
  });

  test('without evidence squares and adds the distances to both ends', async () => {
    const [a, b] = [seen(await summaryOf('000200')), seen(await summaryOf('001000'))];
    const report = compare(a, b);
    const trace = report.differences.find(({ metric }) => metric.id === 'covariance-trace');
    const [from, to] = [trace?.baseline, trace?.other];
    if (from?.kind !== 'value' || to?.kind !== 'value') throw new TypeError('both dumps have a trace');
    const [x, y] = [from.interval, to.interval];
    const value = to.value - from.value;
    expect(trace?.difference?.interval?.lower).toBeCloseTo(value - Math.sqrt((to.value - (y?.lower ?? NaN)) ** 2 + ((x?.upper ?? NaN) - from.value) ** 2), 12); // prettier-ignore
    expect(report.pairing).toContain('no labels');
    expect(report.chance.expected).toBeCloseTo(0.05 * report.chance.intervals, 12);
  });

  test('compares rows one by one only where unsorted labels say that they are the same examples', async () => {
    const [a, b] = [await summaryOf('000000'), await summaryOf('000020')];
    const labeled = (summary: DumpSummary, labels: number[]): DumpSummary => ({
      ...summary,
      dump: { ...summary.dump, metadata: { ...summary.dump.metadata, labels } },
    });
    const mixed = Array.from({ length: 32 }, (_, i) => (7 * i) % 10);
    const sorted = Array.from({ length: 32 }, (_, i) => Math.floor(i / 4));
    const width = (first: DumpSummary, second: DumpSummary): number => {
      const { difference } = compare(seen(first), seen(second)).differences.find(({ metric }) => metric.id === 'covariance-trace') ?? {}; // prettier-ignore
      return (difference?.interval?.upper ?? NaN) - (difference?.interval?.lower ?? NaN);
    };
    const apart = width(a, b);
    // steps 0 and 20 differ by little, and the same examples move together
    expect(width(labeled(a, mixed), labeled(b, mixed))).toBeLessThan(apart / 2);
    expect(width(labeled(a, sorted), labeled(b, sorted))).toBeCloseTo(apart, 12);
    expect(width(labeled(a, mixed), labeled(b, [...mixed].reverse()))).toBeCloseTo(apart, 12);
  });
});
