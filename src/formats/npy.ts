import { byteCount, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { ProblemCode } from '../shared/problem';
import { contentOf, hexadecimal } from './content';
import { dtypeOf, itemBytes } from './dtype';
import type { Dtype } from './dtype';
import { parsePythonLiteral } from './python-literal';
import type { PythonLiteral } from './python-literal';
import { shortened } from './source';
import type { ByteSource } from './source';

/** One array of a .npy file, or of an entry of a .npz: what its header says, checked against the bytes there are. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly order: 'C' | 'F';
  /** Position of the first element in the source. */
  readonly offset: number;
  /** Of all elements. */
  readonly bytes: number;
  readonly notes: readonly string[];
}

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** NumPy's own limit, above which it does not read a header unless asked to. */
const MAX_HEADER = 10_000;
const MAX_DIMENSIONS = 64;
const SAVE = 'np.save("grad.npy", grads)';
const AGAIN = 'Write the file again:';
const COPY = 'Copy it in binary mode, or write it again:';
const WAIT = 'If it is still being written, wait: it is analyzed when it is whole. Otherwise write it again:';

export const isNpy = (start: Uint8Array): boolean => MAGIC.every((byte, k) => start[k] === byte);

/**
 * Reads and checks the header of a .npy file, versions 1.0, 2.0 and 3.0; of the data, only that it is there.
 *
 * @param stated what the metadata says the elements are
 * @throws AnalysisError npy/…
 * @see NumPy, "NEP 1 — A Simple File Format for NumPy Arrays"
 */
export function readNpy(source: ByteSource, stated?: string): NpyArray {
  const { descr, fortran, shape, notes, begin, end } = readNpyHeader(source);
  const where = source.where(begin);
  const dtype = dtypeOf(descr, where, stated, { axes: shape.length, sparse: speaksOfSparse(source, end) });
  const itemsize = itemBytes(dtype);
  // zeros left out, so that none hides a dimension that no array has
  const most = shape.reduce((product, length) => (length === 0n ? product : product * length), BigInt(itemsize));
  if (most > BigInt(Number.MAX_SAFE_INTEGER))
    throw refusal(
      'npy/shape',
      `The shape ${shapeText(shape)} has more elements than any file can hold`,
      where,
      AGAIN,
      SAVE,
    );
  const dimensions = shape.map(Number);
  const bytes = dimensions.reduce((product, length) => product * length, itemsize);
  const there = source.size - end;
  if (bytes > there) {
    const row = bytes / (dimensions[0] ?? 1);
    const rows = fortran || shape.length < 2 ? '' : `, which is ${wholeNumber(Math.floor(there / row))} whole rows`;
    throw refusal(
      'npy/truncated',
      `The header says ${shapeText(shape)} ${dtype.name} = ${size(bytes)} of data, from byte ${end} to ${end + bytes}; it ends at byte ${source.size}, after ${size(there)} of data${rows}`,
      source.where(source.size),
      WAIT,
      SAVE,
    );
  }
  return {
    shape: dimensions,
    dtype,
    order: fortran ? 'F' : 'C',
    offset: end,
    bytes,
    notes: [...notes, ...notesOfElements(dtype), ...noteOfRest(source, end + bytes)],
  };
}

export interface NpyHeader {
  readonly descr: PythonLiteral;
  readonly fortran: boolean;
  readonly shape: readonly bigint[];
  readonly notes: readonly string[];
  /** Where its dict begins, and where the data do. */
  readonly begin: number;
  readonly end: number;
}

/** @throws AnalysisError npy/… except for the type of the elements, which may be any */
export function readNpyHeader(source: ByteSource): NpyHeader {
  const { text, begin, end } = headerText(source);
  checkShapeText(text, source, begin, end);
  const { literal, end: behind } = parsePythonLiteral(text, (position) => source.where(begin + position));
  const rest = /^[ \t\r\f]*\n?/.exec(text.slice(behind))?.[0].length ?? 0;
  if (behind + rest < text.length)
    throw refusal('npy/header', 'The header goes on after its dict', source.where(begin + behind + rest), AGAIN, SAVE);
  return { ...fieldsOf(literal, source.where(begin)), begin, end };
}

