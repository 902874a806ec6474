import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { withoutProjection } from '../../src/analysis/projected';
import { reduceTo } from '../../src/analysis/reduce';
import { evaluate } from '../../src/report/evaluate';
import type { AnalysisError } from '../../src/shared/problem';
import { suggestedSettings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { uniformRandom } from '../../src/theory/random';
import { noise } from '../reference/noise';

const folder = mkdtempSync(path.join(tmpdir(), 'projected-'));
afterAll(() => rmSync(folder, { recursive: true }));
const MEANS = { memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) };

const [N, D, K] = [24, 400, 64];
// a few strong directions, as gradients have
const strong = noise(3, D, 1);
const weights = noise(N, 3, 2);
const rows = noise(N, D, 3).map((row, i) => row.map((x, j) => 0.3 * x + weights[i]!.reduce((sum, w, k) => sum + w * strong[k]![j]!, 0))); // prettier-ignore

/** Each parameter goes to a column that is drawn, with a sign that is drawn. */
function sketch(seed: number): number[][] {
  const random = uniformRandom(seed);
  const places = Array.from({ length: D }, () => [Math.floor(K * random()), random() < 0.5 ? -1 : 1] as const);
  return rows.map((row) => {
    const sums = new Array<number>(K).fill(0);
    places.forEach(([column, sign], j) => (sums[column]! += sign * row[j]!));
    return sums;
  });
}

async function summaryOf(gradients: readonly (readonly number[])[], metadata: object): Promise<DumpSummary> {
  const file = path.join(folder, 'grad.json');
  writeFileSync(file, JSON.stringify({ gradients, ...metadata }));
  return analyze({ paths: [file], ...MEANS }, () => undefined);
}
const PROJECTED = { projected: { from: D, to: K, kind: 'count-sketch', seed: 1 } };

