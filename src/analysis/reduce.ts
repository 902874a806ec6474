import { gradstatsFile } from '../formats/gradstats-writer';
import { addedMoments } from '../kernel/added-moments';
import { eachRow } from '../kernel/gram-statistics';
import type { Kernel, PassContext } from '../kernel/kernel';
import { chooseKernel } from '../kernel';
import type { DumpMetadata, GradientDump, Layout, SourceFile } from '../shared/dump';
import { beyondMemory, workingMemory } from '../shared/memory-budget';
import { byteCount, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Statistics } from '../shared/statistics';
import type { LayerSpectrum, Moments } from '../shared/summary';
import { openFile } from '../storage/file';
import { refuseExisting, writeNewFile } from '../storage/new-file';
import { sha256Of } from '../storage/sha256';
import { dumpFiles } from './dump-files';
import { openShards } from './open-dump';
import { isUnnamed } from './layout-question';
import { arranged, checkSayTheSame, dumpOf, withoutFiles } from './shards';

interface ReduceRequest {
  /** Dumps, or statistics of dumps, in the order of the parameters, or of the rows; a folder stands for its files. */
  readonly paths: readonly string[];
  /** Whether they hold other examples of the same parameters; needed where the files do not say it. */
  readonly layout?: Layout;
  /** Bytes, of which the products between n rows take 8n². */
  readonly memoryBudget: number;
  readonly checkCanceled: () => void;
}

/** Their products with the rest of the archive are beyond what its 32-bit sizes reach. */
const TOO_MANY_ROWS = 23_170;

/**
 * Writes the statistics of a dump, or of its shards together, beside nothing: the file is whole or not there.
 *
 * @throws AnalysisError file/exists, file/unwritable, gradstats/shards, memory/budget, and what reading throws
 */
export async function reduceTo(target: string, force: boolean, request: ReduceRequest): Promise<Statistics> {
  if (!force) refuseExisting(target);
  const statistics = await reduce(request);
  await writeNewFile(target, gradstatsFile(statistics, request.checkCanceled), force);
  return statistics;
}

/**
 * The statistics of a dump, or of its shards together.
 *
 * @param kernel for tests
 * @throws AnalysisError gradstats/shards, memory/budget, data/…, and what reading throws
 */
export async function reduce(request: ReduceRequest, kernel?: Kernel): Promise<Statistics> {
  const { files } = dumpFiles(request.paths, request.layout !== undefined);
  const { shards: given, versions } = openShards(files, request);
  checkSayTheSame(given.map(dumpOf), request.layout);
  const shards = arranged(given, request.layout);
  const [first] = shards;
  if (first === undefined) throw new RangeError('there is nothing to reduce');
  const n = dumpOf(first).rows;
  const matrixBytes = 8 * n * n;
  if (n >= TOO_MANY_ROWS)
    throw new AnalysisError({
      code: 'file/too-large',
      found: `The ${wholeNumber(n)} × ${wholeNumber(n)} products between rows take ${byteCount(matrixBytes)}, and a file of statistics holds 4 GiB`,
      where: dumpOf(first).path,
      remedy: `Dump fewer than ${wholeNumber(TOO_MANY_ROWS)} rows, or analyze the dump itself.`,
    });
  if (matrixBytes > request.memoryBudget)
    throw beyondMemory(
      'memory/budget',
      `The ${wholeNumber(n)} × ${wholeNumber(n)} products between rows need`,
      matrixBytes,
      request.memoryBudget,
      { bytes: workingMemory(n, n), otherwise: 'dump fewer rows' },
    );
  const products = new Float64Array(n * n);
  const parts: Reduced[] = [];
  const context: PassContext = { ...request, report: () => undefined };
  for (const shard of shards)
    parts.push(
      'gram' in shard ? addedTo(products, shard, context) : await kernelGram(shard, products, context, kernel),
    );
  const sources = given.flatMap((shard) => ('gram' in shard ? shard.sources : [sourceOf(shard, request)]));
  // from the first look at a header to here, so that no shard is of another version than the others were read with
  versions.checkUnchanged();
  const dumps = shards.map(dumpOf);
  const layered =
    given.some((shard) => dumpOf(shard).layers.length > 0) || (shards.length > 1 && !isUnnamed(given.map(dumpOf)));
  const moments = addedMoments(parts.map((part) => part.moments));
  return {
    dump: {
      name: dumps[0]?.name ?? '',
      path: dumps[0]?.path ?? '',
      format: 'gradstats',
      rows: n,
      parameters: dumps.reduce((sum, { parameters }) => sum + parameters, 0),
      dtype: [...new Set(dumps.flatMap(({ dtype }) => dtype.split(', ')))].join(', '),
      bytes: sources.reduce((sum, { bytes }) => sum + bytes, 0),
      layers: layered ? moments.layers.map(({ name, size }) => ({ name, size })) : [],
      metadata: withoutFiles(Object.assign({}, ...dumps.map(({ metadata }) => metadata)) as DumpMetadata),
      notes: dumps.flatMap(({ name, notes }) => notes.map((note) => (dumps.length > 1 ? `${name}: ${note}` : note))),
    },
    sources,
    moments,
    gram: {
      products: {
        columns: n,
        element: 'f8',
        littleEndian: true,
        order: 'C',
        location: { kind: 'memory', bytes: new Uint8Array(products.buffer), offset: 0 },
      },
      rounding: parts.reduce((sum, { rounding }) => sum + rounding, 0),
      layers: parts.flatMap(({ layers }) => layers),
    },
  };
}

interface Reduced {
  readonly moments: Moments;
  readonly rounding: number;
  readonly layers: readonly LayerSpectrum[];
}

async function kernelGram(
  dump: GradientDump,
  products: Float64Array,
  context: PassContext,
  kernel?: Kernel,
): Promise<Reduced> {
  return (kernel ?? (await chooseKernel())).gram(dump, products, context);
}

/** The hash of a file that was reduced. */
function sourceOf({ path: file, name, bytes }: GradientDump, { checkCanceled }: ReduceRequest): SourceFile {
  const version = openFile(file);
  try {
    return { name, bytes, sha256: sha256Of(version, checkCanceled) };
  } finally {
    version.close();
  }
}

function addedTo(products: Float64Array, { dump, moments, gram }: Statistics, context: PassContext): Reduced {
  const { rows: n } = dump;
  eachRow(gram, n, context, (row, i) => {
    for (let j = 0; j < n; j++) products[i * n + j] = (products[i * n + j] ?? 0) + (row[j] ?? 0);
  });
  return { moments, rounding: gram.rounding, layers: gram.layers };
}
