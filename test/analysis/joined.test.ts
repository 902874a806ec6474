import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { reduceTo } from '../../src/analysis/reduce';
import type { ElementType, Layout } from '../../src/shared/dump';
import type { AnalyzeRequest, WorkerEvent } from '../../src/shared/protocol';
import type { DumpSummary } from '../../src/shared/summary';
import { f8, headerOf, npy, npz } from '../formats/build';
import { refused } from '../kernel/run';
import { stored } from '../kernel/stored';
import { noise } from '../reference/noise';
import { openIn } from '../storage/open-files';

const folder = mkdtempSync(path.join(tmpdir(), 'joined-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

const DESCR: Partial<Record<ElementType, string>> = { f2: '<f2', f4: '<f4', f8: '<f8', i2: '<i2' };

/** Writes rows as an array, and what is said about them. */
function written(
  name: string,
  rows: readonly (readonly number[])[],
  { element = 'f8', order = 'C' }: { element?: ElementType; order?: 'C' | 'F' } = {},
  metadata?: object,
): string {
  const [array] = stored(
    rows.map((row) => [...row]),
    { element, order },
  ).arrays;
  const data = array?.location.kind === 'memory' ? array.location.bytes : new Uint8Array();
  const header = headerOf(`'${DESCR[element]}'`, `(${rows.length}, ${rows[0]?.length})`, order === 'F' ? 'True' : 'False'); // prettier-ignore
  writeFileSync(at(`${name}.npy`), npy({ header, data }));
  if (metadata) writeFileSync(at(`${name}.meta.json`), JSON.stringify(metadata));
  return at(`${name}.npy`);
}

const summaryOf = (
  paths: readonly string[],
  layout?: Layout,
  more: Partial<AnalyzeRequest> = {},
): Promise<DumpSummary> =>
  analyze(
    { paths, ...(layout && { layout }), memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4), ...more },
    () => undefined,
  );

/** Everything but where the dump lies: the same bits are the same numbers. */
const numbers = ({ dump, ...rest }: DumpSummary): unknown => ({
  ...rest,
  rows: dump.rows,
  parameters: dump.parameters,
  layers: dump.layers,
});

describe('several files as one dump', () => {
  test('have the bits of one file with all their rows under one another', async () => {
    const rows = noise(24, 30, 1);
    const whole = await summaryOf([written('whole', rows)]);
    const files = [rows.slice(0, 7), rows.slice(7, 8), rows.slice(8)].map((part, k) => written(`rank${k}`, part));
    const joined = await summaryOf(files, 'rows');
    expect(numbers(joined)).toEqual(numbers(whole));
    expect(joined.dump).toMatchObject({
      name: 'rank0.npy and 2 more',
      joined: { layout: 'rows', files: [{ rows: 7 }, { rows: 1 }, { rows: 16 }] },
    });
  });

  test('have the bits of one file with all their columns side by side, in layers called like them', async () => {
    const rows = noise(24, 30, 2);
    const layers = [{ name: 'head', size: 4 }, { name: 'body', size: 26 }]; // prettier-ignore
    const whole = await summaryOf([written('wide', rows, {}, { layers })]);
    const files = [written('head', rows.map((row) => row.slice(0, 4))), written('body', rows.map((row) => row.slice(4)))]; // prettier-ignore
    const joined = await summaryOf(files, 'columns');
    expect(numbers(joined)).toEqual(numbers(whole));
    expect(joined.dump.joined?.files.map(({ parameters }) => parameters)).toEqual([4, 26]);
  });

  test('have the bits of the whole whatever their types, orders and layers, and whatever rows are left out', async () => {
    const rows = noise(30, 40, 3).map((row) => row.map((x) => Math.round(9 * x)));
    const layers = [{ name: 'w', size: 33 }, { name: 'b', size: 7 }]; // prettier-ignore
    const whole = written('mixed', rows, {}, { layers });
    const kinds = [{ element: 'f2' }, { element: 'f4', order: 'F' }, { element: 'i2' }, { element: 'f8', order: 'F' }] as const; // prettier-ignore
    const files = kinds.map((kind, k) => written(`mixed-${k}`, rows.slice(7 * k, k === 3 ? 30 : 7 * k + 7), kind, { layers })); // prettier-ignore
    for (const more of [{}, { excludedRows: [0, 6, 7, 8, 20, 29] }, { resample: true, directions: true }]) {
      const [expected, found] = [await summaryOf([whole], undefined, more), await summaryOf(files, 'rows', more)];
      expect(numbers(found)).toEqual(numbers(expected));
      expect(found.dump.dtype).toBe('float16, float32, int16, float64');
    }
    const left = await summaryOf(files, 'rows', { excludedRows: [0, 6, 7, 8, 20, 29] });
    expect(left.dump.joined?.files.map(({ rows }) => rows)).toEqual([5, 5, 6, 8]);
  });

  test('that hold a whole file of each layer have the bits of an archive of them', async () => {
    const rows = noise(12, 9, 4);
    const layered = (name: string, from: number, to: number): string => {
      const part = (first: number, end: number): Uint8Array =>
        npy({
          header: headerOf("'<f8'", `(${to - from}, ${end - first})`),
          data: f8(...rows.slice(from, to).flatMap((row) => row.slice(first, end))),
        });
      writeFileSync(at(`${name}.npz`), npz({ w: part(0, 6), b: part(6, 9) }));
      return at(`${name}.npz`);
    };
    const whole = await summaryOf([layered('layers', 0, 12)]);
    const files = [layered('rank-0', 0, 5), layered('rank-1', 5, 12)];
    expect(numbers(await summaryOf(files, 'rows'))).toEqual(numbers(whole));
    await expect(summaryOf(files)).rejects.toEqual(refused('data/layout', /name the same layers, such as “w”.*np\.savez/s)); // prettier-ignore
    const { dump } = await summaryOf(files.slice(0, 1).concat(layered('other', 0, 5)), 'columns');
    expect(dump.layers.map(({ name }) => name)).toEqual(['rank-0/w', 'rank-0/b', 'other/w', 'other/b']);
  });

  test('have the losses and labels of all rows in their order, and one loss', async () => {
    const rows = noise(9, 4, 5);
    const about = (from: number, to: number): object => ({
      losses: rows.slice(from, to).map((_, i) => from + i),
      labels: rows.slice(from, to).map((_, i) => `class ${from + i}`),
      learningRate: 0.1,
    });
    const files = [written('said-0', rows.slice(0, 4), {}, about(0, 4)), written('said-1', rows.slice(4), {}, about(4, 9))]; // prettier-ignore
    const { metadata } = (await summaryOf(files, 'rows')).dump;
    expect(metadata).toEqual({ ...about(0, 9), loss: 4 });
    const silent = written('silent', rows.slice(4));
    await expect(summaryOf([files[0]!, silent], 'rows')).rejects.toEqual(refused('gradstats/shards', /It does not say “losses”.*silent\.npy/s)); // prettier-ignore
  });

  test('are compared with the one file that all of them name, and refused when they name two', async () => {
    const rows = noise(12, 5, 6);
    written('hessian', [0, 1, 2, 3, 4].map((i) => [0, 1, 2, 3, 4].map((j) => (i === j ? i + 1 : 0)))); // prettier-ignore
    const about = { hessian: 'hessian.npy' };
    const whole = await summaryOf([written('curved', rows, {}, about)]);
    const files = [written('curved-0', rows.slice(0, 5), {}, about), written('curved-1', rows.slice(5), {}, about)];
    const { companions } = await summaryOf(files, 'rows');
    expect(companions).toEqual(whole.companions);
    expect(companions?.hessian).toHaveProperty('summary');
    const other = written('curved-2', rows.slice(5), {}, { hessian: 'other.npy' });
    await expect(summaryOf([files[0]!, other], 'rows')).rejects.toEqual(refused('gradstats/shards', /Its “hessian” is other\.npy, and that of “curved-0\.npy” is another file/)); // prettier-ignore
  });

  test('are not joined before it is said how they lie', async () => {
    const files = ['shard0', 'shard1'].map((name, k) => written(name, noise(8, 5, k)));
    const both = /names that only count.*--rows for other examples.*--columns for other parameters.*np\.concatenate/s;
    await expect(summaryOf(files)).rejects.toEqual(refused('data/layout', both));
    const named = ['head-of', 'tail-of'].map((name, k) => written(name, noise(8, 5 + k, k)));
    await expect(summaryOf(named)).rejects.toEqual(refused('data/layout', /^[^:]*: These are 2 files, and nothing says.*--rows.*--columns/)); // prettier-ignore
    const steps = ['grad-step-000010', 'grad-step-000020'].map((name, k) => written(name, noise(8, 5, k)));
    await expect(summaryOf(steps)).rejects.toEqual(refused('data/layout', /If these are steps of a training/));
    const said = ['first', 'second'].map((name, k) => written(name, noise(8, 5, k), {}, { step: k }));
    await expect(summaryOf(said)).rejects.toEqual(refused('data/layout', /If these are steps of a training/));
  });

  test('are refused with the file that does not fit: broken, of other width or length, not finite, or there twice', async () => {
    const good = written('good', noise(6, 5, 1));
    const broken = at('broken.npy');
    writeFileSync(broken, 'nothing');
    await expect(summaryOf([good, broken], 'rows')).rejects.toEqual(refused('npy/magic', /broken\.npy/));
    await expect(summaryOf([good, at('none.npy')], 'rows')).rejects.toEqual(refused('file/missing', /none\.npy/));
    await expect(summaryOf([good, written('six', noise(6, 6, 1))], 'rows')).rejects.toEqual(refused('gradstats/shards', /It has 6 columns, and “good\.npy” has 5.*six\.npy/s)); // prettier-ignore
    await expect(summaryOf([good, written('four', noise(4, 5, 1))], 'columns')).rejects.toEqual(refused('gradstats/shards', /It has 4 rows, and “good\.npy” has 6.*four\.npy/s)); // prettier-ignore
    const spoiled = written('spoiled', [[0, 1, 2, 3, 4], [0, 1, NaN, 3, 4]]); // prettier-ignore
    await expect(summaryOf([good, spoiled], 'rows')).rejects.toEqual(refused('data/non-finite', /first in row 7, parameter 2 \(counted from 0\), which is row 1 of spoiled\.npy/)); // prettier-ignore
    const beside = written('beside', [...noise(5, 2, 2), [1, Infinity]]);
    await expect(summaryOf([good, beside], 'columns')).rejects.toEqual(refused('data/non-finite', /first in row 5, parameter 6.*in beside\.npy/)); // prettier-ignore
    await expect(summaryOf([good, good], 'rows')).rejects.toEqual(refused('gradstats/shards', /the same file as “good\.npy”/)); // prettier-ignore
    await reduceTo(at('sums.gradstats.npz'), true, { paths: [good], memoryBudget: 2 ** 28, checkCanceled: () => undefined }); // prettier-ignore
    await expect(summaryOf([good, at('sums.gradstats.npz')], 'rows')).rejects.toEqual(refused('gradstats/rows', /sums\.gradstats\.npz/)); // prettier-ignore
  });

  test('are refused when one of them is replaced while they are read, whichever it is', async () => {
    const files = [0, 1, 2].map((k) => written(`kept-${k}`, noise(6, 8, k)));
    for (const file of files) {
      let replaced = false;
      const replace = (event: WorkerEvent): void => {
        if (replaced || event.kind !== 'partial') return;
        replaced = true;
        copyFileSync(file, at('copy'));
        renameSync(at('copy'), file);
      };
      const request = { paths: files, layout: 'rows', memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) } as const; // prettier-ignore
      await expect(analyze(request, replace)).rejects.toEqual(refused('file/changed', new RegExp(path.basename(file))));
    }
  });

  test('are hashed each by itself', async () => {
    const files = [0, 1].map((k) => written(`hashed-${k}`, noise(6, 8, k)));
    const { dump } = await summaryOf(files, 'rows');
    expect(dump).not.toHaveProperty('sha256');
    const hashes = files.map((file) => createHash('sha256').update(readFileSync(file)).digest('hex'));
    expect(dump.joined?.files.map(({ sha256 }) => sha256)).toEqual(hashes);
  });
});

