import type { DumpMetadata, Layer, StoredArray } from '../shared/dump';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { parseJson } from './json-parser';
import type { JsonValue } from './json-parser';
import { nameOfContent } from './magic';
import { readMetadata } from './metadata';
import type { ByteSource } from './source';

/** A dump in JSON, decoded: there is no random access in a text. */
export interface JsonDump {
  readonly samples: number;
  readonly parameters: number;
  readonly layers: readonly Layer[];
  readonly arrays: readonly StoredArray[];
  readonly metadata: DumpMetadata;
}

const WRITE = 'json.dump(grads.tolist(), open("grad.json", "w"))';

/** @throws AnalysisError file/too-large, json/… */
export function parseJsonFile(source: ByteSource, memoryBudget: number, checkCanceled?: () => void): JsonValue {
  // the text itself and the numbers it holds: two bytes of text make at most one double of eight
  const needed = 5 * source.size;
  if (needed > memoryBudget)
    throw new AnalysisError({
      code: 'file/too-large',
      found: `JSON is read whole: ${byteCount(source.size)} of text may need ${byteCount(needed)}, the budget is ${byteCount(memoryBudget)}`,
      where: source.path,
      remedy: 'Save it as .npy, which is read piece by piece:',
      fix: 'np.save("grad.npy", np.array(json.load(open("grad.json"))))',
    });
  const bytes = source.read(0, source.size);
  const other = bytes[0] === 0x5b || bytes[0] === 0x7b ? undefined : nameOfContent(bytes.subarray(0, 64));
  if (other !== undefined)
    throw new AnalysisError({
      code: 'json/syntax',
      found: `It is ${other.what}`,
      where: 'byte 0',
      remedy: other.remedy,
    });
  if (
    (bytes[0] === 0xff && bytes[1] === 0xfe) ||
    (bytes[0] === 0xfe && bytes[1] === 0xff) ||
    (bytes.length > 1 && bytes[1] === 0)
  )
    throw new AnalysisError({
      code: 'json/encoding',
      found: 'It is UTF-16',
      where: 'byte 0',
      remedy: 'Save the file as UTF-8.',
    });
  return parseJson(bytes, checkCanceled);
}

/**
 * `[[…], …]`, `{"gradients": [[…], …], …}`, or `{"layers": {"name": [[…], …], …}, …}`.
 *
 * @throws AnalysisError json/shape with the path of the first row or number that does not fit
 */
export function jsonDump(value: JsonValue, file: string): JsonDump {
  if (!(value instanceof Map)) return { ...oneMatrix(value, '$'), layers: [], metadata: {} };
  const object = value as ReadonlyMap<string, JsonValue>;
  const gradients = object.get('gradients');
  if (gradients !== undefined)
    return { ...oneMatrix(gradients, '$.gradients'), layers: [], metadata: readMetadata(value, file) };
  const layers = object.get('layers');
  if (!(layers instanceof Map) || layers.size === 0) {
    const keys = [...object.keys()].slice(0, 8).map((key) => `“${key.slice(0, 40)}”`);
    throw shape(
      `There is neither “gradients” nor “layers” with matrices; the keys are ${keys.join(', ') || '(none)'}`,
      '$',
    );
  }
  const rest = new Map(object);
  rest.delete('layers');
  const parts = [...(layers as ReadonlyMap<string, JsonValue>)].map(([name, part]) => ({
    name,
    ...oneMatrix(part, `$.layers["${name.slice(0, 40)}"]`),
  }));
  const [first] = parts;
  const samples = first?.samples ?? 0;
  const odd = parts.find((part) => part.samples !== samples);
  if (odd !== undefined)
    throw shape(
      `The layer “${odd.name.slice(0, 40)}” has ${odd.samples} rows, “${first?.name.slice(0, 40) ?? ''}” has ${samples}`,
      '$.layers',
    );
  return {
    samples,
    parameters: parts.reduce((sum, part) => sum + part.parameters, 0),
    layers: parts.map(({ name, parameters }) => ({ name, size: parameters })),
    arrays: parts.flatMap(({ arrays }) => arrays),
    metadata: readMetadata(rest, file),
  };
}

function oneMatrix(
  value: JsonValue,
  path: string,
): { samples: number; parameters: number; arrays: readonly StoredArray[] } {
  if (value instanceof Float64Array)
    throw shape(`It is one list of ${value.length} numbers, a dump is a list of such lists`, path);
  if (!Array.isArray(value)) throw shape(`It is ${kindOf(value)}, not a list of rows`, path);
  const rows = value as readonly JsonValue[];
  const [first] = rows;
  if (first === undefined) throw shape('The list of rows is empty', path);
  const columns = first instanceof Float64Array ? first.length : 0;
  const numbers = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    if (!(row instanceof Float64Array)) {
      const odd = Array.isArray(row) ? (row as readonly JsonValue[]).findIndex((item) => typeof item !== 'number') : -1;
      if (odd >= 0)
        throw shape(
          `A number should stand here, not ${kindOf((row as readonly JsonValue[])[odd] ?? null)}`,
          `${path}[${i}][${odd}]`,
        );
      throw shape(
        Array.isArray(row) ? 'A row is empty' : `A row should stand here, not ${kindOf(row)}`,
        `${path}[${i}]`,
      );
    }
    if (row.length !== columns)
      throw shape(`The row has ${row.length} numbers, the first row has ${columns}`, `${path}[${i}]`);
    numbers.set(row, i * columns);
  });
  const bytes = new Uint8Array(numbers.buffer);
  const array: StoredArray = {
    columns,
    element: 'f8',
    littleEndian: true,
    order: 'C',
    location: { kind: 'memory', bytes, offset: 0 },
  };
  return { samples: rows.length, parameters: columns, arrays: [array] };
}

function kindOf(value: JsonValue): string {
  if (value === null) return 'null (pandas and JavaScript write NaN so)';
  if (typeof value === 'string') return `the text “${value.slice(0, 40)}”`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value instanceof Map ? 'an object' : 'a list';
}

const shape = (found: string, where: string): AnalysisError =>
  new AnalysisError({
    code: 'json/shape',
    found,
    where,
    remedy: 'Write a list of equally long lists of numbers:',
    fix: WRITE,
  });
