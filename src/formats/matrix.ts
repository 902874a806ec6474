import type { GradientDump, Layer } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import { readDump } from './index';
import { shapeText } from './npy';
import { shortened } from './source';

type ReadRequest = Parameters<typeof readDump>[0];

/**
 * A [d, d] matrix as tools write one beside a dump: as it is; with axes of length one or the axes of its parameters,
 * `[out, in, out, in]`; or as one block for each pair of layers.
 *
 * @param dump of the d parameters; its layers put blocks in their order
 * @returns the file as it stands where it holds no such matrix: whoever uses it says what does not fit
 * @throws AnalysisError metadata/invalid, and what reading throws
 */
export function readMatrix(request: ReadRequest, dump: Pick<GradientDump, 'parameters' | 'layers'>): GradientDump {
  const d = dump.parameters;
  const plain = attempt(() => readDump(request));
  if (!(plain instanceof AnalysisError) && plain.rows === d && plain.parameters === d) return plain;
  const whole = attempt(() => readDump({ ...request, vector: true }));
  if (!(whole instanceof AnalysisError) && whole.parameters === d * d) {
    const [array, ...others] = whole.arrays;
    if (array !== undefined && others.length === 0) {
      if (splits(whole.shape ?? [], d))
        return { ...whole, rows: d, arrays: [{ ...array, columns: d, order: 'C' }], parameters: d, layers: [] };
      throw misshapen(whole, d);
    }
    const blocks = blocksOf(whole);
    if (blocks !== undefined) return besideEachOther(whole, blocks, dump);
  }
  if (plain instanceof AnalysisError) throw plain;
  return plain;
}

/** What does not fit is looked at in another way; a file that cannot be read is a problem in every way. */
function attempt(read: () => GradientDump): GradientDump | AnalysisError {
  try {
    return read();
  } catch (error) {
    if (error instanceof AnalysisError && !/^(?:file|run)\//.test(error.problem.code)) return error;
    throw error;
  }
}

/** Whether the first axes of d² elements count d, and so do the others. */
function splits(shape: readonly number[], d: number): boolean {
  let product = 1;
  return shape.some((length) => (product *= length) === d);
}

function misshapen({ shape = [], path, name, format }: GradientDump, d: number): AnalysisError {
  const fix = format === 'npy';
  return new AnalysisError({
    code: 'metadata/invalid',
    found: `The matrix has the shape ${shapeText(shape)}, whose axes are not those of ${d} × ${d} numbers`,
    where: path,
    remedy: `Save it as a ${d} × ${d} matrix${fix ? ':' : '.'}`,
    ...(fix && { fix: `np.save("matrix.npy", np.load(${JSON.stringify(name)}).reshape(${d}, ${d}))` }),
  });
}

interface Blocks {
  /** Of the layers, in the order of the file. */
  readonly names: readonly string[];
  readonly separator: string;
}

const SEPARATORS = ['.', '/', '_', '__', '-', ',', ', ', '|', ':', ' '];

/** One array for each pair of layers, called by the names of both. */
function blocksOf({ layers }: GradientDump): Blocks | undefined {
  const given = new Set(layers.map(({ name }) => name));
  const count = Math.round(Math.sqrt(layers.length));
  if (count * count !== layers.length) return undefined;
  for (const separator of SEPARATORS) {
    // those of a layer with itself say what the layers are called
    const names = layers.flatMap(({ name }) => {
      const half = name.slice(0, (name.length - separator.length) / 2);
      return name === half + separator + half ? [half] : [];
    });
    if (names.length === count && names.every((a) => names.every((b) => given.has(a + separator + b))))
      return { names, separator };
  }
  return undefined;
}

/** @throws AnalysisError metadata/invalid when the blocks do not have the sizes of the layers */
function besideEachOther(
  whole: GradientDump,
  { names, separator }: Blocks,
  { parameters: d, layers }: Pick<GradientDump, 'parameters' | 'layers'>,
): GradientDump {
  const refuse = (found: string, remedy: string, fix?: string): AnalysisError =>
    new AnalysisError({
      code: 'metadata/invalid',
      found,
      where: whole.path,
      remedy,
      ...(fix !== undefined && { fix }),
    });
  const quoted = names.map((name) => `“${shortened(name, 40)}”`).slice(0, 8).join(', '); // prettier-ignore
  const own = new Map(whole.layers.map(({ name }, k) => [name, k]));
  const unordered = layers.length !== names.length || layers.some(({ name }) => !names.includes(name));
  if (unordered && names.length > 1) {
    const said = layers.length === 0 ? 'the dump does not say which layers it has' : 'the layers of the dump are others'; // prettier-ignore
    const join = whole.format === 'npz';
    throw refuse(
      `It holds the blocks of a matrix for the layers ${quoted}, and ${said}`,
      `Say “layers” in the metadata of the dump, in the order of its columns${join ? ', or save one matrix, its layers in that order:' : '.'}`,
      join
        ? `h, names = np.load(${JSON.stringify(whole.name)}), ${JSON.stringify(names)}; np.save("matrix.npy", np.block([[h[a + ${JSON.stringify(separator)} + b].reshape(round(h[a + ${JSON.stringify(separator)} + a].size ** 0.5), -1) for b in names] for a in names]))`
        : undefined,
    );
  }
  const ordered: readonly Layer[] = unordered ? [{ name: names[0] ?? '', size: d }] : layers;
  const begins = ordered.map((_, k) => ordered.slice(0, k).reduce((sum, { size }) => sum + size, 0));
  return {
    ...whole,
    rows: d,
    parameters: d,
    layers: [],
    arrays: ordered.flatMap((above, i) =>
      ordered.map((left, j) => {
        const name = above.name + separator + left.name;
        const array = whole.arrays[own.get(name) ?? -1];
        if (array?.columns !== above.size * left.size)
          throw refuse(
            `Its block “${shortened(name, 60)}” has ${array?.columns ?? 0} numbers, and the layers have ${above.size} × ${left.size} parameters`,
            'Write the blocks for the layers of this dump.',
          );
        const place = { firstRow: begins[i] ?? 0, rows: above.size, firstColumn: begins[j] ?? 0 };
        return { ...array, columns: left.size, order: 'C' as const, place };
      }),
    ),
  };
}
