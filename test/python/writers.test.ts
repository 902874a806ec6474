import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { taking, unittest } from './python';

/** Test files of Python's unittest, what they import, and what holds when they pass. */
const SUITES = [
  ['test_files', ['numpy'], 'are whole or not there, with their metadata and the list of the run'],
  ['test_torch', ['numpy', 'torch'], 'of PyTorch models equal autograd’s loop over the examples'],
  ['test_jax', ['numpy', 'jax'], 'of JAX models equal grad’s loop over the examples'],
  ['test_opacus', ['numpy', 'torch', 'opacus'], 'of what Opacus keeps equal autograd’s loop over the examples'],
  ['test_backpack', ['numpy', 'torch', 'backpack'], 'of what BackPACK keeps equal autograd’s loop over the examples'],
  ['test_snippets', ['numpy', 'torch', 'jax'], 'made by the lines of the documents are right'],
] as const;

const dumps = mkdtempSync(path.join(tmpdir(), 'writers-'));
afterAll(() => rmSync(dumps, { recursive: true }));

interface Expected {
  readonly n: number;
  readonly d: number;
  /** With 1/n. */
  readonly trace: number;
  readonly squaredMean: number;
}
const json = (file: string): unknown => JSON.parse(readFileSync(path.join(dumps, file), 'utf8'));

describe('dumps by media/python/gradient_dump.py', () => {
  for (const [suite, needed, holds] of SUITES) {
    const { skipped, why } = taking(needed);
    (skipped ? test.skip : test)(
      `${holds}, and the analysis reads them (${suite}.py)${why}`,
      { timeout: 600_000 },
      async () => {
        const before = new Set(readdirSync(dumps));
        unittest(suite, dumps);
        const left = readdirSync(dumps).filter((file) => file.endsWith('.expected.json') && !before.has(file));
        expect(left.length).toBeGreaterThan(0);
        for (const name of left.map((file) => file.replace('.expected.json', ''))) {
          const { n, d, trace, squaredMean } = json(`${name}.expected.json`) as Expected;
          const { layers } = json(`${name}.meta.json`) as { layers: unknown };
          const { dump, moments } = await analyze(
            {
              paths: [path.join(dumps, `${name}.npy`)],
              memoryBudget: 350 * 2 ** 20,
              cancelFlag: new SharedArrayBuffer(4),
            },
            () => undefined,
          );
          expect(dump, name).toMatchObject({ rows: n, parameters: d, layers });
          expect(moments!.scatter / n / trace, name).toBeCloseTo(1, 6);
          expect(moments!.meanSquaredNorm / squaredMean, name).toBeCloseTo(1, 6);
        }
      },
    );
  }
});
