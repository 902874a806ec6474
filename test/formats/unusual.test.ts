import { describe, expect, test } from 'vitest';
import { UNUSUAL_JSON } from './bad-json';
import { UNUSUAL_NPY } from './bad-npy';
import { UNUSUAL_NPZ } from './bad-npz';
import {
  counting,
  f4,
  f8,
  headerOf,
  joined,
  npy,
  npz,
  read,
  rowsOf,
  safetensors,
  tensor,
  u16,
  u64,
  utf8,
} from './build';

const THREE_BY_FOUR = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
  [9, 10, 11, 12],
];

describe('.npy: unusual forms that NumPy reads are read with the same values', () => {
  test.each(Object.entries(UNUSUAL_NPY))('%s', (_, bytes) => {
    const dump = read('grad.npy', bytes);
    expect(rowsOf(dump)).toEqual(THREE_BY_FOUR);
    expect(dump.notes).toEqual([]);
  });

  test('whole numbers of Python 2 are read, with a note', () => {
    const dump = read('grad.npy', npy({ header: headerOf(undefined, '(3L, 4L)') }));
    expect(rowsOf(dump)).toEqual(THREE_BY_FOUR);
    expect(dump.notes).toEqual(['The header was written by Python 2.']);
  });

  test('bytes after the data are named in a note, and so is a second array', () => {
    expect(read('grad.npy', joined(npy(), Uint8Array.of(0))).notes).toEqual([
      '1 bytes follow the data at byte 176; they were not read.',
    ]);
    expect(read('grad.npy', joined(npy(), npy())).notes).toEqual([
      '176 bytes follow the data at byte 176; another array begins there, which was not read.',
    ]);
    expect(rowsOf(read('grad.npy', joined(npy(), new Uint8Array(4096))))).toEqual(THREE_BY_FOUR);
  });

  test('a trailing axis is flattened in C order, and the shape is kept for people', () => {
    const dump = read('grad.npy', npy({ header: headerOf(undefined, '(2, 3, 2)') }));
    expect(dump).toMatchObject({
      samples: 2,
      parameters: 6,
      shape: [2, 3, 2],
      dtype: 'float32',
      layers: [],
      bytes: 176,
    });
    expect(rowsOf(dump)).toEqual([
      [1, 2, 3, 4, 5, 6],
      [7, 8, 9, 10, 11, 12],
    ]);
  });

  test('64-bit whole numbers and truth values come with a note', () => {
    const long = read('grad.npy', npy({ header: headerOf("'<i8'", '(1, 2)'), data: u64(2n ** 53n + 1n, 3) }));
    expect(long.notes).toEqual(['Whole numbers beyond 2⁵³ are rounded to float64 for the statistics.']);
    expect(rowsOf(long)).toEqual([[2 ** 53, 3]]);
    const bool = read('grad.npy', npy({ header: headerOf("'|b1'", '(1, 4)'), data: Uint8Array.of(0, 1, 2, 255) }));
    expect(bool.notes).toEqual(['Truth values count as 0 and 1; any byte but 0 is true.']);
    expect(rowsOf(bool)).toEqual([[0, 1, 1, 1]]);
  });

  test('NaN, infinities, −0 and denormals pass bit for bit', () => {
    const odd = [NaN, Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE];
    expect(rowsOf(read('grad.npy', npy({ header: headerOf("'<f8'", '(1, 6)'), data: f8(...odd) })))).toEqual([odd]);
  });

  test('bfloat16 is read where the file says so', () => {
    const dump = read('grad.npy', npy({ header: headerOf("'bfloat16'", '(1, 2)'), data: u16(0x3f80, 0xc040) }));
    expect([dump.dtype, rowsOf(dump)]).toEqual(['bfloat16', [[1, -3]]]);
  });

  test('a Fortran array of more axes is put in order within the memory budget only', () => {
    const cube = npy({ header: headerOf(undefined, '(2, 2, 3)', 'True') });
    expect(() => read('grad.npy', cube, { memoryBudget: 47 })).toThrow(
      /48 bytes would be needed, the budget is 47 bytes/,
    );
    expect(rowsOf(read('grad.npy', cube, { memoryBudget: 48 }))).toEqual([
      [1, 5, 9, 3, 7, 11],
      [2, 6, 10, 4, 8, 12],
    ]);
  });

  test('a Fortran array of columns longer than a piece is put in order, and can be canceled on the way', () => {
    const rows = 300_000;
    const data = Float32Array.from({ length: 4 * rows }, (_, k) => k);
    const cube = npy({ header: headerOf(undefined, `(${rows}, 2, 2)`, 'True'), data: new Uint8Array(data.buffer) });
    const values = rowsOf(read('grad.npy', cube));
    expect([0, 1, 262_143, 262_144, rows - 1].map((row) => values[row])).toEqual(
      [0, 1, 262_143, 262_144, rows - 1].map((row) => [row, row + 2 * rows, row + rows, row + 3 * rows]),
    );
    let polls = 0;
    const cancel = (): void => {
      if (++polls > 2) throw new Error('canceled');
    };
    expect(() => read('grad.npy', cube, { checkCanceled: cancel })).toThrow('canceled');
  });
});

