import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { summarizeCompanions } from '../../src/analysis/companions';
import { readDump } from '../../src/formats';
import { plainKernel } from '../../src/kernel/plain';
import type { PassContext } from '../../src/kernel/kernel';
import { evaluate } from '../../src/report/evaluate';
import { AnalysisError } from '../../src/shared/problem';
import { suggestedSettings } from '../../src/shared/settings';
import type { Companions, DumpSummary } from '../../src/shared/summary';
import { headerOf, npy, npz } from '../formats/build';

const fixtures = path.resolve('test/fixtures/digits-mlp');
const folder = mkdtempSync(path.join(tmpdir(), 'companions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const dumpFile = path.join(folder, 'step-001000.npy');
for (const file of ['step-001000.npy', 'hessian-001000.npy', 'fisher-001000.npy'])
  copyFileSync(path.join(fixtures, file), path.join(folder, file));
writeFileSync(path.join(folder, 'broken.npy'), 'not a matrix');

const PARAMETERS = readDump({ path: dumpFile, memoryBudget: 2 ** 28, checkCanceled: () => undefined }).parameters;

const context: PassContext = { memoryBudget: 350 * 2 ** 20, checkCanceled: () => undefined, report: () => undefined };
async function summarize(metadata: object, given: PassContext = context): Promise<DumpSummary> {
  writeFileSync(
    path.join(folder, 'step-001000.meta.json'),
    JSON.stringify({ learningRate: 0.1, batchSize: 32, ...metadata }),
  );
  const dump = readDump({ path: dumpFile, memoryBudget: context.memoryBudget, checkCanceled: context.checkCanceled });
  const { moments, spectrum } = await plainKernel.solve(dump, context);
  const companions = await summarizeCompanions(dump, { spectrum }, plainKernel, given);
  const { arrays: _, ...description } = dump;
  return { dump: description, moments, spectrum, companions };
}
const problem = (companions: Companions | undefined, name: keyof Companions): unknown => {
  const found = companions?.[name];
  return found !== undefined && 'problem' in found ? found.problem.code : found;
};

describe('companions named in the metadata', () => {
  test('fill their metrics with the values of the reference', async () => {
    const summary = await summarize({ hessian: 'hessian-001000.npy', fisher: 'fisher-001000.npy' });
    const report = evaluate(summary, suggestedSettings(summary.dump, { datasetSize: 256 }));
    const reference = (
      JSON.parse(readFileSync(path.join(fixtures, 'reference.json'), 'utf8')) as Record<string, number>[]
    ).at(-1)!;
    const value = (id: string): number => {
      const { outcome } = report.metrics.find((metric) => metric.id === id)!;
      if (outcome.kind !== 'value') throw new Error(`${id} is ${outcome.kind}`);
      return outcome.value;
    };
    for (const [id, name] of [
      ['hessian-trace', 'hessianTrace'],
      ['hessian-spectral-norm', 'hessianTop'],
      ['noise-curvature-cosine', 'cosSigmaH'],
      ['noise-curvature-trace', 'trHSigma'],
      ['fisher-trace', 'fisherTrace'],
      ['fisher-covariance-cosine', 'cosSigmaF'],
    ] as const)
      expect(value(id) / reference[name]!).toBeCloseTo(1, 9);
    // python3: (H*S).sum()/(m@H@m) and m@m/(m@H@m)
    expect(value('curvature-noise-scale')).toBeCloseTo(5.090747850127505 / 0.027094693831793238, 6);
    expect(value('maximum-learning-rate')).toBeCloseTo(0.019690051512867818 / 0.027094693831793238, 8);
    const gap = report.metrics.find(({ id }) => id === 'takeuchi-information')!.outcome;
    expect(gap.kind === 'unavailable' && gap.problem.found).toMatch(/not positive definite/);
  });

  test('that the reader chose go before those of the metadata, and none is read where none is wanted', async () => {
    writeFileSync(path.join(folder, 'chosen.npy'), readFileSync(path.join(fixtures, 'step-001000.npy')));
    writeFileSync(path.join(folder, 'chosen.meta.json'), '{ "hessian": "gone.npy", "fisher": "gone.npy" }');
    const { companions } = await analyze(
      {
        paths: [path.join(folder, 'chosen.npy')],
        memoryBudget: 2 ** 29,
        cancelFlag: new SharedArrayBuffer(4),
        companions: { hessian: path.join(folder, 'hessian-001000.npy'), fisher: false },
      },
      () => undefined,
    );
    expect(companions!.hessian).toHaveProperty('summary.trace');
    expect(companions).not.toHaveProperty('fisher');
  });

  test('that a dump does not name are absent, and nothing is read', async () => {
    expect((await summarize({})).companions).toEqual({});
  });

  test('that cannot be used leave their problem and do not disturb the others', async () => {
    const { companions } = await summarize({
      hessian: 'gone.npy',
      fisher: 'broken.npy',
      modelLabels: 'hessian-001000.npy',
      compared: 'step-001000.npy',
    });
    expect(problem(companions, 'hessian')).toBe('file/missing');
    expect(problem(companions, 'fisher')).toMatch(/^(npy|format)\//);
    expect(companions!.modelLabels).toHaveProperty('summary');
    expect(companions!.compared).toHaveProperty('summary.overlaps');
  });

  test('compare two steps, along the way between their parameters when both name them', async () => {
    const theta = (file: string, value: number): void =>
      writeFileSync(
        path.join(folder, file),
        JSON.stringify([Array.from({ length: 610 }, (_, j) => value * Math.sin(j))]),
      );
    theta('theta-0.json', 0);
    theta('theta-1.json', 1);
    copyFileSync(path.join(fixtures, 'step-001000.npy'), path.join(folder, 'later.npy'));
    writeFileSync(path.join(folder, 'later.meta.json'), '{ "parameters": "theta-1.json" }');
    const both = await summarize({ compared: 'later.npy', parameters: 'theta-0.json' });
    const found = both.companions!.compared!;
    const secant = 'summary' in found ? found.summary.secant : undefined;
    expect(secant).toMatchObject({ curvature: 0, paired: false });
    // a vector, as a framework flattens its parameters
    writeFileSync(
      path.join(folder, 'theta-0.npy'),
      npy({ header: headerOf("'<f4'", '(610,)'), data: new Uint8Array(4 * 610) }),
    );
    const vector = await summarize({ compared: 'later.npy', parameters: 'theta-0.npy' });
    expect(vector.companions!.compared).toEqual(found);
    // and as the layers of a model, each with the shape of its parameter
    const part = (shape: string, count: number): Uint8Array => npy({ header: headerOf("'<f4'", shape), data: new Uint8Array(4 * count) }); // prettier-ignore
    writeFileSync(path.join(folder, 'theta-0.npz'), npz({ weight: part('(10, 60)', 600), bias: part('(10,)', 10) }));
    const layers = await summarize({ compared: 'later.npy', parameters: 'theta-0.npz' });
    expect(layers.companions!.compared).toEqual(found);
    const gone = await summarize({ compared: 'later.npy', parameters: 'gone.json' });
    expect(gone.companions!.compared).toHaveProperty('summary.secant.problem.code', 'file/missing');
    const one = await summarize({ compared: 'later.npy' });
    expect(one.companions!.compared).not.toHaveProperty('summary.secant');
  });

  test('of the wrong size are refused with both sizes', async () => {
    const { companions } = await summarize({ hessian: 'step-001000.npy' });
    expect(companions!.hessian).toMatchObject({
      path: dumpFile,
      problem: { code: 'metadata/invalid', found: expect.stringMatching(/256 × 610.*610/) as unknown },
    });
  });

  test.each(['\\\\server\\share\\h.npy', '//server/h.npy', '/proc/self/environ', '/dev/zero', 'https://a/h.npy'])(
    'are files of this machine, not %s, which a file named that may come from anybody',
    async (named) => {
      const stated = { hessian: named, fisher: named, modelLabels: named, compared: named };
      const { companions } = await summarize({ ...stated });
      for (const name of ['hessian', 'fisher', 'modelLabels', 'compared'] as const)
        expect(companions![name]).toMatchObject({ path: named, problem: { code: 'metadata/invalid' } });
      const both = await summarize({ compared: 'later.npy', parameters: named });
      expect(both.companions!.compared).toHaveProperty('summary.secant.problem.code', 'metadata/invalid');
    },
  );

  test('lie in the workspace where it is not trusted, unless the reader chose them', async () => {
    const outside = path.join(fixtures, 'hessian-001000.npy');
    const file = path.join(folder, 'confined.npy');
    copyFileSync(path.join(fixtures, 'step-001000.npy'), file);
    writeFileSync(
      path.join(folder, 'confined.meta.json'),
      JSON.stringify({ hessian: outside, fisher: 'fisher-001000.npy' }),
    );
    const request = {
      paths: [file],
      memoryBudget: 2 ** 29,
      cancelFlag: new SharedArrayBuffer(4),
      confinedTo: [folder],
    };
    const stated = await analyze(request, () => undefined);
    expect(stated.companions).toMatchObject({
      hessian: { path: outside, problem: { found: expect.stringMatching(/outside of the workspace/) as unknown } },
      fisher: { summary: expect.anything() as unknown },
    });
    const chosen = await analyze({ ...request, companions: { hessian: outside } }, () => undefined);
    expect(chosen.companions!.hessian).toHaveProperty('summary.trace');
  });

  test('stop when the reader cancels', async () => {
    const checkCanceled = (): never => {
      throw new AnalysisError({ code: 'run/canceled', found: 'Canceled', remedy: 'Again.' });
    };
    await expect(summarize({ hessian: 'hessian-001000.npy' }, { ...context, checkCanceled })).rejects.toThrow(
      /run\/canceled/,
    );
  });
});

describe('a Fisher matrix', () => {
  const written = (name: string, diagonal: (j: number) => number, type: 'f4' | 'f8'): void => {
    const numbers = Array.from({ length: PARAMETERS ** 2 }, (_, k) => (k % (PARAMETERS + 1) === 0 ? diagonal(k / (PARAMETERS + 1)) : 0)); // prettier-ignore
    const data = new Uint8Array((type === 'f4' ? Float32Array.from(numbers) : Float64Array.from(numbers)).buffer);
    writeFileSync(path.join(folder, name), npy({ header: headerOf(`'<${type}'`, `(${PARAMETERS}, ${PARAMETERS})`), data })); // prettier-ignore
  };

  test('with an eigenvalue below 0 beyond the rounding of its elements is refused, and a Hessian may have one', async () => {
    written('minus.npy', () => -1, 'f8');
    written('slightly.npy', (j) => (j === 0 ? -1e-3 : 1), 'f4');
    for (const file of ['minus.npy', 'slightly.npy']) {
      const { companions } = await summarize({ hessian: file, fisher: file });
      expect(companions?.fisher).toMatchObject({ problem: { code: 'metadata/invalid', found: expect.stringMatching(/^The matrix has the eigenvalue −1\.00(?:e-3)?, and a Fisher matrix has none below 0$/) as string } }); // prettier-ignore
      expect(companions?.hessian).toHaveProperty('summary');
    }
  });

  test('that is singular, and rounded on the way, is read', async () => {
    written('rounded.npy', (j) => (j === 0 ? -1e-7 : j < 60 ? 0 : 1), 'f4');
    written('zero.npy', () => 0, 'f8');
    for (const file of ['rounded.npy', 'zero.npy'])
      expect((await summarize({ fisher: file })).companions?.fisher).toHaveProperty('summary');
  });
});
