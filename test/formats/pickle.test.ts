import { describe, expect, test } from 'vitest';
import { readDump } from '../../src/formats';
import { MEANS, f4, joined, latin1, read, refusal, rowsOf, u32, utf8 } from './build';
import {
  called, dict, get, list, MARK, name, ordered, pickle, PROTO, pt, put, STOP, tensor, text, tuple, TWELVE, whole,
} from './pickles'; // prettier-ignore

const ROWS = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
  [9, 10, 11, 12],
];
const found = (description: Uint8Array, ...rest: [Readonly<Record<string, Uint8Array>>?]): string | undefined => {
  const problem = refusal('grad.pt', pt(description, ...rest));
  expect(problem?.code).toMatch(/^pytorch\/|^data\/|^npy\/shape|^file\/too-large/);
  expect(problem?.where).toMatch(/\S/);
  expect(problem?.remedy).toMatch(problem?.fix === undefined ? /\.$/ : /:$/);
  return problem?.found;
};

describe('a pickle', () => {
  test('put together by hand is read as those of PyTorch are', () => {
    expect(rowsOf(read('grad.pt', pt(pickle(tensor()))))).toEqual(ROWS);
    expect(rowsOf(read('grad.pt', pt(pickle(dict(['w', tensor()])), undefined, [], true)))).toEqual(ROWS);
  });

  test.each([
    ['os', 'system', 'ls'],
    ['posix', 'system', 'ls'],
    ['nt', 'system', 'dir'],
    ['subprocess', 'Popen', 'ls'],
    ['subprocess', 'check_output', 'ls'],
    ['builtins', 'eval', '1'],
    ['builtins', 'exec', '1'],
    ['builtins', 'open', '/etc/passwd'],
    ['builtins', 'getattr', 'x'],
    ['builtins', '__import__', 'os'],
    ['__builtin__', 'eval', '1'],
    ['builtins', 'print', 'x'],
    ['operator', 'attrgetter', 'system'],
    ['importlib', 'import_module', 'os'],
    ['runpy', 'run_path', 'x.py'],
    ['pickle', 'loads', 'x'],
    ['torch', 'load', 'x'],
    ['torch.hub', 'load', 'x'],
    ['torch._utils', '_rebuild_tensor_v2.__globals__', 'x'],
    ['torch', '__dict__', 'x'],
    ['__proto__', 'toString', 'x'],
    ['constructor', 'constructor', 'x'],
  ])('that calls %s.%s is refused by that name, and nothing is called', (module, attribute, argument) => {
    const problem = refusal('grad.pt', pt(pickle(called(name(module, attribute), text(argument)))));
    expect(problem).toMatchObject({
      code: 'pytorch/pickle',
      found: `It mentions “${module}.${attribute}”, which is not among the few names that are read as data`,
      where: 'entry “archive/data.pkl”, byte 2',
    });
    // nobody is told to load it
    expect(`${problem?.remedy} ${problem?.fix}`).not.toMatch(/torch\.load|weights_only|pickle\.load/);
    const stacked = pickle(text(module), text(attribute), Uint8Array.of(0x93), tuple(text(argument)), latin1('R'));
    expect(found(stacked)).toBe(problem?.found);
  });

  test('may mention a name of a type, and not call it', () => {
    expect(found(pickle(called(name('torch', 'FloatStorage'), whole(3))))).toBe(
      'It calls “torch.FloatStorage”, which is not among the few calls that are read as data',
    );
    expect(found(pickle(called(name('torch', 'Tensor'), whole(3))))).toMatch(/^It calls “torch.Tensor”/);
    expect(found(pickle(joined(text('os.system'), tuple(), latin1('R'))))).toBe(
      'It calls something that is not a name',
    );
    expect(found(pickle(name('torch', 'Size'), text('x'), latin1('R')))).toBe('It calls a name with something that is not a tuple'); // prettier-ignore
  });

  // every byte that is no opcode of the closed list
  const LIST = '\x80\x95c\x93X\x8cJKM\x8aGN\x88\x89qr\x94hj()\x85\x86\x87t}]aesuQRb.';
  const others = Array.from({ length: 256 }, (_, code) => code).filter(
    (code) => !LIST.includes(String.fromCharCode(code)),
  );
  test(`has ${LIST.length} opcodes, and none of the ${others.length} other bytes is carried out`, () => {
    for (const code of others) {
      const shown = `0x${code.toString(16).padStart(2, '0')}`;
      const what = found(joined(PROTO, tuple(), Uint8Array.of(code), utf8('os\nsystem\n'), STOP));
      expect(what).toMatch(new RegExp(`^(?:It uses the opcode [A-Z_0-9]+ \\(${shown}\\), which is never carried out here|There is no opcode ${shown} in a pickle)$`)); // prettier-ignore
    }
    expect(found(joined(PROTO, latin1('ios\nsystem\n.')))).toBe('It uses the opcode INST (0x69), which is never carried out here'); // prettier-ignore
  });

  test('that sets attributes sets those of a dict alone, and to no effect', () => {
    const attributes = dict(['__class__', text('x')], ['w', tensor()]);
    expect(rowsOf(read('grad.pt', pt(pickle(ordered, MARK, text('w'), tensor(), latin1('u'), attributes, latin1('b')))))).toEqual(ROWS); // prettier-ignore
    expect(found(pickle(tensor(), dict(['x', whole(1)]), latin1('b')))).toBe('It sets attributes of something that is not a dict'); // prettier-ignore
    expect(found(pickle(ordered, whole(1), latin1('b')))).toBe('It sets attributes of something that is not a dict');
  });

  test.each([
    ['nothing at all', new Uint8Array(0), 'The description of the tensors is cut short'],
    ['no end', joined(PROTO, tensor()), 'The description of the tensors is cut short'],
    ['nothing to return', pickle(), 'An opcode finds nothing to work on'],
    [
      'two values at its end',
      pickle(whole(1), whole(2)),
      'The description leaves values behind that belong to nothing',
    ],
    ['an open mark', pickle(MARK, whole(1)), 'The description leaves values behind that belong to nothing'],
    ['bytes behind its end', joined(pickle(tensor()), latin1('x')), 'The description goes on after its end'],
    ['no mark', pickle(latin1('t')), 'An opcode looks for a mark, and there is none'],
    ['a value that was never made', pickle(get(7)), 'The description refers to its value 7, which it has not made'],
    ['nothing to remember', pickle(put(7)), 'An opcode finds nothing to work on'],
    [
      'protocol 1',
      joined(Uint8Array.of(0x80, 1), STOP),
      'It is a pickle of protocol 1, and those from 2 to 5 are read',
    ],
    [
      'protocol 6',
      joined(Uint8Array.of(0x80, 6), STOP),
      'It is a pickle of protocol 6, and those from 2 to 5 are read',
    ],
    ['a second protocol', pickle(PROTO), 'It is a pickle of protocol 2, and those from 2 to 5 are read'],
    [
      'a text of 4 GiB',
      joined(PROTO, latin1('X'), u32(0xffffffff), STOP),
      'The description of the tensors is cut short',
    ],
    ['a text that is not UTF-8', pickle(latin1('X'), u32(1), latin1('\xff')), 'A text in the description is not UTF-8'],
    ['a name without its end', joined(PROTO, latin1('cos')), 'The description of the tensors is cut short'],
    [
      'an item for a number',
      pickle(whole(1), whole(2), latin1('a')),
      'An opcode appends to something that is not a list',
    ],
    ['an item for a list by name', pickle(list(), text('a'), whole(2), latin1('s')), 'An opcode sets an item of something that is not a dict'], // prettier-ignore
    ['a key without a value', pickle(latin1('}('), text('a'), latin1('u')), 'A key in the description lacks its value'],
    ['a tensor for a key', pickle(latin1('}'), tensor(), whole(1), latin1('s')), 'A dict in the description has a key that is neither a text nor a number'], // prettier-ignore
    ['a number for a name', pickle(whole(1), whole(2), Uint8Array.of(0x93)), 'A name in the description is not a text'],
    ['something outside that is no storage', pickle(text('x'), latin1('Q')), 'It refers to something outside that is not a storage of numbers'], // prettier-ignore
    ['a name outside that is no type', pickle(tuple(text('storage'), name('torch', 'Size'), text('0'), text('cpu'), whole(1)), latin1('Q')), 'It takes “torch.Size” for a storage of numbers'], // prettier-ignore
    ['a storage alone', pickle(tuple(text('storage'), name('torch', 'FloatStorage'), text('0'), text('cpu'), whole(12)), latin1('Q')), '“” is a storage without a shape'], // prettier-ignore
    ['a number alone', pickle(whole(3)), 'It holds no arrays'],
    ['nothing alone', pickle(latin1('N')), 'It holds no arrays'],
    ['an empty list', pickle(list()), 'It holds no arrays'],
  ])('with %s is refused', (_, bytes, what) => expect(found(bytes)).toBe(what));
});

