import * as fc from 'fast-check';
import { FORMATS, readDump } from '../../src/formats';
import { extensionsOf } from '../../src/shared/dump-names';
import { ELEMENT_BYTES } from '../../src/shared/dump';
import type { GradientDump } from '../../src/shared/dump';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { counting, f4, headerOf, joined, latin1, npy, rowsOf, safetensors, u32, u64, utf8, zip } from './build';
import type { EntryParts } from './build';
import { called, dict, get, list, name as named, ordered, pickle, pt, put, tensor as tensorOf, text, tuple, TWELVE, whole } from './pickles'; // prettier-ignore
import { SAMPLES } from './samples';

const BUDGET = 2 ** 24;
/** Milliseconds of the processor that no small file may take, however many other programs share it. */
const SLOW = 1000;

/**
 * Reads a file.
 *
 * @returns the code of the problem, undefined when it is read
 * @throws Error when it is answered by anything but a sound dump or a problem of ours
 */
export function answerTo(name: string, bytes: Uint8Array): string | undefined {
  const before = process.cpuUsage();
  let code: string | undefined;
  try {
    checkSound(readDump({ path: `/fuzz/${name}`, bytes, memoryBudget: BUDGET, checkCanceled: () => undefined }), bytes);
  } catch (error) {
    if (!(error instanceof AnalysisError) || !wellFormed(error.problem)) throw error;
    ({ code } = error.problem);
  }
  const { user, system } = process.cpuUsage(before);
  if ((user + system) / 1000 > SLOW) throw new Error(`took longer than ${SLOW} ms`);
  if (Object.keys(Object.prototype).length > 0) throw new Error('changed a prototype');
  return code;
}

const wellFormed = ({ found, where, remedy, code }: Problem): boolean =>
  code !== 'run/internal' &&
  /[^.:]$/.test(found) &&
  found.length < 600 &&
  (where?.length ?? 0) > 0 &&
  /[.:]$/.test(remedy);

/** Everything a dump says lies inside the bytes there are. */
function checkSound(dump: GradientDump, bytes: Uint8Array): void {
  const { rows, parameters, arrays, layers } = dump;
  const assert = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(what);
  };
  assert(rows > 0 && parameters > 0, 'a dump without elements');
  assert(arrays.reduce((sum, { columns }) => sum + columns, 0) === parameters, 'columns do not add up');
  assert(layers.length === 0 || layers.reduce((sum, { size }) => sum + size, 0) === parameters, 'layers do not add up');
  for (const { location, columns, element } of arrays) {
    if (location.kind !== 'memory') throw new Error('a location on disk');
    const end = location.offset + rows * columns * ELEMENT_BYTES[element];
    assert(end <= location.bytes.length, 'elements behind the end');
    assert(location.bytes.length <= bytes.length + BUDGET, 'more memory than the budget');
  }
  if (rows * parameters < 1e5) assert(rowsOf(dump).length === rows, 'rows that cannot be read');
}

type Of<T> = fc.Arbitrary<T>;
// anywhere: left alone, fast-check prefers what is small, and so the beginning of a file
const upTo = (max: number): Of<number> => fc.noBias(fc.nat(max));
/** So many times in ten the usual, else the odd. */
const mostly = <T, U>(usual: Of<T>, odd: Of<U>, tenths = 9): Of<T | U> =>
  fc.oneof({ weight: tenths, arbitrary: usual }, { weight: 10 - tenths, arbitrary: odd });
/** A part that is rarely there. */
const rarely = <T>(part: Of<T>): Of<T | undefined> => mostly(fc.constant(undefined), part);
const POWERS = [7n, 8n, 16n, 31n, 32n, 53n, 63n, 64n].map((power) => 2n ** power);
const extreme = fc.constantFrom(0n, 1n, 2n, ...POWERS.flatMap((power) => [power - 1n, power]));
const token = fc.constantFrom(
  ...['[', ']', '{', '}', ',', ':', '"', "'", '(', ')', '\\', '\\u0000', '\n', '\r\n', '\0', ' ', '-', '+', '.', 'e'],
  ...['0', '1', '9', 'NaN', 'Infinity', 'None', 'True', 'null', '1e400', '9007199254740993', '"gradients"', '"layers"'],
  ...['"dtype"', '"shape"', '"data_offsets"', '__proto__', 'PK\x03\x04', 'PK\x05\x06', '\x93NUMPY', '<f4', '\xff\xfe'],
  ...['\xef\xbb\xbf', '\xc0\x80'],
);

