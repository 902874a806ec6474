import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Quantities } from '../../src/metrics/quantities';
import { evaluate } from '../../src/report/evaluate';
import type { DumpMetadata } from '../../src/shared/dump';
import type { MetricResult } from '../../src/shared/report';
import { suggestedSettings } from '../../src/shared/settings';
import type { SaidSettings } from '../../src/shared/settings';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

type Rows = readonly (readonly number[])[];
const rows = noise(12, 3, 4).map((row) => row.map((value) => value + 1));

function metricsOf(of: Rows, metadata: DumpMetadata, said: SaidSettings = {}): readonly MetricResult[] {
  const summary = naiveSummary(of, { learningRate: 0.1, batchSize: 8, ...metadata });
  return evaluate(summary, suggestedSettings(summary.dump, said)).metrics;
}
const called = (metrics: readonly MetricResult[]): readonly string[] =>
  metrics.flatMap(({ id, note, outcome }) => (outcome.kind === 'value' && /exact/.test(note ?? '') ? [id] : []));

/** Facts about the rows or the settings, which no sampling touches. */
const CERTAIN = ['mean-gradient-norm', 'sgd-temperature', 'covariance-memory', 'finite-population-correction'];

describe('the word “exact”', () => {
  test.each<[string, Rows, DumpMetadata, SaidSettings?]>([
    ['a data set of unknown size', rows, {}],
    ['a larger data set', rows, { datasetSize: 100 }],
    ['two rows', rows.slice(0, 2), {}],
    ['three rows', rows.slice(0, 3), { datasetSize: 100 }],
    ['means whose number times b reaches the data set', rows, { rows: { meanOf: 8 }, datasetSize: 96 }],
    ['means of several passes', rows, { rows: { meanOf: 8 }, datasetSize: 32 }],
    ['means without a data-set size', rows, { rows: { meanOf: 8 } }],
    ['rows drawn independently from as many examples', rows, { batches: 'independent', datasetSize: 12 }],
    ['more rows than examples', rows, { datasetSize: 9 }],
    ['a sample by the metadata', rows, { convention: 'sample' }],
    ['a sample by the option', rows, {}, { convention: 'sample' }],
  ])('is not said of an estimate: %s', (_, of, metadata, said) => {
    expect(called(metricsOf(of, metadata, said)).filter((id) => !CERTAIN.includes(id))).toEqual(
      // after whole passes every example is in the mean equally often
      metadata.datasetSize === 96 || metadata.datasetSize === 32
        ? expect.not.arrayContaining(['covariance-trace'])
        : [],
    );
  });

  test('is said of the numbers of a data set that is known whole', () => {
    const exact = called(metricsOf(rows, { datasetSize: 12 }));
    expect(exact).toEqual(expect.arrayContaining(['covariance-trace', 'simple-noise-scale', 'batch-covariance-trace']));
  });

  test('stands in no metric: the report derives it from the convention', () => {
    const folder = path.join(import.meta.dirname, '../../src/metrics');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const texts = files.map((file) => readFileSync(path.join(folder, file), 'utf8'));
    for (const text of texts) expect(text).not.toMatch(/note:[^,\n]*exact/);
  });
});

describe('after whole passes with means of b', () => {
  const summary = naiveSummary(rows, { rows: { meanOf: 8 }, datasetSize: 32 });
  const given = new Quantities(summary, suggestedSettings(summary.dump));

  test('the true gradient is known without error, the covariance is not', () => {
    expect(given.signal.value).toBe(given.moments.meanSquaredNorm);
    expect(given.signal.interval).toBeUndefined();
    expect(given.trace.interval).toBeDefined();
    expect(given.noiseScale.interval).toBeDefined();
  });

  test('the interval of the trace is as wide as with a data set of unknown size, except for the factor of the trace itself', () => {
    const unknown = naiveSummary(rows, { rows: { meanOf: 8 } });
    const other = new Quantities(unknown, suggestedSettings(unknown.dump)).trace;
    const relative = ({ value, interval }: typeof other): number => (interval!.upper! - value) / value;
    expect(relative(given.trace)).toBeCloseTo(relative(other), 10);
  });
});

