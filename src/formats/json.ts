import { AnalysisError } from '../shared/problem';
import { contentOf } from './content';
import type { Content, Format } from './format';
import { parseJson } from './json-parser';
import type { JsonDocument } from './json-parser';
import { isList, isObject, JsonMatrix, kindOf, pathStep } from './json-value';
import type { JsonObject, JsonValue } from './json-value';
import { pathOf } from './layout';
import { isMetadataKey, readMetadata } from './metadata';
import { dumpOf } from './named-arrays';
import type { ArrayFile, NamedArray } from './named-arrays';
import type { ReadLimits } from './read-limits';
import { shortened } from './source';
import type { ByteSource } from './source';
import { doubles } from './strided';

/** `.json`, decoded: there is no random access in a text. With its metadata inside. */
export const jsonFormat: Format = {
  id: 'json',
  sniff: (start) => /^\s*[[{][^\0-\x08\x0e-\x1f]*$/.test(String.fromCharCode(...start)),
  read: (source, limits) => {
    const { value, notes } = parseJsonFile(source, limits);
    const content = jsonDump(value, source, limits);
    return { ...content, dtype: 'float64', notes: [...notes, ...content.notes] };
  },
};

/** @throws AnalysisError json/…, file/too-large */
export function parseJsonFile(source: ByteSource, limits: ReadLimits): JsonDocument {
  const other = contentOf(source);
  if (other === undefined || /(?:JSON|CSV)$/.test(other.what)) return parseJson(source, limits);
  throw new AnalysisError({
    code: other.what.includes('UTF-16') ? 'json/encoding' : 'json/syntax',
    found: `It is ${other.what}`,
    where: source.where(0),
    remedy: other.remedy,
    ...(other.fix !== undefined && { fix: other.fix }),
  });
}

/**
 * `[[…], …]`, `{"gradients": [[…], …], …}`, `{"layers": {"name": [[…], …]}, …}` or `{"name": [[…], …], …}`. Lists may be
 * nested deeper, [n, …]: then they are flattened.
 *
 * @throws AnalysisError json/shape with the path of the first row or number that does not fit; metadata/invalid, data/layout
 */
function jsonDump(value: JsonValue, source: ByteSource, limits: ReadLimits): Content {
  const form = (list: string, code: 'json/shape' = 'json/shape'): ArrayFile => ({
    source,
    code,
    python: { load: list },
  });
  const open = `json.load(open(${JSON.stringify(source.name)}))`;
  if (!isObject(value)) return dumpOf([arrayOf('gradients', matrixOf(value, '$'), '$')], [], form(open), limits);
  const gradients = value.get('gradients');
  const layers = value.get('layers');
  if (gradients !== undefined && isObject(layers)) throw shape('Both “gradients” and “layers” hold matrices', '$', 'Keep one of the two.'); // prettier-ignore
  const named = gradients ?? layers;
  const [key, place] = gradients === undefined ? ['layers', '$.layers'] : ['gradients', '$.gradients'];
  const parts = isObject(named)
    ? layered(named, place)
    : gradients === undefined
      ? []
      : [arrayOf('gradients', matrixOf(gradients, place), place)];
  const inner = isObject(named) ? `${open}[${JSON.stringify(key)}]` : open;
  const rest = [...value].filter(([name]) => name !== 'gradients' && !(name === 'layers' && isObject(layers)));
  const beside = rest.flatMap(([name, item]): NamedArray[] => {
    const list = isMetadata(name, item) ? undefined : listOf(item);
    return list === undefined ? [] : [arrayOf(name, list, `$${pathStep(name)}`)];
  });
  if (parts.length === 0 && !beside.some(({ shape: { length } }) => length > 1)) throw noMatrix(value);
  const arrays = new Set(beside.map(({ path: [name = ''] }) => name));
  const notes: string[] = [];
  const metadata = readMetadata(new Map(rest.filter(([name]) => !arrays.has(name))), `${source.name}, $`, notes);
  const content = dumpOf([...parts, ...beside], [], form(inner), limits);
  return { ...content, metadata: { ...content.metadata, ...metadata }, notes: [...content.notes, ...notes] };
}

/** What the metadata have under this name; losses and labels may also be arrays. */
const isMetadata = (name: string, item: JsonValue): boolean =>
  isMetadataKey(name) && !(/^(?:losses|labels|groups)$/.test(name) && item instanceof JsonMatrix) && !(name === 'loss' && typeof item === 'object' && item !== null); // prettier-ignore

/** Numbers with a shape, [n] or [n, …]; in row-major order. */
interface JsonArray {
  readonly shape: readonly number[];
  readonly numbers: Float64Array;
}

function layered(layers: JsonObject, place: string): readonly NamedArray[] {
  const parts = [...layers].map(([name, part]) => {
    const where = `${place}${pathStep(name)}`;
    // a list of numbers, one for each example, is a parameter of one column
    return {
      name,
      where,
      list: part instanceof Float64Array && part.length > 0 ? listOf(part) : matrixOf(part, where),
    };
  });
  const matrices = parts.filter(({ list }) => list !== undefined && list.shape.length > 1);
  const [first] = matrices;
  if (first === undefined) throw shape('There are no layers', place);
  const n = first.list?.shape[0];
  for (const { name, where, list } of matrices)
    if (list?.shape[0] !== n)
      throw shape(
        `The layer “${shortened(name)}” has ${list?.shape[0]} rows, “${shortened(first.name)}” has ${n}`,
        where,
        'Give each layer one row for each example.',
      );
  return parts.flatMap(({ name, where, list }) =>
    list === undefined ? [] : [{ ...arrayOf(name, list, where), kind: 'floating' as const }],
  );
}

function arrayOf(name: string, { shape: lengths, numbers }: JsonArray, where: string): NamedArray {
  const columns = lengths.slice(1).reduce((product, length) => product * length, 1);
  return {
    ...{ path: pathOf(name), shape: lengths, dtype: 'float64', where },
    // in JSON, numbers without a fraction are whole or not; lists of them are sizes, indices and labels
    kind: lengths.length === 1 && numbers.every(Number.isInteger) ? 'integer' : 'floating',
    stored: ({ vector }) => ({
      array: doubles(numbers, vector === true ? numbers.length : columns),
    }),
    values: () => [...numbers],
  };
}

/** Numbers in lists of equal length, however deep; undefined for anything else. */
function listOf(value: JsonValue): JsonArray | undefined {
  if (value instanceof Float64Array) return value.length > 0 ? { shape: [value.length], numbers: value } : undefined;
  if (value instanceof JsonMatrix) return { shape: [value.rows, value.columns], numbers: value.numbers };
  if (!isList(value)) return undefined;
  const parts = value.map(listOf);
  const [first] = parts;
  if (first === undefined || parts.some((part) => part?.shape.join() !== first.shape.join())) return undefined;
  // the parser leaves all numbers in one pool, in their order
  const { buffer, byteOffset } = first.numbers;
  const numbers = new Float64Array(buffer, byteOffset, parts.length * first.numbers.length);
  const inOrder = parts.every((part, k) => part?.numbers.byteOffset === byteOffset + k * first.numbers.byteLength);
  return inOrder ? { shape: [parts.length, ...first.shape], numbers } : undefined;
}

/** The matrix, or the first place where it is none. */
function matrixOf(value: JsonValue, path: string): JsonArray {
  if (value instanceof Float64Array) {
    if (value.length === 0) throw shape('The list of rows is empty', path);
    throw shape(
      `It is one list of ${value.length} numbers, and a dump is a list of such lists`,
      path,
      'One gradient has no covariance. If the rows were flattened, give them back their shape:',
      'json.dump(np.reshape(grads, (n, -1)).tolist(), open("grad.json", "w"))',
    );
  }
  const list = listOf(value);
  if (list !== undefined) return list;
  if (!isList(value)) throw shape(`It is ${kindOf(value)}, not a list of rows`, path);
  const width = value.find((row) => row instanceof Float64Array)?.length ?? 0;
  const i = value.findIndex((row) => !(row instanceof Float64Array) || row.length === 0 || row.length !== width);
  const row = value[i];
  const place = `${path}[${i}]`;
  if (row instanceof JsonMatrix) throw shape('A number is expected here, not a list', `${place}[0]`);
  if (row instanceof Float64Array && row.length === 0) throw shape('The row is empty', place);
  if (row instanceof Float64Array)
    throw shape(
      `The row has ${row.length} number${row.length === 1 ? '' : 's'}, the rows before it have ${width}`,
      place,
    );
  if (!isList(row)) throw shape(`A row is expected here, not ${kindOf(row)}`, place);
  const odd = row.findIndex((item) => typeof item !== 'number');
  throw shape(`A number is expected here, not ${kindOf(row[odd])}`, `${place}[${odd}]`);
}

function noMatrix(value: JsonObject): AnalysisError {
  if (value.has('num_grads') && value.has('grad_sizes'))
    throw shape(
      'It describes a store of Bergson, and holds no gradients itself',
      '$',
      'Open the gradients.bin beside it.',
    );
  const dump = value.get('dump');
  if (value.get('schema') !== undefined && (value.get('metrics') !== undefined || value.get('program') !== undefined)) {
    const of = isObject(dump) ? dump.get('path') : undefined;
    return new AnalysisError({
      code: 'file/report',
      found: 'It is a report of gradient covariance, as this program exports it, and holds no gradients',
      where: '$',
      remedy:
        typeof of === 'string'
          ? `Analyze the dump it was made from: “${shortened(of, 120)}”`
          : 'Analyze the dumps it was made from.',
    });
  }
  const keys = [...value.keys()].slice(0, 8).map((key) => `“${shortened(key, 40)}”`);
  return shape(
    `It has neither “gradients” nor “layers” with matrices; its keys are ${keys.join(', ') || '(none)'}`,
    '$',
  );
}

const shape = (found: string, where: string, remedy?: string, fix?: string): AnalysisError =>
  new AnalysisError({
    code: 'json/shape',
    found,
    where,
    remedy: remedy ?? 'Write a list of equally long lists of numbers.',
    ...(fix !== undefined && { fix }),
  });