describe('a folder', () => {
  const inside = (name: string): string => {
    mkdirSync(at(name), { recursive: true });
    return at(name);
  };

  test('is the dumps in it, in the order of their numbers, and says what it leaves out', async () => {
    const store = inside('store');
    const rows = noise(33, 6, 7);
    for (let k = 0; k < 11; k++) written(`store/rank${k}`, rows.slice(3 * k, 3 * k + 3));
    writeFileSync(path.join(store, 'config.json'), '{}');
    writeFileSync(path.join(store, '.DS_Store'), 'x');
    const { dump, ...rest } = await summaryOf([store], 'rows');
    const { dump: _, ...expected } = await summaryOf([written('of-store', rows)]);
    expect(rest).toEqual(expected);
    expect(dump.joined?.files.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((k) => `rank${k}.npy`)); // prettier-ignore
    expect(dump.notes).toEqual(['Left out of the folder “store”: “config.json”.']);
    await expect(summaryOf([store])).rejects.toEqual(refused('data/layout', /--rows.*--columns.*for f in files/s));
  });

  test('of layers and what a script keeps with them is the layers, and says what it leaves out', async () => {
    inside('kept');
    const rows = noise(9, 5, 12);
    written('kept/fc.weight', rows.map((row) => row.slice(0, 4))); // prettier-ignore
    written('kept/fc.bias', rows.map((row) => row.slice(4))); // prettier-ignore
    for (const name of ['labels', 'losses', 'y', 'index'])
      writeFileSync(
        at(`kept/${name}.npy`),
        npy({ header: headerOf("'<f8'", '(9,)'), data: f8(...rows.map((row) => row[0]!)) }),
      );
    const { dump } = await summaryOf([at('kept')], 'columns');
    expect(dump.layers.map(({ name }) => name)).toEqual(['fc.bias', 'fc.weight']);
    expect(dump.notes).toContain(
      'Left out, because by their names they hold no gradients: “index.npy”, “labels.npy”, “losses.npy” and 1 more. Losses and labels are read from the metadata.',
    );
    await expect(summaryOf([at('kept/labels.npy')])).rejects.toEqual(refused('data/one-dimension'));
  });

  test('with one dump is that dump', async () => {
    const only = inside('only');
    const file = written('only/grad', noise(8, 5, 8));
    expect((await summaryOf([only])).dump).toMatchObject({ path: file, rows: 8 });
  });

  test('without dumps, and one of a run, say so', async () => {
    await expect(summaryOf([inside('empty')])).rejects.toEqual(refused('file/missing', /There are no files in this folder/)); // prettier-ignore
    const other = inside('other');
    writeFileSync(path.join(other, 'notes.md'), 'x');
    await expect(summaryOf([other])).rejects.toEqual(refused('file/missing', /None of the 1 files.*is a dump by its name/)); // prettier-ignore
    const run = inside('run');
    for (const k of [0, 1]) written(`run/g${k}`, noise(6, 4, k));
    writeFileSync(path.join(run, 'run.json'), '{"steps": []}');
    await expect(summaryOf([run])).rejects.toEqual(refused('data/layout', /run\.json, which lists the steps of a training run.*Choose the file of one step/s)); // prettier-ignore
    expect((await summaryOf([run], 'columns')).dump.parameters).toBe(8);
  });

  test('of Bergson is one dump with its layers', async () => {
    const store = inside('bergson');
    writeFileSync(path.join(store, 'gradients.bin'), f8(...noise(6, 5, 9).flat()));
    writeFileSync(path.join(store, 'info.json'), JSON.stringify({ num_grads: 6, grad_sizes: { w: 4, b: 1 }, base_dtype: 'float64' })); // prettier-ignore
    writeFileSync(path.join(store, 'offsets.npy'), npy());
    const { dump } = await summaryOf([store]);
    expect(dump).toMatchObject({ rows: 6, layers: [{ name: 'w', size: 4 }, { name: 'b', size: 1 }] }); // prettier-ignore
  });
});

