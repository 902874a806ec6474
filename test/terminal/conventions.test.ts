import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../src/terminal/command';
import { f8, headerOf, npy } from '../formats/build';

const folder = mkdtempSync(path.join(tmpdir(), 'conventions-'));
afterAll(() => rmSync(folder, { recursive: true }));
const MEANS = path.join(import.meta.dirname, '../fixtures/means-of-512-over-epochs.npy');

/** The same rows in a file of their own, with their metadata beside it. */
function dump(metadata: object, source: string | Uint8Array = MEANS): string {
  const file = path.join(mkdtempSync(path.join(folder, 'dump-')), 'grad.npy');
  if (typeof source === 'string') copyFileSync(source, file);
  else writeFileSync(file, source);
  writeFileSync(file.replace('.npy', '.meta.json'), JSON.stringify(metadata));
  return file;
}

async function run(...argv: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ['', ''];
  const code = await runCommand(argv, { write: (text) => (out += text) }, { write: (text) => (err += text) });
  return { code, out, err };
}

interface Json {
  readonly dump: { readonly notes: readonly string[] };
  readonly settings: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, { readonly value: number; readonly interval?: readonly number[]; readonly convention: string }>>; // prettier-ignore
  readonly spectrum: readonly number[];
}
async function json(...argv: string[]): Promise<Json> {
  const { code, out, err } = await run('analyze', ...argv, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Json;
}

describe('20 means of 512 drawn from 5,000 examples over several epochs', () => {
  // python3: V = ((x - x.mean(0))**2).sum()/19; m = 5000//512; E, r = divmod(20, m); p = (E*m*(m-1) + r*(r-1))/(20*19)
  // 512*V*4999/(5000 - 512 + p*512), (x.mean(0)**2).sum() - V/20*(5000 - 512 - 19*p*512)/(5000 - 512 + p*512)
  const METADATA = { rows: { meanOf: 512 }, datasetSize: 5000, batchSize: 512 };
  test.each([
    ['in passes', {}, 42.40504682934666, 1.238787730017345],
    ['independently', { batches: 'independent' }, 44.263723804547965, 1.2355285851162152],
  ])('%s give the numbers of NumPy, with an interval that holds the truth', async (_, more, trace, signal) => {
    const { metrics, settings, spectrum } = await json(dump({ ...METADATA, ...more }));
    expect(settings).toMatchObject({ convention: 'sample', conventionFrom: 'data-set size', datasetSize: 5000 });
    expect(metrics['covariance-trace']!.value).toBeCloseTo(trace, 10);
    expect(metrics['true-gradient-squared-norm']!.value).toBeCloseTo(signal, 12);
    // of the data set that the batches were drawn from
    const [lower, upper] = metrics['covariance-trace']!.interval!;
    expect(lower).toBeLessThan(44.8);
    expect(upper).toBeGreaterThan(44.8);
    // one convention for all: the eigenvalues add up to the trace
    expect(spectrum.reduce((sum, eigenvalue) => sum + eigenvalue, 0)).toBeCloseTo(trace, 9);
  });

  test('say in head line, notes and JSON how they are taken', async () => {
    const { out } = await run('analyze', dump(METADATA));
    expect(out).toContain('20 means of 512 examples × 30 parameters');
    expect(out.replaceAll(/\s+/g, ' ')).toContain('sample: the rows are drawn from it, 1/(n−1), 95 % intervals');
    expect(out.replaceAll(/\s+/g, ' ')).toContain('count as 2 passes and 2 rows of the next');
    const { metrics, dump: described } = await json(dump(METADATA));
    expect(metrics['covariance-trace']!.convention).toBe('1/(n−1), n = 20 means of 512 drawn from 5,000');
    expect(described.notes[0]).toContain('2 passes and 2 rows');
  });

  test.each<[string, object, string[], RegExp]>([
    ['population by the option', METADATA, ['--convention', 'population'], /mean of 512 examples/],
    ['population by the metadata', { ...METADATA, convention: 'population' }, [], /mean of 512 examples/],
    ['a smaller data set by the metadata', { ...METADATA, datasetSize: 511 }, [], /the data set has 511/],
    ['a smaller data set by the option', METADATA, ['--dataset-size', '511'], /the data set has 511/],
    ['a batch smaller than a row by the metadata', { ...METADATA, batchSize: 64 }, [], /smaller than the 512 examples/],
    ['a batch smaller than a row by the option', METADATA, ['--batch-size', '64'], /smaller than the 512 examples/],
  ])('refuse %s with exit code 1', async (_, metadata, options, found) => {
    const { code, err } = await run('analyze', dump(metadata), ...options);
    expect(code).toBe(1);
    expect(err).toMatch(found);
    expect(err).toContain('[settings/invalid]');
  });
});

describe('four rows', () => {
  // mean (4, 4), scatter 2 + 2 + 2 + 2 = 8
  const FOUR = npy({ header: headerOf("'<f8'", '(4, 2)'), data: f8(3, 3, 5, 5, 3, 5, 5, 3) });
  test.each<[string, object, string[], string, number, number, number?]>([
    // tr Σ = 8/3, ‖G‖² = 32 − (8/3)/4
    ['nothing known', {}, [], 'unknown data set', 8 / 3, 32 - 2 / 3],
    ['as many examples', { datasetSize: 4 }, [], 'data-set size', 2, 32, 4],
    ['as many examples by the option', {}, ['--dataset-size', '4'], 'data-set size', 2, 32, 4],
    ['the metadata says all', { convention: 'population' }, [], 'metadata', 2, 32, 4],
    ['the option says all', {}, ['--convention', 'population'], 'option', 2, 32, 4],
    // (N − 1)/N = 7/8, and half of what is subtracted from ‖ḡ‖²
    ['twice as many examples', { datasetSize: 8 }, [], 'data-set size', (8 / 3) * (7 / 8), 32 - 1 / 3, 8],
    ['fewer examples than rows', { datasetSize: 3 }, [], 'data-set size', 8 / 3, 32 - 2 / 3, 3],
    ['independent draws', { datasetSize: 8, batches: 'independent' }, [], 'data-set size', 8 / 3, 32 - 2 / 3, 8],
  ])('$0: the convention comes from $3', async (_, metadata, options, from, trace, signal, size?) => {
    const { settings, metrics, spectrum } = await json(dump(metadata, FOUR), ...options);
    expect(settings).toMatchObject({ conventionFrom: from });
    expect(settings['datasetSize']).toBe(size);
    expect(metrics['covariance-trace']!.value).toBeCloseTo(trace, 12);
    expect(metrics['true-gradient-squared-norm']!.value).toBeCloseTo(signal, 12);
    expect(spectrum.reduce((sum, eigenvalue) => sum + eigenvalue, 0)).toBeCloseTo(trace, 12);
    const all = trace === 2;
    expect(settings['convention']).toBe(all ? 'population' : 'sample');
    // the four rows lie equally far from their mean, so their trace has no interval in any case
    expect(metrics['true-gradient-squared-norm']!.interval === undefined).toBe(all);
  });

  test('another size under population is a note, whoever says it', async () => {
    const note = expect.stringContaining('1,500 examples') as string;
    expect((await json(dump({ convention: 'population', datasetSize: 1500 }, FOUR))).dump.notes).toEqual([note]);
    expect((await json(dump({ datasetSize: 1500 }, FOUR), '--convention', 'population')).dump.notes).toEqual([note]);
    expect((await json(dump({}, FOUR), '--convention', 'population', '--dataset-size', '1500')).dump.notes).toEqual([note]); // prettier-ignore
  });

  test('are asked about where nothing is known, and show the verdict of a sample', async () => {
    const { out } = await run('analyze', dump({ batchSize: 2, rows: 'example' }, FOUR));
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'Are these 4 rows all your training data? If so: --convention population.',
    );
    expect(out).toMatch(/A batch of 2.*the noise is|A batch of 2 is mostly/);
  });
  test('are asked what each of them is, with the assumption beside the number and what to declare', async () => {
    const { out } = await run('analyze', dump({ batchSize: 2 }, FOUR));
    const text = out.replaceAll(/\s+/g, ' ');
    expect(text).toContain('4 rows × 2 parameters');
    expect(text).toContain('If each row is one example: A batch of 2 is');
    expect(text).toContain('A mean of b examples: --mean-of b; noise and noise scale are then b times these.');
    expect(text).toContain('Measured from the dump, if each row is one example');
    const said = (await run('analyze', dump({ batchSize: 2 }, FOUR), '--mean-of', '1')).out;
    expect(said).toContain('4 examples × 2 parameters');
    expect(said).not.toContain('If each row');
  });

  test('are means of as many examples as --mean-of says, whatever the metadata say', async () => {
    for (const metadata of [{}, { rows: 'example' }, { rows: { meanOf: 2 } }]) {
      const { settings, metrics } = await json(dump(metadata, FOUR), '--mean-of', '3');
      expect(settings).toMatchObject({ rows: { meanOf: 3 }, convention: 'sample' });
      expect(metrics['covariance-trace']!.value).toBeCloseTo(3 * (8 / 3), 12);
    }
    expect(await run('analyze', dump({}, FOUR), '--mean-of', '2', '--convention', 'population')).toMatchObject({ code: 1 }); // prettier-ignore
    expect(await run('analyze', dump({}, FOUR), '--mean-of', '0')).toMatchObject({ code: 2 });
  });

  test('have no covariance where the metadata say that they are steps of training', async () => {
    const { out } = await run('analyze', dump({ rows: 'step' }, FOUR));
    expect(out.replaceAll(/\s+/g, ' ')).toMatch(/do not show the noise at any one point.*Save one file per step/);
    const { metrics } = await json(dump({ rows: 'step' }, FOUR));
    expect(metrics['covariance-trace']!.value).toBeUndefined();
  });
});
