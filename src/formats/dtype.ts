import type { ElementType } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { PythonLiteral } from './python-literal';
import { shortened } from './source';

export interface Dtype {
  readonly element: ElementType;
  readonly littleEndian: boolean;
  /** For people: `float32`, big-endian ones marked. */
  readonly name: string;
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
]);

const BFLOAT16: Dtype = { element: 'bf2', littleEndian: true, name: 'bfloat16' };

/**
 * The type of elements that the `descr` of a .npy header names.
 *
 * @param stated what the metadata says the elements are; it decides where the file itself leaves it open
 * @throws AnalysisError npy/dtype for everything that is not a real number
 */
export function dtypeOf(descr: PythonLiteral, where: string, stated?: string): Dtype {
  const refuse = (found: string, remedy: string, fix: string): never => {
    throw new AnalysisError({ code: 'npy/dtype', found, where, remedy, fix });
  };
  if (descr.kind === 'list') {
    const fields = descr.items.flatMap((field) =>
      field.kind === 'tuple' && field.items[0]?.kind === 'string' ? [shortened(field.items[0].value, 40)] : [],
    );
    return refuse(
      `It is a record array with the fields ${fields.slice(0, 8).join(', ') || '(none)'}`,
      'Save one field of it:',
      `np.save("grad.npy", arr[${JSON.stringify(fields[0] ?? 'g')}])`,
    );
  }
  if (descr.kind !== 'string')
    return refuse('The “descr” of the header is not a dtype', 'Save real numbers:', astype('float32'));
  const text = descr.value;
  if (text === 'bfloat16') return BFLOAT16;
  if (/^[<|]?V2$/.test(text)) {
    if (stated === 'bfloat16') return BFLOAT16;
    return refuse(
      `The elements are ${text}, two bytes without a type: bfloat16 is saved so, but so are others`,
      'If they are bfloat16, say so in the .meta.json file beside it:',
      '{"dtype": "bfloat16"}',
    );
  }
  const [, order = '', code = ''] = /^([<>|=]?)([a-zA-Z]\d*)$/.exec(text) ?? [];
  if (stated === 'bfloat16' && /^[ui]2$/.test(code)) return { ...BFLOAT16, littleEndian: order !== '>' };
  const known = TYPES.get(code);
  if (known === undefined) return refuse(...reason(code, shortened(text, 40)));
  const [element, name] = known;
  // single bytes have no order
  const big = order === '>' && !code.endsWith('1');
  return { element, littleEndian: !big, name: big ? `${name}, big-endian` : name };
}

const astype = (type: string): string => `np.save("grad.npy", grads.astype(np.${type}))`;

function reason(code: string, shown: string): [found: string, remedy: string, fix: string] {
  const convert = 'Save real numbers:';
  switch (code.charAt(0)) {
    case 'O':
      return ['The elements are Python objects (pickle), which are never loaded here', convert, astype('float32')];
    case 'c':
      return [
        `The elements are complex numbers (${shown})`,
        'Save one part of them:',
        'np.save("grad.npy", grads.real)',
      ];
    case 'M':
    case 'm':
      return [`The elements are dates or durations (${shown})`, convert, astype('float64')];
    case 'S':
    case 'U':
    case 'a':
      return [`The elements are text (${shown})`, convert, astype('float32')];
    case 'V':
      return [`The elements are ${shown}, bytes without a type`, convert, astype('float32')];
    default:
  }
  if (code === 'f1') return [`The elements are ${shown}, an 8-bit float of some kind`, convert, astype('float32')];
  if (/^(?:f1[026]|g\d*)$/.test(code)) return [`The elements are long doubles (${shown})`, convert, astype('float64')];
  return [`The elements are “${shown}”, which is no type of numbers`, convert, astype('float32')];
}
