import { ELEMENT_BYTES } from '../shared/dump';
import type { ElementType } from '../shared/dump';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { ProblemCode } from '../shared/problem';
import { contentOf } from './content';
import type { Format } from './format';
import { isFloat8, widened } from './float8';
import { parseJson } from './json-parser';
import { isObject, kindOf, pathStep } from './json-value';
import type { JsonObject, JsonValue } from './json-value';
import { pathOf } from './layout';
import { dumpOf, isMetadataName } from './named-arrays';
import type { NamedArray, Single } from './named-arrays';
import type { ReadLimits } from './read-limits';
import { rowsShape } from './rows';
import { partOf, shortened } from './source';
import type { ByteSource } from './source';
import { numbersOf } from './strided';

const MAX_HEADER = 100_000_000;
const TYPES: ReadonlyMap<string, readonly [ElementType, string]> = new Map([
  ['F64', ['f8', 'float64']],
  ['F32', ['f4', 'float32']],
  ['F16', ['f2', 'float16']],
  ['BF16', ['bf2', 'bfloat16']],
  ['I64', ['i8', 'int64']],
  ['I32', ['i4', 'int32']],
  ['I16', ['i2', 'int16']],
  ['I8', ['i1', 'int8']],
  ['U64', ['u8', 'uint64']],
  ['U32', ['u4', 'uint32']],
  ['U16', ['u2', 'uint16']],
  ['U8', ['u1', 'uint8']],
  ['BOOL', ['b1', 'bool']],
  ['F8_E4M3', ['u1', 'float8_e4m3fn']],
  ['F8_E5M2', ['u1', 'float8_e5m2']],
]);

/** A header of less than 2⁴⁰ bytes that begins with a brace. */
function isSafetensors(start: Uint8Array): boolean {
  return start[8] === 0x7b && start[5] === 0 && start[6] === 0 && start[7] === 0;
}

/**
 * `.safetensors`: one tensor per layer, in the order of the header.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export const safetensorsFormat: Format = {
  id: 'safetensors',
  magic: true,
  sniff: isSafetensors,
  read: (source, limits) => {
    const { header, notes, data } = headerOf(source, limits);
    const tensors = [...header]
      .filter(([name]) => name !== '__metadata__')
      .map(([name, entry]) => tensorOf(name, entry));
    checkWholeNumbers(partOf(source, 8, data - 8, 'header'));
    const stated = ownMetadata(header.get('__metadata__'));
    checkLayout(source, data, tensors);
    const parts = tensors.map(({ name, element, dtype, shape, begin, end }): NamedArray => {
      const type = { element, littleEndian: true };
      return {
        ...{ path: pathOf(name), shape, dtype, where: `tensor “${shortened(name)}”` },
        kind: isFloat8(dtype)
          ? 'floating'
          : element === 'b1'
            ? 'boolean'
            : /^[iu]/.test(element)
              ? 'integer'
              : 'floating',
        stored: (limits) => {
          const [n = 1, ...trailing] = rowsShape(shape, limits);
          const width = trailing.reduce((product, length) => product * length, 1);
          const array = { columns: width, ...type, order: 'C' as const, location: source.location(data + begin) };
          if (!isFloat8(dtype)) return { array };
          return { array: widened(array, dtype, n, source, data + begin, limits), copied: true };
        },
        values: () => (isFloat8(dtype) ? undefined : numbersOf(type, source.read(data + begin, end - begin))),
      };
    });
    const python = { load: `safetensors.numpy.load_file(${JSON.stringify(source.name)})` };
    const content = dumpOf(parts, stated, { source, code: 'safetensors/entries', python }, limits);
    return { ...content, notes: [...notes, ...content.notes] };
  },
};

interface Tensor {
  readonly name: string;
  readonly element: ElementType;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the first byte of the data. */
  readonly begin: number;
  readonly end: number;
}

function headerOf(
  source: ByteSource,
  limits: ReadLimits,
): { readonly header: JsonObject; readonly notes: readonly string[]; readonly data: number } {
  const { size } = source;
  const cut = (found: string): AnalysisError => refusal('safetensors/truncated', found, source.where(size));
  if (size < 8) throw cut(`It has ${size} bytes, and the length of the header alone takes 8`);
  const start = source.read(0, 64);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  const other = contentOf(source);
  if (other !== undefined && !isSafetensors(start))
    throw new AnalysisError({
      code: 'format/unknown',
      found: `It is ${other.what}`,
      where: source.where(0),
      remedy: other.remedy,
      ...(other.fix !== undefined && { fix: other.fix }),
    });
  if (length > MAX_HEADER)
    throw refusal(
      'safetensors/header',
      `The header claims ${length} bytes, and at most ${wholeNumber(MAX_HEADER)} are allowed`,
      source.where(0),
    );
  const data = 8 + Number(length);
  if (data > size)
    throw cut(`The header claims ${wholeNumber(Number(length))} bytes, and ${wholeNumber(size - 8)} follow`);
  if (start[8] !== 0x7b || length === 0n)
    throw refusal('safetensors/header', 'The header does not begin with “{”', source.where(8));
  const part = partOf(source, 8, Number(length), 'header');
  const { value, notes } = parseHeader(part, limits);
  return { header: value, notes, data };
}

