import type { Content, Format } from './format';
import { dumpOf, isBesideName } from './named-arrays';
import { isNpy, readNpy, readNpyHeader, shapeText } from './npy';
import type { NpyHeader } from './npy';
import { recordFields } from './record';
import { asRows, rowsAndColumns } from './rows';
import type { ReadLimits } from './read-limits';
import type { ByteSource } from './source';

/** `.npy`: [n, …], axis 0 the examples, the other axes flattened in C order. */
export const npyFormat: Format = {
  id: 'npy',
  sniff: isNpy,
  magic: true,
  read: (source, limits, stated) => {
    const header = readNpyHeader(source);
    const records = recordDump(header, source, limits);
    if (records !== undefined) return records;
    const npy = readNpy(source, stated);
    const { rows: n, array } = asRows(npy, source, limits);
    const { shape, dtype, notes } = npy;
    return {
      rows: n,
      parameters: array.columns,
      dtype: dtype.name,
      shape,
      layers: [],
      arrays: [array],
      metadata: {},
      notes: [...notes, ...noteOfAxes(shape)],
    };
  },
};

/** Only the writer knows whether the first axis are the examples, or steps whose examples are the second. */
const noteOfAxes = (shape: readonly number[]): readonly string[] =>
  shape.length > 2 && shape.slice(1).filter((length) => length > 1).length > 1
    ? [`The first axis of the shape ${shapeText(shape)} counts as the examples, the others as parameters.`]
    : [];

/** A record array: its fields are layers, or what accompanies them. */
function recordDump(header: NpyHeader, source: ByteSource, limits: ReadLimits): Content | undefined {
  const records = recordFields(header, source, []);
  if (records === undefined) return undefined;
  const { fields, rows } = records;
  const layers = fields.map(({ path: [name = ''], shape }) => ({
    name,
    size: shape.slice(1).reduce((product, length) => product * length, 1),
  }));
  if (rows === undefined || fields.some(({ path: [name = ''] }) => isBesideName(name)))
    return dumpOf(fields, [], { source, code: 'npz/entries', python: { load: FIELDS } }, limits);
  const { dtype } = rows;
  const [n, parameters] = rowsAndColumns([...header.shape.map(Number), rows.parameters], source.where(0));
  const { element, littleEndian } = dtype;
  return {
    rows: n,
    parameters,
    dtype: dtype.name,
    layers: layers.filter(({ size }) => size > 0),
    arrays: [{ columns: parameters, element, littleEndian, order: 'C', location: source.location(header.end) }],
    metadata: {},
    notes: header.notes,
  };
}

const FIELDS = '{name: grads[name] for name in grads.dtype.names}';