test('rows that each average the whole data set have a length and no covariance', () => {
  const metrics = metricsOf(rows, { rows: { meanOf: 32 }, datasetSize: 32, batchSize: 32 });
  const found = (id: string): unknown => metrics.find((metric) => metric.id === id)?.outcome;
  expect(found('covariance-trace')).toMatchObject({
    kind: 'unavailable',
    problem: { found: expect.stringContaining('mean of all 32 examples') as string },
  });
  expect(found('simple-noise-scale')).toMatchObject({ kind: 'unavailable' });
  expect(found('true-gradient-squared-norm')).toMatchObject({ kind: 'value' });
});

describe('a mean that is 0 except for rounding', () => {
  const centered = noise(64, 5, 3);
  const means = centered[0]!.map((_, j) => centered.reduce((sum, row) => sum + row[j]!, 0) / 64);
  /** As a training that converged leaves it: rows whose sum cancels, up to the last bits. */
  const cancel = centered.map((row) => row.map((value, j) => value - means[j]! + 1e-17));
  const cancelSingle = centered.map((row) => row.map((value, j) => Math.fround(value - means[j]!)));

  const outcomes = (of: Rows, dtype: string, said: SaidSettings) => {
    const summary = naiveSummary(of, { learningRate: 0.1, batchSize: 8 });
    const described = { ...summary, dump: { ...summary.dump, dtype } };
    return new Map(
      evaluate(described, suggestedSettings(described.dump, said)).metrics.map(({ id, outcome }) => [id, outcome]),
    );
  };
  const RATIOS = ['simple-noise-scale', 'gradient-diversity', 'norm-test', 'inner-product-test', 'orthogonality-test', 'batch-noise-to-signal', 'linear-scaling-limit']; // prettier-ignore

  test.each([
    ['float64', 'population'],
    ['float64', 'sample'],
    ['float32', 'population'],
    ['float32', 'sample'],
  ] as const)('has no ratio over it (%s rows, %s)', (dtype, convention) => {
    const known = outcomes(dtype === 'float64' ? cancel : cancelSingle, dtype, { convention });
    for (const id of RATIOS) expect([id, known.get(id)!.kind]).toEqual([id, 'unavailable']);
    const norm = known.get('mean-gradient-norm')!;
    expect(norm.kind === 'value' && norm.value > 0).toBe(true);
    const scale = known.get('simple-noise-scale')!;
    if (convention === 'sample') {
      // test/fixtures/intervals/recipe.py of the same rows less their mean, with M0 = 0 and p = 0: Rows(h, [0]*64, 0, 5, pr).noise_scale()
      const { lower, upper } = scale.kind === 'unavailable' ? scale.interval! : { lower: NaN, upper: NaN };
      expect(lower / 233.08433552608608).toBeCloseTo(1, dtype === 'float64' ? 10 : 6);
      expect(upper).toBeUndefined();
    } else expect(scale).toMatchObject({ problem: { found: 'The mean gradient is 0 except for rounding' } });
  });

  test('is not suspected where it is small but real', () => {
    const real = centered.map((row) => row.map((value, j) => value - means[j]! + 1e-5));
    const known = outcomes(real, 'float64', { convention: 'population' });
    expect(known.get('simple-noise-scale')!.kind).toBe('value');
    // the same rows in single precision may hide a mean of 1e-9, not one of 1e-5
    expect(outcomes(real, 'float32', { convention: 'population' }).get('simple-noise-scale')!.kind).toBe('value');
  });
});

test('another size than the number of rows under population is a note, and the rows count as all of it', () => {
  const summary = naiveSummary(rows, { convention: 'population', datasetSize: 1500, batchSize: 8 });
  const report = evaluate(summary, suggestedSettings(summary.dump));
  expect(report.notes).toEqual([expect.stringContaining('1,500 examples')]);
  expect(report.settings.datasetSize).toBe(12);
});

test('settings for tests are the whole data set unless they say what else it is', () => {
  expect(settingsFor(naiveSummary(rows)).convention).toBe('population');
  expect(settingsFor(naiveSummary(rows), { convention: 'sample' }).datasetSize).toBeUndefined();
});
