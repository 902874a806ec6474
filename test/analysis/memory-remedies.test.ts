import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { reduce } from '../../src/analysis/reduce';
import { plainKernel } from '../../src/kernel/plain';
import { evaluate } from '../../src/report/evaluate';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { suggestedSettings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { runCommand } from '../../src/terminal/command';
import { headerOf, npy, npz, utf8 } from '../formats/build';
import { compiled } from '../kernel/compiled';
import { noise } from '../reference/noise';

/* What a refusal for want of memory says to do is done, once, and is enough. */

const folder = mkdtempSync(path.join(tmpdir(), 'memory-'));
afterAll(() => rmSync(folder, { recursive: true }));
const MEBIBYTE = 2 ** 20;

const rowsOf = (n: number, d: number): number[][] => noise(n, d, 1).map((row) => row.map((x) => Math.fround(x)));
const doubles = (rows: readonly (readonly number[])[]): Uint8Array =>
  new Uint8Array(Float64Array.from(rows.flat()).buffer);
const array = (rows: readonly (readonly number[])[]): Uint8Array =>
  npy({ header: headerOf("'<f8'", `(${rows.length}, ${rows[0]!.length})`), data: doubles(rows) });
const written = (name: string, bytes: Uint8Array): string => {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
};

/** MiB that the remedy names. */
function named(problem: Problem | undefined): number {
  const [, number] = /^Raise “gradientCovariance\.memoryBudgetMiB” to (\d+) or more(?:\.|, or .*[.:])$/.exec(problem?.remedy ?? '') ?? []; // prettier-ignore
  expect(number, problem?.remedy).toBeDefined();
  return Number(number);
}

const ofAnalysis = ({ path: file, ...request }: { path: string; bytes?: Uint8Array; companions?: object; excludedRows?: number[] }, memoryBudget: number): Promise<DumpSummary> => // prettier-ignore
  analyze({ paths: [file], ...request, memoryBudget, resample: true, directions: true, cancelFlag: new SharedArrayBuffer(4) }, () => undefined); // prettier-ignore

/** Everything that was refused for want of memory, in whatever place. */
async function refusals(run: () => Promise<DumpSummary>): Promise<readonly Problem[]> {
  try {
    const summary = await run();
    const { spectrumProblem, resampling, companions } = summary;
    const shuffled = resampling?.shuffled;
    const { metrics } = evaluate(summary, suggestedSettings({ ...summary.dump, metadata: {} }));
    return [
      spectrumProblem,
      shuffled !== undefined && 'problem' in shuffled ? shuffled.problem : undefined,
      ...Object.values(companions ?? {}).map((companion: object) => ('problem' in companion ? (companion.problem as Problem) : undefined)), // prettier-ignore
      ...metrics.map(({ outcome }) => (outcome.kind === 'unavailable' ? outcome.problem : undefined)),
    ].filter((problem) => problem?.code === 'memory/budget' || problem?.code === 'file/too-large') as Problem[];
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return [error.problem];
  }
}

const wide = rowsOf(300, 500);
const tall = rowsOf(900, 300);
const json = utf8(JSON.stringify(wide));
const cube = npy({ header: headerOf("'<f8'", '(300, 20, 25)', 'True'), data: doubles(wide) });
const matrix = array(Array.from({ length: 500 }, (_, i) => Array.from({ length: 500 }, (__, j) => Number(i === j))));
const REQUESTS: Readonly<Record<string, () => Parameters<typeof ofAnalysis>[0]>> = {
  'a dump with more columns than rows': () => ({ path: written('wide.npy', array(wide)) }),
  'a dump with more rows than columns': () => ({ path: written('tall.npy', array(tall)) }),
  'a dump in JSON': () => ({ path: written('wide.json', json) }),
  'a compressed archive': () => ({ path: written('wide.npz', npz({ g: array(wide) }, true)) }),
  'a compressed archive of layers': () => ({ path: written('layers.npz', npz({ a: array(wide), b: array(wide) }, true)) }), // prettier-ignore
  'an array whose axes are put in order': () => ({ path: written('cube.npy', cube) }),
  'a file that is not on a disk': () => ({ path: 'memfs:/wide.npy', bytes: array(wide) }),
  'JSON that is not on a disk': () => ({ path: 'memfs:/wide.json', bytes: json }),
  'rows that are left out': () => ({ path: written('excluded.npy', array(wide)), excludedRows: [3] }),
  'a Hessian': () => ({ path: written('hessian.npy', array(wide)), companions: { hessian: written('matrix.npy', matrix) } }), // prettier-ignore
  'a second dump': () => ({ path: written('compared.npy', array(wide)), companions: { compared: written('second.json', json) } }), // prettier-ignore
};

describe('a refusal for want of memory names a budget that is enough for all of it:', () => {
  test.each(Object.entries(REQUESTS))('%s', async (_, make) => {
    const request = make();
    let refused = 0;
    // at every stage that a budget can stop it at
    for (const budget of [1e3, 1e5, 3e5, 7e5, 1e6, 1.5e6, 2e6, 3e6, 4e6, 6e6, 9e6, 14e6]) {
      const problems = await refusals(() => ofAnalysis(request, budget));
      if (problems.length === 0) continue;
      // what a second file needs is known when it is opened, which is after the spectrum
      if (request.companions !== undefined && problems.every(({ where }) => where === undefined)) continue;
      refused++;
      const most = Math.max(...problems.map(named));
      expect(await refusals(() => ofAnalysis(request, most * MEBIBYTE)), `${budget}: ${most} MiB`).toEqual([]);
    }
    expect(refused).toBeGreaterThan(0);
  });

  test.each([
    ['plain', plainKernel],
    ['WebAssembly', compiled()],
  ] as const)('what is reduced by the kernel in %s', async (_, kernel) => {
    // prettier-ignore
    const paths = [written('left.npz', npz({ a: array(wide), b: array(wide) })), written('right.npy', array(wide))];
    const reducing = (memoryBudget: number) => reduce({ paths, memoryBudget, checkCanceled: () => undefined }, kernel);
    for (const budget of [1e3, 8 * 300 * 300 + 1, 2e6]) {
      const problem = await reducing(budget).then(() => undefined, (error: unknown) => (error as AnalysisError).problem); // prettier-ignore
      expect((await reducing(named(problem) * MEBIBYTE)).dump.parameters).toBe(1500);
    }
  });

  test('on the command line, where it is an option', async () => {
    const file = written('command.json', utf8(JSON.stringify(rowsOf(60, 4000))));
    const said: string[] = [];
    const run = (...argv: string[]): Promise<number> =>
      runCommand(argv, { write: (text) => said.push(text) }, { write: (text) => said.push(text) });
    expect(await run('analyze', file, '--memory-budget', '1')).toBe(1);
    const [, budget = ''] = /Raise --memory-budget to (\d+) or more/.exec(said.join('')) ?? [];
    expect(said.join('')).not.toMatch(/settings|memoryBudgetMiB/);
    expect(await run('analyze', file, '--memory-budget', budget)).toBe(0);
    expect(said.join('')).not.toMatch(new RegExp(`Raise --memory-budget to (?!${budget})`));
  });
});
