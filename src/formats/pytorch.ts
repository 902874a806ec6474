import type { ElementType } from '../shared/dump';
import { ELEMENT_BYTES } from '../shared/dump';
import { byteCount, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { ProblemCode } from '../shared/problem';
import { FLOAT8, isFloat8, widened } from './float8';
import type { Format } from './format';
import { checkStored } from './inflate';
import { dumpOf } from './named-arrays';
import type { NamedArray, Single } from './named-arrays';
import { PickleName, PickleTuple, readPickle } from './pickle';
import type { PickleMeaning, PickleValue } from './pickle';
import { rowsShape } from './rows';
import { partOf, shortened } from './source';
import type { ByteSource } from './source';
import { elementsOf, stridedArray } from './strided';
import type { ReadLimits } from './read-limits';
import { zipEntries } from './zip';
import type { ZipEntry } from './zip';

/** The numbers of one or more tensors, an entry of the archive. */
class Storage {
  readonly key: string;
  readonly type: Type | undefined;
  /** Elements; bytes where the type is not known. */
  readonly count: number;
  constructor(key: string, type: Type | undefined, count: number) {
    this.key = key;
    this.type = type;
    this.count = count;
  }
}

/** A strided view of a storage. */
class Tensor {
  readonly storage: Storage;
  readonly type: Type;
  /** Elements before its first. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** The conjugate or the negative of what is stored. */
  readonly lazy: boolean;
  readonly where: string;
  constructor(
    storage: Storage,
    type: Type,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
    lazy: boolean,
    where: string,
  ) {
    // prettier-ignore
    this.storage = storage;
    this.type = type;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.lazy = lazy;
    this.where = where;
  }
}

/** A parameter or tensor with what libraries hang on it: Opacus its `grad_sample`, BackPACK its `grad_batch`. */
class Carrier {
  readonly tensor: Tensor;
  readonly attributes: Value;
  constructor(tensor: Tensor, attributes: Value) {
    this.tensor = tensor;
    this.attributes = attributes;
  }
}

type Made = Storage | Tensor | Carrier;
type Value = PickleValue<Made>;

interface Type {
  readonly name: string;
  readonly kind: NamedArray['kind'];
  readonly element: ElementType;
  /** Two real numbers an element. */
  readonly complex?: boolean;
}

const TYPES: readonly (readonly [storage: string | undefined, dtype: string, Type['kind'], ElementType])[] = [
  ['FloatStorage', 'float32', 'floating', 'f4'],
  ['DoubleStorage', 'float64', 'floating', 'f8'],
  ['HalfStorage', 'float16', 'floating', 'f2'],
  ['BFloat16Storage', 'bfloat16', 'floating', 'bf2'],
  ['ComplexFloatStorage', 'complex64', 'floating', 'f4'],
  ['ComplexDoubleStorage', 'complex128', 'floating', 'f8'],
  ['LongStorage', 'int64', 'integer', 'i8'],
  ['IntStorage', 'int32', 'integer', 'i4'],
  ['ShortStorage', 'int16', 'integer', 'i2'],
  ['CharStorage', 'int8', 'integer', 'i1'],
  ['ByteStorage', 'uint8', 'integer', 'u1'],
  [undefined, 'uint16', 'integer', 'u2'],
  [undefined, 'uint32', 'integer', 'u4'],
  [undefined, 'uint64', 'integer', 'u8'],
  ['BoolStorage', 'bool', 'boolean', 'b1'],
  ...FLOAT8.map((name) => [undefined, name, 'floating', 'u1'] as const),
];
const typeOf = ([, name, kind, element]: (typeof TYPES)[number]): Type => ({
  name,
  kind,
  element,
  ...(name.startsWith('complex') && { complex: true }),
});
const STORAGES: ReadonlyMap<string, Type> = new Map(
  TYPES.flatMap((row) => (row[0] === undefined ? [] : [[`torch.${row[0]}`, typeOf(row)]])),
);
const DTYPES: ReadonlyMap<string, Type> = new Map(TYPES.map((row) => [`torch.${row[1]}`, typeOf(row)]));
const UNTYPED = 'torch.storage.UntypedStorage';

const REBUILD = /^torch\._utils\._rebuild_tensor_v[23]$/;
/** Every name that a pickle may mention; each stands for what is written here, and nothing is ever looked up. */
const NAMES: ReadonlySet<string> = new Set([
  ...STORAGES.keys(),
  ...DTYPES.keys(),
  UNTYPED,
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
  'torch._tensor._rebuild_from_type_v2',
  'torch.Tensor',
  'torch.nn.parameter.Parameter',
  'torch.Size',
  'torch.device',
  'collections.OrderedDict',
]);

const MAX_DIMENSIONS = 64;
/** More than any call has. */
const MAX_ARGUMENTS = 8;
/** Tensors may share their numbers, but not as often as a few hostile bytes can pretend: elements a byte of the file. */
const MOST_SHARED = 16;
/** Letters of all names together. */
const MAX_LETTERS = 1 << 26;
const MAX_DEPTH = 64;
const MAX_NAME = 4096;
/** Values that are visited: more than any dump has, fewer than a few hostile bytes can pretend. */
const MAX_VALUES = 1 << 20;
/** Stored arrays are read in place; up to so many bytes of them are checked against their checksums before. */
const MAX_CHECKED = 2 ** 28;
const LEGACY = /^\x80[\x02-\x05]\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19/;

/**
 * `.pt`, `.pth`: what `torch.save` writes, read as data. The pickle in the archive is never executed: only tensors, dicts,
 * lists and single values are understood, anything else is refused by its name.
 */
export const pytorchFormat: Format = {
  id: 'pytorch',
  magic: true,
  sniff: (start, source) => {
    if (!/^PK\x03\x04/.test(text(start))) return false;
    try {
      return zipEntries(source).some(({ name }) => name.endsWith('/data.pkl'));
    } catch (error) {
      if (error instanceof AnalysisError) return /\.pth?$/i.test(source.name);
      throw error;
    }
  },
  read: (source, limits) => {
    checkForm(source);
    const archive = archiveOf(source, limits);
    const root = readPickle<Made>(archive.description, limits, MEANING);
    const { arrays, singles } = flattened(root, archive, source);
    const lists = (prefix: readonly string[]): boolean => Array.isArray(at(root, prefix)) || at(root, prefix) instanceof PickleTuple; // prettier-ignore
    const python = { load: `torch.load(${JSON.stringify(source.name)}, map_location="cpu")`, torch: true, list: lists };
    const content = dumpOf(arrays, singles, { source, code: 'pytorch/entries', python }, limits);
    return { ...content, notes: [...content.notes, ...archive.notes] };
  },
};

const text = (start: Uint8Array): string => String.fromCharCode(...start.subarray(0, 64));

/** @throws AnalysisError for the form from before 2020, and for what is not an archive */
function checkForm(source: ByteSource): void {
  if (!LEGACY.test(text(source.read(0, 64)))) return;
  const name = JSON.stringify(source.name);
  throw refusal(
    'pytorch/unsupported',
    'It is a PyTorch file of the old form, which is not an archive',
    source.where(0),
    'Save it again as PyTorch does since version 1.6:',
    `torch.save(torch.load(${name}, map_location="cpu"), ${name})`,
  );
}

interface Archive {
  readonly description: ByteSource;
  readonly storages: ReadonlyMap<string, ZipEntry>;
  readonly littleEndian: boolean;
  readonly notes: readonly string[];
}

function archiveOf(source: ByteSource, limits: ReadLimits): Archive {
  const entries = inOurWords(source, () => zipEntries(source));
  const described = entries.filter(({ name }) => name.endsWith('/data.pkl'));
  const [description] = described;
  if (description === undefined || described.length > 1)
    throw refusal(
      'pytorch/unsupported',
      description === undefined ? 'The archive has no data.pkl, as one of torch.save has' : 'The archive has two data.pkl', // prettier-ignore
      source.name,
    );
  const root = description.name.slice(0, -'data.pkl'.length);
  if (entries.some(({ name }) => name === `${root}constants.pkl` || name.startsWith(`${root}code/`)))
    throw refusal('pytorch/unsupported', 'It is a TorchScript program, not a file of tensors', source.name, `${GRADIENTS}.`); // prettier-ignore
  const byName = new Map<string, ZipEntry>();
  for (const entry of entries) {
    const shown = `The entry “${shortened(entry.name)}”`;
    if (byName.has(entry.name)) throw refusal('pytorch/unsupported', `Two entries are called “${shortened(entry.name)}”`, source.where(entry.begin)); // prettier-ignore
    if (entry.deflated) throw refusal('pytorch/unsupported', `${shown} is compressed, and torch.save writes none that is`, source.where(entry.begin)); // prettier-ignore
    byName.set(entry.name, entry);
  }
  // torch.serialization.set_crc32_options(False) writes 0 for each of them
  const unchecked = entries.every(({ crc, size }) => crc === 0 && size > 0);
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  if (!unchecked && bytes <= MAX_CHECKED)
    inOurWords(source, () => entries.forEach((entry) => checkStored(source, entry, limits.checkCanceled)));
  const byteorder = byName.get(`${root}byteorder`);
  const order = byteorder === undefined ? 'little' : text(source.read(byteorder.begin, Math.min(16, byteorder.size)));
  if (order !== 'little' && order !== 'big')
    throw refusal('pytorch/unsupported', `Its byte order is “${shortened(order)}”, neither little nor big`, source.where(byteorder?.begin ?? 0)); // prettier-ignore
  const data = `${root}data/`;
  return {
    description: partOf(source, description.begin, description.size, `entry “${shortened(description.name)}”`),
    storages: new Map([...byName].flatMap(([name, entry]) => (name.startsWith(data) ? [[name.slice(data.length), entry]] : []))), // prettier-ignore
    littleEndian: order === 'little',
    notes: unchecked
      ? ['The archive was written without checksums.']
      : bytes > MAX_CHECKED
        ? [`The checksums of its ${byteCount(bytes)} of stored tensors were not checked.`]
        : [],
  };
}

/** A fault of the archive with the line of PyTorch in place of NumPy's. */
function inOurWords<T>(source: ByteSource, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AnalysisError) || !/^npz\/|^format\//.test(error.problem.code)) throw error;
    const { code, found, where = source.path } = error.problem;
    const wait = 'If it is still being written or copied, wait. Otherwise write it again:';
    throw refusal(code, found, where, code === 'npz/damaged' ? wait : 'Write it again with PyTorch:', SAVE);
  }
}

