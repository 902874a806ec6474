import { ELEMENT_BYTES } from '../shared/dump';
import type { ElementType, StoredArray } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { ProblemCode } from '../shared/problem';
import { dtypeOf } from './dtype';
import { nameOfContent } from './magic';
import { parsePythonLiteral } from './python-literal';
import type { PythonLiteral } from './python-literal';
import type { ByteSource } from './source';

/** One array of a .npy file, or of an entry of a .npz. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly element: ElementType;
  readonly littleEndian: boolean;
  readonly dtype: string;
  readonly order: 'C' | 'F';
  /** Position of the first element in the source. */
  readonly offset: number;
  readonly bytes: number;
  readonly notes: readonly string[];
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const HEADER_LIMIT = 10_000;
const SAVE = 'np.save("grad.npy", grads)';

/**
 * Reads and checks the header of a .npy file, versions 1.0, 2.0 and 3.0; the data only by its length.
 *
 * @param begin position of the magic bytes, @param end position after the last byte that may belong to the array
 * @throws AnalysisError npy/…
 * @see NumPy, "NEP 1 — A Simple File Format for NumPy Arrays"
 */
export function readNpy(source: ByteSource, begin = 0, end = source.size): NpyArray {
  const size = end - begin;
  const refuse = (code: ProblemCode, found: string, position: number, remedy: string, fix?: string): AnalysisError =>
    new AnalysisError({ code, found, where: `byte ${begin + position}`, remedy, ...(fix !== undefined && { fix }) });
  const cut = (found: string, position: number): AnalysisError =>
    refuse(
      'npy/truncated',
      found,
      position,
      'If it is still being written, wait: it is analyzed when it is whole. Otherwise write it again:',
      SAVE,
    );

  if (size === 0)
    throw refuse(
      'npy/empty',
      'The file has 0 bytes',
      0,
      'If it is still being written, wait. Otherwise write it again:',
      SAVE,
    );
  const start = source.read(begin, Math.min(size, 4096));
  const wrong = MAGIC.findIndex((byte, index) => index < start.length && start[index] !== byte);
  if (wrong >= 0) {
    if ((start[0] === 0xc2 && start[1] === 0x93) || (start[0] === 0xef && start[1] === 0xbf && start[2] === 0xbd))
      throw refuse(
        'npy/damaged',
        'Its first byte went through a text conversion',
        0,
        'Copy it in binary mode, or write it again:',
        SAVE,
      );
    const other = nameOfContent(start);
    throw refuse(
      'npy/magic',
      other === undefined
        ? `It begins with ${hex(start.subarray(0, 6))} instead of ${hex(MAGIC)}`
        : `It is ${other.what}`,
      0,
      other?.remedy ?? 'Choose a .npy file, or write it again:',
      other === undefined ? SAVE : undefined,
    );
  }
  if (start.length < 10) throw cut(`It has ${start.length} bytes, fewer than the shortest header`, start.length);
  const [major = 0, minor = 0] = start.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0)
    throw refuse('npy/version', `Its version is ${major}.${minor}`, 6, 'Write it with NumPy:', SAVE);
  const prefix = major === 1 ? 10 : 12;
  if (size < prefix) throw cut('It ends inside the length of the header', size);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > size - prefix) throw cut(`The header claims ${length} bytes, ${size - prefix} follow`, size);
  if (length > HEADER_LIMIT)
    throw refuse(
      'npy/header',
      `The header has ${length} bytes, the limit is ${HEADER_LIMIT}`,
      8,
      'Write the file again:',
      SAVE,
    );
  const raw = source.read(begin + prefix, length);
  const offset = prefix + length;
  // a text conversion that adds carriage returns shifts every number, and the header alone shows it
  if (raw.at(-1) === 0x0d && source.read(begin + offset, 1)[0] === 0x0a)
    throw refuse(
      'npy/damaged',
      'Its line ends became carriage return and line feed, so every number is shifted',
      offset - 1,
      'Copy it in binary mode, or write it again:',
      SAVE,
    );
  const text = decodeHeader(raw, major, (position) =>
    refuse('npy/header', 'The header is not text', prefix + position, 'Write the file again:', SAVE),
  );
  if (text.trim() === '') throw refuse('npy/header', 'The header is empty', prefix, 'Write the file again:', SAVE);
  const { descr, fortran, shape } = headerFields(
    parsePythonLiteral(text, begin + prefix),
    `bytes ${begin + prefix} to ${begin + offset}`,
  );
  const newline = text.indexOf('\n');
  if (newline >= 0 && newline < text.length - 1 && text.slice(newline).trim() !== '')
    throw refuse(
      'npy/header',
      'The header goes on after its line end',
      prefix + newline,
      'Write the file again:',
      SAVE,
    );

  const where = `bytes ${begin + prefix} to ${begin + offset}`;
  const { element, littleEndian, name } = dtypeOf(descr, where);
  const itemsize = ELEMENT_BYTES[element];
  const elements = shape.reduce((product, dimension) => product * dimension, 1n);
  const bytes = elements * BigInt(itemsize);
  const present = size - offset;
  const notes: string[] = [];
  if (bytes > BigInt(present)) {
    const row = shape.slice(1).reduce((product, dimension) => product * dimension, BigInt(itemsize));
    const whole = row > 0n ? BigInt(present) / row : 0n;
    throw cut(
      `The header says ${shapeText(shape)} ${name}, ${bytes} bytes of data; the file has ${present} of them, ${whole} whole rows`,
      size,
    );
  }
  if (bytes < BigInt(present))
    notes.push(
      `${BigInt(present) - bytes} bytes follow the data, from byte ${begin + offset + Number(bytes)} on, and were not read`,
    );
  return {
    shape: shape.map(Number),
    element,
    littleEndian,
    dtype: name,
    order: fortran ? 'F' : 'C',
    offset: begin + offset,
    bytes: Number(bytes),
    notes,
  };
}

