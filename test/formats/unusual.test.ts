import { describe, expect, test } from 'vitest';
import { uniformRandom } from '../../src/theory/random';
import { UNUSUAL_JSON } from './bad-json';
import { UNUSUAL_NPY } from './bad-npy';
import { UNUSUAL_NPZ } from './bad-npz';
import {
  counting,
  f4,
  f8,
  headerOf,
  joined,
  latin1,
  npy,
  npz,
  read,
  rowsOf,
  safetensors,
  tensor,
  u16,
  u64,
  utf8,
  zip,
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
    for (const shape of ['(3L, 4L)', '(3L, 4)', '(3, 4L)']) {
      const dump = read('grad.npy', npy({ header: headerOf(undefined, shape) }));
      expect(rowsOf(dump)).toEqual(THREE_BY_FOUR);
      expect(dump.notes).toEqual(['The header was written by Python 2.']);
    }
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

  test('a first number that begins with the byte of a line end is no damage, and neither is a header that ends in CR', () => {
    const columns = new Uint8Array(f4(...counting(12)));
    columns[0] = 0x0a;
    const first = new DataView(columns.buffer).getFloat32(0, true);
    expect(rowsOf(read('grad.npy', npy({ data: columns })))[0]).toEqual([first, 2, 3, 4]);
    expect(rowsOf(read('grad.npy', npy({ padding: '\r' })))).toEqual(THREE_BY_FOUR);
  });

  test('a header may have 10,000 bytes, and not one more', () => {
    const padded = (length: number): Uint8Array => npy({ padding: ' '.repeat(length - headerOf().length) });
    expect(rowsOf(read('grad.npy', padded(10_000)))).toEqual(THREE_BY_FOUR);
    expect(() => read('grad.npy', padded(10_001))).toThrow(/The header has 10,001 bytes/);
  });

  test('a trailing axis is flattened in C order, and the shape is kept for people', () => {
    const dump = read('grad.npy', npy({ header: headerOf(undefined, '(2, 3, 2)') }));
    expect(dump).toMatchObject({
      rows: 2,
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
    const unsigned = read('grad.npy', npy({ header: headerOf("'<u8'", '(1, 2)'), data: u64(2n ** 64n - 1n, 3) }));
    expect(unsigned.notes).toEqual(long.notes);
    expect(rowsOf(unsigned)).toEqual([[2 ** 64, 3]]);
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
    expect(() => read('grad.npy', cube, { memoryBudget: 47 })).toThrow(/takes 48 bytes, the budget is 47 bytes/);
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
    expect(dump).toMatchObject({ rows: 2, parameters: 4, dtype: 'float64', metadata: { step: 3 } });
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

  test('20,000 layers are read, and long names stay whole', () => {
    const layers = Object.fromEntries(
      counting(20_000).map((k) => [`layer ${k} ${'x'.repeat(k === 7 ? 200 : 0)}`, [[k], [-k]]]),
    );
    const dump = read('grad.json', utf8(JSON.stringify({ layers })));
    expect([dump.rows, dump.parameters, dump.layers.length]).toEqual([2, 20_000, 20_000]);
    expect(dump.layers[6]?.name).toBe(`layer 7 ${'x'.repeat(200)}`);
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
    expect(two).toMatchObject({ rows: 3, parameters: 5, dtype: 'float32, float64' });
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

  test('an array of many pieces is inflated alike, and can be canceled on the way', () => {
    // hardly compressible, so that the archive holds many pieces
    const random = uniformRandom(3);
    const numbers = Float64Array.from({ length: 30_000 }, random);
    const array = npy({ header: headerOf("'<f8'", '(3, 10000)'), data: new Uint8Array(numbers.buffer) });
    const file = npz({ a: npy(), b: array, c: array }, true);
    const rows = rowsOf(read('grad.npz', file));
    expect(rows.map((row) => row.slice(4))).toEqual(
      [0, 1, 2].map((row) => {
        const own = [...numbers.subarray(10_000 * row, 10_000 * (row + 1))];
        return [...own, ...own];
      }),
    );
    let polls = 0;
    const cancel = (): void => {
      if (++polls > 5) throw new Error('canceled');
    };
    expect(() => read('grad.npz', file, { checkCanceled: cancel })).toThrow('canceled');
  });

  test('a stored array of many pieces is checked to its end', () => {
    const array = npy({ header: headerOf("'|u1'", '(3, 1000000)'), data: new Uint8Array(3_000_000) });
    const file = npz({ a: npy(), b: array });
    expect(read('grad.npz', file).parameters).toBe(1_000_004);
    file[file.length - 200] = 1;
    expect(() => read('grad.npz', file)).toThrow(/checksum of the entry “b.npy”/);
  });

  test('what is inflated and what is put in order share one budget', () => {
    const cube = npy({ header: headerOf(undefined, '(2, 2, 3)', 'True') });
    expect(rowsOf(read('grad.npz', npz({ g: cube }, true), { memoryBudget: 176 + 48 }))).toHaveLength(2);
    expect(() => read('grad.npz', npz({ g: cube }, true), { memoryBudget: 176 + 47 })).toThrow(/takes 48 bytes/);
    expect(() => read('grad.npz', npz({ g: cube }, true), { memoryBudget: 175 })).toThrow(/its arrays need 176 bytes/);
  });

  test('layers are in the order of the directory, whatever the order of the data', () => {
    const length = 30 + 'a.npy'.length + npy().length;
    const whole = npz({ a: npy(), b: npy({ data: f4(...counting(12).map((x) => -x)) }) });
    const turned = joined(
      whole.subarray(0, 2 * length),
      whole.subarray(2 * length + 51, -22),
      whole.subarray(2 * length, 2 * length + 51),
      whole.subarray(-22),
    );
    expect(read('grad.npz', turned).layers.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(rowsOf(read('grad.npz', turned))[0]).toEqual([-1, -2, -3, -4, 1, 2, 3, 4]);
  });

  test('names are UTF-8 where they can be, else one character a byte unless they claim otherwise', () => {
    const named = (name: Uint8Array, flags = 0): string | undefined =>
      read(
        'grad.npz',
        zip([
          { name, data: npy(), flags },
          { name: 'z.npy', data: npy() },
        ]),
      ).layers[0]?.name;
    expect(named(utf8('größe.npy'))).toBe('größe');
    expect(named(latin1('gr\xf6\xdfe.npy'))).toBe('größe');
    expect(named(latin1('gr\xf6.npy'), 0x800)).toBe('gr\ufffd');
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
