import { endianness } from 'node:os';
import type { DumpMetadata, Layer, StoredArray } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import { contentOf } from './content';
import type { Format } from './format';
import { parseJson } from './json-parser';
import type { JsonDocument } from './json-parser';
import { isList, isObject, JsonMatrix, kindOf, pathStep } from './json-value';
import type { JsonObject, JsonValue } from './json-value';
import { readMetadata } from './metadata';
import type { Means } from './rows';
import { shortened } from './source';
import type { ByteSource } from './source';

/** A dump in JSON, decoded: there is no random access in a text. */
interface JsonDump {
  readonly samples: number;
  readonly parameters: number;
  readonly layers: readonly Layer[];
  readonly arrays: readonly StoredArray[];
  readonly metadata: DumpMetadata;
}

/** `.json`, with its metadata inside. */
export const jsonFormat: Format = {
  id: 'json',
  extensions: ['.json'],
  sniff: (start) => /^\s*[[{]/.test(String.fromCharCode(...start)),
  read: (source, means) => {
    const { value, notes } = parseJsonFile(source, means);
    return { ...jsonDump(value, source.name), dtype: 'float64', notes };
  },
};

/** @throws AnalysisError json/…, file/too-large */
export function parseJsonFile(source: ByteSource, means: Means): JsonDocument {
  const start = source.read(0, 64);
  const other = contentOf(start);
  if (other === undefined || /(?:JSON|CSV)$/.test(other.what)) return parseJson(source, means);
  throw new AnalysisError({
    code: other.what.includes('UTF-16') ? 'json/encoding' : 'json/syntax',
    found: `It is ${other.what}`,
    where: source.where(0),
    remedy: other.remedy,
  });
}

/**
 * `[[…], …]`, `{"gradients": [[…], …], …}`, or `{"layers": {"name": [[…], …]}, …}`.
 *
 * @param file for messages
 * @throws AnalysisError json/shape with the path of the first row or number that does not fit; metadata/invalid
 */
function jsonDump(value: JsonValue, file: string): JsonDump {
  if (!isObject(value)) return { ...oneArray(matrixOf(value, '$')), layers: [], metadata: {} };
  const gradients = value.get('gradients');
  const layers = value.get('layers');
  if (gradients === undefined) {
    if (!isObject(layers)) throw noMatrix(value);
    const metadata = readMetadata(new Map([...value].filter(([key]) => key !== 'layers')), `${file}, $`);
    return { ...layered(layers), metadata };
  }
  if (isObject(layers)) throw shape('Both “gradients” and “layers” hold matrices', '$', 'Keep one of the two.');
  return { ...oneArray(matrixOf(gradients, '$.gradients')), layers: [], metadata: readMetadata(value, `${file}, $`) };
}

function layered(layers: JsonObject): Omit<JsonDump, 'metadata'> {
  const parts = [...layers].map(([name, part]) => ({ name, matrix: matrixOf(part, `$.layers${pathStep(name)}`) }));
  const [first] = parts;
  if (first === undefined) throw shape('There are no layers', '$.layers');
  const samples = first.matrix.rows;
  for (const { name, matrix } of parts)
    if (matrix.rows !== samples)
      throw shape(
        `The layer “${shortened(name)}” has ${matrix.rows} rows, “${shortened(first.name)}” has ${samples}`,
        `$.layers${pathStep(name)}`,
        'Give each layer one row for each example.',
      );
  return {
    samples,
    parameters: parts.reduce((sum, { matrix }) => sum + matrix.columns, 0),
    layers: parts.map(({ name, matrix }) => ({ name, size: matrix.columns })),
    arrays: parts.map(({ matrix }) => stored(matrix)),
  };
}

const oneArray = (matrix: JsonMatrix): Pick<JsonDump, 'samples' | 'parameters' | 'arrays'> => ({
  samples: matrix.rows,
  parameters: matrix.columns,
  arrays: [stored(matrix)],
});

const stored = ({ columns, numbers }: JsonMatrix): StoredArray => ({
  columns,
  element: 'f8',
  littleEndian: endianness() === 'LE',
  order: 'C',
  location: { kind: 'memory', bytes: new Uint8Array(numbers.buffer), offset: numbers.byteOffset },
});

/** The matrix, or the first place where it is none. */
function matrixOf(value: JsonValue, path: string): JsonMatrix {
  if (value instanceof JsonMatrix) return value;
  if (value instanceof Float64Array) {
    if (value.length === 0) throw shape('The list of rows is empty', path);
    throw shape(`It is one list of ${value.length} numbers, and a dump is a list of such lists`, path);
  }
  if (!isList(value)) throw shape(`It is ${kindOf(value)}, not a list of rows`, path);
  const width = value.find((row) => row instanceof Float64Array)?.length ?? 0;
  const i = value.findIndex((row) => !(row instanceof Float64Array) || row.length === 0 || row.length !== width);
  const row = value[i];
  const place = `${path}[${i}]`;
  if (row instanceof JsonMatrix) throw shape('A number should stand here, not a list', `${place}[0]`);
  if (row instanceof Float64Array && row.length === 0) throw shape('The row is empty', place);
  if (row instanceof Float64Array)
    throw shape(`The row has ${row.length} numbers, the rows before it have ${width}`, place);
  if (!isList(row)) throw shape(`A row should stand here, not ${kindOf(row)}`, place);
  const odd = row.findIndex((item) => typeof item !== 'number');
  throw shape(`A number should stand here, not ${kindOf(row[odd])}`, `${place}[${odd}]`);
}

function noMatrix(value: JsonObject): AnalysisError {
  const dump = value.get('dump');
  if (value.get('schema') !== undefined && (value.get('metrics') !== undefined || value.get('program') !== undefined)) {
    const of = isObject(dump) ? dump.get('path') : undefined;
    return new AnalysisError({
      code: 'file/report',
      found: 'It is a report of gradient covariance, as this program exports it, and holds no gradients',
      where: '$',
      remedy:
        typeof of === 'string'
          ? `Analyze the dump it was made from: ${shortened(of, 120)}`
          : 'Analyze the dumps it was made from.',
    });
  }
  const keys = [...value.keys()].slice(0, 8).map((key) => `“${shortened(key, 40)}”`);
  return shape(
    `It has neither “gradients” nor “layers” with matrices; its keys are ${keys.join(', ') || '(none)'}`,
    '$',
  );
}

const shape = (found: string, where: string, remedy?: string): AnalysisError =>
  new AnalysisError({
    code: 'json/shape',
    found,
    where,
    remedy: remedy ?? 'Write a list of equally long lists of numbers:',
    ...(remedy === undefined && { fix: 'json.dump(grads.tolist(), open("grad.json", "w"))' }),
  });
