import { beyondMemory, workingMemory } from '../shared/memory-budget';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Format } from './format';
import { checkStored, inflated, inflatedStart } from './inflate';
import { MARK } from './gradstats-form';
import { sideBySide } from './layers';
import type { LayerArray } from './layers';
import { readNpy } from './npy';
import type { NpyArray } from './npy';
import { asRows } from './rows';
import type { Means } from './rows';
import { decodedPart, partOf, shortened } from './source';
import type { ByteSource } from './source';
import { unsupported, zipEntries } from './zip';
import type { ZipEntry } from './zip';

/** Stored arrays are read in place; up to so many bytes of them are checked against their checksums before. */
const MAX_CHECKED = 2 ** 28;

/** `.npz`: a zip archive of .npy files, one a layer, in the order of its directory. */
export const npzFormat: Format = {
  id: 'npz',
  extensions: ['.npz'],
  sniff: (start) => /^PK(?:\x03\x04|\x05\x06)/.test(String.fromCharCode(...start.subarray(0, 4))),
  read: (source, means, stated) => {
    const { arrays, notes, decoded } = npzArrays(source, means, stated);
    if (arrays.some(({ name }) => name === MARK)) throw withoutRows(source);
    const rest = { ...means, memoryBudget: means.memoryBudget - decoded };
    const parts = arrays.map(({ name, npy, part }): LayerArray => {
      notes.push(...npy.notes.map((note) => `${shortened(name)}.npy: ${note}`));
      return { name, shape: npy.shape, dtype: npy.dtype.name, ...asRows(npy, part, rest) };
    });
    return { ...sideBySide(parts, 'npz/entries', source.name), metadata: {}, notes };
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
  means: Means,
  stated?: string,
): { readonly arrays: readonly NpzArray[]; readonly notes: string[]; readonly decoded: number } {
  // folders have no data
  const entries = zipEntries(source).filter(({ name, size }) => !(name.endsWith('/') && size === 0));
  const decoded = checkEntries(source, entries, means);
  const stored = entries.reduce((sum, { deflated, size }) => sum + (deflated ? 0 : size), 0);
  const arrays = entries.map((entry): NpzArray => {
    const { name, begin, size, deflated } = entry;
    const shown = `entry “${shortened(name)}”`;
    if (!deflated && stored <= MAX_CHECKED) checkStored(source, entry, means.checkCanceled);
    const part = deflated
      ? decodedPart(source, inflated(source, entry, means), shown)
      : partOf(source, begin, size, shown);
    return { name: layerName(name), npy: readNpy(part, stated), part };
  });
  const unchecked = `The checksums of its ${byteCount(stored)} of stored arrays were not checked.`;
  return { arrays, notes: stored > MAX_CHECKED ? [unchecked] : [], decoded };
}

const withoutRows = ({ path }: ByteSource): AnalysisError =>
  new AnalysisError({
    code: 'gradstats/rows',
    found: 'It holds the statistics of a dump, without its rows',
    where: path,
    remedy: 'Choose the dump itself.',
  });

const layerName = (entry: string): string => entry.replace(/\.npy$/, '');

/** The rows of the first array, and at least as many columns as there are; what nothing was decoded of is squarish. */
function roughShape(source: ByteSource, entries: readonly ZipEntry[]): readonly [samples: number, columns: number] {
  const elements = entries.reduce((sum, { size }) => sum + size, 0) / 2;
  const [first] = entries;
  const start = first === undefined ? '' : String.fromCharCode(...inflatedStart(source, first).subarray(0, 1024));
  const [, rows] = /'shape': \((\d+)/.exec(start) ?? [];
  const samples = Math.max(1, Math.min(elements, rows === undefined ? Math.sqrt(elements) : Number(rows)));
  return [samples, Math.ceil(elements / samples)];
}

/**
 * @returns bytes that decompression needs
 * @throws AnalysisError npz/entries, npz/unsupported, file/too-large
 */
function checkEntries(source: ByteSource, entries: readonly ZipEntry[], { memoryBudget }: Means): number {
  const pickle = entries.find(({ name }) => name.endsWith('/data.pkl'));
  if (pickle !== undefined)
    throw unsupported('It is a PyTorch checkpoint (pickle), which is never loaded here', source.where(pickle.begin));
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
