import { gzipSync } from 'node:zlib';
import { f4, counting, headerOf, joined, latin1, npy, npz, safetensors, tensor, u32, utf8 } from './build';
import { badFiles } from './case';
import type { Row } from './case';
import type { ProblemCode } from '../../src/shared/problem';

const good = npy();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

type Header = readonly [title: string, header: string, found: string, where?: number];
/** Headers in a file whose data are good. */
const headers = (code: ProblemCode, rows: readonly Header[]): readonly Row[] =>
  rows.map(([title, header, found, where]) => [title, npy({ header }), code, found, where] as const);

const shapes = (rows: readonly (readonly [shape: string, found: string])[]): readonly Row[] =>
  rows.map(
    ([shape, found]) =>
      [`the shape ${shape.slice(0, 60)}`, npy({ header: headerOf(undefined, shape) }), 'npy/shape', found, 10] as const,
  );

const dtypes = (rows: readonly (readonly [descr: string, found: string])[]): readonly Row[] =>
  rows.map(
    ([descr, found]) => [`the dtype ${descr}`, npy({ header: headerOf(descr) }), 'npy/dtype', found, 10] as const,
  );

export const BAD_NPY = badFiles('.npy', [
  // before the header
  ['an empty file', new Uint8Array(0), 'npy/empty', '0 bytes', 0],
  ['a file cut inside the magic bytes', good.subarray(0, 1), 'npy/truncated', 'inside the magic bytes', 1],
  ['a file cut after five magic bytes', good.subarray(0, 5), 'npy/truncated', 'inside the magic bytes', 5],
  ['a file cut inside the version', good.subarray(0, 7), 'npy/truncated', 'inside the version', 7],
  [
    'a file cut inside the length of the header',
    good.subarray(0, 9),
    'npy/truncated',
    'inside the length of the header',
    9,
  ],
  [
    'version 2 cut inside the length of the header',
    npy({ version: [2, 0] }).subarray(0, 11),
    'npy/truncated',
    'inside the length',
    11,
  ],
  ...['\x92NUMPY', '\x00NUMPY', '\x93numpy', '\x93MATLB'].map(
    (magic) =>
      [`the magic ${JSON.stringify(magic)}`, npy({ magic }), 'npy/magic', 'instead of 93 4e 55 4d 50 59', 0] as const,
  ),
  ['a file that went from latin-1 to UTF-8', utf8(text(good)), 'npy/damaged', 'text conversion', 0],
  [
    'a file that went from Windows-1252 to UTF-8',
    joined(utf8('“'), good.subarray(1)),
    'npy/damaged',
    'text conversion',
    0,
  ],
  ['a file that was decoded as UTF-8', utf8(new TextDecoder().decode(good)), 'npy/damaged', 'text conversion', 0],
  ['line ends that became CRLF', latin1(text(good).replaceAll('\n', '\r\n')), 'npy/damaged', 'carriage return', 127],
  ['a line end before the magic', joined(utf8('\n'), good), 'npy/magic', 'begins with 0a 93', 0],
  ['a byte order mark before the magic', joined(utf8('\ufeff'), good), 'npy/magic', 'begins with ef bb bf', 0],
  ...(
    [
      [0, 0],
      [0, 1],
      [1, 1],
      [2, 2],
      [4, 0],
      [255, 255],
    ] as const
  ).map(
    (version) =>
      [`version ${version.join('.')}`, npy({ version }), 'npy/version', `version is ${version.join('.')}`, 6] as const,
  ),
  // something else under this name
  ['a gzip file', gzipSync(good), 'npy/magic', 'gzip', 0],
  ['a bzip2 file', latin1('BZh91AY&SY'), 'npy/magic', 'compressed file', 0],
  ['a .npz file', npz({ g: good }), 'npy/magic', 'zip archive', 0],
  ['a pickle of protocol 4', latin1('\x80\x04\x95\x0b\0\0\0\0\0\0\0'), 'npy/magic', 'pickle', 0],
  ['a pickle of protocol 0', latin1('(lp0\nF1.0\na.'), 'npy/magic', 'pickle', 0],
  ['an HDF5 file', latin1('\x89HDF\r\n\x1a\n'), 'npy/magic', 'HDF5', 0],
  ['a MATLAB file', latin1('MATLAB 5.0 MAT-file'), 'npy/magic', 'MATLAB', 0],
  ['a PNG picture', latin1('\x89PNG\r\n\x1a\n'), 'npy/magic', 'picture', 0],
  ['a .safetensors file', safetensors({ w: tensor('F32', [1, 1], 0, 4) }, f4(1)), 'npy/magic', 'safetensors', 0],
  ['JSON', utf8('[[1, 2], [3, 4]]'), 'npy/magic', 'JSON', 0],
  ['CSV', utf8('0.5,1.5\n2.5,3.5\n'), 'npy/magic', 'CSV', 0],
  ['an HTML page', utf8('<!DOCTYPE html><title>404</title>'), 'npy/magic', 'HTML', 0],
  ['a pointer of Git LFS', utf8('version https://git-lfs.github.com/spec/v1\n'), 'npy/magic', 'Git LFS', 0],
  ['zeros', new Uint8Array(200), 'npy/magic', 'zeros', 0],
  ['ones', new Uint8Array(200).fill(255), 'npy/magic', 'ff ff ff ff ff ff', 0],
  // the length of the header
  [
    'a header of 4 GiB in 12 bytes',
    joined(latin1('\x93NUMPY\x02\0'), u32(0xfffffff0)),
    'npy/truncated',
    'claims 4,294,967,280 bytes, and 0 follow',
    12,
  ],
  [
    'a header of 1 GiB in 14 bytes',
    joined(latin1('\x93NUMPY\x03\0'), u32(2 ** 30), latin1('{}')),
    'npy/truncated',
    'and 2 follow',
    14,
  ],
  [
    'a header longer than the file',
    npy({ length: 65535 }),
    'npy/truncated',
    'claims 65,535 bytes, and 166 follow',
    176,
  ],
  ['a header of length 0', npy({ length: 0 }), 'npy/header', 'empty', 10],
  ['a header cut inside its dict', npy({ length: 10 }), 'npy/header', 'ends inside its dict', 20],
  ['a header that is one byte too long', npy({ length: 119 }), 'npy/header', 'goes on after its dict', 128],
  ['a header of 12,000 bytes', npy({ padding: ' '.repeat(12_000) }), 'npy/header', 'at most 10,000', 8],
  ['a header of 1 MiB', npy({ version: [2, 0], padding: ' '.repeat(2 ** 20) }), 'npy/header', 'at most 10,000', 8],
  ['a header of spaces', npy({ header: ' ' }), 'npy/header', 'empty', 10],
  ['a file cut inside its header', good.subarray(0, 60), 'npy/truncated', 'claims 118 bytes, and 50 follow', 60],
  // the text of the header
  ...headers('npy/header', [
    ['a list for a header', "['descr', '<f4']", 'not a dict'],
    ['a string for a header', "'<f4'", 'not a dict'],
    ['None for a header', 'None', 'not a dict'],
    ['a set for a header', "{'descr', 'shape'}", 'lacks “:”', 18],
    ['a header without descr', "{'fortran_order': False, 'shape': (3, 4)}", 'lacks “descr”'],
    ['a header without fortran_order', "{'descr': '<f4', 'shape': (3, 4)}", 'lacks “fortran_order”'],
    ['a header without shape', "{'descr': '<f4', 'fortran_order': False}", 'lacks “shape”'],
    ['an empty dict', '{}', 'lacks “descr”'],
    ['an unknown key', "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), 'axes': 'NP'}", 'unknown key “axes”'],
    [
      'a key of a prototype',
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), '__proto__': 'NP'}",
      'unknown key “__proto__”',
    ],
    [
      'a shape given twice',
      "{'shape': (3, 4), 'descr': '<f4', 'fortran_order': False, 'shape': (4, 3)}",
      'gives “shape” twice',
      68,
    ],
    ['a key that is a number', "{3: '<f4'}", 'key that is not a string', 11],
    ['a missing quote', "{'descr: '<f4'}", 'lacks “:”', 20],
    ['a string without end', "{'descr", 'string that does not end', 11],
    ['a missing brace', "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)", 'ends inside its dict'],
    ['a missing parenthesis', "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4}", 'lacks “,” or “)”', 65],
    ['a missing comma', "{'descr': '<f4' 'shape': (3, 4)}", 'lacks “,” or “}”', 26],
    ['a missing value', "{'descr': , 'shape': (3, 4)}", 'lacks a value', 20],
    ['text after the dict', `${headerOf()} # by me`, 'goes on after its dict'],
    ['a comment inside the dict', "{'descr': '<f4', # by me\n'shape': (3, 4)}", 'key that is not a string', 27],
    ['a call', "{'descr': __import__('os').system('true')}", 'lacks “,” or “}”'],
    ['a call that makes a tuple', headerOf(undefined, 'tuple([3, 4])'), 'lacks “,” or “}”'],
    ['a lambda', headerOf(undefined, 'lambda: (3, 4)'), 'lacks “,” or “}”'],
    ['bytes for descr', headerOf("b'<f4'"), 'lacks “,” or “}”'],
    ['an escape', headerOf(String.raw`'\x3cf4'`), 'escape', 21],
    ['np.int64(…), which NumPy itself once wrote', headerOf(undefined, '(np.int64(3), np.int64(4))'), 'np.int64', 61],
    ['4,000 nested tuples', headerOf(undefined, '('.repeat(4000)), 'nested deeper than 16'],
    ['4,000 nested lists', headerOf('['.repeat(4000)), 'nested deeper than 16'],
    ['a NUL', headerOf("'<f4\0'"), 'escape or a line end'],
    ...['0', '1', "'True'", 'None', '[True]', 'false'].map((order): Header => [
      `the order ${order}`,
      headerOf(undefined, undefined, order),
      'neither True nor False',
    ]),
  ]),
  [
    'a version 3 header that is not UTF-8',
    joined(npy({ version: [3, 0] }).subarray(0, 14), latin1('\xe9'), npy({ version: [3, 0] }).subarray(15)),
    'npy/header',
    'not UTF-8',
    12,
  ],
  [
    'a header in latin-1 with another key',
    npy({ header: '', padding: "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), '\xe9': 1}" }),
    'npy/header',
    'unknown key “é”',
    10,
  ],
  // the shape
  ...shapes([
    ['[3, 4]', 'not a tuple'],
    ['12', 'not a tuple'],
    ['(12)', 'not a tuple'],
    ["'3, 4'", 'not a tuple'],
    ['None', 'not a tuple'],
    ['((3, 4),)', 'a tuple, is not a whole number'],
    ['(None, 4)', 'Item 0 of the shape, None'],
    ["('3', 4)", 'the text “3”'],
    ['(3.0, 4)', '3.0, is not'],
    ['(3e0, 4)', '3e0'],
    ['(1+2, 4)', '1+2'],
    ['(3+0j, 4)', '3+0j'],
    ['(0x3, 4)', '0x3'],
    ['(0_4, 4)', '0_4'],
    ['(03, 4)', '03'],
    ['(3, True)', 'Item 1 of the shape, a truth value'],
    ['(-3, 4)', 'Item 0 of the shape, -3, is negative'],
    ['(-3, -4)', 'negative'],
    [`(${'-'.repeat(5000)}3, 4)`, '---'],
    [`(${'1, '.repeat(65)})`, '65 dimensions, at most 64'],
    [`(${'1, '.repeat(500)})`, '500 dimensions'],
    ['(9223372036854775808, 1)', 'more elements than any file'],
    ['(4294967296, 4294967296)', 'more elements'],
    ['(3, 4, 4611686018427387905)', 'more elements'],
    ['(9007199254740993, 1)', 'more elements'],
    ['(0, 4611686018427387904)', 'more elements'],
  ]),
  [
    'a number of 5,000 digits',
    npy({ header: headerOf(undefined, `(${'9'.repeat(5000)}, 4)`) }),
    'npy/header',
    '5000 digits',
  ],
  ...['(0, 5)', '(5, 0)', '(5, 0, 3)'].map((shape): Row => [
    `the shape ${shape}`,
    npy({ header: headerOf(undefined, shape) }),
    'npy/shape',
    'no elements',
    0,
  ]),
  ['a scalar', npy({ header: headerOf(undefined, '()'), data: f4(1) }), 'data/one-dimension', 'single number', 0],
  ['one vector', npy({ header: headerOf(undefined, '(12,)') }), 'data/one-dimension', '(12,)', 0],
  ['an empty vector', npy({ header: headerOf(undefined, '(0,)') }), 'data/one-dimension', '(0,)', 0],
  // the dtype
  ...dtypes([
    ["'|O'", 'Python objects (pickle)'],
    ["'|O8'", 'Python objects (pickle)'],
    ["[('g', '<f4'), ('step', '<i8')]", 'record array with the fields g, step'],
    ["[('g', '<f4', (2,))]", 'fields g'],
    ['[]', 'fields (none)'],
    ["'f4,f4'", '“f4,f4”, which is no type'],
    ["('<f4', (2,))", 'not a dtype'],
    ["'<c8'", 'complex'],
    ["'<c16'", 'complex'],
    ["'<f12'", 'long doubles'],
    ["'<f16'", 'long doubles'],
    ["'<g2'", 'long doubles'],
    ["'<M8[ns]'", 'no type'],
    ["'<M8'", 'dates'],
    ["'<m8'", 'durations'],
    ["'|S4'", 'text'],
    ["'<U4'", 'text'],
    ["'<U0'", 'text'],
    ["'|V2'", 'bfloat16 is saved so'],
    ["'<V2'", 'bfloat16 is saved so'],
    ["'|V1'", 'without a type'],
    ["'|V4'", 'without a type'],
    ["'<f1'", '8-bit float'],
    ["'x'", 'no type'],
    ["''", 'no type'],
    ["'<f3'", 'no type'],
    ["'<f0'", 'no type'],
    ["'<i3'", 'no type'],
    ["'<i16'", 'no type'],
    ["'|b2'", 'no type'],
    ["'<f44444444444444444444'", 'no type'],
    ["'<f-4'", 'no type'],
    ["'<>f4'", 'no type'],
    ["'__proto__'", 'no type'],
    ["'constructor'", 'no type'],
    ["'<toString'", 'no type'],
    ["'<img src=x onerror=alert(1)>'", 'no type'],
    ['4', 'not a dtype'],
    ['None', 'not a dtype'],
    ["{'names': ['g']}", 'not a dtype'],
  ]),
  // the data
  [
    'a file whose last byte is missing',
    good.subarray(0, 175),
    'npy/truncated',
    '(3, 4) float32 = 48 bytes of data, from byte 128 to 176; it ends at byte 175, after 47 bytes of data, which is 2 whole rows',
    175,
  ],
  [
    'a file without its data',
    good.subarray(0, 128),
    'npy/truncated',
    'after 0 bytes of data, which is 0 whole rows',
    128,
  ],
  ['float64 claimed, float32 given', npy({ header: headerOf("'<f8'") }), 'npy/truncated', '96 bytes of data', 176],
  [
    'a Fortran array cut short',
    npy({ header: headerOf(undefined, undefined, 'True') }).subarray(0, 175),
    'npy/truncated',
    /after 47 bytes of data$/,
    175,
  ],
  [
    'a scalar without data',
    npy({ header: headerOf(undefined, '()'), data: f4() }),
    'npy/truncated',
    '() float32 = 4 bytes',
    128,
  ],
  [
    'one row too many in the header',
    npy({ header: headerOf(undefined, '(4, 4)') }),
    'npy/truncated',
    'which is 3 whole rows',
    176,
  ],
  [
    '4 TB claimed in 176 bytes',
    npy({ header: headerOf(undefined, '(1000000, 1000000)') }),
    'npy/truncated',
    '3.6 TiB of data',
    176,
  ],
  [
    '1 PiB claimed in 128 bytes',
    npy({ header: headerOf("'|u1'", '(33554432, 33554432)'), data: f4() }),
    'npy/truncated',
    '1.0 PiB of data',
    128,
  ],
]);

