import { readFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, test, vi } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { evaluate } from '../../src/report/evaluate';
import { jsonReport } from '../../src/report/json-report';
import type { JsonReport } from '../../src/report/json-report';
import type { GradientDump } from '../../src/shared/dump';
import { suggestedSettings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { compiled } from '../kernel/compiled';
import { unhurried } from '../kernel/run';

// an analysis takes the kernel that lies next to its script; none lies next to the source
vi.mock('../../src/kernel', () => ({ chooseKernel: () => Promise.resolve(kernel) }));
const kernel = compiled();

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

// python3, in test/fixtures/intervals: import numpy as np, recipe; z = np.load('../trained-networks/relu-mlp.npz')
// x = np.concatenate([z[k].reshape(len(z[k]), -1) for k in z.files], 1).astype(float); m = x.mean(0); c = x - m; K = c @ c.T
// r = recipe.Rows((c*c).sum(1).tolist(), (c@m).tolist(), float(m@m), x.shape[1], np.trace(K)**2/(K*K).sum())
// print(r.trace(), r.signal(), r.noise_scale())
const INTERVALS: Readonly<Record<string, { trace: number[]; signal: number[]; noiseScale: number }>> = {
  'relu-mlp': { trace: [0.8500532121540008, 9.378723743305116], signal: [0, 0.05659671900800571], noiseScale: 34.72495782732658 }, // prettier-ignore
  'relu-mlp-sparse': { trace: [0.3175996721434998, 0.6581536879264214], signal: [0, 0.019409574556752195], noiseScale: 28.814837453486604 }, // prettier-ignore
  'relu-cnn': { trace: [0, 262.6295888060172], signal: [0, 4.603149260380746], noiseScale: 0 },
  transformer: { trace: [11.81983365220795, 18.977412853529536], signal: [0, 0.8228383347974403], noiseScale: 15.462422448260314 }, // prettier-ignore
};

const summaries = new Map<string, Promise<DumpSummary>>();
const summaryOf = (name: string): Promise<DumpSummary> => {
  const known = summaries.get(name) ?? analyzed(path.join(FOLDER, `${name}.npz`));
  summaries.set(name, known);
  return known;
};
const analyzed = (file: string): Promise<DumpSummary> =>
  analyze({ paths: [file], memoryBudget: 350 * 2 ** 20, cancelFlag: new SharedArrayBuffer(4) }, () => undefined);

/** The rows of a fixture, `down` times under one another and `across` times next to each other. */
function tiled(name: string, { n, d }: Reference, down: number, across: number): GradientDump {
  const rows = new Float32Array(n * d);
  let from = 0;
  // each entry is an array of float32 [n, …] in C order: ten bytes, a header of so many, the numbers
  for (const entry of Object.values(unzipSync(readFileSync(path.join(FOLDER, `${name}.npz`))))) {
    const layer = new Float32Array(entry.slice(10 + entry[8]! + 256 * entry[9]!).buffer);
    const width = layer.length / n;
    for (let row = 0; row < n; row++) rows.set(layer.subarray(row * width, (row + 1) * width), row * d + from);
    from += width;
  }
  const [samples, parameters] = [n * down, d * across];
  const all = new Float32Array(samples * parameters);
  for (let k = 0; k < samples * across; k++) {
    const row = Math.floor(k / across) % n;
    all.set(rows.subarray(row * d, (row + 1) * d), k * d);
  }
  const location = { kind: 'memory', bytes: new Uint8Array(all.buffer), offset: 0 } as const;
  return {
    name: `${name}.npy`,
    path: name,
    format: 'npy',
    bytes: all.byteLength,
    rows: samples,
    parameters,
    dtype: 'float32',
    shape: [samples, parameters],
    layers: [],
    metadata: {},
    notes: [],
    arrays: [{ columns: parameters, element: 'f4', littleEndian: true, order: 'C', location }],
  };
}

/** The report as the command line prints it with --json, under a convention that is stated, not suggested. */
async function reportOf(name: string, stated: 'population' | 'sample'): Promise<JsonReport> {
  const summary = await summaryOf(name);
  const { datasetSize: _, ...metadata } = summary.dump.metadata;
  const settings = suggestedSettings({ ...summary.dump, metadata }, { convention: stated });
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
    expect(dump).toMatchObject({ rows: n, parameters: d, dtype: 'float32', notes: [] });
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

  test('have, as a sample, the intervals of the trace and the signal that Python gives, and a lower bound of the noise scale that NumPy’s value is above', async () => {
    const { metrics } = await reportOf(name, 'sample');
    const { trace, signal, noiseScale } = INTERVALS[name]!;
    const close = (end: number): unknown =>
      end === 0 ? 0 : (expect.closeTo(end, Math.floor(6 - Math.log10(end))) as unknown);
    expect(metrics['covariance-trace']!.interval).toEqual(trace.map(close));
    expect(metrics['true-gradient-squared-norm']!.interval).toEqual(signal.map(close));
    const scale = metrics['simple-noise-scale']!;
    expect(scale).toMatchObject({ interval: [close(noiseScale), null], unavailable: expect.any(String) as string });
    expect(scale).not.toHaveProperty('value');
    expect(noiseScale).toBeLessThan(reference.sample.noiseScale);
  });

  test('have, repeated to 512 rows and 32,768 columns and more, as many times the same eigenvalues, and else zeros', async () => {
    const { n, d, eigenvalues } = reference;
    const [down, across] = [Math.ceil(512 / n), Math.ceil(2 ** 15 / d)];
    // the products between the rows are the Kronecker product of across·K with ones, divided by as many
    const { spectrum } = await kernel.solve(tiled(name, reference, down, across), unhurried);
    expect(spectrum.eigenvalues).toHaveLength(n * down);
    const largest = across * eigenvalues[0]!;
    for (const [k, value] of spectrum.eigenvalues.entries()) {
      const expected = across * (eigenvalues[k] ?? 0);
      expect(Math.abs(value - expected) / largest, `λ${k + 1}: ${value}, not ${expected}`).toBeLessThan(1e-6);
    }
  }, 60_000);
});
