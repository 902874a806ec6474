import { FORMATS, readDump } from '../../src/formats';
import { ELEMENT_BYTES } from '../../src/shared/dump';
import type { GradientDump } from '../../src/shared/dump';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { uniformRandom } from '../../src/theory/random';
import { f4, headerOf, joined, latin1, npy, rowsOf, safetensors, u32, u64, utf8, zip } from './build';
import type { EntryParts } from './build';
import { called, dict, get, list, name as named, ordered, pickle, pt, put, tensor as tensorOf, text, tuple, TWELVE, whole } from './pickles'; // prettier-ignore
import { SAMPLES } from './samples';

const BUDGET = 2 ** 24;
/** Milliseconds of the processor that no small file may take, however many other programs share it. */
const SLOW = 1000;

export interface FuzzCounts {
  readonly runs: number;
  readonly read: number;
  /** How often each problem was met. */
  readonly refused: ReadonlyMap<string, number>;
}

/**
 * Reads files that are made to be wrong, for so many runs or seconds.
 *
 * @throws Error with the file, when one of them is answered by anything but a sound dump or a problem of ours
 */
export function fuzz(seed: number, limit: { readonly runs: number } | { readonly seconds: number }): FuzzCounts {
  const random = uniformRandom(seed);
  const begin = performance.now();
  const refused = new Map<string, number>();
  let [runs, read] = [0, 0];
  const done = (): boolean => ('runs' in limit ? runs >= limit.runs : performance.now() - begin > 1000 * limit.seconds);
  for (; !done(); runs++) {
    const [name, bytes] = random() < 0.5 ? mutated(random) : made(random);
    const before = process.cpuUsage();
    try {
      const dump = readDump({ path: `/fuzz/${name}`, bytes, memoryBudget: BUDGET, checkCanceled: () => undefined });
      checkSound(dump, bytes);
      read++;
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw fault(error, seed, runs, name, bytes);
      const { problem } = error;
      if (!wellFormed(problem)) throw fault(error, seed, runs, name, bytes);
      refused.set(problem.code, (refused.get(problem.code) ?? 0) + 1);
    }
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 > SLOW) throw fault(new Error(`took longer than ${SLOW} ms`), seed, runs, name, bytes);
    if (Object.keys(Object.prototype).length > 0)
      throw fault(new Error('changed a prototype'), seed, runs, name, bytes);
  }
  return { runs, read, refused };
}

const fault = (cause: unknown, seed: number, run: number, name: string, bytes: Uint8Array): Error =>
  new Error(`seed ${seed}, run ${run}: ${name} ${Buffer.from(bytes).toString('base64').slice(0, 4000)}`, { cause });

const wellFormed = ({ found, where, remedy, code }: Problem): boolean =>
  code !== 'run/internal' &&
  /[^.:]$/.test(found) &&
  found.length < 600 &&
  (where?.length ?? 0) > 0 &&
  /[.:]$/.test(remedy);

/** Everything a dump says lies inside the bytes there are. */
function checkSound(dump: GradientDump, bytes: Uint8Array): void {
  const { rows: samples, parameters, arrays, layers } = dump;
  const assert = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(what);
  };
  assert(samples > 0 && parameters > 0, 'a dump without elements');
  assert(arrays.reduce((sum, { columns }) => sum + columns, 0) === parameters, 'columns do not add up');
  assert(layers.length === 0 || layers.reduce((sum, { size }) => sum + size, 0) === parameters, 'layers do not add up');
  for (const { location, columns, element } of arrays) {
    if (location.kind !== 'memory') throw new Error('a location on disk');
    const end = location.offset + samples * columns * ELEMENT_BYTES[element];
    assert(end <= location.bytes.length, 'elements behind the end');
    assert(location.bytes.length <= bytes.length + BUDGET, 'more memory than the budget');
  }
  if (samples * parameters < 1e5) assert(rowsOf(dump).length === samples, 'rows that cannot be read');
}