describe('a tensor', () => {
  test.each([
    ['reaches beyond its storage by a row', { shape: [4, 4] }, 'A tensor of shape (4, 4) reaches to element 15 of a storage of 12'],
    ['reaches beyond its storage by its offset', { offset: 1 }, 'A tensor of shape (3, 4) reaches to element 12 of a storage of 12'],
    ['reaches beyond its storage by its stride', { stride: [5, 1] }, 'A tensor of shape (3, 4) reaches to element 13 of a storage of 12'],
    ['reaches beyond what numbers can say', { shape: [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1], stride: [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1] }, /^A tensor of shape \(2147483647, 2147483647, 2147483647\) reaches to element 13835058035954810886 of a storage of 12$/],
    ['claims a larger storage than there is', { count: 13 }, 'The tensor “tensor” lies in the storage “0”, which should have 52 bytes and has 48'],
    ['claims a smaller storage than there is', { count: 12, type: 'HalfStorage' }, 'The tensor “tensor” lies in the storage “0”, which should have 24 bytes and has 48'],
    ['lies in no storage', { key: '7' }, 'The tensor “tensor” lies in the storage “7”, and the archive has none of this name'],
    ['lies in an entry of another kind', { key: '../data.pkl' }, 'The tensor “tensor” lies in the storage “../data.pkl”, and the archive has none of this name'],
    ['lies in a name of a prototype', { key: '__proto__' }, 'The tensor “tensor” lies in the storage “__proto__”, and the archive has none of this name'],
    ['repeats its rows', { stride: [0, 1] }, 'The tensor “tensor”, (3, 4), repeats the same numbers along an axis (its stride is 0)'],
    ['has a negative stride', { stride: [-4, 1] }, 'A tensor has a negative stride, which PyTorch does not have'],
    ['has a negative length', { shape: [-3, 4] }, 'It calls “torch._utils._rebuild_tensor_v2” with other arguments than PyTorch does'],
    ['has a negative offset', { offset: -1 }, 'It calls “torch._utils._rebuild_tensor_v2” with other arguments than PyTorch does'],
    ['has fewer strides than axes', { stride: [1] }, 'It calls “torch._utils._rebuild_tensor_v2” with other arguments than PyTorch does'],
    ['has 65 axes', { shape: new Array<number>(65).fill(1), stride: new Array<number>(65).fill(1) }, 'A tensor has 65 dimensions'],
    ['is one number', { shape: [], stride: [] }, 'It is a single number, while a dump is examples × parameters'],
    ['is one vector', { shape: [12], stride: [1] }, 'It has the shape (12,), one vector, while a dump is examples × parameters'],
    ['has no elements', { shape: [3, 0], stride: [1, 1] }, 'The shape (3, 0) has no elements'],
    ['is of a type that has no storage', { type: 'uint16' }, 'It takes “torch.uint16” for a storage of numbers'],
  ] as const)('that %s is refused', (_, parts, what) => {
    if (typeof what === 'string') expect(found(pickle(tensor(parts)))).toBe(what);
    else expect(found(pickle(tensor(parts)))).toMatch(what);
  }); // prettier-ignore

  test('is big-endian where the archive says so, and of no other order', () => {
    const swapped = new Uint8Array(f4(...ROWS.flat()));
    for (let k = 0; k < swapped.length; k += 4) swapped.subarray(k, k + 4).reverse();
    const dump = read('g.pt', pt(pickle(tensor()), { '0': swapped }, [], false, 'big'));
    expect(rowsOf(dump)).toEqual(ROWS);
    expect(dump.dtype).toBe('float32, big-endian');
    expect(refusal('g.pt', pt(pickle(tensor()), undefined, [], false, 'middle'))?.found).toBe(
      'Its byte order is “middle”, neither little nor big',
    );
  });

  test('of a list is a batch in rows or a layer in columns, whichever is said', () => {
    const bytes = pt(pickle(list(tensor({ shape: [1, 4] }), tensor({ shape: [1, 4], offset: 4 }))));
    const said = (layout: 'rows' | 'columns'): number[][] =>
      rowsOf(readDump({ path: '/g.pt', bytes, ...MEANS, layout }));
    expect(refusal('g.pt', bytes)).toMatchObject({
      code: 'data/layout',
      fix: 'np.save("grad.npy", np.concatenate([v.detach().cpu().numpy() for v in torch.load("g.pt", map_location="cpu")]))',
    });
    expect(said('rows')).toEqual([ROWS[0], ROWS[1]]);
    expect(said('columns')).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]]);
  });

  test('may overlap another in their storage', () => {
    const both = pickle(dict(['w', tensor()], ['b', tensor({ shape: [3, 2], stride: [1, 3], offset: 2 })]));
    expect(rowsOf(read('g.pt', pt(both)))).toEqual([
      [1, 2, 3, 4, 3, 6],
      [5, 6, 7, 8, 4, 7],
      [9, 10, 11, 12, 5, 8],
    ]);
  });
});

