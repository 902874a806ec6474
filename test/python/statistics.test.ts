import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { evaluate } from '../../src/report/evaluate';
import { suggestedSettings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { taking, unittest } from './python';

/** Test files of Python's unittest, what they import, whether they leave statistics beside dumps, and what holds when they pass. */
const SUITES = [
  ['test_sketch', ['numpy'], 'rows kept as few numbers by a CountSketch have the right noise on average'],
  ['test_dask', ['numpy', 'distributed', 'zarr'], 'shards and zarr reduced by Dask are the statistics of the whole'],
  ['test_cluster', ['numpy', 'torch', 'distributed'], 'the lines of the page about clusters do what the page says'],
  ['test_products', ['numpy', 'torch'], 'products layer by layer are those of gradients that were never written'],
  [
    'test_collectives',
    ['numpy', 'torch'],
    'statistics out of an all-reduce are those of the gathered gradients of ranks',
  ],
] as const;

const folder = mkdtempSync(path.join(tmpdir(), 'statistics-'));
afterAll(() => rmSync(folder, { recursive: true }));

const summaryOf = (file: string): Promise<DumpSummary> =>
  analyze(
    { paths: [path.join(folder, file)], memoryBudget: 350 * 2 ** 20, cancelFlag: new SharedArrayBuffer(4) },
    () => undefined,
  );

/**
 * Every number of the two reports: sums of the same terms in another order agree to 1e-12 of themselves or, as eigenvalues do,
 * of the largest; ends of intervals, which are read off many of them, to 1e-11.
 */
function expectSameReport(found: DumpSummary, whole: DumpSummary): void {
  const top = whole.spectrum!.eigenvalues[0]!;
  found.spectrum!.eigenvalues.forEach((value, k) =>
    expect(Math.abs(value - whole.spectrum!.eigenvalues[k]!)).toBeLessThanOrEqual(1e-12 * top),
  );
  const settings = suggestedSettings(whole.dump);
  const [a, b] = [found, whole].map((summary) => evaluate(summary, settings).metrics);
  for (const [k, { id, outcome }] of b!.entries()) {
    const own = a![k]!.outcome;
    if (outcome.kind !== 'value' || own.kind !== 'value') continue;
    const within = (x: number, y: number, share: number): void =>
      expect(Math.abs(x - y), id).toBeLessThanOrEqual(share * Math.max(Math.abs(x), Math.abs(y), Number.MIN_VALUE));
    within(own.value, outcome.value, 1e-12);
    const ends = [own.interval, outcome.interval].map((interval) => [interval?.lower, interval?.upper]);
    ends[0]!.forEach((end, side) => {
      const other = ends[1]![side];
      if (end === undefined || other === undefined || !Number.isFinite(end)) expect(end).toBe(other);
      else within(end, other, 1e-11);
    });
  }
}

describe('statistics by media/python/gradstats.py', () => {
  for (const [suite, needed, holds] of SUITES) {
    const { skipped, why } = taking(needed);
    (skipped ? test.skip : test)(`${holds} (${suite}.py)${why}`, { timeout: 600_000 }, async () => {
      const before = new Set(readdirSync(folder));
      unittest(suite, folder);
      const left = readdirSync(folder).filter((file) => file.endsWith('.gradstats.npz') && !before.has(file));
      expect(left.length > 0).toBe(suite !== 'test_sketch');
      for (const file of left)
        expectSameReport(await summaryOf(file), await summaryOf(file.replace('.gradstats.npz', '.npy')));
    });
  }
});
