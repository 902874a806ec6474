/** Parsed JSON. Numbers in a row lie in one pool; objects are Maps, so that no name is special. */
export type JsonValue =
  | number
  | string
  | boolean
  | null
  /** A list of numbers, or an empty list. */
  | Float64Array
  | JsonMatrix
  | readonly JsonValue[]
  | JsonObject;

export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A list of equally long lists of numbers. */
export class JsonMatrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns] row-major. */
  readonly numbers: Float64Array;
  constructor(rows: number, columns: number, numbers: Float64Array) {
    this.rows = rows;
    this.columns = columns;
    this.numbers = numbers;
  }
}

export const isObject = (value: JsonValue | undefined): value is JsonObject => value instanceof Map;
export const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

/** A value in words, for a message. */
export function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null (pandas and JavaScript write NaN like this)';
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return isObject(value) ? 'an object' : 'a list';
}

/**
 * One step of a JSON path.
 *
 * @example pathStep('loss') // => '.loss'
 * @example pathStep('0.weight') // => '["0.weight"]'
 * @example pathStep(3) // => '[3]'
 */
export function pathStep(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  if (/^[A-Za-z_]\w*$/.test(step) && step.length <= 40) return `.${step}`;
  return `[${JSON.stringify(step.length > 40 ? `${step.slice(0, 40)}…` : step)}]`;
}