describe('a few bytes that pretend to be much are refused', () => {
  test('a list that contains itself', () => {
    expect(found(pickle(latin1(']'), put(0), MARK, get(0), latin1('e')))).toBe('It is nested deeper than 64 levels');
    expect(found(pickle(latin1('}'), put(0), MARK, text('a'), get(0), latin1('u')))).toBe('It is nested deeper than 64 levels'); // prettier-ignore
  });

  test('lists of ten lists of ten lists, twelve levels deep', () => {
    const levels = (first: Uint8Array): Uint8Array =>
      joined(first, put(0), ...Array.from({ length: 12 }, (_, k) => joined(list(...new Array<Uint8Array>(10).fill(get(k))), put(k + 1)))); // prettier-ignore
    const all = (first: Uint8Array): Uint8Array => joined(PROTO, MARK, levels(first), latin1('t'), STOP);
    expect(found(all(tensor()))).toBe(
      'Its tensors share their numbers: together they have far more of them than the file',
    );
    expect(found(all(text('a')))).toBe('It describes more values than any dump has');
    // lists of numbers are looked at whole
    expect(found(all(list(...Array.from({ length: 1000 }, () => whole(1)))))).toBe('It describes more values than any dump has'); // prettier-ignore
  });

  test('tensors of the same numbers, over and over', () => {
    const large = tensor({ count: 4096, shape: [2, 2048], stride: [2048, 1] });
    const many = pickle(list(joined(large, put(0)), ...new Array<Uint8Array>(5000).fill(get(0))));
    expect(found(many, { '0': new Uint8Array(4 * 4096) })).toBe(
      'Its tensors share their numbers: together they have far more of them than the file',
    );
  });

  test('names of megabytes', () => {
    expect(found(pickle(dict(['x'.repeat(5000), tensor()])))).toBe('A name in it has 5,000 letters');
  });

  test('a description beyond the budget', () => {
    const many = pickle(list(...new Array<Uint8Array>(20_000).fill(tensor())));
    const problem = refusal('g.pt', pt(many), { memoryBudget: 2 ** 20 });
    expect(problem).toMatchObject({ code: 'file/too-large', found: 'What it describes needs more than the budget of 1.0 MiB' }); // prettier-ignore
    // values that are taken off the stack again
    const loop = pickle(Buffer.concat(new Array<Uint8Array>(200_000).fill(latin1('}}b'))), latin1('N'));
    expect(refusal('g.pt', pt(loop), { memoryBudget: 2 ** 23 })?.code).toBe('file/too-large');
  });

  test('a million tensors are read or refused within the budget', () => {
    const shared = tensor();
    const one = joined(shared, put(0));
    const many = pickle(list(one, ...new Array<Uint8Array>(2).fill(joined(latin1('('), new Uint8Array(200_000).fill(0x4e), latin1('t'))))); // prettier-ignore
    expect(refusal('g.pt', pt(many), { memoryBudget: 2 ** 28 })).toBeUndefined();
    const tensors = Buffer.concat(new Array<Uint8Array>(400_000).fill(shared));
    const huge = joined(PROTO, MARK, tensors, latin1('t'), STOP);
    expect(refusal('g.pt', pt(huge), { memoryBudget: 350 * 2 ** 20 })?.code).toBe('file/too-large');
  });

  test('is noticed when canceled', () => {
    let looks = 0;
    const checkCanceled = (): void => {
      looks++;
    };
    refusal('g.pt', pt(pickle(list(...new Array<Uint8Array>(50_000).fill(latin1('N'))))), { checkCanceled });
    expect(looks).toBeGreaterThan(2);
  });
});