/** JSON knows no difference between 3 and 3.0, other readers of the format do: both lists hold digits alone. */
function checkWholeNumbers(source: ByteSource): void {
  const overlap = 1 << 16;
  for (let position = 0; position < source.size; position += PIECE) {
    const text = latin1(source.read(position, PIECE + overlap));
    const odd = /"(?:shape|data_offsets)"\s*:\s*\[[^\]"]*?([-+.eE])/.exec(text);
    if (odd === null) continue;
    const at = position + odd.index;
    const found = `The header holds ${shortened(odd[0], 40)}…, and a length is written with digits alone`;
    throw refusal('safetensors/header', found, source.where(at));
  }
}

const PIECE = 1 << 20;
const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** A fault of the header's JSON in words of the format. */
function parseHeader(
  source: ByteSource,
  limits: ReadLimits,
): { readonly value: JsonObject; readonly notes: readonly string[] } {
  try {
    const { value, notes } = parseJson(source, limits);
    // it begins with a brace
    return { value: value as JsonObject, notes };
  } catch (error) {
    if (!(error instanceof AnalysisError) || !error.problem.code.startsWith('json/')) throw error;
    throw refusal(
      'safetensors/header',
      `The header is not sound: ${error.problem.found}`,
      error.problem.where ?? source.where(0),
    );
  }
}

function tensorOf(name: string, entry: JsonValue): Tensor {
  const where = `header, $${pathStep(name)}`;
  const shown = `The tensor “${shortened(name)}”`;
  const fields = isObject(entry) ? entry : new Map<string, JsonValue>();
  const type = fields.get('dtype');
  const known = typeof type === 'string' ? TYPES.get(type) : undefined;
  if (typeof type !== 'string') throw refusal('safetensors/header', `${shown} has no dtype`, where);
  if (known === undefined)
    throw refusal(
      'safetensors/entries',
      `${shown} has elements of type ${shortened(type, 40)}, which are not read`,
      where,
      'Save them as F32 or F16.',
    );
  const shape = wholeNumbers(fields.get('shape'));
  if (shape === undefined)
    throw refusal(
      'safetensors/header',
      `The shape of the tensor “${shortened(name)}” is ${kindOf(fields.get('shape'))}, not whole numbers`,
      where,
    );
  const [begin, end, ...more] = wholeNumbers(fields.get('data_offsets')) ?? [];
  if (begin === undefined || end === undefined || more.length > 0 || begin > end)
    throw refusal('safetensors/header', `${shown} has no two data_offsets, the first not above the second`, where);
  const [element, dtype] = known;
  const needed = shape.reduce((product, length) => product * BigInt(length), BigInt(ELEMENT_BYTES[element]));
  if (needed !== BigInt(end - begin))
    throw refusal(
      'safetensors/layout',
      `${shown}, [${shape.join(', ')}] ${dtype}, needs ${needed} bytes, and its offsets give ${end - begin}`,
      where,
    );
  return { name, element, dtype, shape, begin, end };
}

function wholeNumbers(value: JsonValue | undefined): readonly number[] | undefined {
  if (!(value instanceof Float64Array)) return undefined;
  return value.every((item) => Number.isSafeInteger(item) && item >= 0) ? [...value] : undefined;
}

/** Texts under the names of metadata, numbers among them. */
function ownMetadata(metadata: JsonValue | undefined): readonly Single[] {
  if (metadata === undefined) return [];
  if (!isObject(metadata) || [...metadata.values()].some((value) => typeof value !== 'string'))
    throw refusal('safetensors/header', 'The “__metadata__” is not an object of texts', 'header, $.__metadata__');
  return [...metadata].flatMap(([name, value]): Single[] => {
    if (!isMetadataName(name) || typeof value !== 'string') return [];
    return [[name, value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value]];
  });
}

/** The tensors cover the data exactly, one after another. */
function checkLayout(source: ByteSource, data: number, tensors: readonly Tensor[]): void {
  const there = source.size - data;
  let end = 0;
  for (const tensor of [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const shown = `The tensor “${shortened(tensor.name)}”`;
    if (tensor.begin !== end)
      throw refusal(
        'safetensors/layout',
        `${shown} begins at byte ${tensor.begin} of the data, and the one before ends at ${end}: ${tensor.begin < end ? 'they overlap' : 'there is a hole'}`,
        source.where(data + end),
      );
    end = tensor.end;
  }
  if (end > there)
    throw refusal(
      'safetensors/truncated',
      `The tensors have ${wholeNumber(end)} bytes of data, and ${wholeNumber(there)} are there`,
      source.where(source.size),
    );
  if (end < there)
    throw refusal(
      'safetensors/layout',
      `${wholeNumber(there - end)} bytes at the end belong to no tensor`,
      source.where(data + end),
    );
}

function refusal(
  code: ProblemCode & `safetensors/${string}`,
  found: string,
  where: string,
  remedy?: string,
): AnalysisError {
  const wait = 'If it is still being written or downloaded, wait. Otherwise write it again:';
  return new AnalysisError({
    code,
    found,
    where,
    remedy: remedy ?? (code === 'safetensors/truncated' ? wait : 'Write it again:'),
    ...(remedy === undefined && { fix: 'safetensors.numpy.save_file(grads, "grad.safetensors")' }),
  });
}
