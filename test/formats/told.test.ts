import { describe, expect, test } from 'vitest';
import { safetensorsFormat } from '../../src/formats/safetensors';
import { readRun } from '../../src/formats';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { f4, headerOf, joined, latin1, npy, npz, read, refusal, rowsOf, safetensors, tensor, u16, u32, u64, utf8, zip } from './build'; // prettier-ignore
import { openSource } from '../../src/formats/source';

const AGAIN = {
  npz: 'np.savez("grad.npz", **grads)',
  safetensors: 'safetensors.numpy.save_file(grads, "grad.safetensors")',
};
const told = (name: string, bytes: Uint8Array): Partial<Problem> | undefined => {
  const problem = refusal(name, bytes);
  return (
    problem && { found: problem.found, remedy: problem.remedy, ...(problem.fix !== undefined && { fix: problem.fix }) }
  );
};
const THREE_BY_FOUR = rowsOf(read('grad.npy', npy()));
const entry = { name: 'g.npy', data: npy() };
/** Bytes of one stored entry with its own header, and of its place in the directory. */
const [local, listed] = [30 + 5 + npy().length, 46 + 5];
const patched = (bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array => joined(bytes.subarray(0, at), part, bytes.subarray(at + part.length)); // prettier-ignore

describe('elements that are no real numbers are told with the line that makes them so', () => {
  const single = 'np.save("grad.npy", grads.astype(np.float32))';
  const double = 'np.save("grad.npy", grads.astype(np.float64))';
  const convert = 'Save real numbers:';
  const narrow =
    'Say in the .meta.json file beside it that “dtype” is float8_e4m3fn, float8_e5m2, float8_e4m3fnuz or float8_e5m2fnuz, or save numbers of a known type:';
  const text = 'If it is that of numbers, save the numbers:';
  test.each([
    [
      "'|O'",
      'The elements are Python objects (pickle), which are never loaded here',
      'If they are arrays, save them as such:',
      'np.savez("grad.npz", *grads)',
    ],
    ["'<M8'", 'The elements are dates or durations (<M8)', convert, double],
    ["'>m8'", 'The elements are dates or durations (>m8)', convert, double],
    ["'|S5'", 'The elements are text (|S5)', text, double],
    ["'<U7'", 'The elements are text (<U7)', text, double],
    ["'|a3'", 'The elements are text (|a3)', text, double],
    ["'|V4'", 'The elements are |V4, bytes without a type', convert, single],
    ["'|V24'", 'The elements are |V24, bytes without a type', convert, single],
    ["'<f1'", 'The elements are <f1, an 8-bit float of some kind', narrow, single],
    ["'|V1'", 'The elements are |V1, single bytes without a type: 8-bit floats are saved like this', narrow, single],
    ["'<f16'", 'The elements are long doubles (<f16)', convert, double],
    ["'g'", 'The elements are long doubles (g)', convert, double],
    ["'<g16'", 'The elements are long doubles (<g16)', convert, double],
    ["'<f160'", 'The elements are “<f160”, which is not a type of number', convert, single],
    ["'<f3'", 'The elements are “<f3”, which is not a type of number', convert, single],
    ["'<kf16'", 'The elements are “<kf16”, which is not a type of number', convert, single],
    ["'xV2'", 'The elements are “xV2”, which is not a type of number', convert, single],
    ["''", 'The elements are “”, which is not a type of number', convert, single],
    ['3', 'The “descr” of the header is not a dtype', convert, single],
  ])('%s', (descr, found, remedy, fix) =>
    expect(told('grad.npy', npy({ header: headerOf(descr) }))).toEqual({ found, remedy, fix }),
  );

  test.each(['<V2', '|V2', 'V2'])('two bytes without a type, %s, may be bfloat16 if the metadata say so', (descr) =>
    expect(told('grad.npy', npy({ header: headerOf(`'${descr}'`) }))).toEqual({
      found: `The elements are ${descr}, two bytes without a type: bfloat16 is saved like this, but so are others`,
      remedy: 'If they are bfloat16, say so in the .meta.json file beside it:',
      fix: '{"dtype": "bfloat16"}',
    }),
  );

  const nine = 'abcdefghi'.split('').map((name) => `('${name}', '<f4')`);
  test.each([
    ["[('w', '<f4'), ('b', '|O')]", 'w, b'],
    [`[${nine.join(', ')}, ('j', [('k', '<f4')])]`, 'a, b, c, d, e, f, g, h'],
    ["[('w', '<f4'), ['b', '<f4'], 'c', 3, (), (5, '<f4')]", 'w'],
    ['[]', '(none)'],
    ["[('a\"b', '<U4')]", 'a"b'],
  ])('a record array %s, with its fields', (descr, fields) =>
    expect(told('grad.npy', npy({ header: headerOf(descr) }))).toEqual({
      found: `It is a record array with the fields ${fields}`,
      remedy: 'Save its fields as arrays:',
      fix: 'np.savez("grad.npz", **{name: grads[name] for name in grads.dtype.names})',
    }),
  );

  test('single bytes have no order, whatever is said, and a type without an order is that of this machine', () => {
    const dtype = (descr: string, data: Uint8Array): string => read('g.npy', npy({ header: headerOf(descr, '(1, 2)'), data })).dtype; // prettier-ignore
    expect(["'>i1'", "'>u1'", "'>b1'"].map((descr) => dtype(descr, Uint8Array.of(1, 0)))).toEqual(['int8', 'uint8', 'bool']); // prettier-ignore
    expect(dtype("'>f4'", f4(1, 2))).toBe('float32, big-endian');
    expect(["'f4'", "'=f4'", "'|f4'", "'<f4'"].map((descr) => dtype(descr, f4(1, 2)))).toEqual(new Array(4).fill('float32')); // prettier-ignore
  });
});

describe('the header of a .npy file', () => {
  const found = (header: string): Problem | undefined => refusal('g.npy', npy({ header }));

  test('is refused with the line that writes the file again, at the byte where the fault is', () => {
    expect(found("{'descr': 'a\\\\'}")).toMatchObject({
      where: 'byte 22',
      remedy: 'Write the file again:',
      fix: 'np.save("grad.npy", grads)',
    });
    expect(found(`{'${'k'.repeat(50)}': 1, '${'k'.repeat(50)}': 2}`)?.found).toBe(`The header gives “${'k'.repeat(40)}” twice`); // prettier-ignore
  });

  test('may be nested 16 deep and not 17, in lists, in values and in keys', () => {
    const lists = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    const values = (depth: number): string => `${"{'a': ".repeat(depth)}1${'}'.repeat(depth)}`;
    const keys = (depth: number): string => `${'{'.repeat(depth)}1${': 1}'.repeat(depth)}`;
    for (const nested of [lists, values, keys]) {
      expect(found(nested(16))?.found).not.toMatch(/nested/);
      expect(found(nested(17))?.found).toBe('The header is nested deeper than 16 levels');
    }
  });

  test('may hold a number of 40 digits and not of 41, and an empty tuple', () => {
    expect(found(headerOf(undefined, `(${'9'.repeat(40)}, 1)`))?.found).not.toMatch(/digits/);
    expect(found(headerOf(undefined, `(${'9'.repeat(41)}, 1)`))?.found).toBe('The header has a number of 41 digits');
    expect(found(headerOf(undefined, '()'))?.code).toBe('data/one-dimension');
  });

  test('may hold an empty string', () => expect(found("{'': 1}")?.found).not.toMatch(/does not end/));
});

describe('an archive', () => {
  test('that is damaged may still be written, one that is not supported never gets better', () => {
    expect(told('g.npz', zip([{ ...entry, crc: 1 }]))).toEqual({
      // the checksum of eight digits, whatever they are
      found: expect.stringMatching(
        /^The checksum of the entry “g.npy” is [\da-f]{8}, and the archive says 00000001$/,
      ) as unknown,
      remedy: 'If it is still being written, wait. Otherwise write or copy it again:',
      fix: AGAIN.npz,
    });
    expect(told('g.npz', zip([{ ...entry, method: 14 }]))).toMatchObject({ remedy: 'Write it with NumPy:', fix: AGAIN.npz }); // prettier-ignore
    expect(told('g.npz', zip([entry, entry]))).toMatchObject({ remedy: 'Write it again, each array once:', fix: AGAIN.npz }); // prettier-ignore
    const bomb = {
      name: 'g.npy',
      data: new Uint8Array(0),
      method: 8,
      packed: new Uint8Array(2 ** 19),
      size: 2 ** 29,
      crc: 0,
    };
    expect(told('g.npz', zip([bomb]))).toMatchObject({ remedy: expect.stringMatching(/ or more, or save it without compression, which is read piece by piece:$/) as string, fix: AGAIN.npz }); // prettier-ignore
  });

  test('is decoded within the budget, to the byte', () => {
    const file = zip([{ ...entry, deflated: true }]);
    expect(read('g.npz', file, { memoryBudget: 176 }).rows).toBe(3);
    expect(refusal('g.npz', file, { memoryBudget: 175 })?.code).toBe('file/too-large');
  });

  test.each([
    ['the second letter alone is wrong', 'PX'],
    ['the first letter alone is wrong', 'XK'],
  ])('is none where %s', (_, letters) =>
    expect(told('g.npz', patched(zip([entry]), 0, latin1(letters)))).toEqual({
      found: 'It does not begin like a zip archive',
      remedy: 'Choose a .npz file, or write it again with np.savez.',
    }),
  );

  test('names its layers by its entries, without the ending and with whatever else is in them', () => {
    const names = ['a.npy.npy', 'b.npyz', '', 'weights/', '\ufeffw.npy'];
    const file = zip(names.map((name) => ({ name, data: npy() })));
    expect(read('g.npz', file).layers.map(({ name }) => name)).toEqual(['a.npy', 'b.npyz', '', 'weights/', '\ufeffw']);
  });

  test('may have a comment on an entry, and one of 65,535 bytes on itself', () => {
    const commented = zip([entry], { comment: new Uint8Array(0xffff) });
    expect(rowsOf(read('g.npz', commented))).toEqual(THREE_BY_FOUR);
    const archive = zip([entry]);
    const longer = patched(patched(archive, local + 32, u16(3)), archive.length - 10, u32(listed + 3));
    const inserted = joined(longer.subarray(0, -22), utf8('new'), longer.subarray(-22));
    expect(rowsOf(read('g.npz', inserted))).toEqual(THREE_BY_FOUR);
  });

  test('says where its directory should lie', () => {
    const file = zip([entry], { shift: 1 });
    expect(refusal('g.npz', file)).toMatchObject({
      found: `The directory should lie from byte ${local + 1} to ${local + 1 + listed}, and the end of the archive begins at ${local + listed}`,
      where: `byte ${local + listed}`,
    });
  });

  test('has a directory of entries and nothing else, the place of which is told', () => {
    const two = zip([entry, { ...entry, name: 'h.npy' }]);
    const second = 2 * local + listed;
    expect(refusal('g.npz', patched(two, second, u32(0)))).toMatchObject({
      found: 'The directory of the archive holds something that is not an entry',
      where: `byte ${second}`,
    });
    // three bytes behind the last entry
    const archive = zip([entry]);
    const more = patched(archive, archive.length - 10, u32(listed + 3));
    const rest = joined(more.subarray(0, -22), utf8('PK\x01'), more.subarray(-22));
    expect(refusal('g.npz', rest)).toMatchObject({
      found: 'The directory of the archive holds something that is not an entry',
      where: `byte ${local + listed}`,
    });
  });

  test('with a directory of more than 64 MiB is not read', () => {
    const size = 2 ** 26 + 1;
    const file = joined(latin1('PK\x03\x04'), new Uint8Array(size - 4), latin1('PK\x05\x06'), u16(0, 0, 0, 0), u32(size, 0), u16(0)); // prettier-ignore
    expect(refusal('g.npz', file)).toMatchObject({ code: 'npz/unsupported', found: 'Its directory has 67,108,865 bytes' }); // prettier-ignore
  });

  test.each([
    ['the number of entries', [0xffff, 0, 0]],
    ['the length of the directory', [0, 0xffffffff, 0]],
    ['the beginning of the directory', [0, 0, 0xffffffff]],
  ] as const)('has a 64-bit end also where only %s asks for it', (_, [count, length, begin]) => {
    const end = (shift: number): Uint8Array =>
      joined(
        zip([entry]).subarray(0, -22),
        u32(0x06064b50),
        u64(44),
        u16(45, 45),
        u32(0, 0),
        u64(1, 1, listed, local),
        u32(0x07064b50, 0),
        u64(local + listed + shift),
        u32(1),
        u32(0x06054b50),
        u16(0, 0, count || 1, count || 1),
        u32(length || listed, begin || local),
        u16(0),
      );
    expect(rowsOf(read('g.npz', end(0)))).toEqual(THREE_BY_FOUR);
    expect(refusal('g.npz', end(4))).toMatchObject({
      found: 'The 64-bit end of the archive is not where it should be',
      where: `byte ${local + listed + 56}`,
    });
  });

  const lacking = 'An entry of the directory lacks its 64-bit size';
  const wide = { ...entry, size: 0xffffffff, claimedPacked: 0xffffffff };
  test.each([
    ['that ends before its second size', joined(u16(1, 16), u64(176))],
    ['of one size, with another field behind it', joined(u16(1, 8), u64(176), u16(7, 8), u64(176))],
    ['of no size', u16(1, 0)],
  ])('is refused with an extra field %s', (_, directoryExtra) =>
    expect(refusal('g.npz', zip([{ ...wide, directoryExtra }]))?.found).toBe(lacking),
  );

  test.each([
    ['begins a little before the directory', zip([{ ...entry, header: local - 20 }]), /behind the directory/],
    ['has a longer name that begins alike', zip([{ ...entry, localName: 'g.npyz' }]), /contradicts the directory/],
    ['has all bits of a checksum set', patched(zip([entry]), 14, u32(0xffffffff)), /contradicts the directory/],
  ])('is refused where the header of an entry %s', (_, bytes, found) =>
    expect(refusal('g.npz', bytes)?.found).toMatch(found),
  );
});

describe('a .safetensors file', () => {
  const data = f4(1, 2, 3, 4);
  test('that is cut short may still be on its way, one that is wrong is not', () => {
    const good = safetensors({ w: tensor('F32', [2, 2], 0, 16) }, data);
    expect(told('g.safetensors', good.subarray(0, -1))).toEqual({
      found: 'The tensors have 16 bytes of data, and 15 are there',
      remedy: 'If it is still being written or downloaded, wait. Otherwise write it again:',
      fix: AGAIN.safetensors,
    });
    expect(told('g.safetensors', joined(good, utf8('!')))).toEqual({
      found: '1 bytes at the end belong to no tensor',
      remedy: 'Write it again:',
      fix: AGAIN.safetensors,
    });
    expect(told('g.safetensors', safetensors({ w: tensor('F8_E8M0', [2, 2], 0, 4) }, data))).toEqual({
      found: 'The tensor “w” has elements of type F8_E8M0, which are not read',
      remedy: 'Save them as F32 or F16.',
    });
  });

  test('is refused at the byte where a tensor should begin', () => {
    const header = { v: tensor('F32', [2, 1], 0, 8), w: tensor('F32', [2, 1], 12, 20) };
    const begins = 8 + JSON.stringify(header).length;
    expect(refusal('g.safetensors', safetensors(header, new Uint8Array(20)))).toMatchObject({
      found: 'The tensor “w” begins at byte 12 of the data, and the one before ends at 8: there is a hole',
      where: `byte ${begins + 8}`,
    });
    expect(refusal('g.safetensors', safetensors({ w: tensor('F32', [2, 2], 4, 12) }, data))?.found).toBe(
      'The tensor “w”, [2, 2] float32, needs 16 bytes, and its offsets give 8',
    );
  });

  test('is refused where it has no offsets at all, no type, or metadata of which only some are texts', () => {
    const found = (header: object): string | undefined => refusal('g.safetensors', safetensors(header, data))?.found;
    expect(found({ w: { dtype: 'F32', shape: [2, 2] } })).toMatch(/has no two data_offsets/);
    expect(found({ w: { shape: [2, 2], data_offsets: [0, 16] } })).toBe('The tensor “w” has no dtype');
    expect(found({ __metadata__: { by: 'hand', version: 3 }, w: tensor('F32', [2, 2], 0, 16) })).toMatch(
      /“__metadata__” is not an object of texts/,
    );
  });

  test('is known by a brace behind a length that fits 40 bits', () => {
    const start = (...length: number[]): Uint8Array => joined(Uint8Array.from(length), utf8('{'));
    const sniff = (bytes: Uint8Array): boolean => safetensorsFormat.sniff(bytes, openSource('/dumps/x', bytes));
    expect(sniff(start(200, 1, 0, 0, 0, 0, 0, 0))).toBe(true);
    for (const k of [5, 6, 7]) expect(sniff(start(...[0, 1, 2, 3, 4, 5, 6, 7].map((at) => Number(at === k))))).toBe(false); // prettier-ignore
  });
});

test('a name in JSON keeps the mark that other places take for the beginning of a text', () => {
  const dump = read('g.json', utf8('{"layers": {"\ufeffw": [[1], [2]], "b": [[3], [4]]}}'));
  expect(dump.layers.map(({ name }) => name)).toEqual(['\ufeffw', 'b']);
});

describe('a .json file', () => {
  const wait = 'If it is still being written, wait: it is analyzed when it is whole.';
  const dump = 'json.dump(np.asarray(grads).tolist(), open("grad.json", "w"))';
  test.each([
    ['', 'It has 0 bytes, and no value among them', wait],
    [' \n', 'It has 2 bytes, and no value among them', wait],
    ['[[1', 'It ends where “,” or “]” is expected', wait],
    ['["a', 'It ends inside a text', wait],
    ['[[None]]', '“None” is how Python shows a value, not JSON', 'Write it like this:', dump],
    ['[[np.float32(1)]]', '“np.float32” is how Python shows a value, not JSON', 'Write it like this:', dump],
    ['[[x]]', '“x” appears where a value is expected', 'Write it from Python:', dump],
    ['[[01]]', 'A number begins with a superfluous 0', 'Write it from Python:', dump],
    ['["\u0001"]', 'A text holds a control character', String.raw`Write it as \n or \u0000.`],
    ['{"a": 1, "a": 2}', 'The name “a” is given twice', 'Keep one of the two.'],
    ['[[1]] [[2]]', 'It goes on after its first value', 'One file holds one value; JSON Lines are not read.'],
    ['['.repeat(99), 'It is nested deeper than 64 levels', 'Write a list of equally long lists of numbers.'],
    [String.raw`["\x"]`, 'A text holds a backslash that begins no escape', 'Double the backslash.'],
    [String.raw`["\ud800"]`, 'A text holds half of a surrogate pair', 'Give both halves, or the character itself.'],
    [
      '[[1], [2, 3]]',
      'The row has 2 numbers, the rows before it have 1',
      'Write a list of equally long lists of numbers.',
    ],
    [
      '{"layers": {"a": [[1]], "b": [[1], [2]]}}',
      'The layer “b” has 2 rows, “a” has 1',
      'Give each layer one row for each example.',
    ],
    ['{"gradients": [[1]], "layers": {}}', 'Both “gradients” and “layers” hold matrices', 'Keep one of the two.'],
    [
      '{"gradients": [[1]], "loss": null}',
      '“loss” is null (pandas and JavaScript write NaN like this), not a finite number',
      'Correct it, or leave the key out.',
    ],
    [
      '{"gradients": [[1]], "layers": []}',
      'The 0 layers have 0 parameters together, the dump has 1',
      'List every layer once, in the order of the columns.',
    ],
    [
      '{"gradients": [[1]], "losses": []}',
      '“losses” has 0 entries, the dump has 1 rows',
      'Give one for each row, or leave the key out.',
    ],
  ])('%j is told with what to do about it', (text, found, remedy, fix?: string) =>
    expect(told('grad.json', utf8(text))).toEqual({ found, remedy, ...(fix !== undefined && { fix }) }),
  );

  test('that needs more than the budget is told with the line that makes it need none', () =>
    expect(refusal('grad.json', utf8('[[1, 2, 3]]'), { memoryBudget: 31 })).toMatchObject({
      code: 'file/too-large',
      found: 'JSON is decoded whole: its numbers need up to 32 bytes, the budget is 31 bytes',
      where: '/dumps/grad.json',
      remedy:
        'Raise “gradientCovariance.memoryBudgetMiB” to 9 or more, or save it as .npy, which is read piece by piece:',
      fix: 'np.save("grad.npy", np.array(json.load(open("grad.json"))))',
      memory: { bytes: expect.any(Number) as number, otherwise: 'save it as .npy, which is read piece by piece:' },
    }));

  test('shows at most eight of its keys, and 40 letters of each', () => {
    const keys = ['k'.repeat(41), 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    expect(told('g.json', utf8(JSON.stringify(Object.fromEntries(keys.map((key) => [key, 1])))))?.found).toBe(
      `It has neither “gradients” nor “layers” with matrices; its keys are “${'k'.repeat(40)}…”, “a”, “b”, “c”, “d”, “e”, “f”, “g”`,
    );
  });
});

describe('an array that is no rows of examples is told with the line that makes it so', () => {
  test.each([
    [
      '()',
      'It is a single number, while a dump is examples × parameters',
      'Save the gradients, one row for each example.',
      undefined,
    ],
    [
      '(12,)',
      'It has the shape (12,), one vector, while a dump is examples × parameters',
      'One gradient has no covariance. If the rows were flattened, give them back their shape:',
      'np.save("grad.npy", grads.reshape(n, -1))',
    ],
  ])('the shape %s', (shape, found, remedy, fix) =>
    expect(
      told(
        'g.npz',
        npz({
          g: npy({
            header: headerOf(undefined, shape),
            data: f4(...new Array<number>(12).fill(1)).subarray(0, shape === '()' ? 4 : 48),
          }),
        }),
      ),
    ).toEqual({ found, remedy, ...(fix !== undefined && { fix }) }),
  );

  test.each(['(0, 4)', '(4, 0)', '(4, 2, 0)'])('the shape %s', (shape) =>
    expect(told('g.npz', npz({ g: npy({ header: headerOf(undefined, shape), data: new Uint8Array(0) }) }))).toEqual({
      found: `The shape ${shape} has no elements`,
      remedy: 'Save at least two rows of at least one parameter.',
    }),
  );

  test('more axes in Fortran order, beyond the budget', () => {
    const cube = npy({ header: headerOf(undefined, '(2, 2, 3)', 'True') });
    expect(refusal('g.npy', cube, { memoryBudget: 47 })).toMatchObject({
      code: 'memory/budget',
      found: 'The array (2, 2, 3) is in Fortran order, and to reorder its axes takes 48 bytes, the budget is 47 bytes',
      where: 'byte 0',
      remedy:
        'Raise “gradientCovariance.memoryBudgetMiB” to 9 or more, or save it in C order, which is read piece by piece:',
      fix: 'np.save("grad.npy", np.ascontiguousarray(grads))',
      memory: { bytes: expect.any(Number) as number, otherwise: 'save it in C order, which is read piece by piece:' },
    });
  });
});

test('a run that is none is told with what it should be', () => {
  const problem = (run: unknown): unknown => {
    try {
      return readRun({ path: '/dumps/run.json', bytes: utf8(JSON.stringify(run)) });
    } catch (error) {
      return error instanceof AnalysisError ? error.problem : error;
    }
  };
  expect(problem({})).toMatchObject({ remedy: 'A run is {"steps": [{"step": 0, "file": "step-0.npy"}, …]}.' });
  expect(problem({ steps: [{ step: 1 }] })).toMatchObject({ remedy: 'Give the path of its dump, relative to this file.' }); // prettier-ignore
  expect(problem({ steps: ['a.npy'] })).toMatchObject({ remedy: 'Write an object with the metadata.' });
});
