import { beyondMemory, workingMemory } from '../shared/memory-budget';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { itemBytes, kindOf } from './dtype';
import type { Format } from './format';
import { checkStored, inflated, inflatedStart } from './inflate';
import { pathOf } from './layout';
import { dumpOf } from './named-arrays';
import type { NamedArray } from './named-arrays';
import { isNpy, readNpy, readNpyHeader } from './npy';
import type { NpyArray, NpyHeader } from './npy';
import { recordFields } from './record';
import { asRows } from './rows';
import type { ReadLimits } from './read-limits';
import { decodedPart, partOf, shortened } from './source';
import type { ByteSource } from './source';
import { contiguous, elementsOf } from './strided';
import { zipEntries } from './zip';
import type { ZipEntry } from './zip';

/** Stored arrays are read in place; up to so many bytes of them are checked against their checksums before. */
const MAX_CHECKED = 2 ** 28;

export function isZip(start: Uint8Array): boolean {
  return /^PK(?:\x03\x04|\x05\x06)/.test(String.fromCharCode(...start.subarray(0, 4)));
}

/** `.npz`: a zip archive of .npy files, one per layer, in the order of its directory. */
export const npzFormat: Format = {
  id: 'npz',
  sniff: isZip,
  magic: true,
  read: (source, limits, stated) => {
    const { files, notes, decoded } = npzFiles(source, limits);
    checkSparse(files, source);
    const arrays: NamedArray[] = [];
    const others: string[] = [];
    for (const file of files) {
      if (isArray(file)) arrays.push(...namedArrays(file, stated));
      else others.push(file.entry);
    }
    const rest = { ...limits, memoryBudget: limits.memoryBudget - decoded };
    const python = { load: `np.load(${JSON.stringify(source.name)})` };
    if (arrays.length === 0 && others.length > 0) throw noArrays(others, source);
    const content = dumpOf(arrays, [], { source, code: 'npz/entries', python }, rest);
    const foreign = others.length > 0 ? [`Left out, because it is not an array: ${listed(others)}.`] : [];
    return { ...content, notes: [...notes, ...content.notes, ...foreign] };
  },
};

export interface NpzArray {
  readonly name: string;
  readonly npy: NpyArray;
  /** Its .npy file. */
  readonly part: ByteSource;
}

/**
 * The arrays of an archive in the order of its directory, their headers checked.
 *
 * @param stated what the metadata says the elements are
 * @throws AnalysisError npz/…, npy/…, file/too-large
 */
export function npzArrays(
  source: ByteSource,
  limits: ReadLimits,
  stated?: string,
): { readonly arrays: readonly NpzArray[]; readonly notes: string[]; readonly decoded: number } {
  const { files, notes, decoded } = npzFiles(source, limits);
  const arrays = files.map(({ name, part }): NpzArray => ({ name, npy: readNpy(part, stated), part }));
  return { arrays, notes, decoded };
}

/** A file of the archive, an array if its content is one. */
interface NpzFile {
  /** Without the ending. */
  readonly name: string;
  readonly entry: string;
  readonly part: ByteSource;
}

function npzFiles(
  source: ByteSource,
  limits: ReadLimits,
): { readonly files: readonly NpzFile[]; readonly notes: string[]; readonly decoded: number } {
  // folders have no data
  const entries = zipEntries(source).filter(({ name, size }) => !(name.endsWith('/') && size === 0));
  const decoded = checkEntries(source, entries, limits);
  const stored = entries.reduce((sum, { deflated, size }) => sum + (deflated ? 0 : size), 0);
  const files = entries.map((entry): NpzFile => {
    const { name, begin, size, deflated } = entry;
    const shown = `entry “${shortened(name)}”`;
    if (!deflated && stored <= MAX_CHECKED) checkStored(source, entry, limits.checkCanceled);
    const part = deflated
      ? decodedPart(source, inflated(source, entry, limits), shown)
      : partOf(source, begin, size, shown);
    return { name: layerName(name), entry: name, part };
  });
  const unchecked = `The checksums of its ${byteCount(stored)} of stored arrays were not checked.`;
  return { files, notes: stored > MAX_CHECKED ? [unchecked] : [], decoded };
}

/** What systems and people put into archives is not an array; what is called one is. */
const isArray = ({ entry, part }: NpzFile): boolean =>
  !/^__MACOSX\/|(?:^|\/)\._/.test(entry) && (entry.endsWith('.npy') || isNpy(part.read(0, 6)) || part.size === 0);

/** The array of a file, or the fields of its records. */
function namedArrays({ name, part }: NpzFile, stated: string | undefined): readonly NamedArray[] {
  const header = readNpyHeader(part);
  const records = recordFields(header, part, [name]);
  if (records !== undefined) return records.fields;
  const { descr } = header;
  const kind = kindOf(descr);
  const numeric = kind !== 'text' && kind !== 'object';
  // a header is checked when it is read, whether its array is used or not
  const npy = numeric ? readNpy(part, stated) : undefined;
  return [
    {
      path: pathOf(name),
      shape: header.shape.map(Number),
      kind,
      dtype: npy?.dtype.name ?? (descr.kind === 'string' ? shortened(descr.value, 40) : 'records'),
      where: part.where(0),
      stored: (limits) => {
        const read = npy ?? readNpy(part, stated);
        const notes = read.notes.map((note) => `${shortened(name)}.npy: ${note}`);
        // a vector beside matrices is a parameter of one column
        const given = read.shape.length === 1 && limits.vector !== true ? { ...read, shape: [...read.shape, 1] } : read;
        const { array } = asRows(given, part, limits);
        const own = part.location(0);
        const copied = array.location.kind === 'memory' && (own.kind === 'file' || own.bytes !== array.location.bytes);
        return { array, copied, notes };
      },
      values: () => (npy === undefined ? textsOf(header, part) : numbersIn(npy, part)),
    },
  ];
}

