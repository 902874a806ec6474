import path from 'node:path';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { contentOf, hexadecimal } from './content';
import { dtypeOf, itemBytes } from './dtype';
import type { Dtype } from './dtype';
import type { Format } from './format';
import { isList, isObject } from './json-value';
import type { JsonValue } from './json-value';
import { readNpy, shapeText } from './npy';
import { asRows } from './rows';
import { readSmallJson } from './run';
import { openSource, shortened } from './source';
import type { ByteSource } from './source';
import { numbersOf } from './strided';

interface Form {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** In column order. */
  readonly layers: readonly { readonly name: string; readonly size: number }[];
  readonly notes?: readonly string[];
  /** Of each row, where something says so. */
  readonly groups?: readonly number[];
}

/**
 * Numbers without a header, as `ndarray.tofile` and `np.memmap` write them: shape and type stand in NAME.meta.json, or, for
 * a store of Bergson, in the info.json beside `gradients.bin`.
 */
export const rawFormat: Format = {
  id: 'raw',
  sniff: () => false,
  read: (source, limits, dtype, shape) => {
    const form = shape === undefined || dtype === undefined ? bergson(source) : stated(shape, dtype, source);
    if (form === undefined) throw unknown(source, dtype, shape);
    const bytes = form.shape.reduce((product, length) => product * length, itemBytes(form.dtype));
    if (bytes !== source.size)
      throw refusal(
        `${shapeText(form.shape)} ${form.dtype.name} are ${wholeNumber(bytes)} bytes, and it has ${wholeNumber(source.size)}`,
        source.where(source.size),
        'If it is still being written, wait. Otherwise correct the shape or the type beside it.',
      );
    const npy = { ...form, order: 'C' as const, offset: 0, bytes, notes: [] };
    const { rows: n, array } = asRows(npy, source, limits);
    return {
      ...{ rows: n, parameters: array.columns, dtype: form.dtype.name, shape: form.shape, arrays: [array] },
      ...{
        layers: form.layers,
        metadata: form.groups === undefined ? {} : { groups: form.groups },
        notes: form.notes ?? [],
      },
    };
  },
};

function stated(shape: readonly number[], dtype: string, source: ByteSource): Form {
  return { shape, dtype: typeOf(dtype, source), layers: [] };
}

function typeOf(name: string, source: ByteSource): Dtype {
  const value = name.replace(/^(?:torch|numpy|np|jnp)\./, '');
  try {
    return dtypeOf({ kind: 'string', value }, source.name);
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    const remedy = 'Give a type of numbers, such as "float32" or "bfloat16".';
    throw refusal(`The stated type “${shortened(name, 40)}” is not a type of real numbers`, source.name, remedy);
  }
}

/** What the info.json of a Bergson store says; undefined where there is none. */
function bergson(source: ByteSource): Form | undefined {
  if (source.location(0).kind !== 'file') return undefined;
  const file = path.join(path.dirname(source.path), 'info.json');
  let info: JsonValue;
  try {
    info = readSmallJson(file, {});
  } catch (error) {
    if (error instanceof AnalysisError) return undefined;
    throw error;
  }
  if (!isObject(info)) return undefined;
  const [count, sizes, base] = [info.get('num_grads'), info.get('grad_sizes'), info.get('base_dtype')];
  if (count === undefined || sizes === undefined || base === undefined) return undefined;
  const layers = isObject(sizes)
    ? [...sizes].map(([name, size]) => ({ name, size }))
    : isList(sizes) || sizes instanceof Float64Array
      ? [...sizes].map((size, k) => ({ name: String(k), size }))
      : [];
  const whole = (value: JsonValue): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
  const sound = layers.flatMap(({ name, size }) => (whole(size) ? [{ name, size }] : []));
  if (!whole(count) || typeof base !== 'string' || sound.length === 0 || sound.length < layers.length)
    throw refusal('The store does not say how many gradients of which sizes and type it holds', 'info.json', 'It has num_grads, grad_sizes and base_dtype.'); // prettier-ignore
  const parameters = sound.reduce((sum, { size }) => sum + size, 0);
  const form = { shape: [count, parameters], dtype: typeOf(base, source), layers: sound.length > 1 ? sound : [] };
  if (info.get('attribute_tokens') !== true) return form;
  const groups = sequences(path.join(path.dirname(source.path), 'offsets.npy'), count);
  if (groups === undefined) return { ...form, notes: [UNGROUPED] };
  return { ...form, groups, notes: ['Its rows are tokens, and offsets.npy says of which sequence each is: these are its groups.'] }; // prettier-ignore
}

/** To which sequence each token belongs, by the offsets at which sequences begin; undefined where the file does not say it. */
function sequences(file: string, count: number): readonly number[] | undefined {
  try {
    const source = openSource(file);
    try {
      const { shape, dtype, offset, bytes } = readNpy(source);
      if (shape.length !== 1 || bytes > MOST_OFFSETS) return undefined;
      const begins = numbersOf(dtype, source.read(offset, bytes));
      // with or without the end of the last one
      const ends = begins.at(-1) === count ? begins.slice(1) : [...begins.slice(1), count];
      if (begins[0] !== 0 || ends.some((end, k) => !Number.isInteger(end) || end < (begins[k] ?? 0))) return undefined;
      return ends.flatMap((end, k) => Array.from({ length: end - (begins[k] ?? 0) }, () => k));
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof AnalysisError) return undefined;
    throw error;
  }
}

/** Of more sequences than anybody has rows. */
const MOST_OFFSETS = 1 << 26;

const UNGROUPED =
  'Its rows are tokens, which offsets.npy beside it puts into sequences, and that file was not found to do so. Tokens of one sequence are not independent: intervals that take the rows as independent are too narrow. Name the sequence of each row in the metadata as "groups".';

function unknown(source: ByteSource, dtype: string | undefined, shape: readonly number[] | undefined): AnalysisError {
  const other = contentOf(source);
  if (other !== undefined)
    return new AnalysisError({
      code: 'format/unknown',
      found: `It is ${other.what}`,
      where: source.where(0),
      remedy: other.remedy,
      ...(other.fix !== undefined && { fix: other.fix }),
    });
  const { name } = path.parse(source.name);
  const lacks = shape === undefined ? (dtype === undefined ? 'neither their shape nor their type is' : 'their shape is not') : 'their type is not'; // prettier-ignore
  return refusal(
    `It begins with ${hexadecimal(source.read(0, 8)) || 'nothing'}: numbers without a header, and ${lacks} said`,
    source.where(0),
    `Say both in ${shortened(name, 60)}.meta.json, {"shape": [n, d], "dtype": "float32"}, or save it as .npy:`,
    `np.save("grad.npy", np.memmap(${JSON.stringify(source.name)}, dtype="float32", mode="r", shape=(n, d)))`,
  );
}

const refusal = (found: string, where: string, remedy: string, fix?: string): AnalysisError =>
  new AnalysisError({ code: 'raw/form', found, where, remedy, ...(fix !== undefined && { fix }) });
