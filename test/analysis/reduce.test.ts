import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { reduce, reduceTo } from '../../src/analysis/reduce';
import { readDump, readDumpOrStatistics } from '../../src/formats';
import { gradstatsFile } from '../../src/formats/gradstats-writer';
import { plainKernel } from '../../src/kernel/plain';
import type { ElementType, Layer, Layout } from '../../src/shared/dump';
import type { AnalyzeRequest } from '../../src/shared/protocol';
import type { Statistics } from '../../src/shared/statistics';
import type { DumpSummary } from '../../src/shared/summary';
import { headerOf, joined, npy } from '../formats/build';
import { compiled } from '../kernel/compiled';
import { refused } from '../kernel/run';
import { stored } from '../kernel/stored';
import { noise } from '../reference/noise';

fc.configureGlobal({ seed: 7 });

const folder = mkdtempSync(path.join(tmpdir(), 'reduce-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const kernels = [plainKernel, compiled({ parallel: 2 })];
const SAMPLE = path.resolve('media/sample/grad-step-000020.npy');

const DESCR: Partial<Record<ElementType, string>> = { f2: '<f2', f4: '<f4', f8: '<f8', i2: '<i2' };
interface Kind {
  readonly element: ElementType;
  readonly order: 'C' | 'F';
}

/** Writes rows, and what is said about them. */
function written(name: string, rows: readonly number[][], { element, order }: Kind, metadata?: object): string {
  const { arrays } = stored(rows, { element, order });
  const [array] = arrays;
  const header = headerOf(
    `'${DESCR[element]}'`,
    `(${rows.length}, ${rows[0]?.length})`,
    order === 'F' ? 'True' : 'False',
  );
  const data = array?.location.kind === 'memory' ? array.location.bytes : new Uint8Array();
  writeFileSync(at(`${name}.npy`), npy({ header, data }));
  if (metadata) writeFileSync(at(`${name}.meta.json`), JSON.stringify(metadata));
  return at(`${name}.npy`);
}

const means = { memoryBudget: 2 ** 28, checkCanceled: (): void => undefined };
const statisticsOf = (paths: readonly string[], kernel = plainKernel, layout?: Layout): Promise<Statistics> =>
  reduce({ paths, ...means, ...(layout && { layout }) }, kernel);
const doubles = ({ gram, dump }: Statistics): Float64Array => {
  const { location } = gram.products;
  const bytes = location.kind === 'memory' ? location.bytes : readFileSync(location.path);
  return new Float64Array(new Uint8Array(bytes.subarray(location.offset, location.offset + 8 * dump.rows ** 2)).buffer);
};

/**
 * Shards and the whole add the same terms, each of them the same bits, in other groups. Two such sums of d terms t differ by
 * at most d·ε·Σ|t| (Higham 2002, §4.2: (d − 1)·ε/2 for each), and Σ|t| is the sum itself where no term is negative, or
 * ‖xᵢ‖‖xⱼ‖ and ‖ḡ‖‖xᵢ‖ for products, by Cauchy and Schwarz.
 */
function expectSums(parts: Statistics, whole: Statistics): void {
  const { rows: N, parameters: d } = whole.dump;
  const [a, b] = [parts.moments, whole.moments];
  const within = (actual: number, expected: number, terms: number, magnitude: number, what: string): void =>
    expect(Math.abs(actual - expected), what).toBeLessThanOrEqual(terms * Number.EPSILON * magnitude);
  within(a.meanSquaredNorm, b.meanSquaredNorm, d, b.meanSquaredNorm, 'mean');
  within(a.scatter, b.scatter, d, b.scatter, 'scatter');
  within(a.signalToNoise.sum, b.signalToNoise.sum, d, b.signalToNoise.sum, 'signal to noise');
  const lengths = b.centeredSquaredNorms.map(Math.sqrt);
  const length = Math.sqrt(b.meanSquaredNorm);
  for (let i = 0; i < N; i++) {
    within(a.centeredSquaredNorms[i]!, b.centeredSquaredNorms[i]!, d, b.centeredSquaredNorms[i]!, 'norm');
    within(a.meanProducts[i]!, b.meanProducts[i]!, d, length * lengths[i]!, 'product with the mean');
  }
  const [K, L] = [doubles(parts), doubles(whole)];
  for (let i = 0; i < N; i++)
    for (let j = 0; j < N; j++) within(K[i * N + j]!, L[i * N + j]!, d, lengths[i]! * lengths[j]!, 'gram');
  // whatever is counted is the same number
  const counted = ({ moments }: Statistics): unknown => {
    const { signalToNoise, constantParameters, deadParameters, saturated, largestMagnitude, layers } = moments;
    const { varianceHistogram, elementHistogram } = moments;
    const sizes = layers.map(({ size, deadParameters: dead }) => [size, dead]);
    return { n: signalToNoise.parameters, constantParameters, deadParameters, saturated, largestMagnitude, varianceHistogram, elementHistogram, sizes }; // prettier-ignore
  };
  expect(counted(parts)).toEqual(counted(whole));
}

describe('shards of the same examples', () => {
  const kind = fc.record({
    element: fc.constantFrom<ElementType[]>('f2', 'f4', 'f8', 'i2'),
    order: fc.constantFrom<('C' | 'F')[]>('C', 'F'),
  });
  const cuts = fc.record({
    N: fc.integer({ min: 2, max: 9 }),
    widths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 2, maxLength: 4 }),
    seed: fc.nat(1000),
    kinds: fc.array(kind, { minLength: 4, maxLength: 4 }),
    reducedBefore: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    together: fc.boolean(),
    fast: fc.boolean(),
  });

  test('add up to the statistics of the whole, whatever the cuts, the types, the orders and what was reduced before', async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(cuts, async ({ N, widths, seed, kinds, reducedBefore, together, fast }) => {
        const kernel = kernels[fast ? 1 : 0]!;
        const run = `cuts-${++count}`;
        const d = widths.reduce((sum, width) => sum + width, 0);
        // whole numbers hold in every type; a parameter that is always 0, and one that is constant
        const rows = noise(N, d, seed).map((row) => row.map((x, j) => (j === 1 ? 0 : j === 3 ? 7 : Math.round(9 * x + (j % 5))))); // prettier-ignore
        const layers = widths.map((size, k): Layer => ({ name: `${run}-${k}`, size }));
        const whole = await statisticsOf([written(run, rows, { element: 'f8', order: 'C' }, { layers })], kernel);
        let from = 0;
        const files: string[] = [];
        for (const [k, width] of widths.entries()) {
          const part = rows.map((row) => row.slice(from, from + width));
          const file = written(`${run}-${k}`, part, kinds[k]!);
          from += width;
          files.push(file);
          if (!reducedBefore[k]) continue;
          files[k] = at(`${run}-${k}.gradstats.npz`);
          await reduceTo(files[k], false, { paths: [file], ...means });
        }
        if (together) {
          const first = at(`${run}-first.gradstats.npz`);
          await reduceTo(first, false, { paths: files.slice(0, 2), layout: 'columns', ...means });
          files.splice(0, 2, first);
        }
        const added = await statisticsOf(files, kernel, 'columns');
        expect(added.moments.layers.map(({ name }) => name)).toEqual(layers.map(({ name }) => name));
        expect(added.dump).toMatchObject({ rows: N, parameters: d, layers: files.length > 1 ? layers : expect.anything() as unknown }); // prettier-ignore
        expectSums(added, whole);
      }),
      { numRuns: 60 },
    );
  });

  const rows = noise(5, 8, 1);
  const plain = { element: 'f8', order: 'C' } as const;
  const left = written('left', rows.map((row) => row.slice(0, 3)), plain, { step: 4, labels: [0, 1, 2, 3, 4] }); // prettier-ignore

  test('keep what is said about the training, and drop the names of files that need the rows', async () => {
    const right = written('right', rows, plain, { learningRate: 0.1, step: 4, hessian: 'h.npy', dtype: 'float64' });
    const { dump, sources } = await statisticsOf([left, right]);
    expect(dump.metadata).toEqual({ step: 4, labels: [0, 1, 2, 3, 4], learningRate: 0.1 });
    const hashes = [left, right].map((file) => createHash('sha256').update(readFileSync(file)).digest('hex'));
    expect(sources.map(({ name, sha256 }) => [name, sha256])).toEqual([
      ['left.npy', hashes[0]],
      ['right.npy', hashes[1]],
    ]);
  });

  test('of the same name are told apart by their folders', async () => {
    for (const rank of ['rank-0', 'rank-1']) mkdirSync(at(rank));
    const files = ['rank-0/g', 'rank-1/g'].map((name) => written(name, rows, plain));
    const { dump, moments } = await statisticsOf(files, plainKernel, 'columns');
    expect(moments.layers.map(({ name }) => name)).toEqual(['rank-0/g', 'rank-1/g']);
    // ranks are not layers, so the report has no section of layers
    expect(dump.layers).toEqual([]);
  });

  test('of more rows than a file of statistics can hold are refused before anything is read', async () => {
    const file = written('long', noise(23_170, 1, 1), plain);
    await expect(statisticsOf([file])).rejects.toEqual(refused('file/too-large', /The 23,170 × 23,170 products between rows take 4\.0 GiB, and a file of statistics holds 4 GiB/)); // prettier-ignore
  });

  test('that do not belong together are refused with what disagrees', async () => {
    const fewer = written('fewer', rows.slice(1), plain);
    const later = written('later', rows, plain, { step: 5 });
    const others = written('others', rows, plain, { labels: [0, 1, 2, 4, 3] });
    await expect(statisticsOf([left, fewer])).rejects.toEqual(refused('gradstats/shards', /4 rows, and “left.npy” has 5/)); // prettier-ignore
    await expect(statisticsOf([left, later])).rejects.toEqual(refused('gradstats/shards', /“step” 5 is not the 4/));
    await expect(statisticsOf([left, others])).rejects.toEqual(refused('gradstats/shards', /“labels” \[0,1,2,4,3\] is not/)); // prettier-ignore
    await expect(statisticsOf([left, left])).rejects.toEqual(
      refused('gradstats/shards', /the same file as “left.npy”/),
    );
    linkSync(left, at('linked.npy'));
    await expect(statisticsOf([left, at('linked.npy')])).rejects.toEqual(refused('gradstats/shards', /the same file/));
  });

  test('are refused when one says of its rows what another does not, which changes every number', async () => {
    const silent = written('silent', rows, plain);
    for (const [key, value] of [
      ['gradientScale', 8],
      ['rows', { meanOf: 4 }],
      ['datasetSize', 640],
      ['momentum', 0.9],
      ['optimizer', 'adam'],
    ] as const) {
      // prettier-ignore
      const speaking = written(`says-${key}`, rows, plain, { [key]: value });
      const words = new RegExp(`does not say “${key}”, and “says-${key}.npy” says`);
      for (const files of [
        [silent, speaking],
        [speaking, silent],
      ])
        // prettier-ignore
        await expect(statisticsOf(files)).rejects.toEqual(refused('gradstats/shards', words));
      const again = written(`repeats-${key}`, rows, plain, { [key]: value });
      expect((await statisticsOf([speaking, again])).dump.metadata).toEqual({ [key]: value });
    }
  });

  test('are refused when one is replaced while another is read, whichever it is and whatever kind it is', async () => {
    const [a, b] = ['first', 'second'].map((name, k) => written(`kept-${name}`, noise(6, 8, k), plain));
    const reduced = at('kept-third.gradstats.npz');
    await reduceTo(reduced, false, { paths: [written('kept-third', noise(6, 8, 2), plain)], ...means });
    const files = [a!, b!, reduced];
    for (const [k, file] of files.entries())
      for (const duringCall of [1, 2]) {
        const whole = readFileSync(file);
        let calls = 0;
        const replacing: typeof plainKernel = {
          ...plainKernel,
          gram: async (dump, target, context) => {
            const found = await plainKernel.gram(dump, target, context);
            if (++calls === duringCall) {
              writeFileSync(at('other'), whole);
              renameSync(at('other'), file);
            }
            return found;
          },
        };
        const expected = expect.objectContaining({ problem: expect.objectContaining({ code: 'file/changed', where: file }) as unknown }) as unknown; // prettier-ignore
        await expect(reduce({ paths: files, ...means }, replacing), `file ${k}, call ${duringCall}`).rejects.toEqual(
          expected,
        );
      }
    expect((await statisticsOf(files)).dump.parameters).toBe(24);
  });

  test('whose products do not fit the budget are refused before anything is read', async () => {
    const wide = written('wide', noise(200, 3, 1), plain);
    const request = { paths: [wide], ...means, memoryBudget: 300_000 };
    await expect(reduce(request)).rejects.toEqual(refused('memory/budget', /200 × 200 products between rows need 313 KiB/)); // prettier-ignore
    const one = written('one', [[1, 2, 3]], plain);
    await expect(statisticsOf([one])).rejects.toEqual(refused('data/too-few-examples'));
  });
});

