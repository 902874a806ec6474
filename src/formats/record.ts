import { dtypeOf, itemBytes, kindOf } from './dtype';
import type { Dtype } from './dtype';
import type { NamedArray } from './named-arrays';
import type { NpyHeader } from './npy';
import type { PythonLiteral } from './python-literal';
import type { ByteSource } from './source';
import { shortened } from './source';
import { contiguous, elementsOf, stridedArray } from './strided';

interface Field {
  readonly name: string;
  readonly descr: PythonLiteral;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** In a record, in bytes. */
  readonly offset: number;
}

export interface RecordFields {
  readonly fields: readonly NamedArray[];
  /** Where the fields lie without gaps and are of one floating type, a record is a row as it stands. */
  readonly rows?: { readonly dtype: Dtype; readonly parameters: number };
}

/**
 * The fields of a record array, each an array of its own whose elements lie in steps of one record.
 *
 * @returns undefined where a field is not a plain array of numbers: text, objects, records in records
 */
export function recordFields(header: NpyHeader, source: ByteSource, path: readonly string[]): RecordFields | undefined {
  const { descr, shape, fortran, begin, end } = header;
  if (descr.kind !== 'list' || shape.length === 0 || (fortran && shape.length > 1)) return undefined;
  const fields: Field[] = [];
  let record = 0;
  for (const item of descr.items) {
    if (item.kind !== 'tuple') return undefined;
    const [name, type, lengths] = item.items;
    if (name?.kind !== 'string' || type?.kind !== 'string') return undefined;
    const inner = lengths === undefined ? [] : lengths.kind === 'integer' ? [lengths] : lengths.kind === 'tuple' ? lengths.items : undefined; // prettier-ignore
    const sizes = inner?.map((length) => (length.kind === 'integer' ? Number(length.value) : -1));
    if (sizes === undefined || sizes.some((length) => length < 0)) return undefined;
    const count = sizes.reduce((product, length) => product * length, 1);
    // NumPy writes the bytes between fields as a field without a name
    const padding = name.value === '' ? /^\|V(\d+)$/.exec(type.value)?.[1] : undefined;
    if (padding === undefined) {
      if (kindOf(type) === 'text' || kindOf(type) === 'object') return undefined;
      const dtype = dtypeOf(type, source.where(begin));
      if (dtype.complex === true) return undefined;
      fields.push({ name: name.value, descr: type, dtype, shape: sizes, offset: record });
      record += count * itemBytes(dtype);
    } else record += count * Number(padding);
  }
  if (fields.length === 0) return undefined;
  const outer = shape.map(Number);
  const records = outer.reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(records * record) || records * record > source.size - end) return undefined;
  const arrays = fields.map(({ name, descr: type, dtype, shape: inner, offset }): NamedArray => {
    const view = {
      ...{ element: dtype.element, littleEndian: dtype.littleEndian, offset: end + offset },
      shape: [...outer, ...inner],
      strides: [...contiguous(outer, record), ...contiguous(inner, itemBytes(dtype))],
    };
    const what = {
      name: shortened(name),
      fix: 'np.savez("grad.npz", **{name: grads[name] for name in grads.dtype.names})',
    };
    return {
      path: [...path, name],
      shape: view.shape,
      kind: kindOf(type),
      dtype: dtype.name,
      where: `field “${shortened(name)}”`,
      stored: (limits) => stridedArray(view, source, limits, what),
      values: () => elementsOf(view, source),
    };
  });
  const packed = fields.reduce((sum, field) => sum + bytesEach(field), 0) === record;
  const [first] = fields;
  const alike = fields.every(
    ({ descr: type, dtype }) => dtype.name === first?.dtype.name && kindOf(type) === 'floating',
  );
  const columns = shape.length === 1 && packed && alike ? first?.dtype : undefined;
  return { fields: arrays, ...(columns && { rows: { dtype: columns, parameters: record / itemBytes(columns) } }) };
}

const bytesEach = ({ shape, dtype }: Field): number =>
  shape.reduce((product, length) => product * length, itemBytes(dtype));