/** A length that was an array or a number of NumPy is written as one (numpy/numpy#9659); NumPy does not read it either. */
function checkShapeText(text: string, source: ByteSource, begin: number, end: number): void {
  const list = /'shape': \(((?:[^()]|\([^()]*\))*)\)/.exec(text);
  const [, shape = ''] = list ?? [];
  const odd = /(?:\w+\.)*\w+\([^()]*\)/.exec(shape)?.[0];
  if (list === null || odd === undefined) return;
  const lengths = shape.replace(/(?:\w+\.)*\w+\((\d+)(?:, dtype=\w+)?\)/g, '$1').trim();
  const [, descr] = /'descr': ('[^'\\]{1,20}')/.exec(text) ?? [];
  const order = text.includes("'fortran_order': True") ? ', order="F"' : '';
  const known = /^\d+(?:, ?\d+)*,?$/.test(lengths) && descr !== undefined;
  throw refusal(
    'npy/header',
    `The shape holds ${shortened(odd, 40)} where a number is expected: a bug of NumPy writes this when a length is an array, and NumPy cannot read it back`,
    source.where(begin + list.index + list[0].indexOf(odd)),
    known
      ? 'The numbers behind the header are sound:'
      : 'Write the file again, with lengths that are plain numbers, int(n):',
    known
      ? `np.save("grad.npy", np.memmap(${JSON.stringify(source.name)}, ${descr}, "r", ${end}, (${lengths})${order}))`
      : SAVE,
  );
}

/** The pickle of an object is never loaded; its first bytes say what it is of. */
const speaksOfSparse = (source: ByteSource, end: number): boolean =>
  /scipy\.sparse/.test(String.fromCharCode(...source.read(end, 512)));

/** The text of the header and where it lies. */
function headerText(source: ByteSource): { readonly text: string; readonly begin: number; readonly end: number } {
  const { size: length, where } = source;
  const cut = (part: string): AnalysisError =>
    refusal('npy/truncated', `It ends inside ${part}, at byte ${length}`, where(length), WAIT, SAVE);
  if (length === 0)
    throw refusal(
      'npy/empty',
      'It has 0 bytes',
      where(0),
      'If it is still being written, wait. Otherwise write it again:',
      SAVE,
    );
  const start = source.read(0, 64);
  checkMagic(start, source);
  if (length < 8) throw cut(length < 6 ? 'the magic bytes' : 'the version');
  const [major = 0, minor = 0] = start.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0)
    throw refusal(
      'npy/version',
      `Its version is ${major}.${minor}, and there are 1.0, 2.0 and 3.0`,
      where(6),
      'Write it with NumPy:',
      SAVE,
    );
  const begin = major === 1 ? 10 : 12;
  if (length < begin) throw cut('the length of the header');
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const claimed = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (claimed > MAX_HEADER && claimed <= length - begin)
    throw refusal(
      'npy/header',
      `The header has ${wholeNumber(claimed)} bytes, at most ${wholeNumber(MAX_HEADER)} are read`,
      where(8),
      AGAIN,
      SAVE,
    );
  if (claimed > length - begin)
    throw refusal(
      'npy/truncated',
      `The header claims ${wholeNumber(claimed)} bytes, and ${wholeNumber(length - begin)} follow`,
      where(length),
      WAIT,
      SAVE,
    );
  const end = begin + claimed;
  const raw = source.read(begin, claimed);
  // a conversion of line ends shifts every number, and only the header shows it
  if (raw.at(-1) === 0x0d && source.read(end, 1)[0] === 0x0a)
    throw refusal(
      'npy/damaged',
      'Its line ends became carriage return and line feed, so every number is shifted',
      where(end - 1),
      COPY,
      SAVE,
    );
  const text = decoded(raw, major);
  if (text === undefined) throw refusal('npy/header', 'The header is not UTF-8', where(begin), AGAIN, SAVE);
  if (text.trim() === '') throw refusal('npy/header', 'The header is empty', where(begin), AGAIN, SAVE);
  return { text, begin, end };
}

