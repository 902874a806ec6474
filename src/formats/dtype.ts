import { ELEMENT_BYTES } from '../shared/dump';
import type { ElementType } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import { FLOAT8, isFloat8 } from './float8';
import type { Float8 } from './float8';
import type { PythonLiteral } from './python-literal';
import { shortened } from './source';

export interface Dtype {
  readonly element: ElementType;
  readonly littleEndian: boolean;
  /** For people: `float32`, big-endian ones marked. */
  readonly name: string;
  /** Two real numbers an element, one after the other. */
  readonly complex?: boolean;
  /** What its single bytes are. */
  readonly float8?: Float8;
}

/** NumPy's kind and size → ours, and its name. A Map, so that no name of a prototype is ever found in it. */
const TYPES: ReadonlyMap<string, readonly [ElementType, string]> = new Map([
  ['f2', ['f2', 'float16']],
  ['f4', ['f4', 'float32']],
  ['f8', ['f8', 'float64']],
  ['i1', ['i1', 'int8']],
  ['i2', ['i2', 'int16']],
  ['i4', ['i4', 'int32']],
  ['i8', ['i8', 'int64']],
  ['u1', ['u1', 'uint8']],
  ['u2', ['u2', 'uint16']],
  ['u4', ['u4', 'uint32']],
  ['u8', ['u8', 'uint64']],
  ['b1', ['b1', 'bool']],
  ['c8', ['f4', 'complex64']],
  ['c16', ['f8', 'complex128']],
]);
/** The names that NumPy takes for its codes, in the order of bytes of the machine. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...[...TYPES].map(([code, [, name]]): [string, string] => [name, code]),
  ['half', 'f2'],
  ['single', 'f4'],
  ['double', 'f8'],
  ['float', 'f8'],
  ['byte', 'i1'],
  ['ubyte', 'u1'],
]);

const BFLOAT16: Dtype = { element: 'bf2', littleEndian: true, name: 'bfloat16' };

/**
 * The type of elements that the `descr` of a .npy header names.
 *
 * @param stated what the metadata says the elements are; it decides where the file itself leaves it open
 * @throws AnalysisError npy/dtype for everything that is not a real number
 */
export function dtypeOf(descr: PythonLiteral, where: string, stated?: string, object?: ObjectArray): Dtype {
  const refuse = (found: string, remedy: string, fix?: string): never => {
    throw new AnalysisError({ code: 'npy/dtype', found, where, remedy, ...(fix !== undefined && { fix }) });
  };
  if (descr.kind === 'list') {
    const fields = descr.items.flatMap((field) =>
      field.kind === 'tuple' && field.items[0]?.kind === 'string' ? [shortened(field.items[0].value, 40)] : [],
    );
    return refuse(
      `It is a record array with the fields ${fields.slice(0, 8).join(', ') || '(none)'}`,
      'Save its fields as arrays:',
      'np.savez("grad.npz", **{name: grads[name] for name in grads.dtype.names})',
    );
  }
  if (descr.kind !== 'string')
    return refuse('The “descr” of the header is not a dtype', 'Save real numbers:', astype('float32'));
  const text = descr.value;
  if (text === 'bfloat16') return BFLOAT16;
  if (/^[<|]?V2$/.test(text)) {
    if (stated === 'bfloat16') return BFLOAT16;
    return refuse(
      `The elements are ${text}, two bytes without a type: bfloat16 is saved like this, but so are others`,
      'If they are bfloat16, say so in the .meta.json file beside it:',
      '{"dtype": "bfloat16"}',
    );
  }
  const [, order = '', code = ''] = /^([<>|=]?)([a-zA-Z]\d*)$/.exec(text) ?? ['', '', NAMES.get(text)];
  // PyTorch's bfloat16 has no NumPy type, and goes through one of 16 bits
  if (stated === 'bfloat16' && /^[ui]2$/.test(code)) return { ...BFLOAT16, littleEndian: order !== '>' };
  const float8 = (stated ?? '').replace(/^(?:torch|ml_dtypes|jnp)\./, '');
  if (isFloat8(float8) && /^(?:[uif]1|V1)$/.test(code)) return { element: 'u1', littleEndian: true, name: float8, float8 }; // prettier-ignore
  const known = TYPES.get(code);
  if (known === undefined) return refuse(...reason(code, shortened(text, 40), object));
  const [element, name] = known;
  // single bytes have no order
  const big = order === '>' && !code.endsWith('1');
  const complex = code.startsWith('c');
  return { element, littleEndian: !big, name: big ? `${name}, big-endian` : name, ...(complex && { complex }) };
}

