import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { readDump } from '../../src/formats';
import { AnalysisError } from '../../src/shared/problem';
import type { GradientDump } from '../../src/shared/dump';
import type { Problem } from '../../src/shared/problem';
import type { DumpSummary } from '../../src/shared/summary';
import { f4, f8, headerOf, latin1, MEANS, npy, npz, read, refusal, rowsOf, safetensors, tensor, u16, u64, utf8 } from './build'; // prettier-ignore
import { called, dict, list, name as named, pickle, pt, tensor as torch, text, whole } from './pickles';

/* every form in which people have gradients, one sentence each; what it leads to is proved in the files of its format */

const folder = mkdtempSync(path.join(tmpdir(), 'doors-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]; // prettier-ignore
const array = (shape: string, data: Uint8Array, descr = "'<f4'"): Uint8Array => npy({ header: headerOf(descr, shape), data }); // prettier-ignore
function put(file: string, content: Uint8Array | object): string {
  const place = path.join(folder, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, content instanceof Uint8Array ? content : JSON.stringify(content));
  return place;
}
const dump = (file: string): GradientDump => readDump({ path: path.join(folder, file), ...MEANS });
const summaryOf = (file: string, layout?: 'rows' | 'columns'): Promise<DumpSummary> =>
  analyze({ paths: [path.join(folder, file)], memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4), ...(layout && { layout }) }, () => undefined); // prettier-ignore
async function problemOf(file: string): Promise<Problem> {
  try {
    await summaryOf(file);
  } catch (error) {
    if (error instanceof AnalysisError) return error.problem;
    throw error;
  }
  throw new Error('it is not refused');
}

describe('PyTorch archives', () => {
  test('of a tensor, a list or a dict of tensors are read as data', () => {
    expect(rowsOf(read('g.pt', pt(pickle(torch()))))).toEqual(ROWS);
    expect(rowsOf(read('g.pth', pt(pickle(dict(['w', torch()])))))).toEqual(ROWS);
    const layers = list(torch({ shape: [3, 2], stride: [4, 1] }), torch({ shape: [3, 1], stride: [4, 1], offset: 2 }));
    expect(rowsOf(read('g.pt', pt(pickle(layers))))).toEqual(ROWS.map((row) => row.slice(0, 3)));
  });

  // every name in Python's builtins
  const BUILTINS =
    'ArithmeticError BaseException Ellipsis Exception False GeneratorExit None NotImplemented SystemExit True __build_class__ __debug__ __import__ __loader__ __name__ __spec__ abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len license list locals map max memoryview min next object oct open ord pow print property quit range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip'.split(
      ' ',
    );
  test.each(['builtins', '__builtin__'])('that call any of the names of %s are refused by that name, with no call', (module) => {
    for (const builtin of BUILTINS)
      expect(refusal('g.pt', pt(pickle(called(named(module, builtin), text('x')))))).toMatchObject({
        code: 'pytorch/pickle',
        found: `It mentions “${module}.${builtin}”, which is not among the few names that are read as data`,
      });
  }); // prettier-ignore

  test('of an older form are refused with the line that saves them again', () => {
    const old = latin1('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.');
    expect(refusal('old.pt', old)).toMatchObject({
      found: 'It is a PyTorch file of the old form, which is not an archive',
      fix: 'torch.save(torch.load("old.pt", map_location="cpu"), "old.pt")',
    });
  });
});

describe('files of arrays', () => {
  test('are known by their content, as the grads.mmap of TRAK, which is a .npy', () => {
    put('grads.mmap', npy());
    expect([dump('grads.mmap').format, rowsOf(dump('grads.mmap'))]).toEqual(['npy', ROWS]);
  });

  test('of a Bergson store have its layers, and say that tokens are not independent', () => {
    put('store/gradients.bin', f4(...ROWS.flat()));
    const info = { num_grads: 3, grad_sizes: { a: 3, b: 1 }, base_dtype: 'float32' };
    put('store/info.json', info);
    expect(dump('store/gradients.bin')).toMatchObject({ layers: [{ name: 'a', size: 3 }, { name: 'b', size: 1 }], notes: [] }); // prettier-ignore
    put('store/info.json', { ...info, attribute_tokens: true });
    expect(rowsOf(dump('store/gradients.bin'))).toEqual(ROWS);
    expect(dump('store/gradients.bin').notes[0]).toMatch(/^Its rows are tokens, which offsets\.npy beside it puts into sequences/); // prettier-ignore
    // without the end of the last sequence, and with it
    for (const [offsets, groups] of [
      [
        [0, 2],
        [0, 0, 1],
      ],
      [
        [0, 1, 3],
        [0, 1, 1],
      ],
    ] as const) {
      put('store/offsets.npy', npy({ header: headerOf("'<i8'", `(${offsets.length},)`), data: u64(...offsets) }));
      expect(dump('store/gradients.bin')).toMatchObject({ metadata: { groups }, notes: [expect.stringContaining('these are its groups')] }); // prettier-ignore
    }
    put('store/offsets.npy', npy({ header: headerOf("'<i8'", '(2,)'), data: u64(1, 2) }));
    expect(dump('store/gradients.bin')).toMatchObject({ metadata: {}, notes: [expect.stringContaining('was not found to do so')] }); // prettier-ignore
    put('store/info.json', { ...info, num_grads: 4 });
    expect(() => dump('store/gradients.bin')).toThrow(/\(4, 4\) float32 are 64 bytes, and it has 48/);
  });

  test('without a header are read by shape and dtype in the sidecar, and refused with both ways without them', () => {
    put('raw.mmap', f4(...ROWS.flat()));
    expect(() => dump('raw.mmap')).toThrow(/Say both in raw\.meta\.json.*np\.save\("grad\.npy", np\.memmap\("raw\.mmap"/); // prettier-ignore
    put('raw.meta.json', { shape: [3, 4], dtype: 'float32' });
    expect(rowsOf(dump('raw.mmap'))).toEqual(ROWS);
    put('begins.bin', f4(0, 0, 0, 0, 1, 2, 3, 4));
    expect(() => dump('begins.bin')).toThrow(/numbers without a header/);
    put('zeros.bin', new Uint8Array(4096));
    expect(() => dump('zeros.bin')).toThrow(/The disk may have lost its content/);
  });

  test('that are tables of numbers are read, with or without a line of names and a column of indices', () => {
    expect(rowsOf(read('g.csv', utf8('1,2\n3,4\n')))).toEqual([[1, 2], [3, 4]]); // prettier-ignore
    expect(rowsOf(read('g.tsv', utf8('w0\tw1\n1\t2\n3\t4\n')))).toEqual([[1, 2], [3, 4]]); // prettier-ignore
    expect(rowsOf(read('g.csv', utf8(',w0,w1\n0,1,2\n1,3,4\n2,5,6\n')))).toEqual([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
    expect(refusal('g.csv', utf8('step,loss\n1,2\n'))?.found).toMatch(/a training log/);
  });

  test.each([
    ['PAR1', 'a Parquet file', /pyarrow\.parquet/],
    ['ARROW1', 'an Arrow (Feather) file', /pyarrow\.feather/],
    ['\x89HDF', 'an HDF5 file', /h5py/],
    ['\x80\x04.', 'a Python pickle, which is never loaded here', /pickle\.load/],
    ['\x18\0\0\0\0\0\0\0....\x09\0\0\0\0\0\0\0\0\x1a\x0dbrain.Event:2', 'a log of TensorBoard', undefined],
  ])('that begin with %j are named: %s', (begins, what, line) => {
    const problem = refusal('data', latin1(begins));
    expect(problem?.found).toBe(`It is ${what}`);
    if (line !== undefined) expect(problem?.fix).toMatch(line);
  });

  test('that are folders of zarr or Orbax are named, with the line that opens them', async () => {
    put('group.zarr/zarr.json', { zarr_format: 3, node_type: 'group' });
    put('second.zarr/.zarray', { zarr_format: 2 });
    put('checkpoint/_CHECKPOINT_METADATA', {});
    for (const name of ['group.zarr', 'second.zarr'])
      expect(await problemOf(name)).toMatchObject({ found: 'This folder is a zarr store', fix: expect.stringContaining(`zarr.open("${name}"`) as string }); // prettier-ignore
    expect(await problemOf('checkpoint')).toMatchObject({
      found: 'This folder is a checkpoint of Orbax',
      fix: expect.stringContaining('PyTreeCheckpointer().restore(os.path.abspath("checkpoint"))') as string,
    });
  });

  test('in JSON may have more axes, be layers by name, or lie under “layers”', () => {
    const cube = [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]]; // prettier-ignore
    const parts = { a: ROWS.map((row) => row.slice(0, 3)), b: ROWS.map((row) => row[3]! + 0.5) };
    // lists of whole numbers [n] count or label, and are not gradients
    const halves = ROWS.map((row) => [...row.slice(0, 3), row[3]! + 0.5]);
    for (const value of [cube, parts, { layers: parts }])
      expect(rowsOf(read('g.json', utf8(JSON.stringify(value))))).toEqual(value === cube ? ROWS : halves);
  });

  test('of scalar parameters [n] have one column for each, in every format that holds several arrays', () => {
    const scale = f4(7, 8, 9);
    const expected = ROWS.map((row, k) => [...row, 7 + k]);
    const files: [string, Uint8Array][] = [
      ['g.npz', npz({ w: npy(), scale: array('(3,)', scale) })],
      ['g.safetensors', safetensors({ w: tensor('F32', [3, 4], 0, 48), scale: tensor('F32', [3], 48, 60) }, Buffer.concat([f4(...ROWS.flat()), scale]))], // prettier-ignore
      ['g.pt', pt(pickle(dict(['w', torch()], ['scale', torch({ key: '1', count: 3, shape: [3], stride: [1] })])), { '0': f4(...ROWS.flat()), '1': scale })], // prettier-ignore
    ];
    for (const [name, bytes] of files) {
      const found = read(name, bytes);
      expect([name, rowsOf(found)]).toEqual([name, expected]);
      expect(found.notes).toEqual([expect.stringMatching(/^Parameters of one column: “scale”/)]);
    }
  });

  test('beside gradients are metadata or left out with a note, and never a refusal', () => {
    const BESIDE = 'loss losses label labels target targets y step epoch lr learning_rate index indices idx ids mask groups sample_weight sample_weights'.split(' '); // prettier-ignore
    for (const key of [...BESIDE, ...BESIDE.map((name) => name.toUpperCase())])
      for (const beside of [array('(3,)', f4(1, 2, 3)), array('(3, 1)', f4(1, 2, 3)), array('(2, 2)', f4(1, 2, 3, 4)), array('()', f4(1))]) {
        const found = read('g.npz', npz({ w: npy(), [key]: beside }));
        expect([key, rowsOf(found), found.notes.length]).toEqual([key, ROWS, 1]);
      } // prettier-ignore
    const others = { count: array('(3,)', f8(1, 2, 3), "'<i8'"), flag: array('(3,)', Uint8Array.of(1, 0, 1), "'|b1'"), word: array('(3,)', latin1('abc'), "'|S1'"), number: array('()', f4(1)) }; // prettier-ignore
    for (const [key, beside] of Object.entries(others)) {
      const found = read('g.npz', npz({ w: npy(), [key]: beside }));
      expect([key, rowsOf(found), found.notes.length]).toEqual([key, ROWS, 1]);
    }
  });

  test('with pickled objects are refused, complex ones count as two real parameters, 16 bits may be bfloat16', () => {
    expect(refusal('g.npy', array('()', latin1('\x80\x04}.'), "'|O'"))?.fix).toBe('np.savez("grad.npz", **grads)');
    const complex = read('g.npy', array('(2, 1)', f4(1, 2, 3, 4), "'<c8'"));
    expect([rowsOf(complex), complex.notes]).toEqual([[[1, 2], [3, 4]], ['Complex numbers count as two real parameters each.']]); // prettier-ignore
    for (const descr of ["'<u2'", "'<V2'"]) {
      const sidecar = utf8('{"dtype": "bfloat16"}');
      const bytes = array('(2, 2)', u16(0x3f80, 0xc000, 0x4040, 0), descr);
      expect(rowsOf(readDump({ path: '/g.npy', bytes, beside: { sidecar }, ...MEANS }))).toEqual([[1, -2], [3, 0]]); // prettier-ignore
    }
  });
});

describe('metadata', () => {
  const own = { learningRate: 0.5, batchSize: 2, datasetSize: 100 };
  test('are the same in Python’s spelling, in a sidecar, in JSON and in the header of safetensors', () => {
    const stated = { learning_rate: 0.5, batch_size: 2, dataset_size: 100 };
    put('snake.npy', npy());
    put('snake.meta.json', stated);
    expect(dump('snake.npy').metadata).toEqual(own);
    put('snake.meta.json', { lr: 0.5 });
    expect(dump('snake.npy').metadata).toEqual({ learningRate: 0.5 });
    expect(read('g.json', utf8(JSON.stringify({ gradients: ROWS, ...stated }))).metadata).toEqual(own);
    const texts = Object.fromEntries(Object.entries(stated).map(([key, value]) => [key, String(value)]));
    const file = safetensors({ __metadata__: texts, w: tensor('F32', [3, 4], 0, 48) }, f4(...ROWS.flat()));
    expect(read('g.safetensors', file).metadata).toEqual(own);
  });

  test('that are near misses get a note, and those that contradict the file are errors that name the file at fault', async () => {
    put('near.npy', npy());
    put('near.meta.json', { learningrate: 0.5, num_samples: 3 });
    expect(dump('near.npy').notes).toEqual([
      'The key “learningrate” of the metadata was not used: the name that is read is “learningRate”.',
      'The key “num_samples” of the metadata was not used: the name that is read is “datasetSize”.',
    ]);
    for (const [key, value] of Object.entries({ dtype: 'float64', shape: [4, 3], losses: [1], layers: [{ name: 'w', size: 5 }], gradientScale: [1, 2] })) {
      put('near.meta.json', { [key]: value });
      expect([key, (await problemOf('near.npy')).where]).toEqual([key, `near.meta.json, $.${key}`]);
    } // prettier-ignore
  });
});

describe('other examples of the same parameters', () => {
  test('are asked about, and rows under one another or columns where that is said', async () => {
    put('ranks/rank0.npy', npy());
    put('ranks/rank1.npy', npy());
    const { code, remedy } = await problemOf('ranks');
    expect([code, /--rows/.test(remedy) || /rows/.test(remedy)]).toEqual(['data/layout', true]);
    expect((await summaryOf('ranks', 'rows')).dump).toMatchObject({ rows: 6, parameters: 4 });
    expect((await summaryOf('ranks', 'columns')).dump).toMatchObject({ rows: 3, parameters: 8 });
    put('batches.npz', npz({ arr_0: npy(), arr_1: npy() }));
    expect((await problemOf('batches.npz')).code).toBe('data/layout');
  });
});

test('a list of numbers beside tensors is never taken for a tensor', () => {
  const found = read('g.pt', pt(pickle(dict(['w', torch()], ['losses', list(whole(1), whole(2), whole(3))]))));
  expect([rowsOf(found), found.metadata]).toEqual([ROWS, { losses: [1, 2, 3], loss: 2 }]);
});
