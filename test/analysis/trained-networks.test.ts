import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { evaluate } from '../../src/sections/evaluate';
import { jsonReport } from '../../src/sections/json-report';
import type { JsonReport } from '../../src/sections/json-report';
import { suggestedSettings } from '../../src/shared/settings';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';

// made by test/fixtures/trained-networks.py, which says how; its NumPy computes in float64 from singular values
const FOLDER = path.resolve('test/fixtures/trained-networks');

interface Reference {
  readonly n: number;
  readonly d: number;
  /** Share of elements that are exactly 0. */
  readonly zeros: number;
  readonly squaredMeanNorm: number;
  /** Of Σ with divisor 1/n, largest first, min(n, d) of them. */
  readonly eigenvalues: readonly number[];
  readonly population: Readonly<
    Record<'trace' | 'spectralNorm' | 'frobenius' | 'participationRatio' | 'stableRank' | 'noiseScale', number>
  >;
  readonly sample: Readonly<
    Record<'trace' | 'squaredGradientNorm' | 'spectralNorm' | 'frobenius' | 'noiseScale', number>
  >;
}
const REFERENCES = JSON.parse(readFileSync(path.join(FOLDER, 'reference.json'), 'utf8')) as Record<string, Reference>;

const summaries = new Map<string, Promise<DumpSummary>>();
const summaryOf = (name: string): Promise<DumpSummary> => {
  const known =
    summaries.get(name) ??
    analyze(
      {
        path: path.join(FOLDER, `${name}.npz`),
        memoryBudget: 350 * 2 ** 20,
        cancelFlag: new SharedArrayBuffer(4),
      },
      () => undefined,
    );
  summaries.set(name, known);
  return known;
};

/** The report as the command line prints it with --json, under a convention that is stated, not suggested. */
async function reportOf(name: string, stated: 'population' | 'sample'): Promise<JsonReport> {
  const summary = await summaryOf(name);
  const { datasetSize: _, ...suggested } = suggestedSettings(summary.dump.metadata, summary.dump.samples);
  const settings: Settings =
    stated === 'population'
      ? { ...suggested, convention: 'population', datasetSize: summary.dump.samples }
      : { ...suggested, convention: 'sample' };
  return jsonReport(evaluate(summary, settings), summary);
}

/** Each of these metrics has this value to six digits. */
function expectMetrics({ metrics }: JsonReport, expected: Readonly<Record<string, number>>): void {
  for (const [id, value] of Object.entries(expected)) {
    const { value: found, unavailable } = metrics[id] ?? {};
    expect(found, `${id}: ${unavailable ?? ''}`).toBeTypeOf('number');
    expect(Math.abs(found! / value - 1), `${id}: ${found!}, NumPy ${value}`).toBeLessThan(1e-6);
  }
}

test('the fixtures are those of ReLU networks, of which 50 to 97 % of the elements are 0, and a dense transformer', () => {
  expect(Object.keys(REFERENCES)).toEqual(['relu-mlp', 'relu-mlp-sparse', 'relu-cnn', 'transformer']);
  const zeros = Object.values(REFERENCES).map((reference) => reference.zeros);
  for (const share of zeros.slice(0, 3)) expect(share > 0.5 && share < 0.97, `${share}`).toBe(true);
  expect(zeros[3]).toBeLessThan(0.05);
});

describe.each(Object.entries(REFERENCES))('the gradients of the trained network “%s”', (name, reference) => {
  test('are read whole: as many rows, parameters, zeros and losses as NumPy counts', async () => {
    const { dump, moments } = await summaryOf(name);
    const { n, d, zeros } = reference;
    expect(dump).toMatchObject({ samples: n, parameters: d, dtype: 'float32', notes: [] });
    expect(dump.layers.reduce((sum, { size }) => sum + size, 0)).toBe(d);
    expect(dump.metadata.losses).toHaveLength(n);
    expect(moments?.elementHistogram.zeros).toBe(Math.round(zeros * n * d));
  });

  test('have the spectrum that NumPy gives, every eigenvalue of it', async () => {
    const { spectrum = [], spectrumUnavailable } = await reportOf(name, 'population');
    expect(spectrumUnavailable).toBeUndefined();
    const { eigenvalues } = reference;
    expect(spectrum).toHaveLength(eigenvalues.length);
    const [largest = NaN] = eigenvalues;
    for (const [k, value] of eigenvalues.entries())
      expect(Math.abs(spectrum[k]! - value) / largest, `λ${k + 1}: ${spectrum[k]!}, NumPy ${value}`).toBeLessThan(1e-6);
  });

  test('have NumPy’s trace, norms, ranks and noise scale with 1/n when they are the whole population', async () => {
    const { population, squaredMeanNorm } = reference;
    expectMetrics(await reportOf(name, 'population'), {
      'mean-gradient-norm': Math.sqrt(squaredMeanNorm),
      'true-gradient-squared-norm': squaredMeanNorm,
      'covariance-trace': population.trace,
      'spectral-norm': population.spectralNorm,
      'frobenius-norm': population.frobenius,
      'participation-ratio': population.participationRatio,
      'stable-rank': population.stableRank,
      'simple-noise-scale': population.noiseScale,
    });
  });

  test('have NumPy’s trace and norms with 1/(n−1) when they are a sample of an unbounded data set', async () => {
    const { sample, squaredMeanNorm } = reference;
    expectMetrics(await reportOf(name, 'sample'), {
      'mean-gradient-norm': Math.sqrt(squaredMeanNorm),
      'true-gradient-squared-norm': sample.squaredGradientNorm,
      'covariance-trace': sample.trace,
      'spectral-norm': sample.spectralNorm,
      'frobenius-norm': sample.frobenius,
    });
  });

  test('have NumPy’s noise scale as a sample where ‖G‖² is resolved, else a lower bound that NumPy’s value is above', async () => {
    const report = await reportOf(name, 'sample');
    const { 'true-gradient-squared-norm': signal, 'simple-noise-scale': scale } = report.metrics;
    const { noiseScale } = reference.sample;
    if (signal!.interval![0] > 0) {
      expectMetrics(report, { 'simple-noise-scale': noiseScale });
      return;
    }
    expect(scale).toMatchObject({ interval: [expect.any(Number), null], unavailable: expect.any(String) as string });
    expect(scale).not.toHaveProperty('value');
    expect(scale!.interval![0]).toBeGreaterThan(0);
    expect(scale!.interval![0]).toBeLessThan(noiseScale);
  });
});