describe('two thousand shards', () => {
  const count = 2000;
  const rows = noise(count, 12, 10);
  const shards = at('shards');

  test('of a row each have the bits of one file, and few are open at a time', async () => {
    mkdirSync(shards);
    for (const [k, row] of rows.entries()) written(`shards/rank${k}`, [row]);
    let most = 0;
    const watch = (): void => {
      if (process.platform === 'linux') most = Math.max(most, openIn(shards));
    };
    const request = { paths: [shards], layout: 'rows', memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) } as const; // prettier-ignore
    const joined = await analyze(request, watch);
    expect(numbers(joined)).toEqual(numbers(await summaryOf([written('of-shards', rows)])));
    expect(joined.dump.rows).toBe(count);
    expect(most).toBeLessThan(400);
  });

  test('of a column each have the bits of one file with as many layers', async () => {
    const columns = at('columns');
    mkdirSync(columns);
    const turned = rows[0]!.map((_, j) => rows.map((row) => row[j]!));
    for (let k = 0; k < count; k++) written(`columns/p${k}`, turned.map((row) => [row[k]!])); // prettier-ignore
    const layers = Array.from({ length: count }, (_, k) => ({ name: `p${k}`, size: 1 }));
    const whole = await summaryOf([written('of-columns', turned, {}, { layers })]);
    expect(numbers(await summaryOf([columns], 'columns'))).toEqual(numbers(whole));
  });
});