/** The name of a type that a person or a program wrote: `<f4`, `float32`, `double`. */
export function nameOfType(written: string): string {
  const code = NAMES.get(written) ?? written.replace(/^[<>|=]/, '');
  return TYPES.get(code)?.[1] ?? written;
}

/** Bytes of an element. */
export const itemBytes = ({ element, complex }: Dtype): number => ELEMENT_BYTES[element] * (complex === true ? 2 : 1);

/** What is to be seen of an array of Python objects without loading them. */
export interface ObjectArray {
  readonly axes: number;
  /** Whether its pickle speaks of scipy.sparse. */
  readonly sparse: boolean;
}

/** The kind of elements that the `descr` of a header names. */
export function kindOf(descr: PythonLiteral): 'floating' | 'integer' | 'boolean' | 'text' | 'object' {
  if (descr.kind !== 'string') return 'object';
  const letter = (NAMES.get(descr.value) ?? descr.value.replace(/^[<>|=]/, '')).charAt(0);
  if (letter === 'i' || letter === 'u') return 'integer';
  if (letter === 'b') return descr.value === 'bfloat16' ? 'floating' : 'boolean';
  if (/[SUaMm]/.test(letter)) return 'text';
  return letter === 'O' ? 'object' : 'floating';
}

const astype = (type: string): string => `np.save("grad.npy", grads.astype(np.${type}))`;

function reason(code: string, shown: string, object?: ObjectArray): [found: string, remedy: string, fix?: string] {
  const convert = 'Save real numbers:';
  if (code === 'f1' || code === 'V1') {
    const what =
      code === 'f1' ? 'an 8-bit float of some kind' : 'single bytes without a type: 8-bit floats are saved like this';
    const names = `${FLOAT8.slice(0, -1).join(', ')} or ${FLOAT8.at(-1) ?? ''}`;
    return [`The elements are ${shown}, ${what}`, `Say in the .meta.json file beside it that “dtype” is ${names}, or save numbers of a known type:`, astype('float32')]; // prettier-ignore
  }
  switch (code.charAt(0)) {
    case 'O':
      return ['The elements are Python objects (pickle), which are never loaded here', ...ofObjects(object)];
    case 'M':
    case 'm':
      return [`The elements are dates or durations (${shown})`, convert, astype('float64')];
    case 'S':
    case 'U':
    case 'a':
      return [`The elements are text (${shown})`, 'If it is that of numbers, save the numbers:', astype('float64')];
    case 'V':
      return [`The elements are ${shown}, bytes without a type`, convert, astype('float32')];
    default:
  }
  if (/^(?:f1[026]|g\d*)$/.test(code)) return [`The elements are long doubles (${shown})`, convert, astype('float64')];
  return [`The elements are “${shown}”, which is not a type of number`, convert, astype('float32')];
}

/** What np.save was given when it pickled: a dict, a sparse matrix, or a list of arrays of different shapes. */
function ofObjects(object: ObjectArray = { axes: 0, sparse: false }): [remedy: string, fix: string] {
  if (object.sparse) return ['Save it dense:', 'np.save("grad.npy", grads.toarray())'];
  if (object.axes === 0) return ['If it is a dict of arrays, save them as such:', 'np.savez("grad.npz", **grads)'];
  return ['If they are arrays, save them as such:', 'np.savez("grad.npz", *grads)'];
}