function numbersIn({ shape, dtype, order, offset }: NpyArray, part: ByteSource): readonly number[] | undefined {
  if (dtype.complex === true || dtype.float8 !== undefined) return undefined;
  const bytes = itemBytes(dtype);
  const strides = order === 'C' ? contiguous(shape, bytes) : [...contiguous([...shape].reverse(), bytes)].reverse();
  return elementsOf({ element: dtype.element, littleEndian: dtype.littleEndian, shape, strides, offset }, part);
}

/** Texts of one length, as NumPy stores them: `<U8` in UTF-32, `|S8` in bytes. */
function textsOf({ descr, shape, end }: NpyHeader, part: ByteSource): readonly string[] | undefined {
  const [, order, kind, digits] = /^([<>|=]?)([US])(\d+)$/.exec(descr.kind === 'string' ? descr.value : '') ?? [];
  const [count = 1, ...more] = shape.map(Number);
  const length = Number(digits) * (kind === 'U' ? 4 : 1);
  if (kind === undefined || more.some((axis) => axis !== 1) || count * length > part.size - end) return undefined;
  const bytes = part.read(end, count * length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, k) => {
    let text = '';
    for (let at = k * length; at < (k + 1) * length; at += kind === 'U' ? 4 : 1) {
      const point = kind === 'U' ? view.getUint32(at, order !== '>') : view.getUint8(at);
      text += String.fromCodePoint(point > 0x10ffff ? 0xfffd : point);
    }
    return text.replace(/\0+$/, '');
  });
}

/** The arrays of scipy.sparse.save_npz are numbers and their places, no layers. */
function checkSparse(files: readonly NpzFile[], source: ByteSource): void {
  const names = new Set(files.map(({ name }) => name));
  if (!['format', 'shape', 'data'].every((name) => names.has(name))) return;
  throw new AnalysisError({
    code: 'npz/entries',
    found: 'It holds a sparse matrix, as scipy.sparse.save_npz writes it',
    where: source.name,
    remedy: 'Save it dense:',
    fix: `np.save("grad.npy", scipy.sparse.load_npz(${JSON.stringify(source.name)}).toarray())`,
  });
}

function noArrays(others: readonly string[], source: ByteSource): AnalysisError {
  return new AnalysisError({
    code: 'npz/entries',
    found: `It holds no arrays, but ${listed(others)}`,
    where: source.name,
    remedy: 'Save one array per layer, [n, …] each, with one row for each example:',
    fix: 'np.savez("grad.npz", **grads)',
  });
}

const listed = (names: readonly string[]): string =>
  `${names.slice(0, 8).map((name) => `“${shortened(name, 60)}”`).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`; // prettier-ignore

const layerName = (entry: string): string => entry.replace(/\.npy$/, '');

/** The rows of the first array, and at least as many columns as there are; what nothing was decoded of is squarish. */
function roughShape(source: ByteSource, entries: readonly ZipEntry[]): readonly [rows: number, columns: number] {
  const elements = entries.reduce((sum, { size }) => sum + size, 0) / 2;
  const [first] = entries;
  const start = first === undefined ? '' : String.fromCharCode(...inflatedStart(source, first).subarray(0, 1024));
  const [, rows] = /'shape': \((\d+)/.exec(start) ?? [];
  const n = Math.max(1, Math.min(elements, rows === undefined ? Math.sqrt(elements) : Number(rows)));
  return [n, Math.ceil(elements / n)];
}

/**
 * @returns bytes that decompression needs
 * @throws AnalysisError npz/entries, file/too-large
 */
function checkEntries(source: ByteSource, entries: readonly ZipEntry[], { memoryBudget }: ReadLimits): number {
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(layerName(name)))
      throw new AnalysisError({
        code: 'npz/entries',
        found: `Two entries are called “${shortened(layerName(name))}”`,
        where: source.name,
        remedy: 'Write it again, each array once:',
        fix: 'np.savez("grad.npz", **grads)',
      });
    names.add(layerName(name));
  }
  const needed = entries.reduce((sum, { deflated, size }) => sum + (deflated ? size : 0), 0);
  if (needed > memoryBudget)
    throw beyondMemory(
      'file/too-large',
      'A compressed archive is decoded whole: its arrays need',
      needed,
      memoryBudget,
      {
        where: source.path,
        bytes: needed + workingMemory(...roughShape(source, entries)),
        otherwise: 'save it without compression, which is read piece by piece',
        fix: 'np.savez("grad.npz", **grads)',
      },
    );
  return needed;
}