function checkMagic(start: Uint8Array, source: ByteSource): void {
  const where = source.where(0);
  if (isNpy(start) || (start.length < 6 && start.every((byte, k) => byte === MAGIC[k]))) return;
  const begin = hexadecimal(start.subarray(0, 6));
  const converted = /^(c2 93|ef bf bd|e2 80 9c) 4e/.exec(begin)?.[1];
  if (converted !== undefined)
    throw refusal(
      'npy/damaged',
      `Its first byte, 93, became ${converted}: it went through a text conversion`,
      where,
      COPY,
      SAVE,
    );
  const other = contentOf(source);
  if (other !== undefined) throw refusal('npy/magic', `It is ${other.what}`, where, other.remedy, other.fix);
  throw refusal(
    'npy/magic',
    `It begins with ${begin} instead of ${hexadecimal(MAGIC)}`,
    where,
    'Choose a .npy file, or write it again:',
    SAVE,
  );
}

/** Before version 3 a byte is a character. */
function decoded(raw: Uint8Array, major: number): string | undefined {
  if (major < 3) return String.fromCharCode(...raw);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined;
  }
}

const KEYS: ReadonlySet<string> = new Set(['descr', 'fortran_order', 'shape']);

function fieldsOf(
  header: PythonLiteral,
  where: string,
): {
  readonly descr: PythonLiteral;
  readonly fortran: boolean;
  readonly shape: readonly bigint[];
  readonly notes: readonly string[];
} {
  const refuse = (found: string, code: ProblemCode = 'npy/header'): AnalysisError =>
    refusal(code, found, where, AGAIN, SAVE);
  if (header.kind !== 'dict') throw refuse('The header is not a dict');
  for (const key of header.entries.keys())
    if (!KEYS.has(key)) throw refuse(`The header has the unknown key “${shortened(key)}”`);
  const field = (name: string): PythonLiteral => {
    const value = header.entries.get(name);
    if (value === undefined) throw refuse(`The header lacks “${name}”`);
    return value;
  };
  const [descr, order, shape] = [field('descr'), field('fortran_order'), field('shape')];
  if (order.kind !== 'boolean') throw refuse('The “fortran_order” of the header is neither True nor False');
  if (shape.kind !== 'tuple') throw refuse('The “shape” of the header is not a tuple of whole numbers', 'npy/shape');
  if (shape.items.length > MAX_DIMENSIONS)
    throw refuse(`The shape has ${shape.items.length} dimensions, at most ${MAX_DIMENSIONS} are possible`, 'npy/shape');
  const dimensions = shape.items.map((item, k) => {
    if (item.kind !== 'integer')
      throw refuse(`Item ${k} of the shape, ${described(item)}, is not a whole number`, 'npy/shape');
    if (item.value < 0n) throw refuse(`Item ${k} of the shape, ${item.value}, is negative`, 'npy/shape');
    return item.value;
  });
  const notes = shape.items.some((item) => item.kind === 'integer' && item.long)
    ? ['The header was written by Python 2.']
    : [];
  return { descr, fortran: order.value, shape: dimensions, notes };
}

const described = (item: PythonLiteral): string =>
  item.kind === 'other'
    ? shortened(item.text, 40)
    : item.kind === 'boolean'
      ? `a truth value`
      : item.kind === 'string'
        ? `the text “${shortened(item.value, 40)}”`
        : `a ${item.kind}`;

function notesOfElements({ element, complex }: Dtype): readonly string[] {
  if (complex === true) return ['Complex numbers count as two real parameters each.'];
  if (element === 'i8' || element === 'u8')
    return ['Whole numbers beyond 2⁵³ are rounded to float64 for the statistics.'];
  return element === 'b1' ? ['Truth values count as 0 and 1; any byte but 0 is true.'] : [];
}

function noteOfRest(source: ByteSource, end: number): readonly string[] {
  const rest = source.size - end;
  if (rest === 0) return [];
  const another = isNpy(source.read(end, 6)) ? 'another array begins there, which' : 'they';
  return [`${size(rest)} follow the data at byte ${end}; ${another} ${another === 'they' ? 'were' : 'was'} not read.`];
}

const size = (bytes: number): string => (bytes < 1e6 ? `${wholeNumber(bytes)} bytes` : byteCount(bytes));

/** @example shapeText([3]) // => '(3,)' */
export const shapeText = (shape: readonly (number | bigint)[]): string =>
  shape.length === 1 ? `(${shape.join()},)` : `(${shape.join(', ')})`;

function refusal(code: ProblemCode, found: string, where: string, remedy: string, fix?: string): AnalysisError {
  return new AnalysisError({ code, found, where, remedy, ...(fix !== undefined && { fix }) });
}