type Random = () => number;
const below = (random: Random, n: number): number => Math.floor(random() * n);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;
const EXTREMES = [
  0n,
  1n,
  2n,
  127n,
  128n,
  255n,
  256n,
  65535n,
  65536n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const TOKENS = [
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  "'",
  '(',
  ')',
  '\\',
  '\\u0000',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '-',
  '+',
  '.',
  'e',
  '0',
  '1',
  '9',
  'NaN',
  'Infinity',
  'None',
  'True',
  'null',
  '1e400',
  '9007199254740993',
  '"gradients"',
  '"layers"',
  '"dtype"',
  '"shape"',
  '"data_offsets"',
  '__proto__',
  'PK\x03\x04',
  'PK\x05\x06',
  '\x93NUMPY',
  '<f4',
  '\xff\xfe',
  '\xef\xbb\xbf',
  '\xc0\x80',
];

/** A good file with a few changes. */
function mutated(random: Random): readonly [string, Uint8Array] {
  const [name, original] = pick(random, SAMPLES);
  let bytes = Uint8Array.from(original);
  for (let count = 1 + below(random, 4); count > 0; count--) bytes = change(random, bytes);
  return [random() < 0.95 ? name : `g${pick(random, FORMATS).extensions[0] ?? ''}`, bytes];
}

function change(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = below(random, bytes.length + 1);
  const to = at + below(random, Math.min(64, bytes.length - at + 1));
  const insert = (part: Uint8Array, end = at): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(joined(bytes.subarray(0, at), part, bytes.subarray(end)));
  switch (below(random, 8)) {
    case 0:
      return bytes.map((byte, k) => (k === at ? byte ^ (1 << below(random, 8)) : byte));
    case 1:
      return bytes.map((byte, k) => (k === at ? below(random, 256) : byte));
    case 2:
      return bytes.slice(0, at);
    case 3:
      return insert(new Uint8Array(0), to);
    case 4:
      return insert(bytes.slice(at, to));
    case 5:
      return insert(latin1(pick(random, TOKENS)), random() < 0.5 ? at : to);
    case 6: {
      const part = u64(pick(random, EXTREMES)).subarray(0, pick(random, [2, 4, 8]));
      return insert(part, Math.min(bytes.length, at + part.length));
    }
    default: {
      const other = pick(random, SAMPLES)[1];
      const from = below(random, other.length);
      return insert(other.subarray(from, from + below(random, 100)), to);
    }
  }
}

/** A file made by its rules, some of its parts chosen badly. */
function made(random: Random): readonly [string, Uint8Array] {
  switch (below(random, 5)) {
    case 4:
      return ['made.pt', madePt(random)];
    case 0:
      return ['made.npy', madeNpy(random)];
    case 1: {
      const entries = Array.from({ length: below(random, 4) }, (_, k): EntryParts => ({
        name: pick(random, ['w.npy', 'b.npy', `${k}.npy`, 'w', 'a/', '../b.npy', 'ü.npy']),
        data: random() < 0.8 ? madeNpy(random) : utf8('no array'),
        deflated: random() < 0.5,
        ...(random() < 0.1 && { size: Number(pick(random, EXTREMES) & 0xffffffffn) }),
        ...(random() < 0.1 && { crc: 0 }),
        ...(random() < 0.1 && { header: below(random, 400) }),
        ...(random() < 0.1 && { flags: pick(random, [1, 2, 8, 64, 2048]) }),
        ...(random() < 0.1 && { method: pick(random, [0, 8, 12, 14]) }),
        ...(random() < 0.1 && { descriptor: true }),
        ...(random() < 0.1 && {
          directoryExtra: joined(u32(0x00100001), u64(pick(random, EXTREMES), pick(random, EXTREMES))),
        }),
      }));
      return [
        'made.npz',
        zip(entries, {
          ...(random() < 0.1 && { comment: utf8('PK\x05\x06') }),
          ...(random() < 0.1 && { count: below(random, 5) }),
        }),
      ];
    }
    case 2: {
      const header: Record<string, unknown> = {};
      let end = 0;
      for (let k = below(random, 4); k > 0; k--) {
        const [rows, columns] = [pick(random, [2, 2, 2, 3, 0]), below(random, 4)];
        const begin = random() < 0.9 ? end : below(random, 64);
        end = begin + 4 * rows * columns;
        header[pick(random, ['w', 'b', '', '__proto__', '__metadata__', `${k}`])] = {
          dtype: pick(random, ['F32', 'F32', 'F32', 'I32', 'F8_E4M3', 'F64', 3]),
          shape: pick(random, [
            [rows, columns],
            [rows, columns],
            [rows, 1, columns],
            [rows],
            [],
            [-rows, -columns],
            'x',
            [Number(pick(random, EXTREMES)), rows],
          ]),
          data_offsets: random() < 0.9 ? [begin, end] : [end, begin, 1],
        };
      }
      return ['made.safetensors', safetensors(header, new Uint8Array(Math.max(0, end + (random() < 0.1 ? 1 : 0))))];
    }
    default:
      return ['made.json', utf8(madeJson(random, 0))];
  }
}

/** A pickle of opcodes that mostly fit, in an archive without checksums. */
function madePt(random: Random): Uint8Array {
  const value = (depth: number): Uint8Array => {
    const several = (): Uint8Array[] => Array.from({ length: below(random, 4) }, () => value(depth + 1));
    switch (depth > 4 ? below(random, 6) : below(random, 12)) {
      case 0:
        return whole(Number(pick(random, EXTREMES) & 0x7fffffffn));
      case 1:
        return pick(random, [latin1('N'), latin1('\x88'), latin1('G\x3f\xf0\0\0\0\0\0\0'), latin1('\x8a\x02\xff\xff')]);
      case 2:
        return text(pick(random, ['w', 'loss', 'y', '0', '1', 'grad_sample', '__proto__', 'x'.repeat(70)]));
      case 3:
        return pick(random, [
          named('collections', 'OrderedDict'),
          named('torch', 'Size'),
          named('os', 'system'),
          ordered,
        ]);
      case 4:
        return joined(value(5), pick(random, [put, get])(below(random, 3)));
      case 5:
        return latin1(pick(random, TOKENS));
      case 6:
        return tuple(...several());
      case 7:
        return list(...several());
      case 8:
        return dict(...several().map((item, k) => [pick(random, ['w', 'b', 'loss', 'labels', `${k}`]), item] as const));
      case 9:
        return called(
          named('torch._utils', pick(random, ['_rebuild_tensor_v2', '_rebuild_tensor_v3', '_rebuild_parameter', '_rebuild_parameter_with_state'])), // prettier-ignore
          ...several(),
        );
      default: {
        const size = [1 + below(random, 4), 1 + below(random, 4), 1 + below(random, 3)].slice(0, below(random, 4));
        return tensorOf({
          type: pick(random, [
            'FloatStorage',
            'FloatStorage',
            'HalfStorage',
            'ComplexFloatStorage',
            'LongStorage',
            'Size',
          ]),
          count: random() < 0.9 ? 12 : below(random, 30),
          key: random() < 0.95 ? '0' : '1',
          offset: random() < 0.7 ? 0 : below(random, 12),
          shape: size,
          stride: size.map((_, axis) =>
            random() < 0.8 ? size.slice(axis + 1).reduce((a, b) => a * b, 1) : below(random, 5),
          ),
        });
      }
    }
  };
  return pt(pickle(value(random() < 0.5 ? 0 : 4)), { '0': TWELVE }, [], true);
}

function madeNpy(random: Random): Uint8Array {
  const shape = Array.from({ length: below(random, 4) }, () =>
    random() < 0.9
      ? String(1 + below(random, 4))
      : pick(random, ['0', '-1', '3L', 'True', String(pick(random, EXTREMES))]),
  );
  const descr =
    random() < 0.8
      ? "'<f4'"
      : pick(random, [
          "'>f8'",
          "'|b1'",
          "'|V2'",
          "'bfloat16'",
          "'|O'",
          "[('a', '<f4')]",
          '3',
          `'${pick(random, TOKENS)}'`,
        ]);
  const header = headerOf(
    descr,
    `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`,
    pick(random, ['False', 'False', 'True', '1']),
  );
  const written =
    random() < 0.8
      ? header
      : header.replace(pick(random, ["'", ',', '{', '(', 'shape', ' ', ':']), pick(random, TOKENS));
  return npy({
    header: written,
    version: pick(random, [
      [1, 0],
      [1, 0],
      [2, 0],
      [3, 0],
      [0, 1],
    ] as const),
    data: f4(...Array.from({ length: below(random, 64) }, random)),
  });
}

function madeJson(random: Random, depth: number): string {
  const several = (item: () => string): string =>
    Array.from({ length: below(random, 4) }, item).join(random() < 0.97 ? ', ' : ' ');
  const number = (): string =>
    random() < 0.9
      ? String((random() - 0.5) * 10 ** below(random, 30))
      : pick(random, ['NaN', '-Infinity', '1e999', '-0', '01', '1.', '-', '123456789012345678901234567890']);
  switch (depth > 4 ? 0 : below(random, 7)) {
    case 0:
      return number();
    case 1:
      return pick(random, ['null', 'true', '"text"', '"\\u20ac"', '"\\ud800"', '"', 'nul']);
    case 2:
      return `[${several(number)}]`;
    case 3:
    case 4: {
      const columns = 1 + below(random, 3);
      return `[${several(() => `[${Array.from({ length: random() < 0.95 ? columns : 1 }, number).join(',')}]`)}]`;
    }
    case 5:
      return `[${several(() => madeJson(random, depth + 1))}]`;
    default:
      return `{${several(() => `"${pick(random, ['gradients', 'layers', 'learningRate', 'rows', 'meanOf', 'name', 'size', 'losses', '__proto__', 'a'])}": ${madeJson(random, depth + 1)}`)}}`;
  }
}