/* what the pickle may say */

const SAVE = 'torch.save(grads, "grad.pt")';
/** The same tree of dicts and lists with each of its tensors changed. */
const changed = (tensor: string): string =>
  `torch.save(torch.utils._pytree.tree_map_only(torch.Tensor, lambda v: ${tensor}, grads), "grad.pt")`;
const CONTIGUOUS = changed('v.contiguous()');
const TENSORS =
  'torch.save(torch.utils._pytree.tree_map(lambda v: torch.as_tensor(v) if hasattr(v, "dtype") else v, grads), "grad.pt")';
const GRADIENTS = 'Save the gradients, a tensor [n, …] or a dict of such tensors';

const REMEDIES: readonly (readonly [name: RegExp, remedy: string, fix?: string])[] = [
  [/_sparse_/, 'Save dense tensors:', changed('v.to_dense()')],
  [/_rebuild_qtensor|torch\.Q\w+Storage/, 'Save plain numbers:', changed('v.dequantize()')],
  [/_rebuild_meta_tensor/, 'Tensors on the device “meta” hold no numbers: save the gradients themselves.'],
  [/DTensor|ShardedTensor/, 'Save whole tensors:', changed('v.full_tensor() if hasattr(v, "full_tensor") else v')],
  [/nested_tensor|NestedTensor/, 'Save rows of equal length, which a nested tensor does not have.'],
  [/^torch\.float\d/, 'Save them as float32:', changed('v.float()')],
  [/^collections\.defaultdict$/, 'Save a plain dict:', 'torch.save(dict(grads), "grad.pt")'],
  [/^numpy\b|^_codecs\./, 'Save tensors in place of the arrays and numbers of NumPy:', TENSORS],
  [/^torch\.nn\.|^__main__\./, `It is a model, or another object that needs its program. ${GRADIENTS}.`],
];

