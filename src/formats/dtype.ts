import type { ElementType } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { PythonLiteral } from './python-literal';

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

/**
 * The type of elements that a `descr` names.
 *
 * @throws AnalysisError npy/dtype for everything that is not a real number; npy/header for what is no dtype at all
 */
export function dtypeOf(descr: PythonLiteral, where: string): Dtype {
  if (descr.kind === 'list') {
    const fields = descr.items.flatMap((field) =>
      field.kind === 'tuple' && field.items[0]?.kind === 'string' ? [field.items[0].value] : [],
    );
    throw refused(
      `It is a record array with the fields ${fields.slice(0, 8).join(', ') || '(none)'}`,
      `np.save("grad.npy", arr["${fields[0] ?? 'g'}"])`,
      where,
    );
  }
  if (descr.kind !== 'string')
    throw new AnalysisError({
      code: 'npy/header',
      found: 'The “descr” of the header is not a dtype',
      where,
      remedy: 'Write the file again:',
      fix: 'np.save("grad.npy", grads)',
    });
  const text = descr.value;
  if (text === 'bfloat16') return { element: 'bf2', littleEndian: true, name: 'bfloat16' };
  const [, order = '', code = ''] = /^([<>|=]?)([a-zA-Z]\d*)$/.exec(text) ?? [];
  const known = TYPES.get(code);
  if (known !== undefined) {
    const [element, name] = known;
    const big = order === '>' && element !== 'i1' && element !== 'u1' && element !== 'b1';
    return { element, littleEndian: !big, name: big ? `${name}, big-endian` : name };
  }
  const [found, fix] = reason(code, text.slice(0, 40));
  throw refused(found, fix, where);
}

const refused = (found: string, fix: string, where: string): AnalysisError =>
  new AnalysisError({ code: 'npy/dtype', found, where, remedy: 'Save real numbers:', fix });

function reason(code: string, shown: string): [found: string, fix: string] {
  const kind = code.charAt(0);
  const astype = (type: string): string => `np.save("grad.npy", grads.astype(np.${type}))`;
  if (kind === 'O') return ['The elements are Python objects (pickle), which are never loaded here', astype('float32')];
  if (kind === 'c') return [`The elements are complex numbers (${shown})`, 'np.save("grad.npy", grads.real)'];
  if (code === 'V2')
    return [`The elements are ${shown}: two bytes without a type, most likely bfloat16`, astype('float32')];
  if (code === 'V1' || code === 'f1')
    return [`The elements are ${shown}: most likely an 8-bit float`, astype('float32')];
  if (code === 'f12' || code === 'f16' || code === 'g')
    return [`The elements are long doubles (${shown})`, astype('float64')];
  if (kind === 'M' || kind === 'm') return [`The elements are dates or durations (${shown})`, astype('float64')];
  if (kind === 'S' || kind === 'U' || kind === 'a') return [`The elements are text (${shown})`, astype('float32')];
  return [`The elements are ${shown}, which is no type of numbers`, astype('float32')];
}
