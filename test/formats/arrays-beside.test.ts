import { describe, expect, test } from 'vitest';
import { f4, f8, headerOf, joined, latin1, MEANS, npy, npz, read, refusal, rowsOf, safetensors, tensor, u64, utf8, zip } from './build'; // prettier-ignore
import { readDump } from '../../src/formats';
import type { GradientDump } from '../../src/shared/dump';

const array = (shape: string, data: Uint8Array, descr = "'<f4'"): Uint8Array => npy({ header: headerOf(descr, shape), data }); // prettier-ignore
const G = array('(3, 2)', f4(1, 2, 3, 4, 5, 6));
const ROWS = [
  [1, 2],
  [3, 4],
  [5, 6],
];
const inRows = (name: string, bytes: Uint8Array, layout: 'rows' | 'columns'): GradientDump =>
  readDump({ path: `/dumps/${name}`, bytes, ...MEANS, layout });

describe('what stands beside gradients is no parameter', () => {
  test.each([
    ['losses [n]', { losses: array('(3,)', f4(1, 2, 6)) }, { losses: [1, 2, 6], loss: 3 }],
    ['losses [N, 1]', { Loss: array('(3, 1)', f4(1, 2, 6)) }, { losses: [1, 2, 6], loss: 3 }],
    ['one loss', { loss: array('()', f8(2), "'<f8'") }, { loss: 2 }],
    ['labels', { y: array('(3,)', u64(7, 8, 9), "'<i8'") }, { labels: [7, 8, 9] }],
    ['labels of text', { labels: array('(3,)', joined(latin1('a\0\0\0b\0\0\0'), Uint8Array.of(0xac, 0x20, 0, 0)), "'<U1'") }, { labels: ['a', 'b', '€'] }],
    ['labels of bytes', { target: array('(3,)', latin1('a\0bcd\0'), "'|S2'") }, { labels: ['a', 'bc', 'd'] }],
    ['a step', { step: array('()', u64(12), "'<i8'") }, { step: 12 }],
    ['a learning rate', { LR: array('(1,)', f8(0.5), "'<f8'") }, { learningRate: 0.5 }],
  ] as const)('%s are metadata', (_, more, metadata) => {
    const dump = read('g.npz', npz({ g: G, ...more }));
    expect(rowsOf(dump)).toEqual(ROWS);
    expect(dump.metadata).toEqual(metadata);
    expect(dump.notes).toEqual([expect.stringMatching(/^Used as metadata: “\w+”, \(/)]);
  }); // prettier-ignore

  test.each([
    ['one-hot labels', { y: array('(3, 2)', f4(1, 0, 0, 1, 1, 0)) }, 'it is not a parameter: “y”, (3, 2) float32.'],
    ['losses of which one is NaN', { losses: array('(3,)', f4(1, NaN, 2)) }, 'it holds NaN or infinity: “losses”, (3,) float32.'],
    ['losses of others', { losses: array('(2,)', f4(1, 2)) }, 'it is not a parameter: “losses”, (2,) float32.'],
    ['indices', { idx: array('(3,)', u64(3, 1, 2), "'<i8'") }, 'it is not a parameter: “idx”, (3,) int64.'],
    ['a mask', { mask: array('(3, 2)', Uint8Array.of(1, 0, 1, 1, 0, 1), "'|b1'") }, 'it is not a parameter: “mask”, (3, 2) bool.'],
    ['whole numbers of each row', { tokens: array('(3,)', u64(3, 1, 2), "'<i8'") }, 'whole numbers [n] are not gradients: “tokens”, (3,) int64.'],
    ['a vector of another length', { mean: array('(2,)', f4(3, 4)) }, 'its length is not the number of rows, 3: “mean”, (2,) float32.'],
    ['a single number', { version: array('()', u64(3), "'<i8'") }, 'it is a single number: “version”, () int64.'],
    ['a text', { name: array('()', latin1('abcd'), "'|S4'") }, 'it is text: “name”, () |S4.'],
    ['a gradient that is None', { unused: array('()', latin1('\x80\x04N.'), "'|O'") }, 'it is a Python object (a gradient that is None is saved like this): “unused”, () |O.'],
    ['a parameter without elements', { empty: array('(3, 0)', new Uint8Array(0)) }, 'it has no elements: “empty”, (3, 0) float32.'],
  ] as const)('%s are left out, with a note', (_, more, note) => {
    const dump = read('g.npz', npz({ g: G, ...more }));
    expect(rowsOf(dump)).toEqual(ROWS);
    expect(dump.notes).toEqual([`Left out, because ${note}`]);
    expect(dump.metadata).toEqual({});
  }); // prettier-ignore

  test('a scalar parameter [n] is a column, with a note', () => {
    const dump = read('g.npz', npz({ g: G, scale: array('(3,)', f4(7, 8, 9)) }));
    expect(rowsOf(dump)).toEqual([[1, 2, 7], [3, 4, 8], [5, 6, 9]]); // prettier-ignore
    expect(dump.layers).toEqual([{ name: 'g', size: 2 }, { name: 'scale', size: 1 }]); // prettier-ignore
    expect(dump.notes).toEqual(['Parameters of one column: “scale”, (3,) float32.']);
    const tensors = safetensors({ g: tensor('F32', [3, 2], 0, 24), scale: tensor('F32', [3], 24, 36) }, f4(1, 2, 3, 4, 5, 6, 7, 8, 9)); // prettier-ignore
    expect(rowsOf(read('g.safetensors', tensors))).toEqual(rowsOf(dump));
  });

  test('whole numbers with rows and columns are parameters, with a note', () => {
    const dump = read('g.npz', npz({ g: G, q: array('(3, 1)', Uint8Array.of(1, 2, 3), "'|i1'") }));
    expect(dump.parameters).toBe(3);
    expect(dump.notes).toEqual(['Whole numbers that count as parameters: “q”, (3, 1) int8.']);
  });

  test('arrays beside those that are called gradients are left out', () => {
    const dump = read('g.npz', npz({ grads: G, inputs: G }));
    expect(rowsOf(dump)).toEqual(ROWS);
    expect(dump.notes).toEqual(['Left out, because it is not a parameter: “inputs”, (3, 2) float32.']);
  });

  test('a file of labels alone is read as it is', () => {
    expect(rowsOf(read('g.npz', npz({ labels: G })))).toEqual(ROWS);
    expect(rowsOf(read('g.npz', npz({ y: G, loss: array('(3,)', f4(1, 2, 3)) })))).toEqual(ROWS);
  });

  test('files in an archive that are no arrays are left out, and one that is called an array and is none is refused', () => {
    const more = ['README.txt', '.DS_Store', '__MACOSX/._g.npy', 'model/._g.npy'].map((name) => ({ name, data: utf8('x') })); // prettier-ignore
    const dump = read('g.npz', zip([{ name: 'g.npy', data: G }, ...more]));
    expect(rowsOf(dump)).toEqual(ROWS);
    expect(dump.notes).toEqual([
      'Left out, because it is not an array: “README.txt”, “.DS_Store”, “__MACOSX/._g.npy”, “model/._g.npy”.',
    ]);
    expect(refusal('g.npz', zip([{ name: 'g.npy', data: G }, { name: 'b.npy', data: utf8('x') }]))?.code).toBe('npy/magic'); // prettier-ignore
  });

  test('the metadata inside a safetensors file are used', () => {
    const file = safetensors({ __metadata__: { learning_rate: '0.5', batchSize: '32', format: 'pt', step: 'x' }, w: tensor('F32', [3, 2], 0, 24) }, f4(1, 2, 3, 4, 5, 6)); // prettier-ignore
    const dump = read('g.safetensors', file);
    expect(dump.metadata).toEqual({ learningRate: 0.5, batchSize: 32 });
    expect(dump.notes).toEqual(['Left out, because it is a single value: “step”.']);
  });

  test('a batch of one beside others is refused in words that say why', () => {
    expect(refusal('g.npz', npz({ g: G, wpe: array('(1, 2)', f4(1, 2)) }))?.remedy).toMatch(/^The one row of “wpe” is the sum over a batch/); // prettier-ignore
  });
});

describe('arrays of equal width whose names say nothing', () => {
  const two = npz({ arr_0: G, arr_1: array('(2, 2)', f4(7, 8, 9, 10)) });
  const same = npz({ rank1: array('(3, 2)', f4(7, 8, 9, 10, 11, 12)), rank0: G, labels: array('(3,)', f4(0, 1, 2)) });

  test('are refused until rows or columns is said', () => {
    expect(refusal('g.npz', two)).toEqual({
      code: 'data/layout',
      found:
        '“arr_0” to “arr_1” are 2 arrays of equal width, the first (3, 2), and their names do not say whether they are batches (rows, under one another) or layers (columns, side by side)',
      where: 'g.npz',
      remedy: 'Say --rows for batches, --columns for layers, or save batches as one array:',
      fix: 'np.save("grad.npy", np.concatenate([v for v in np.load("g.npz").values()]))',
    });
    expect(refusal('g.npz', same)?.fix).toBe(
      'np.save("grad.npy", np.concatenate([v for k, v in np.load("g.npz").items() if k not in ("labels",)]))',
    );
  });

  test('are put under one another in the order of their numbers, or side by side', () => {
    expect(rowsOf(inRows('g.npz', two, 'rows'))).toEqual([...ROWS, [7, 8], [9, 10]]);
    expect(rowsOf(inRows('g.npz', same, 'rows'))).toEqual([...ROWS, [7, 8], [9, 10], [11, 12]]);
    expect(rowsOf(inRows('g.npz', same, 'columns'))).toEqual([
      [7, 8, 1, 2],
      [9, 10, 3, 4],
      [11, 12, 5, 6],
    ]);
    expect(() => inRows('g.npz', two, 'columns')).toThrow(/“arr_1” has 2 rows, “arr_0” has 3/);
  });

  test('may be vectors, which are rows, or scalar parameters', () => {
    const vectors = npz({ arr_0: array('(2,)', f4(1, 2)), arr_1: array('(2,)', f4(3, 4)) });
    expect(refusal('g.npz', vectors)?.code).toBe('data/layout');
    expect(rowsOf(inRows('g.npz', vectors, 'rows'))).toEqual([[1, 2], [3, 4]]); // prettier-ignore
    expect(rowsOf(inRows('g.npz', vectors, 'columns'))).toEqual([[1, 3], [2, 4]]); // prettier-ignore
  });

  test('may lie in groups, a layer each', () => {
    const grouped = npz({ 'rank0/w': G, 'rank0/b': array('(3, 1)', f4(7, 8, 9)), 'rank1/w': G, 'rank1/b': array('(3, 1)', f4(1, 2, 3)) }); // prettier-ignore
    expect(refusal('g.npz', grouped)?.code).toBe('data/layout');
    const dump = inRows('g.npz', grouped, 'rows');
    expect(dump.layers).toEqual([{ name: 'w', size: 2 }, { name: 'b', size: 1 }]); // prettier-ignore
    expect(rowsOf(dump)).toEqual([[1, 2, 7], [3, 4, 8], [5, 6, 9], [1, 2, 1], [3, 4, 2], [5, 6, 3]]); // prettier-ignore
  });

  test('that are called steps are steps', () => {
    const steps = npz({ step_0: G, step_100: G });
    expect(refusal('g.npz', steps)).toMatchObject({
      code: 'data/layout',
      found: '“step_0” to “step_100” are 2 arrays of equal width, the first (3, 2), and their names are those of steps of a training run',
      fix: '[np.save(f"{k}.npy", v) for k, v in np.load("g.npz").items()]',
    }); // prettier-ignore
  });

  test('are layers where their widths differ or a name says what they are', () => {
    const wide = array('(3, 1)', f4(1, 2, 3));
    expect(read('g.npz', npz({ arr_0: G, arr_1: wide })).layers).toHaveLength(2);
    expect(read('g.npz', npz({ '0.weight': G, '2.weight': G })).layers).toHaveLength(2);
    expect(read('g.npz', npz({ w: G, v: G })).layers).toHaveLength(2);
    expect(() => inRows('g.npz', npz({ arr_0: G, arr_1: wide }), 'rows')).toThrow(/Rows were asked for/);
  });

  test('of different types and orders are put under one another by their values', () => {
    const fortran = npy({ header: headerOf("'>f8'", '(2, 2)', 'True'), data: Uint8Array.from(f8(7, 9, 8, 10)).reverse() }); // prettier-ignore
    const rows = rowsOf(inRows('g.npz', npz({ arr_0: G, arr_1: fortran }), 'rows'));
    expect(rows).toEqual([...ROWS, [10, 9], [8, 7]]);
  });
});

describe('record arrays and complex numbers', () => {
  test('the fields of a record are layers', () => {
    const data = f4(...Array.from({ length: 9 }, (_, k) => k));
    const dump = read('g.npy', npy({ header: headerOf("[('w', '<f4', (2,)), ('b', '<f4')]", '(3,)'), data }));
    expect(rowsOf(dump)).toEqual([[0, 1, 2], [3, 4, 5], [6, 7, 8]]); // prettier-ignore
    expect(dump.layers).toEqual([{ name: 'w', size: 2 }, { name: 'b', size: 1 }]); // prettier-ignore
  });

  test('fields of different types with gaps between them are read as well, and labels are labels', () => {
    const record = (k: number): Uint8Array => joined(f4(k), Uint8Array.of(k, 0, 0, 0), f8(10 * k));
    const header = headerOf("[('w', '<f4'), ('label', '|u1'), ('', '|V3'), ('b', '<f8', (1,))]", '(3,)');
    const dump = read('g.npy', npy({ header, data: joined(record(1), record(2), record(3)) }));
    expect(rowsOf(dump)).toEqual([[1, 10], [2, 20], [3, 30]]); // prettier-ignore
    expect(dump.metadata).toEqual({ labels: [1, 2, 3] });
  });

  test('a complex number is two parameters, in any order', () => {
    const data = f4(1, -1, 2, -2, 3, -3, 4, -4);
    expect(rowsOf(read('g.npy', npy({ header: headerOf("'<c8'", '(2, 2)'), data })))).toEqual([[1, -1, 2, -2], [3, -3, 4, -4]]); // prettier-ignore
    expect(rowsOf(read('g.npy', npy({ header: headerOf("'<c8'", '(2, 2)', 'True'), data })))).toEqual([[1, -1, 3, -3], [2, -2, 4, -4]]); // prettier-ignore
  });

  test('a type may be written by its name', () => {
    for (const name of ['float32', 'single', 'f4']) expect(read('g.npy', npy({ header: headerOf(`'${name}'`) })).dtype).toBe('float32'); // prettier-ignore
    expect(refusal('g.npy', npy({ header: headerOf("'float33'") }))?.found).toMatch(
      /“”|“float33”|is not a type of number/,
    );
  });
});

describe('a shape in safetensors is written with digits alone', () => {
  test.each(['[3.0, 4]', '[3, 4e0]', '[-0, 4]', '[3, 4.]'])('%s', (shape) => {
    const header = `{"w":{"dtype":"F32","shape":${shape},"data_offsets":[0,48]}}`;
    expect(refusal('g.safetensors', safetensors(header, new Uint8Array(48)))?.code).toMatch(
      /^safetensors\/(?:header|layout)$/,
    );
  });

  test('and a name may hold anything', () => {
    const name = '"shape": [1.5';
    expect(read('g.safetensors', safetensors({ [name]: tensor('F32', [3, 4], 0, 48) }, new Uint8Array(48))).rows).toBe(3); // prettier-ignore
  });
});