/* --- a good file with a few changes ------------------------------------------------------------------------------------ */

type Change = (bytes: Uint8Array) => Uint8Array;
/** A change of up to 64 bytes; `part` is put in place of them. */
const replaced = (part: Of<Uint8Array>, most = 63): Of<Change> =>
  fc.tuple(upTo(4095), upTo(most), part).map(([place, length, bytes]) => (file) => {
    const at = place % (file.length + 1);
    return joined(file.subarray(0, at), bytes, file.subarray(at + length));
  });
const someBytes = fc.tuple(fc.constantFrom(...SAMPLES), upTo(4095), upTo(99)).map(([[, other], place, length]) => {
  const from = place % other.length;
  return other.subarray(from, from + length);
});
const change: Of<Change> = fc.oneof(
  fc.tuple(upTo(4095), upTo(7)).map(([place, bit]): Change => (file) => file.map((byte, k) => (k === place % file.length ? byte ^ (1 << bit) : byte))), // prettier-ignore
  fc.tuple(upTo(4095), upTo(255)).map(
    ([place, value]): Change =>
      (file) =>
        file.with(place % file.length, value),
  ),
  upTo(4095).map(
    (place): Change =>
      (file) =>
        file.subarray(0, place % (file.length + 1)),
  ),
  replaced(fc.constant(new Uint8Array(0))),
  fc.tuple(upTo(4095), upTo(63)).map(([place, length]): Change => (file) => {
    const at = place % (file.length + 1);
    return joined(file.subarray(0, at + length), file.subarray(at));
  }),
  replaced(token.map(latin1), 0),
  replaced(token.map(latin1)),
  fc.tuple(upTo(4095), extreme, fc.constantFrom(2, 4, 8)).map(([place, value, size]): Change => (file) => {
    const at = place % (file.length + 1);
    return joined(file.subarray(0, at), u64(value).subarray(0, size), file.subarray(at + size));
  }),
  replaced(someBytes),
);
const EXTENSIONS = FORMATS.map(({ id }) => `g${extensionsOf(id)[0]}`);
const mutated = fc
  .tuple(
    fc.constantFrom(...SAMPLES),
    fc.array(change, { minLength: 1, maxLength: 4 }),
    rarely(fc.constantFrom(...EXTENSIONS)),
  ) // prettier-ignore
  .map(([[name, good], changes, other]): [string, Uint8Array] => [
    other ?? name,
    // a copy: what is read must not lie in the sample
    Uint8Array.from(changes.reduce((bytes, apply) => (bytes.length > 0 ? apply(bytes) : bytes), good)),
  ]);

/* --- a file made by its rules, some of its parts chosen badly ----------------------------------------------------------- */

const length = mostly(fc.integer({ min: 1, max: 4 }).map(String), fc.oneof(fc.constantFrom('0', '-1', '3L', 'True'), extreme.map(String))); // prettier-ignore
const madeNpy = fc
  .record({
    shape: fc.array(length, { maxLength: 3 }),
    descr: mostly(fc.constant("'<f4'"), fc.oneof(fc.constantFrom("'>f8'", "'|b1'", "'|V2'", "'bfloat16'", "'|O'", "[('a', '<f4')]", '3'), token.map((odd) => `'${odd}'`)), 8), // prettier-ignore
    order: fc.constantFrom('False', 'False', 'True', '1'),
    slip: mostly(fc.constant(undefined), fc.tuple(fc.constantFrom("'", ',', '{', '(', 'shape', ' ', ':'), token), 8),
    version: fc.constantFrom<[number, number]>([1, 0], [1, 0], [2, 0], [3, 0], [0, 1]),
    elements: upTo(63),
  })
  .map(({ shape, descr, order, slip, version, elements }) => {
    const header = headerOf(descr, `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`, order);
    return npy({ header: slip ? header.replace(...slip) : header, version, data: f4(...counting(elements)) });
  });