/** An array as a column block of a dump: axis 0 are the examples, the other axes are flattened in C order. */
export function asRows(
  { shape, element, littleEndian, order, offset }: NpyArray,
  source: ByteSource,
): { samples: number; array: StoredArray } {
  const [samples = 0, ...rest] = shape;
  if (shape.length === 0)
    throw new AnalysisError({
      code: 'data/one-dimension',
      found: 'The array is a single number',
      remedy: 'Save examples × parameters:',
      fix: SAVE,
    });
  if (shape.length === 1)
    throw new AnalysisError({
      code: 'data/one-dimension',
      found: `The array has the shape (${samples},): one vector, while a dump is examples × parameters`,
      remedy: 'If it is one gradient, there is no covariance. If rows were flattened, give them back their shape:',
      fix: 'np.save("grad.npy", grads.reshape(N, -1))',
    });
  const columns = rest.reduce((product, dimension) => product * dimension, 1);
  if (samples === 0 || columns === 0)
    throw new AnalysisError({
      code: 'npy/shape',
      found: `The shape ${shapeText(shape)} holds no elements`,
      remedy: 'Save at least two examples:',
      fix: SAVE,
    });
  // Fortran order of more than two axes scatters a row's parameters: flattening them in C order needs another layout
  if (order === 'F' && rest.filter((dimension) => dimension > 1).length > 1)
    throw new AnalysisError({
      code: 'npy/shape',
      found: `The array ${shapeText(shape)} is in Fortran order with ${shape.length} axes`,
      remedy: 'Flatten its rows before saving:',
      fix: 'np.save("grad.npy", np.ascontiguousarray(grads).reshape(len(grads), -1))',
    });
  return { samples, array: { columns, element, littleEndian, order, location: source.location(offset) } };
}

function decodeHeader(raw: Uint8Array, major: number, refuse: (position: number) => AnalysisError): string {
  try {
    // latin-1 before version 3, where a byte is a character
    return major < 3 ? String.fromCharCode(...raw) : new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw refuse(0);
  }
}

function headerFields(
  header: PythonLiteral,
  where: string,
): { descr: PythonLiteral; fortran: boolean; shape: readonly bigint[] } {
  const refuse = (found: string, code: ProblemCode = 'npy/header'): AnalysisError =>
    new AnalysisError({ code, found, where, remedy: 'Write the file again:', fix: SAVE });
  if (header.kind !== 'dict') throw refuse('The header is not a dict');
  const fields = new Map(header.entries);
  for (const key of fields.keys())
    if (key !== 'descr' && key !== 'fortran_order' && key !== 'shape')
      throw refuse(`The header has an unknown key “${key.slice(0, 40)}”`);
  const field = (name: string): PythonLiteral => {
    const value = fields.get(name);
    if (value === undefined) throw refuse(`The header lacks “${name}”`);
    return value;
  };
  const [descr, order, shape] = [field('descr'), field('fortran_order'), field('shape')];
  if (order.kind !== 'boolean') throw refuse('The “fortran_order” of the header is neither True nor False');
  if (shape.kind !== 'tuple') throw refuse('The “shape” of the header is not a tuple of whole numbers', 'npy/shape');
  if (shape.items.length > 64)
    throw refuse(`The shape has ${shape.items.length} dimensions, at most 64 are possible`, 'npy/shape');
  const dimensions = shape.items.map((item) => {
    if (item.kind !== 'integer') throw refuse('The “shape” of the header is not a tuple of whole numbers', 'npy/shape');
    if (item.value < 0n) throw refuse(`The shape has the negative dimension ${item.value}`, 'npy/shape');
    if (item.value > BigInt(Number.MAX_SAFE_INTEGER))
      throw refuse(`The dimension ${item.value} is too large`, 'npy/shape');
    return item.value;
  });
  const elements = dimensions
    .filter((dimension) => dimension > 0n)
    .reduce((product, dimension) => product * dimension, 1n);
  if (elements > BigInt(Number.MAX_SAFE_INTEGER))
    throw refuse(`The shape ${shapeText(dimensions)} is too large`, 'npy/shape');
  return { descr, fortran: order.value, shape: dimensions };
}

export const shapeText = (shape: readonly (number | bigint)[]): string =>
  shape.length === 1 ? `(${shape[0] ?? 0},)` : `(${shape.join(', ')})`;
const hex = (bytes: Iterable<number>): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