describe('shards that do not say whether they hold other examples or other parameters', () => {
  const plain = { element: 'f8', order: 'C' } as const;
  const layers = [{ name: 'w', size: 2 }, { name: 'b', size: 3 }]; // prettier-ignore
  const both = /--rows for other examples.*--columns for other parameters.*np\.concatenate/s;

  test('are refused with both ways and the line of Python: names that only count, or the same layers', async () => {
    for (const names of [
      ['rank0', 'rank1'],
      ['grad_shard-3', 'grad_shard-7'],
      ['0', '1'],
      ['batch.1', 'batch.2'],
      ['grads-0', 'grads-1'],
      ['part_00/g', 'part_01/g'],
    ]) {
      // prettier-ignore
      for (const name of names) mkdirSync(path.dirname(at(name)), { recursive: true });
      const files = names.map((name, k) => written(name, noise(4, 5, k), plain));
      await expect(statisticsOf(files), names.join()).rejects.toEqual(refused('data/layout', both));
      expect((await statisticsOf(files, plainKernel, 'columns')).dump).toMatchObject({ rows: 4, parameters: 10 });
      expect((await statisticsOf(files, plainKernel, 'rows')).dump).toMatchObject({ rows: 8, parameters: 5 });
    }
    const same = ['left-half', 'right-half'].map((name, k) => written(name, noise(4, 5, k), plain, { layers }));
    await expect(statisticsOf(same)).rejects.toEqual(refused('data/layout', both));
    const { dump } = await statisticsOf(same, plainKernel, 'columns');
    expect(dump.layers.map(({ name }) => name)).toEqual(['left-half/w', 'left-half/b', 'right-half/w', 'right-half/b']);
  });

  test('are called steps where their names are those of steps', async () => {
    const files = ['step-100', 'step-200'].map((name, k) => written(name, noise(4, 5, k), plain));
    await expect(statisticsOf(files)).rejects.toEqual(refused('data/layout', /these are steps of a training.*one file per step.*--rows.*--columns/)); // prettier-ignore
  });

  test('are added without a question where names or widths say it', async () => {
    for (const names of [
      ['encoder', 'decoder'],
      ['layer0', 'layer1'],
      ['conv1.weight', 'fc.bias'],
    ]) {
      const files = names.map((name, k) => written(name, noise(4, 5, k), plain));
      expect((await statisticsOf(files)).dump.layers.map(({ name }) => name)).toEqual(names.map((name) => path.parse(`${name}.npy`).name)); // prettier-ignore
    }
    const files = ['rank2', 'rank3'].map((name, k) => written(name, noise(4, 5 + k, k), plain));
    expect((await statisticsOf(files)).dump.parameters).toBe(11);
  });
});