describe('rows that are projections', () => {
  test('have the Frobenius norm of the gradients on average over 40 sketches, within three standard errors', async () => {
    const whole = (await summaryOf(rows, {})).spectrum!.frobeniusNorm;
    const found: number[] = [];
    for (let seed = 1; seed <= 40; seed++)
      found.push(((await summaryOf(sketch(seed), PROJECTED)).spectrum!.frobeniusNorm / whole) ** 2);
    const mean = found.reduce((sum, x) => sum + x, 0) / found.length;
    const deviation = Math.sqrt(found.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (found.length - 1));
    expect(Math.abs(mean - 1)).toBeLessThan((3 * deviation) / Math.sqrt(found.length));
  });

  test('have a norm that was corrected as by hand, and say where the projection added most of it', () => {
    // eigenvalues 3 and 1 of n = 3 rows: ‖Ĉ‖² = 10, tr = 4; k = 64: (10 − 16/64)/(1 + 1/64) = 9.75 · 64/65 = 9.6
    const of = (to: number, rows: number, eigenvalues: readonly number[]): DumpSummary =>
      withoutProjection({
        dump: { rows, notes: [], metadata: { projected: { from: 1000, to, kind: 'gaussian' } } },
        spectrum: { eigenvalues: Float64Array.from(eigenvalues), frobeniusNorm: Math.hypot(...eigenvalues) },
      } as unknown as DumpSummary);
    const one = of(64, 3, [3, 1]);
    expect(one.spectrum!.frobeniusNorm).toBeCloseTo(Math.sqrt(9.6), 12);
    expect(one.dump.notes).toEqual([expect.stringContaining('64 random sums of 1,000 parameters (a Gaussian projection)')]); // prettier-ignore
    // nine equal eigenvalues of n = 10 rows: ‖Ĉ‖² = 9, tr = 9, k = 10: (9 − 8.1)/1.1 is less than the even share 81/9 = 9
    const other = of(10, 10, new Array<number>(9).fill(1));
    expect(other.spectrum!.frobeniusNorm).toBeCloseTo(3, 12);
    // nine equal ones and one as large as the rest of n = 101 rows, k = 10: (9.. ) more than half is the projection’s
    const many = of(10, 101, new Array<number>(20).fill(1));
    // ‖Ĉ‖² = 20, tr = 20: (20 − 40)/1.1 is negative; the even share is 400/100 = 4
    expect(many.spectrum!.frobeniusNorm).toBeCloseTo(2, 12);
    expect(many.dump.notes[1]).toMatch(/^More than half of the squared Frobenius norm is what the projection added/);
  });

  test('say nothing of single parameters and of small eigenvalues, and the rest as ever', async () => {
    const summary = await summaryOf(sketch(1), PROJECTED);
    expect(summary.directions).toBeUndefined();
    const report = evaluate(summary, suggestedSettings(summary.dump));
    const outcomeOf = (id: string) => report.metrics.find((metric) => metric.id === id)!.outcome;
    for (const id of ['mean-gsnr', 'early-stopping-criterion', 'entropy-rank', 'spectrum-exponent'])
      expect([id, outcomeOf(id)]).toMatchObject([id, { kind: 'unavailable', problem: { remedy: 'Dump the gradients themselves, without a projection.' } }]); // prettier-ignore
    for (const id of ['covariance-trace', 'spectral-norm', 'frobenius-norm', 'participation-ratio', 'stable-rank'])
      expect([id, outcomeOf(id).kind]).toEqual([id, 'value']);
    const [participation, norm, trace] = ['participation-ratio', 'frobenius-norm', 'covariance-trace'].map((id) => (outcomeOf(id) as { value: number }).value); // prettier-ignore
    expect(participation! / (trace! / norm!) ** 2).toBeCloseTo(1, 12);
    // the covariance of the network, not of its sketch
    expect(outcomeOf('covariance-memory')).toMatchObject({ value: 4 * D ** 2 });
    const text = JSON.stringify(report);
    expect(text).toContain('too large in a projection');
    expect(text).toContain('400 parameters in 64 sums');
    expect(text).not.toContain('What the noisiest directions are made of');
  });

  test('are the same as statistics', async () => {
    const summary = await summaryOf(sketch(1), PROJECTED);
    const target = path.join(folder, 'grad.gradstats.npz');
    await reduceTo(target, true, { paths: [path.join(folder, 'grad.json')], ...MEANS, checkCanceled: () => undefined });
    const reduced = await analyze({ paths: [target], ...MEANS }, () => undefined);
    expect(reduced.dump.metadata.projected).toEqual(PROJECTED.projected);
    expect(reduced.spectrum!.frobeniusNorm / summary.spectrum!.frobeniusNorm).toBeCloseTo(1, 12);
  });

  test('are refused beside other columns, in a comparison, and with another number of columns', async () => {
    const problem = async (call: () => Promise<unknown>): Promise<string> =>
      call().then(
        () => '',
        (error: unknown) => (error as AnalysisError).problem.found,
      );
    const paths = ['a.json', 'b.json'].map((name) => path.join(folder, name));
    for (const file of paths) writeFileSync(file, JSON.stringify({ gradients: sketch(1), ...PROJECTED }));
    const reduceColumns = () => reduceTo(path.join(folder, 'x.gradstats.npz'), true, { paths, layout: 'columns', ...MEANS, checkCanceled: () => undefined }); // prettier-ignore
    expect(await problem(reduceColumns)).toBe('Its columns are random sums of parameters, which do not go beside others'); // prettier-ignore
    const { companions } = await analyze({ paths: [paths[0]!], ...MEANS, companions: { compared: paths[1]! } }, () => undefined); // prettier-ignore
    expect(companions?.compared).toMatchObject({ problem: { found: 'Its columns are random sums of parameters, which cannot be compared with those of another dump' } }); // prettier-ignore
    expect(await problem(() => summaryOf(rows, PROJECTED))).toBe('“projected.to” is 64, the dump has 400 columns');
  });
});