describe('.json: unusual forms are read', () => {
  test.each(Object.entries(UNUSUAL_JSON))('%s', (_, [text, rows, notes = []]) => {
    const dump = read('grad.json', utf8(text));
    expect(rowsOf(dump)).toEqual(rows);
    expect(dump.notes).toEqual(notes);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('layers are columns side by side, in the order of the file, whatever their names', () => {
    const dump = read(
      'grad.json',
      utf8('{"layers": {"b": [[1, 2], [5, 6]], "__proto__": [[3], [7]], "": [[4], [8]]}, "step": 3}'),
    );
    expect(dump).toMatchObject({ samples: 2, parameters: 4, dtype: 'float64', metadata: { step: 3 } });
    expect(dump.layers).toEqual([
      { name: 'b', size: 2 },
      { name: '__proto__', size: 1 },
      { name: '', size: 1 },
    ]);
    expect(rowsOf(dump)).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  test('20,000 layers are read, and long names are shortened', () => {
    const layers = Object.fromEntries(
      counting(20_000).map((k) => [`layer ${k} ${'x'.repeat(k === 7 ? 200 : 0)}`, [[k], [-k]]]),
    );
    const dump = read('grad.json', utf8(JSON.stringify({ layers })));
    expect([dump.samples, dump.parameters, dump.layers.length]).toEqual([2, 20_000, 20_000]);
    expect(dump.layers[6]?.name).toMatch(/^layer 7 x{112}…$/);
  });

  test('a file longer than a piece is read alike, wherever names and numbers fall', () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => [i / 3, 7 - i, Math.exp(-i / 100)]);
    expect(rowsOf(read('grad.json', utf8(JSON.stringify({ gradients: rows }))))).toEqual(rows);
  });

  test('decoding can be canceled, and stays within the budget', () => {
    const file = utf8(JSON.stringify(Array.from({ length: 50_000 }, (_, i) => [i, i])));
    let polls = 0;
    const cancel = (): void => {
      if (++polls > 2) throw new Error('canceled');
    };
    expect(() => read('grad.json', file, { checkCanceled: cancel })).toThrow('canceled');
    expect(() => read('grad.json', file, { memoryBudget: 1_000_000 })).toThrow(
      /need up to 1.1 MiB, the budget is 977 KiB/,
    );
    expect(() => read('grad.json', utf8(`["${'x'.repeat(1000)}"]`), { memoryBudget: 1000 })).toThrow(
      /need at least 2.0 KiB/,
    );
    expect(() => read('grad.json', utf8('[1, "", "", "", ""]'), { memoryBudget: 100 })).toThrow(/need at least/);
  });
});

describe('.npz: unusual forms are read', () => {
  test.each(Object.entries(UNUSUAL_NPZ))('%s', (_, bytes) => {
    expect(rowsOf(read('grad.npz', bytes))).toEqual(THREE_BY_FOUR);
  });

  test('a single array tells no layers apart and keeps its shape; several are layers in the order of the archive', () => {
    expect(read('grad.npz', npz({ arr_0: npy() }))).toMatchObject({ shape: [3, 4], layers: [], dtype: 'float32' });
    const two = read(
      'grad.npz',
      npz({ b: npy(), a: npy({ header: headerOf("'<f8'", '(3, 1)'), data: f8(-1, -2, -3) }) }, true),
    );
    expect(two).toMatchObject({ samples: 3, parameters: 5, dtype: 'float32, float64' });
    expect(two.shape).toBeUndefined();
    expect(two.layers).toEqual([
      { name: 'b', size: 4 },
      { name: 'a', size: 1 },
    ]);
    expect(rowsOf(two)).toEqual(THREE_BY_FOUR.map((row, k) => [...row, -1 - k]));
  });

  test('stored arrays stay in the file, deflated ones are decoded', () => {
    const kinds = (deflated: boolean): string[] =>
      read('grad.npz', npz({ g: npy() }, deflated)).arrays.map(({ location }) => `${location.kind} ${location.offset}`);
    expect(kinds(false)).toEqual(['memory 163']);
    expect(kinds(true)).toEqual(['memory 128']);
  });

  test('notes of an array name it', () => {
    expect(read('grad.npz', npz({ g: joined(npy(), f4(1)) })).notes).toEqual([
      'g.npy: 4 bytes follow the data at byte 176; they were not read.',
    ]);
  });
});

describe('.safetensors', () => {
  const types: readonly (readonly [string, Uint8Array, string])[] = [
    ['F64', f8(1, 2), 'float64'],
    ['F32', f4(1, 2), 'float32'],
    ['F16', u16(0x3c00, 0x4000), 'float16'],
    ['BF16', u16(0x3f80, 0x4000), 'bfloat16'],
    ['I64', u64(1, 2), 'int64'],
    ['I32', new Uint8Array(Int32Array.of(1, 2).buffer), 'int32'],
    ['I16', u16(1, 2), 'int16'],
    ['I8', Uint8Array.of(1, 2), 'int8'],
    ['U64', u64(1, 2), 'uint64'],
    ['U32', new Uint8Array(Uint32Array.of(1, 2).buffer), 'uint32'],
    ['U16', u16(1, 2), 'uint16'],
    ['U8', Uint8Array.of(1, 2), 'uint8'],
  ];
  test.each(types)('elements of type %s are read', (type, data, dtype) => {
    const dump = read('grad.safetensors', safetensors({ w: tensor(type, [2, 1], 0, data.length) }, data));
    expect([dump.dtype, rowsOf(dump)]).toEqual([dtype, [[1], [2]]]);
  });

  test('tensors are layers in the order of the header, with trailing axes flattened and padding allowed', () => {
    const header = {
      __metadata__: { by: 'hand' },
      b: tensor('F32', [2, 1], 16, 24),
      a: tensor('F32', [2, 1, 2], 0, 16),
    };
    const dump = read('grad.safetensors', safetensors(`${JSON.stringify(header)}   `, f4(1, 2, 3, 4, 5, 6)));
    expect(dump.layers).toEqual([
      { name: 'b', size: 1 },
      { name: 'a', size: 2 },
    ]);
    expect(rowsOf(dump)).toEqual([
      [5, 1, 2],
      [6, 3, 4],
    ]);
  });

  test('truth values are 0 and 1', () => {
    expect(
      rowsOf(read('g.safetensors', safetensors({ w: tensor('BOOL', [2, 1], 0, 2) }, Uint8Array.of(0, 1)))),
    ).toEqual([[0], [1]]);
  });
});