describe('rows under one another', () => {
  const cuts = fc.record({
    heights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 }),
    d: fc.integer({ min: 1, max: 40 }),
    kinds: fc.array(
      fc.record({
        element: fc.constantFrom<ElementType[]>('f2', 'f4', 'f8', 'i2'),
        order: fc.constantFrom<('C' | 'F')[]>('C', 'F'),
      }),
      { minLength: 4, maxLength: 4 },
    ),
    layered: fc.boolean(),
    seed: fc.nat(1000),
    fast: fc.boolean(),
  });

  test('have the statistics of one file with all of them, whatever the cuts, the types and the orders', async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(cuts, async ({ heights, d, kinds, layered, seed, fast }) => {
        const kernel = kernels[fast ? 1 : 0]!;
        const run = `rows-${++count}`;
        const N = heights.reduce((sum, height) => sum + height, 0);
        const rows = noise(N, d, seed).map((row) => row.map((x, j) => (j === 1 ? 0 : Math.round(9 * x + (j % 5)))));
        const layers = layered && d > 2 ? [{ name: 'a', size: 2 }, { name: 'b', size: d - 2 }] : undefined; // prettier-ignore
        const about = layers && { layers };
        const whole = await statisticsOf([written(run, rows, { element: 'f8', order: 'C' }, about)], kernel);
        let from = 0;
        const files = heights.map((height, k) => {
          const part = rows.slice(from, (from += height));
          return written(`${run}-part${k}`, part, kinds[k]!, about);
        });
        const under = await statisticsOf(files, kernel, 'rows');
        expect(under.dump).toMatchObject({ rows: N, parameters: d, layers: layers ?? [] });
        expect(under.sources).toHaveLength(heights.length);
        expectSums(under, whole);
      }),
      { numRuns: 60 },
    );
  });

  const plain = { element: 'f8', order: 'C' } as const;

  test('keep their losses and labels in their order, and the mean of all losses', async () => {
    const [a, b] = [written('up', noise(2, 5, 1), plain, { losses: [1, 2], labels: ['x', 'y'] }), written('down', noise(1, 5, 2), plain, { losses: [6], labels: ['z'] })]; // prettier-ignore
    const { dump } = await statisticsOf([a, b], plainKernel, 'rows');
    expect(dump.metadata).toMatchObject({ losses: [1, 2, 6], labels: ['x', 'y', 'z'] });
    expect(dump.metadata.loss).toBeCloseTo(3, 12);
    const silent = written('silent-rows', noise(2, 5, 3), plain);
    await expect(statisticsOf([a, silent], plainKernel, 'rows')).rejects.toEqual(refused('gradstats/shards', /does not say “losses”, and “up.npy” does/)); // prettier-ignore
  });

  test('are refused of files with other columns or layers, and of statistics', async () => {
    const layers = [{ name: 'w', size: 2 }, { name: 'b', size: 3 }]; // prettier-ignore
    const a = written('five', noise(2, 5, 1), plain, { layers });
    const six = written('six', noise(2, 6, 1), plain);
    const turned = written('turned', noise(2, 5, 1), plain, { layers: layers.toReversed() });
    await expect(statisticsOf([a, six], plainKernel, 'rows')).rejects.toEqual(refused('gradstats/shards', /6 columns, and “five.npy” has 5/)); // prettier-ignore
    await expect(statisticsOf([a, turned], plainKernel, 'rows')).rejects.toEqual(refused('gradstats/shards', /layers are not those of “five.npy”, from “b” on/)); // prettier-ignore
    const target = at('five.gradstats.npz');
    await reduceTo(target, false, { paths: [a], ...means });
    await expect(statisticsOf([a, target], plainKernel, 'rows')).rejects.toEqual(refused('gradstats/rows'));
  });
});

