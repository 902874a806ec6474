import { copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import type { AnalyzeRequest, WorkerEvent } from '../../src/shared/protocol';

const SAMPLE = path.resolve('media/sample/grad-step-000020.npy');
const folder = mkdtempSync(path.join(tmpdir(), 'analyze-'));
afterAll(() => rmSync(folder, { recursive: true }));

const REFERENCE = {
  meanSquaredNorm: 0.15915423890881492,
  trace: 5.30263246778412,
  eigenvalues: [1.1623342663625362, 0.8423099343557771, 0.6701592285152524],
  frobenius: 1.7918790000235858,
};
const request = (file: string, more: Partial<AnalyzeRequest> = {}): AnalyzeRequest => ({
  paths: [file],
  memoryBudget: 350 * 2 ** 20,
  cancelFlag: new SharedArrayBuffer(4),
  ...more,
});
/** A version 1.0 file, as np.save writes it. */
const npy = (values: Float64Array, shape: readonly number[]): Buffer => {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`, 'latin1');
  return Buffer.concat([header, Buffer.from(values.buffer)]);
};
const problem = (code: string): unknown =>
  expect.objectContaining({ problem: expect.objectContaining({ code }) as unknown });

describe('the analysis of a dump', () => {
  test('gives the moments and the spectrum that NumPy gives', async () => {
    const { dump, moments, spectrum } = await analyze(request(SAMPLE), () => undefined);
    // python3 -c "import numpy as np; g=np.load('media/sample/grad-step-000020.npy').astype(float); m=g.mean(0); x=g-m;
    //   print(m@m, (x*x).sum()/120, np.linalg.eigvalsh(x@x.T/120)[::-1][:3], np.linalg.norm(x.T@x/120))"
    expect(dump).toMatchObject({
      rows: 120,
      parameters: 610,
      dtype: 'float32',
      metadata: { batchSize: 32, step: 20 },
    });
    expect(dump.layers.map(({ size }) => size)).toEqual([512, 8, 80, 10]);
    expect(moments?.meanSquaredNorm).toBeCloseTo(REFERENCE.meanSquaredNorm, 12);
    expect((moments?.scatter ?? NaN) / 120).toBeCloseTo(REFERENCE.trace, 12);
    REFERENCE.eigenvalues.forEach((value, k) => expect(spectrum?.eigenvalues[k]).toBeCloseTo(value, 10));
    expect(spectrum?.frobeniusNorm).toBeCloseTo(REFERENCE.frobenius, 10);
  });

  test('tells what it knows as soon as it knows it: the header, the moments, the spectrum', async () => {
    const events: WorkerEvent[] = [];
    await analyze(request(SAMPLE), (event) => events.push(event));
    const partial = events.filter((event) => event.kind === 'partial').map(({ summary }) => Object.keys(summary));
    expect(partial).toEqual([
      ['dump'],
      ['dump', 'moments', 'suspicions'],
      ['dump', 'moments', 'suspicions', 'spectrum'],
      ['dump', 'moments', 'suspicions', 'spectrum', 'directions'],
    ]);
    expect(events.some((event) => event.kind === 'progress' && event.progress.stage === 'spectrum')).toBe(true);
  });

  test('ends with run/canceled when asked to stop, before or on the way', async () => {
    const cancelFlag = new SharedArrayBuffer(4);
    const stop = (): void => void Atomics.store(new Int32Array(cancelFlag), 0, 1);
    const onTheWay = analyze(request(SAMPLE, { cancelFlag }), (event) => event.kind === 'partial' && stop());
    await expect(onTheWay).rejects.toEqual(problem('run/canceled'));
    await expect(analyze(request(SAMPLE, { cancelFlag }), () => undefined)).rejects.toEqual(problem('run/canceled'));
  });

  test('mixes no two versions of a file: one that is rewritten between the passes is refused', async () => {
    const file = path.join(folder, 'rewritten.npy');
    copyFileSync(SAMPLE, file);
    const rewrite = (event: WorkerEvent): void => {
      if (event.kind === 'partial' && event.summary.moments) copyFileSync(SAMPLE, file);
    };
    await expect(analyze(request(file), rewrite)).rejects.toEqual(problem('file/changed'));
  });

  test('refuses a file that is cut short after its header was read', async () => {
    const file = path.join(folder, 'cut.npy');
    copyFileSync(SAMPLE, file);
    const cut = (event: WorkerEvent): void => {
      if (event.kind === 'partial') truncateSync(file, 1000);
    };
    await expect(analyze(request(file), cut)).rejects.toEqual(problem('file/changed'));
  });

  test('keeps the moments when the spectrum alone does not fit the memory budget', async () => {
    const file = path.join(folder, 'square.npy');
    writeFileSync(
      file,
      npy(
        Float64Array.from({ length: 300 * 300 }, (_, k) => Math.sin(k * k)),
        [300, 300],
      ),
    );
    const { moments, spectrum, spectrumProblem } = await analyze(
      request(file, { memoryBudget: 1_900_000 }),
      () => undefined,
    );
    expect(moments?.scatter).toBeGreaterThan(0);
    expect(spectrum).toBeUndefined();
    expect(spectrumProblem?.code).toBe('memory/budget');
  });

  test('reads bytes in place of a path, for file systems that have none', async () => {
    const bytes = new TextEncoder().encode('[[2,2],[2,4],[4,4],[4,2]]');
    const { moments, spectrum } = await analyze(request('/not/there/grad.json', { bytes }), () => undefined);
    expect(moments?.meanSquaredNorm).toBe(18);
    expect([...(spectrum?.eigenvalues ?? [])]).toEqual([1, 1]);
  });

  test('names the rows that are not finite, and goes on without them when asked to', async () => {
    const file = path.join(folder, 'non-finite.json');
    writeFileSync(file, '{"gradients": [[2,2],[NaN,1],[2,4],[4,4],[1,-Infinity],[4,2]], "losses": [1,2,3,4,5,6]}');
    await expect(analyze(request(file), () => undefined)).rejects.toEqual(
      expect.objectContaining({
        problem: expect.objectContaining({ code: 'data/non-finite', rows: [1, 4] }) as unknown,
      }),
    );
    const { dump, moments } = await analyze(request(file, { excludedRows: [4, 1, 99] }), () => undefined);
    expect(moments?.scatter).toBe(8);
    expect(dump).toMatchObject({ rows: 4, metadata: { losses: [1, 3, 4, 6] } });
    expect(dump.notes).toEqual(['2 of 6 rows were left out: 1, 4']);
  });

  test('leaves rows out of a Fortran-ordered array as well, and says so when none would remain', async () => {
    const file = path.join(folder, 'fortran.npy');
    const columns = Float64Array.of(2, 9, 2, 4, 4, 2, 9, 4, 4, 2); // [5, 2], column after column
    const bytes = npy(columns, [5, 2]);
    writeFileSync(
      file,
      Buffer.from(bytes.toString('latin1').replace("'fortran_order': False", "'fortran_order': True "), 'latin1'),
    );
    const { moments } = await analyze(request(file, { excludedRows: [1] }), () => undefined);
    expect([moments?.meanSquaredNorm, moments?.scatter]).toEqual([18, 8]);
    await expect(analyze(request(file, { excludedRows: [0, 1, 2, 3, 4] }), () => undefined)).rejects.toEqual(
      problem('data/too-few-examples'),
    );
  });

  test('shuffles at once where that is quick, and only when asked where it is not', async () => {
    const file = path.join(folder, 'wide.npy');
    writeFileSync(
      file,
      npy(
        Float64Array.from({ length: 60 * 40_000 }, (_, k) => Math.sin(k * k)),
        [60, 40_000],
      ),
    );
    const { resampling } = await analyze(request(SAMPLE), () => undefined);
    expect(resampling?.batches).toBeDefined();
    expect((await analyze(request(file), () => undefined)).resampling).toBeUndefined();
    expect((await analyze(request(file, { resample: true }), () => undefined)).resampling).toBeDefined();
  });
});
