import { ELEMENT_BYTES } from '../../src/shared/dump';
import type { ElementType, GradientDump, Layer, StoredArray } from '../../src/shared/dump';
import { encodeFloat16 } from './float16';

interface Storage {
  readonly element?: ElementType;
  readonly order?: 'C' | 'F';
  readonly littleEndian?: boolean;
  readonly layers?: readonly Layer[];
  /** Widths of arrays side by side; one array by default. */
  readonly widths?: readonly number[];
  /** Bytes before the first element, as a header leaves them; odd ones break every alignment. */
  readonly offset?: number;
}

/** Rows as a dump in memory, encoded as asked. */
export function stored(
  rows: readonly (readonly number[] | Float64Array | Float32Array)[],
  storage: Storage = {},
): GradientDump {
  const { element = 'f8', order = 'C', littleEndian = true, layers = [], offset = 0 } = storage;
  const samples = rows.length;
  const parameters = rows[0]?.length ?? 0;
  let from = 0;
  const arrays = (storage.widths ?? [parameters]).map((columns): StoredArray => {
    const size = ELEMENT_BYTES[element];
    const bytes = new Uint8Array(offset + samples * columns * size);
    const view = new DataView(bytes.buffer, offset);
    for (let i = 0; i < samples; i++)
      for (let j = 0; j < columns; j++)
        WRITERS[element](
          view,
          (order === 'C' ? i * columns + j : j * samples + i) * size,
          rows[i]![from + j]!,
          littleEndian,
        );
    from += columns;
    return { columns, element, littleEndian, order, location: { kind: 'memory', bytes, offset } };
  });
  return {
    name: 'rows.npy',
    path: '/rows.npy',
    format: 'npy',
    rows: samples,
    parameters,
    dtype: element,
    bytes: samples * parameters * ELEMENT_BYTES[element],
    layers,
    arrays,
    metadata: {},
    notes: [],
  };
}

/** The same dump on a disk. */
export function inFile(
  dump: GradientDump,
  path: string,
  write: (path: string, bytes: Uint8Array) => void,
): GradientDump {
  const parts = dump.arrays.map(({ location }) => (location.kind === 'memory' ? location.bytes : new Uint8Array()));
  let offset = 0;
  const arrays = dump.arrays.map((array, k) => {
    const at = offset + array.location.offset;
    offset += parts[k]!.length;
    return { ...array, location: { kind: 'file', path, offset: at } as const };
  });
  write(path, Buffer.concat(parts));
  return { ...dump, path, arrays };
}

type Writer = (view: DataView, at: number, value: number, little: boolean) => void;
const WRITERS: Readonly<Record<ElementType, Writer>> = {
  f2: (view, at, value, little) => view.setUint16(at, encodeFloat16(value), little),
  bf2: (view, at, value, little) => {
    const single = new DataView(new ArrayBuffer(4));
    single.setFloat32(0, value);
    view.setUint16(at, single.getUint16(0), little);
  },
  f4: (view, at, value, little) => view.setFloat32(at, value, little),
  f8: (view, at, value, little) => view.setFloat64(at, value, little),
  i1: (view, at, value) => view.setInt8(at, value),
  i2: (view, at, value, little) => view.setInt16(at, value, little),
  i4: (view, at, value, little) => view.setInt32(at, value, little),
  i8: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little),
  u1: (view, at, value) => view.setUint8(at, value),
  u2: (view, at, value, little) => view.setUint16(at, value, little),
  u4: (view, at, value, little) => view.setUint32(at, value, little),
  u8: (view, at, value, little) => view.setBigUint64(at, BigInt(value), little),
  b1: (view, at, value) => view.setUint8(at, value),
};