/** Files in an unusual form that is allowed, with data of 3 × 4, 1 to 12. */
export const UNUSUAL_NPY: Readonly<Record<string, Uint8Array>> = {
  'version 2': npy({ version: [2, 0] }),
  'version 3': npy({ version: [3, 0] }),
  'a header of 9,900 bytes': npy({ padding: ' '.repeat(9800) }),
  'no padding and no line end': npy({ padding: '' }),
  'keys in another order, in double quotes, without spaces': npy({
    header: '{"shape":(3,4),"descr":"<f4","fortran_order":False}',
  }),
  'line breaks in the dict': npy({ header: "{'descr': '<f4',\n'fortran_order': False,\n'shape': (3,\n4,)}" }),
  'text marked as by Python 2': npy({ header: "{u'descr': u'<f4', u'fortran_order': False, u'shape': (3, 4)}" }),
  'a dtype in native order': npy({ header: headerOf("'=f4'") }),
  'a dtype without order': npy({ header: headerOf("'f4'") }),
  'a dtype whose order is said not to matter': npy({ header: headerOf("'|f4'") }),
  'data at an odd byte': npy({ padding: ' \n'.padStart(4) }),
  '64 dimensions': npy({ header: headerOf(undefined, `(3, 4, ${'1, '.repeat(62)})`) }),
  'Fortran order of axes of length 1': npy({
    header: headerOf(undefined, '(3, 1, 4)', 'True'),
    data: f4(1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12),
  }),
  'a number of elements of an extreme shape': npy({
    header: headerOf(undefined, '(3, 1, 1, 4, 1)'),
    data: f4(...counting(12)),
  }),
};