/** Names that are not read are not looked up, and never will be: the program that wrote the file can write tensors. */
function remedyOf(name = ''): { readonly remedy: string; readonly fix?: string } {
  const [, remedy = `Do not load it in Python unless you trust who wrote it. ${GRADIENTS}:`, fix = SAVE] =
    REMEDIES.find(([pattern]) => pattern.test(name)) ?? [];
  return { remedy, ...(remedy.endsWith(':') && { fix }) };
}

const MEANING: PickleMeaning<Made> = {
  knows: (name) => NAMES.has(name),
  remedy: remedyOf,
  outside: (identifier, where) => {
    const [word, kind, key, , count] = identifier instanceof PickleTuple ? identifier.items : [];
    if (word !== 'storage' || !(kind instanceof PickleName) || typeof key !== 'string' || !isCount(count))
      throw refusal('pytorch/pickle', 'It refers to something outside that is not a storage of numbers', where);
    const type = STORAGES.get(kind.name);
    if (type === undefined && kind.name !== UNTYPED)
      throw refusal('pytorch/pickle', `It takes “${shortened(kind.name)}” for a storage of numbers`, where);
    return new Storage(key, type, count);
  },
  call: called,
};

function called(name: string, args: readonly Value[], where: string): Value | undefined {
  const wrong = (): AnalysisError => refusal('pytorch/pickle', `It calls “${name}” with other arguments than PyTorch does`, where); // prettier-ignore
  if (args.length > MAX_ARGUMENTS) throw wrong();
  switch (name) {
    case 'torch._utils._rebuild_tensor_v2':
    case 'torch._utils._rebuild_tensor_v3':
      return tensorOf(name, args, where) ?? fail(wrong());
    case 'torch._utils._rebuild_parameter': {
      const [data] = args;
      return data instanceof Tensor || data instanceof Carrier ? data : fail(wrong());
    }
    case 'torch._utils._rebuild_parameter_with_state': {
      const [data, , , state] = args;
      return data instanceof Tensor && args.length === 4 ? new Carrier(data, state ?? null) : fail(wrong());
    }
    case 'torch._tensor._rebuild_from_type_v2': {
      const [inner, type, given, state] = args;
      if (!(inner instanceof PickleName) || !(type instanceof PickleName) || !(given instanceof PickleTuple) || args.length !== 4) throw wrong(); // prettier-ignore
      if (!REBUILD.test(inner.name) || !/^torch\.(?:Tensor|nn\.parameter\.Parameter)$/.test(type.name)) throw wrong();
      return new Carrier(tensorOf(inner.name, given.items, where) ?? fail(wrong()), state ?? null);
    }
    case 'torch.Size': {
      const [lengths] = args;
      return lengths instanceof PickleTuple ? lengths : fail(wrong());
    }
    case 'torch.device':
      return typeof args[0] === 'string' ? args[0] : fail(wrong());
    case 'collections.OrderedDict':
      // its items follow as those of any dict
      return args.length === 0 ? new Map() : fail(wrong());
    default:
      return undefined;
  }
}