describe('a file of statistics', () => {
  const request = (file: string, more: Partial<AnalyzeRequest> = {}): AnalyzeRequest => ({
    paths: [file],
    memoryBudget: 350 * 2 ** 20,
    cancelFlag: new SharedArrayBuffer(4),
    ...more,
  });
  const summaryOf = (file: string, more: Partial<AnalyzeRequest> = {}): Promise<DumpSummary> =>
    analyze(request(file, more), () => undefined);
  const target = at('sample.gradstats.npz');

  test('is read as it was written, and written again as the same bytes', async () => {
    const made = await reduceTo(target, false, { paths: [SAMPLE], ...means });
    const read = readDumpOrStatistics({ path: target, ...means }) as Statistics;
    expect(read.moments).toEqual(made.moments);
    expect({ ...read.gram, products: doubles(read) }).toEqual({ ...made.gram, products: doubles(made) });
    expect(read.sources).toEqual(made.sources);
    expect(read.dump).toEqual({ ...made.dump, name: 'sample.gradstats.npz', path: target, bytes: readFileSync(target).length }); // prettier-ignore
    await reduceTo(at('again.gradstats.npz'), false, { paths: [target], ...means });
    expect(readFileSync(at('again.gradstats.npz')).equals(readFileSync(target))).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('is analyzed in place of its dump: the same moments, spectrum and halves, to the last bit', async () => {
    const [of, from] = await Promise.all([summaryOf(SAMPLE), summaryOf(target)]);
    expect(from.moments).toEqual(of.moments);
    expect(from.spectrum).toEqual(of.spectrum);
    expect(from.resampling).toEqual({
      ...of.resampling,
      shuffled: { problem: expect.objectContaining({ code: 'gradstats/rows' }) as unknown },
    });
    expect(from.dump.sources).toEqual([expect.objectContaining({ name: 'grad-step-000020.npy', sha256: of.dump.sha256 })]); // prettier-ignore
    expect(from.dump.notes).toEqual([
      'These are the statistics of grad-step-000020.npy; the rows themselves are not in this file.',
    ]);
    expect(from.dump).toMatchObject({ format: 'gradstats', rows: 120, parameters: 610, layers: of.dump.layers });
  });

  test('says what it cannot tell without the rows', async () => {
    const { companions } = await summaryOf(target, { companions: { hessian: 'h.npy', compared: 'g.npy' } });
    for (const found of [companions?.hessian, companions?.compared])
      expect(found).toMatchObject({ problem: { code: 'gradstats/rows', found: expect.stringMatching(/^Comparing with a .* needs the rows/) as unknown } }); // prettier-ignore
    await expect(summaryOf(target, { excludedRows: [3] })).rejects.toEqual(
      refused('gradstats/rows', /Leaving out rows/),
    );
    const compared = await summaryOf(SAMPLE, { companions: { compared: target } });
    expect(compared.companions?.compared).toMatchObject({ problem: { code: 'gradstats/rows' } });
  });

  test('that tells no layers apart has none in its report either', async () => {
    const file = written('plain', noise(6, 20, 3), { element: 'f4', order: 'C' });
    await reduceTo(at('plain.gradstats.npz'), false, { paths: [file], ...means });
    const [of, from] = await Promise.all([summaryOf(file), summaryOf(at('plain.gradstats.npz'))]);
    expect(from.dump.layers).toEqual([]);
    const { covariance: _, ...spectrum } = of.spectrum!;
    expect([from.moments, from.spectrum]).toEqual([of.moments, spectrum]);
  });

  test('is known by its content under any name, and its metadata may stand beside it', async () => {
    writeFileSync(at('renamed.npz'), readFileSync(target));
    writeFileSync(at('renamed.meta.json'), '{"learningRate": 0.25}');
    const { dump } = await summaryOf(at('renamed.npz'));
    expect([dump.format, dump.metadata.learningRate, dump.metadata.step]).toEqual(['gradstats', 0.25, 20]);
    const bytes = new Uint8Array(readFileSync(target));
    expect((await summaryOf('vscode-vfs://somewhere/x.npz', { bytes })).dump.format).toBe('gradstats');
  });

  test('is refused where the rows themselves are needed', () => {
    expect(() => readDump({ path: target, ...means })).toThrow(
      refused('gradstats/rows', /It holds the statistics of a dump, without its rows.*Choose the dump itself/),
    );
  });

  test('whose products no rows can have is refused', async () => {
    // symmetric, centered, of the right diagonal, and with a negative eigenvalue
    const made = await statisticsOf([written('long', noise(6, 200, 1), { element: 'f8', order: 'C' })]);
    const products = doubles(made);
    for (const [i, j, x] of [[0, 1, 130], [2, 3, 130], [0, 2, -130], [1, 3, -130]] as const) products[6 * i + j] = products[6 * j + i]! += x; // prettier-ignore
    const location = { kind: 'memory', bytes: new Uint8Array(products.buffer), offset: 0 } as const;
    const frobeniusNorm = Math.hypot(...products.map((product) => product / 6));
    const layers = [{ spectralNorm: frobeniusNorm, frobeniusNorm }];
    const file = { ...made, gram: { ...made.gram, layers, products: { ...made.gram.products, location } } };
    const bytes = joined(...gradstatsFile(file, () => undefined));
    await expect(summaryOf('x.gradstats.npz', { bytes })).rejects.toEqual(
      refused('gradstats/contradiction', /eigenvalue -.* so these are not products between rows/),
    );
  });
});
