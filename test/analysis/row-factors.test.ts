import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { readDump } from '../../src/formats';
import { evaluate } from '../../src/report/evaluate';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { suggestedSettings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { f4, f8, headerOf, MEANS, npy, npz, rowsOf } from '../formats/build';
import { noise } from '../reference/noise';

/* what the metadata say of each row by itself: a scale, or a weight */

const folder = mkdtempSync(path.join(tmpdir(), 'row-factors-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Rows = readonly (readonly number[])[];
const file = (rows: Rows, order = 'False'): Uint8Array => {
  const [n, d] = [rows.length, rows[0]!.length];
  const list = order === 'True' ? Array.from({ length: n * d }, (_, k) => rows[k % n]![Math.floor(k / n)]!) : rows.flat(); // prettier-ignore
  return npy({ header: headerOf("'<f8'", `(${n}, ${d})`, order), data: f8(...list) });
};

async function analyzed(bytes: Uint8Array, metadata: object, name = 'grad.npy', excludedRows: number[] = []): Promise<DumpSummary> {
  writeFileSync(path.join(folder, name), bytes);
  writeFileSync(path.join(folder, `${path.parse(name).name}.meta.json`), JSON.stringify(metadata));
  return analyze({ paths: [path.join(folder, name)], memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4), excludedRows }, () => undefined);
} // prettier-ignore
async function problemOf(bytes: Uint8Array, metadata: object, name?: string): Promise<Problem> {
  try {
    await analyzed(bytes, metadata, name);
  } catch (error) {
    if (error instanceof AnalysisError) return error.problem;
    throw error;
  }
  throw new Error('it is not refused');
}
const value = (summary: DumpSummary, id: string): number => {
  const { outcome } = evaluate(summary, suggestedSettings(summary.dump)).metrics.find((metric) => metric.id === id)!;
  if (outcome.kind !== 'value') throw new Error(`${id} is ${outcome.kind}`);
  return outcome.value;
};

describe('a list of gradient scales', () => {
  const rows = noise(8, 5, 1);
  const gradientScale = [1, 65536, 32768, 0.5, 3, 7, 1, 2 ** -20];
  const scaled = rows.map((row, i) => row.map((x) => x * gradientScale[i]!));

  test.each(['False', 'True'])('divides each row by its own, whatever the order (Fortran: %s)', async (order) => {
    const summary = await analyzed(file(scaled, order), { gradientScale });
    const truth = await analyzed(file(rows), {});
    for (const id of ['covariance-trace', 'spectral-norm', 'true-gradient-squared-norm', 'mean-gradient-norm'])
      expect(value(summary, id) / value(truth, id)).toBeCloseTo(1, 12);
    expect(summary.dump.notes).toEqual(['Each row was divided by its own gradientScale, 9.54e-7 to 65,536.']);
  });

  test('is used for every layer, and a number in the sidecar takes precedence over it', () => {
    const layers = (list: Rows): Uint8Array => npz({
      w: file(list.map((row) => row.slice(0, 2))), b: file(list.map((row) => row.slice(2))),
    }); // prettier-ignore
    writeFileSync(path.join(folder, 'layers.npz'), layers(scaled));
    writeFileSync(path.join(folder, 'layers.meta.json'), JSON.stringify({ gradient_scale: gradientScale }));
    const dump = readDump({ path: path.join(folder, 'layers.npz'), ...MEANS });
    rowsOf(dump).forEach((row, i) => row.forEach((x, j) => expect(x).toBeCloseTo(rows[i]![j]!, 12)));
    expect(dump.layers).toEqual([{ name: 'w', size: 2 }, { name: 'b', size: 3 }]); // prettier-ignore
    writeFileSync(path.join(folder, 'run.json'), JSON.stringify({ steps: [{ file: 'layers.npz', gradientScale }] }));
    writeFileSync(path.join(folder, 'layers.meta.json'), JSON.stringify({ gradientScale: 4 }));
    const one = readDump({ path: path.join(folder, 'layers.npz'), ...MEANS });
    rmSync(path.join(folder, 'run.json'));
    expect([rowsOf(one), one.metadata.gradientScale]).toEqual([scaled, 4]);
  });

  test('has one for each row, in the file that is named, and all of them are scales', async () => {
    expect(await problemOf(file(rows), { gradientScale: [1, 2] })).toEqual({
      code: 'metadata/invalid',
      found: '“gradientScale” has 2 entries, the dump has 8 rows',
      where: 'grad.meta.json, $.gradientScale',
      remedy: 'Give one for each row, or leave the key out.',
    });
    const { found, where } = await problemOf(file(rows), { gradientScale: [1, 0, 1, 1, 1, 1, 1, 1] });
    expect([found, where]).toEqual(['“gradientScale.1” is 0, not a number from 1e-30 to 1e30', 'grad.meta.json, $.gradientScale[1]']); // prettier-ignore
  });

  test('is a copy within the budget, or a problem with the line that does without', () => {
    const request = {
      path: path.join(folder, 'grad.npy'),
      memoryBudget: 8 * 8 * 5 - 1,
      checkCanceled: () => undefined,
    };
    writeFileSync(path.join(folder, 'grad.meta.json'), JSON.stringify({ gradientScale }));
    expect(() => readDump(request)).toThrow(/To count each row by its own scale, a copy needs 320 bytes/);
    expect(readDump({ ...request, memoryBudget: 320 }).rows).toBe(8);
  });
});

describe('weights', () => {
  const F = [[3, 1], [1, 0], [2, -2], [2, 3]]; // prettier-ignore
  const weights = [1, 2, 3, 2];

  test('give the mean and the noise of a ratio, as by hand', async () => {
    const summary = await analyzed(file(F), { weights });
    // ḡ = Σwg/Σw = (15, 1)/8; Var = n/(n−1) Σw²‖g−ḡ‖²/(Σw)²; tr Σ = n Var; B = tr Σ/(‖ḡ‖² − Var)
    const m = [15 / 8, 1 / 8];
    const scatter = F.reduce((sum, [x, y], i) => sum + weights[i]! ** 2 * ((x! - m[0]!) ** 2 + (y! - m[1]!) ** 2), 0);
    const variance = ((4 / 3) * scatter) / 64;
    expect(variance).toBeCloseTo(1.647135416667, 11);
    expect(value(summary, 'covariance-trace')).toBeCloseTo(4 * variance, 12);
    expect(value(summary, 'mean-gradient-norm')).toBeCloseTo(Math.hypot(...m), 12);
    expect(value(summary, 'covariance-trace') / value(summary, 'true-gradient-squared-norm')).toBeCloseTo(
      3.496890117484,
      11,
    );
    expect(summary.dump.notes[0]).toMatch(/^Each row counts by its weight, 1 to 3: the mean gradient is Σwg\/Σw/);
  });

  test('that are all equal change no number', async () => {
    const [even, none] = [await analyzed(file(F), { weights: [7, 7, 7, 7] }), await analyzed(file(F), {})];
    for (const id of ['covariance-trace', 'spectral-norm', 'true-gradient-squared-norm'])
      expect(value(even, id)).toBeCloseTo(value(none, id), 12);
  });

  test('weigh the losses, too', async () => {
    const { dump } = await analyzed(file(F), { weights, losses: [8, 0, 0, 4] });
    expect(dump.metadata.loss).toBe((1 * 8 + 2 * 4) / 8);
  });

  test('stay with the rows that are kept', async () => {
    const { dump } = await analyzed(file(F), { weights }, 'grad.npy', [1]);
    expect(dump.metadata.weights).toEqual([1, 3, 2]);
  });

  test('are positive, one for each row; tokens are told how they are called', async () => {
    expect((await problemOf(file(F), { weights: [1, 0, 1, 1] })).found).toBe('“weights.1” is 0, not a positive number');
    expect((await problemOf(file(F), { weights: [1] })).where).toBe('grad.meta.json, $.weights');
    const { dump } = await analyzed(file(F), { tokens: [3, 4, 5, 6] });
    expect(dump.notes).toEqual(['The key “tokens” of the metadata was not used: the name that is read is “weights”.']);
  });

  test('of several files would be shares of one sum, and are refused with the file', async () => {
    for (const name of ['rank0.npy', 'rank1.npy']) {
      writeFileSync(path.join(folder, name), npy({ header: headerOf("'<f4'", '(2, 2)'), data: f4(1, 2, 3, 5) }));
      writeFileSync(path.join(folder, name.replace('.npy', '.meta.json')), JSON.stringify({ weights: [1, 2] }));
    }
    const paths = ['rank0.npy', 'rank1.npy'].map((name) => path.join(folder, name));
    const request = { paths, layout: 'rows' as const, memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) };
    await expect(analyze(request, () => undefined)).rejects.toMatchObject({
      problem: { found: 'Its rows count by “weights”, which are shares of one sum over all rows', where: paths[0] },
    });
  });
});

describe('batches of different sizes', () => {
  test('are refused with the reason, and a list of one size is that size', async () => {
    const rows = noise(3, 4, 2);
    expect(await problemOf(file(rows), { rows: { meanOf: [4, 4, 3] } })).toMatchObject({
      found: expect.stringMatching(/^“rows” is an object, not means of batches that all have as many examples: from batches of several sizes no one noise follows$/) as string, // prettier-ignore
      where: 'grad.meta.json, $.rows',
    });
    expect((await analyzed(file(rows), { rows: { meanOf: [4, 4, 4] } })).dump.metadata.rows).toEqual({ meanOf: 4 });
    expect((await problemOf(file(rows), { rows: 'mean' })).found).toBe('“rows” is the text "mean", not "example", "step" or {"meanOf": b} with a whole number b'); // prettier-ignore
  });
});