/** Without the parts that are not there. */
const present = <T extends object>(parts: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) as never;
const entry = fc
  .record({
    name: fc.constantFrom('w.npy', 'b.npy', '0.npy', '1.npy', 'w', 'a/', '../b.npy', 'ü.npy'),
    data: mostly(madeNpy, fc.constant(utf8('no array')), 8),
    deflated: fc.boolean(),
    size: rarely(extreme.map((size) => Number(size & 0xffffffffn))),
    crc: rarely(fc.constant(0)),
    header: rarely(upTo(399)),
    flags: rarely(fc.constantFrom(1, 2, 8, 64, 2048)),
    method: rarely(fc.constantFrom(0, 8, 12, 14)),
    descriptor: rarely(fc.constant(true)),
    directoryExtra: rarely(fc.tuple(extreme, extreme).map((sizes) => joined(u32(0x00100001), u64(...sizes)))),
  })
  .map((parts) => present(parts) as EntryParts);
const madeNpz = fc
  .tuple(fc.array(entry, { maxLength: 3 }), rarely(fc.constant(utf8('PK\x05\x06'))), rarely(upTo(4)))
  .map(([entries, comment, count]) => zip(entries, present({ comment, count })));

const madeTensor = fc.record({
  name: fc.constantFrom('w', 'b', '', '__proto__', '__metadata__', '0', '1'),
  rows: fc.constantFrom(2, 2, 2, 3, 0),
  columns: upTo(3),
  begin: rarely(upTo(63)),
  dtype: fc.constantFrom('F32', 'F32', 'F32', 'I32', 'F8_E4M3', 'F64', 3),
  shape: fc.constantFrom<(rows: number, columns: number) => unknown>(
    ...[(n: number, d: number) => [n, d], (n: number, d: number) => [n, d], (n: number, d: number) => [n, 1, d]],
    ...[(n: number) => [n], () => [], (n: number, d: number) => [-n, -d], () => 'x', (n: number) => [2 ** 53, n]],
  ),
  turned: rarely(fc.constant(true)),
});
const madeSafetensors = fc
  .tuple(fc.array(madeTensor, { maxLength: 3 }), rarely(fc.constant(1)))
  .map(([tensors, more]) => {
    const header: Record<string, unknown> = {};
    let end = 0;
    for (const { name, rows, columns, begin = end, dtype, shape, turned } of tensors) {
      end = begin + 4 * rows * columns;
      header[name] = { dtype, shape: shape(rows, columns), data_offsets: turned ? [end, begin, 1] : [begin, end] };
    }
    return safetensors(header, new Uint8Array(end + (more ?? 0)));
  });