function fail(error: AnalysisError): never {
  throw error;
}

const isCount = (value: Value | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0; // prettier-ignore
const counts = (value: Value | undefined): readonly number[] | undefined =>
  value instanceof PickleTuple && value.items.length <= MAX_DIMENSIONS && value.items.every(isCount)
    ? value.items
    : undefined;

/** undefined where the arguments are not those of a tensor. */
function tensorOf(name: string, args: readonly Value[], where: string): Tensor | undefined {
  const [storage, offset, size, stride, , , ...more] = args;
  if (!(storage instanceof Storage) || args.length < 6 || args.length > MAX_ARGUMENTS) return undefined;
  const third = name.endsWith('3');
  const [dtype, metadata] = third ? more : [undefined, more[0]];
  if (more.length > (third ? 2 : 1)) return undefined;
  const type = third ? (dtype instanceof PickleName ? DTYPES.get(dtype.name) : undefined) : storage.type;
  if (type === undefined || (third && storage.type !== undefined)) return undefined;
  if (size instanceof PickleTuple && size.items.length > MAX_DIMENSIONS)
    throw refusal('pytorch/pickle', `A tensor has ${wholeNumber(size.items.length)} dimensions`, where);
  const [shape, strides] = [counts(size), counts(stride)];
  if (stride instanceof PickleTuple && stride.items.some((step) => typeof step === 'number' && step < 0))
    throw refusal('pytorch/pickle', 'A tensor has a negative stride, which PyTorch does not have', where);
  if (!isCount(offset) || shape === undefined || strides?.length !== shape.length) return undefined;
  const lazy = metadata instanceof Map && (metadata.get('conj') === true || metadata.get('neg') === true);
  if (metadata !== undefined && metadata !== null && !(metadata instanceof Map)) return undefined;
  const empty = shape.includes(0);
  const last = shape.reduce(
    (sum, length, axis) => sum + BigInt(length - 1) * BigInt(strides[axis] ?? 0),
    BigInt(offset),
  );
  const there = BigInt(third ? Math.floor(storage.count / bytesEach(type)) : storage.count);
  if (!empty && last >= there)
    throw refusal(
      'pytorch/pickle',
      `A tensor of shape (${shape.join(', ')}) reaches to element ${last} of a storage of ${there}`,
      where,
    );
  return new Tensor(storage, type, offset, shape, strides, lazy, where);
}

const bytesEach = ({ element, complex }: Type): number => ELEMENT_BYTES[element] * (complex === true ? 2 : 1);

/* what it says */

/** Tensors and single values by the names that lead to them. */
function flattened(
  root: Value,
  archive: Archive,
  source: ByteSource,
): { readonly arrays: readonly NamedArray[]; readonly singles: readonly Single[] } {
  const arrays: NamedArray[] = [];
  const singles: Single[] = [];
  let [visited, letters, elements] = [0, 0, 0];
  const tooMuch = (found: string): never => fail(refusal('pytorch/pickle', found, archive.description.where(0)));
  const inside = (value: Value, path: readonly string[], name: string): void => {
    if (name.length > MAX_NAME) tooMuch(`A name in it has ${wholeNumber(name.length)} letters`);
    walk(value, [...path, name]);
  };
  const walk = (value: Value, path: readonly string[]): void => {
    letters += path.at(-1)?.length ?? 0;
    if (path.length > MAX_DEPTH) tooMuch(`It is nested deeper than ${MAX_DEPTH} levels`);
    if (++visited > MAX_VALUES || letters > MAX_LETTERS) tooMuch('It describes more values than any dump has');
    if (value instanceof Tensor) {
      elements += value.shape.reduce((product, length) => product * length, 1);
      if (elements > MOST_SHARED * source.size) tooMuch('Its tensors share their numbers: together they have far more of them than the file'); // prettier-ignore
      arrays.push(arrayOf(value, path, archive, source));
    } else if (value instanceof Carrier) carried(value, path);
    else if (value instanceof Map) for (const [key, item] of value) inside(item, path, String(key));
    else if (Array.isArray(value)) children(value, path);
    else if (value instanceof PickleTuple) children(value.items, path);
    else if (value instanceof Storage)
      throw refusal('pytorch/unsupported', `“${shortened(path.join('.'))}” is a storage without a shape`, archive.description.where(0)); // prettier-ignore
    else {
      letters += path.reduce((sum, { length }) => sum + length, 0);
      singles.push([path.join('.'), typeof value === 'bigint' ? Number(value) : value instanceof PickleName ? value.name : value]); // prettier-ignore
    }
  };
  const children = (items: readonly Value[], path: readonly string[]): void => {
    visited += items.length;
    // a list of plain numbers, such as losses, is one array
    if (items.length > 1 && items.every((item) => typeof item === 'number')) arrays.push(listOf(items, path, archive));
    else items.forEach((item, k) => walk(item, [...path, String(k)]));
  };
  const carried = ({ tensor, attributes }: Carrier, path: readonly string[]): void => {
    const state = attributes instanceof PickleTuple ? attributes.items[0] : attributes;
    const perExample = ['grad_sample', 'grad_batch'].map((key) => (state instanceof Map ? state.get(key) : undefined)); // prettier-ignore
    const given = perExample.find((value) => value !== undefined && value !== null);
    // Opacus collects them in a list when there are several passes
    const [only, ...others] = Array.isArray(given) ? given : [given];
    if (given === undefined) walk(tensor, path);
    else if (others.length === 0 && only !== undefined) walk(only, path);
    else walk(given, path);
  };
  walk(root, []);
  return { arrays, singles: singles.map(([name, value]) => [name === '' ? 'value' : name, value]) };
}

/** What names lead to. */
function at(root: Value, path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>((value, name) => {
    if (value instanceof Map) return [...value].find(([key]) => String(key) === name)?.[1];
    if (Array.isArray(value)) return value[Number(name)];
    return value instanceof PickleTuple ? value.items[Number(name)] : undefined;
  }, root);
}

const listOf = (items: readonly Value[], path: readonly string[], { description }: Archive): NamedArray => {
  const numbers = items.filter((item) => typeof item === 'number');
  return {
    path,
    shape: [items.length],
    kind: numbers.every(Number.isInteger) ? 'integer' : 'floating',
    dtype: 'list of numbers',
    where: description.where(0),
    stored: () => fail(refusal('pytorch/unsupported', `“${shortened(path.join('.'))}” is a list of numbers`, description.where(0), 'Save a tensor [n, …]:', TENSORS)), // prettier-ignore
    values: () => numbers,
  };
};

function arrayOf(tensor: Tensor, path: readonly string[], archive: Archive, source: ByteSource): NamedArray {
  const { storage, type, where } = tensor;
  const name = path.length === 0 ? 'tensor' : path.join('.');
  const pair = type.complex === true;
  const each = bytesEach(type);
  // an element that is complex is two real ones, one after the other
  const shape = pair ? [...tensor.shape, 2] : tensor.shape;
  const strides = [...tensor.strides.map((step) => step * each), ...(pair ? [each / 2] : [])];
  const located = (): ByteSource => {
    const entry = archive.storages.get(storage.key);
    const place = `the storage “${shortened(storage.key)}”`;
    if (entry === undefined) throw refusal('pytorch/pickle', `The tensor “${shortened(name)}” lies in ${place}, and the archive has none of this name`, where); // prettier-ignore
    const wanted = storage.count * (storage.type === undefined ? 1 : bytesEach(storage.type));
    if (entry.size !== wanted) throw refusal('pytorch/pickle', `The tensor “${shortened(name)}” lies in ${place}, which should have ${wanted} bytes and has ${entry.size}`, where); // prettier-ignore
    return partOf(source, entry.begin, entry.size, `entry “${shortened(entry.name)}”`);
  };
  const shown = `The tensor “${shortened(name)}”`;
  const place = (limits: ReadLimits): ReturnType<typeof stridedArray> => {
    if (tensor.lazy) throw refusal('pytorch/unsupported', `${shown} is the conjugate or the negative of what is stored`, where, 'Save it resolved:', changed('v.resolve_conj().resolve_neg()')); // prettier-ignore
    if (tensor.shape.some((length, axis) => length > 1 && tensor.strides[axis] === 0))
      throw refusal('pytorch/unsupported', `${shown}, (${tensor.shape.join(', ')}), repeats the same numbers along an axis (its stride is 0)`, where, 'If that is meant, save a copy:', CONTIGUOUS); // prettier-ignore
    return stridedArray(
      {
        element: type.element,
        littleEndian: archive.littleEndian || ELEMENT_BYTES[type.element] === 1,
        shape: rowsShape(shape, limits),
        // of an axis of length one the stride leads nowhere
        strides: limits.vector === true ? [0, ...strides] : strides,
        offset: tensor.offset * each,
      },
      located(),
      limits,
      { name: shortened(name), fix: CONTIGUOUS },
    );
  };
  return {
    path: path.length === 0 ? [name] : path,
    shape: tensor.shape,
    kind: type.kind,
    dtype: archive.littleEndian ? type.name : `${type.name}, big-endian`,
    where: `tensor “${shortened(name)}”`,
    stored: (limits) => {
      const { array: bytes, copied: gathered } = place(limits);
      const [n = 1] = rowsShape(tensor.shape, limits);
      const array = isFloat8(type.name) ? widened(bytes, type.name, n, located(), tensor.offset, limits) : bytes;
      const copied = gathered || array !== bytes;
      const notes = [
        ...(gathered ? [`The elements of “${shortened(name)}” were not in order; they were copied.`] : []),
        ...(pair ? [`The complex numbers of “${shortened(name)}” count as two real parameters each.`] : []),
      ];
      return { array, copied, notes };
    },
    values: () => {
      const single = tensor.shape.length === 0;
      if (pair || tensor.lazy || isFloat8(type.name)) return undefined;
      const view = {
        element: type.element,
        littleEndian: archive.littleEndian,
        shape: single ? [1] : tensor.shape,
        strides: single ? [each] : strides,
        offset: tensor.offset * each,
      };
      return elementsOf(view, located());
    },
  };
}

const refusal = (
  code: ProblemCode,
  found: string,
  where: string,
  remedy = 'Write it again with PyTorch:',
  fix?: string,
): AnalysisError =>
  // prettier-ignore
  new AnalysisError({
    code,
    found,
    where,
    remedy,
    ...(remedy.endsWith(':') && { fix: fix ?? SAVE }),
  });