describe('an archive of PyTorch', () => {
  const good = pickle(tensor());
  test.each([
    ['two descriptions', [{ name: 'other/data.pkl', data: good }], 'The archive has two data.pkl'],
    ['two entries of one name', [{ name: 'archive/data/0', data: TWELVE }], 'Two entries are called “archive/data/0”'],
    ['a compressed entry', [{ name: 'archive/data/1', data: TWELVE, deflated: true }], 'The entry “archive/data/1” is compressed, and torch.save writes none that is'],
    ['a program', [{ name: 'archive/constants.pkl', data: good }], 'It is a TorchScript program, not a file of tensors'],
    ['code', [{ name: 'archive/code/model.py', data: good }], 'It is a TorchScript program, not a file of tensors'],
    ['a wrong checksum', [{ name: 'archive/data/1', data: TWELVE, crc: 1 }], /^The checksum of the entry “archive\/data\/1” is/],
  ] as const)('with %s is refused', (_, more, what) => {
    const problem = refusal('grad.pt', pt(good, undefined, more));
    if (typeof what === 'string') expect(problem?.found).toBe(what);
    else expect(problem?.found).toMatch(what);
    expect(problem?.fix ?? 'torch').toMatch(/torch/);
  }); // prettier-ignore

  test('that is none is told with the line of PyTorch', () => {
    expect(refusal('grad.pt', utf8('PK\x03\x04'))).toMatchObject({ code: 'npz/damaged', fix: 'torch.save(grads, "grad.pt")' }); // prettier-ignore
    expect(refusal('grad.pt', new Uint8Array(0))?.found).toBe('It has 0 bytes: the writer has not begun, or failed');
    expect(refusal('grad.pt', latin1('\x80\x02}.'))?.found).toBe('It is a Python pickle, which is never loaded here');
  });
});