const storedTensor = fc
  .record({
    type: fc.constantFrom('FloatStorage', 'FloatStorage', 'HalfStorage', 'ComplexFloatStorage', 'LongStorage', 'Size'),
    count: mostly(fc.constant(12), upTo(29)),
    key: fc.constantFrom(...Array<string>(19).fill('0'), '1'),
    offset: mostly(fc.constant(0), upTo(11), 7),
    axes: fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), mostly(fc.constant(undefined), upTo(4), 8)), { maxLength: 3 }), // prettier-ignore
  })
  .map(({ axes, ...parts }) => {
    const shape = axes.map(([size]) => size);
    const stride = axes.map(([, odd], axis) => odd ?? shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    return tensorOf({ ...parts, shape, stride });
  });
const rebuild = fc.constantFrom('_rebuild_tensor_v2', '_rebuild_tensor_v3', '_rebuild_parameter', '_rebuild_parameter_with_state'); // prettier-ignore
/** Opcodes that mostly fit. */
const { value: pickled } = fc.letrec<{ value: Uint8Array; several: Uint8Array[] }>((tie) => ({
  several: fc.array(tie('value'), { maxLength: 3 }),
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    extreme.map((value) => whole(Number(value & 0x7fffffffn))),
    fc.constantFrom('N', '\x88', 'G\x3f\xf0\0\0\0\0\0\0', '\x8a\x02\xff\xff').map(latin1),
    fc.constantFrom('w', 'loss', 'y', '0', '1', 'grad_sample', '__proto__', 'x'.repeat(70)).map(text),
    fc.constantFrom(named('collections', 'OrderedDict'), named('torch', 'Size'), named('os', 'system'), ordered),
    fc
      .tuple(tie('value'), fc.constantFrom(put, get), upTo(2))
      .map(([value, memo, index]) => joined(value, memo(index))),
    token.map(latin1),
    tie('several').map((items) => tuple(...items)),
    tie('several').map((items) => list(...items)),
    fc
      .tuple(tie('several'), fc.array(fc.constantFrom('w', 'b', 'loss', 'labels', '0'), { minLength: 3, maxLength: 3 }))
      .map(([items, keys]) => dict(...items.map((item, k) => [keys[k] ?? '', item] as const))),
    fc.tuple(rebuild, tie('several')).map(([callee, items]) => called(named('torch._utils', callee), ...items)),
    { weight: 3, arbitrary: storedTensor },
  ),
}));
/** In an archive without checksums. */
const madePt = pickled.map((value) => pt(pickle(value), { '0': TWELVE }, [], true));

const number = mostly(
  fc.tuple(fc.double({ min: -0.5, max: 0.5, noNaN: true }), upTo(29)).map(([share, power]) => String(share * 10 ** power)), // prettier-ignore
  fc.constantFrom('NaN', '-Infinity', '1e999', '-0', '01', '1.', '-', '123456789012345678901234567890'),
);
const separator = fc.constantFrom(...Array<string>(30).fill(', '), ' ');
const joinedBy = (items: Of<string>): Of<string> =>
  fc.tuple(fc.array(items, { maxLength: 3 }), separator).map(([texts, between]) => texts.join(between));
const key = fc.constantFrom('gradients', 'layers', 'learningRate', 'rows', 'meanOf', 'name', 'size', 'losses', '__proto__', 'a'); // prettier-ignore
const rows = fc
  .integer({ min: 1, max: 3 })
  .chain((columns) => joinedBy(mostly(fc.constant(columns), fc.constant(1)).chain((width) => fc.array(number, { minLength: width, maxLength: width }).map((row) => `[${row.join(',')}]`)))); // prettier-ignore
const { value: madeJson } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    number,
    fc.constantFrom('null', 'true', '"text"', '"\\u20ac"', '"\\ud800"', '"', 'nul'),
    joinedBy(number).map((numbers) => `[${numbers}]`),
    { weight: 2, arbitrary: rows.map((matrix) => `[${matrix}]`) },
    joinedBy(tie('value')).map((items) => `[${items}]`),
    joinedBy(fc.tuple(key, tie('value')).map(([name, value]) => `"${name}": ${value}`)).map((items) => `{${items}}`),
  ),
}));

const fileOf = <T>(name: string, files: Of<T>, bytesOf: (file: T) => Uint8Array): Of<[string, Uint8Array]> =>
  files.map((file) => [name, bytesOf(file)]);
const same = (bytes: Uint8Array): Uint8Array => bytes;

/** A file with its name: a good one with a few changes, or one that is made by its rules with some parts chosen badly. */
export const wrongFile: Of<[name: string, bytes: Uint8Array]> = fc.oneof(
  { weight: 5, arbitrary: mutated },
  fileOf('made.npy', madeNpy, same),
  fileOf('made.npz', madeNpz, same),
  fileOf('made.safetensors', madeSafetensors, same),
  fileOf('made.json', madeJson, utf8),
  fileOf('made.pt', madePt, same),
);
