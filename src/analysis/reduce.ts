import path from 'node:path';
import { readDumpOrStatistics } from '../formats';
import { gradstatsFile } from '../formats/gradstats-writer';
import { addedMoments } from '../kernel/added-moments';
import { eachRow } from '../kernel/gram-statistics';
import type { Kernel, Run } from '../kernel/kernel';
import { chooseKernel } from '../kernel';
import type { DumpMetadata, GradientDump, SourceFile } from '../shared/dump';
import { byteCount, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Statistics } from '../shared/statistics';
import type { LayerSpectrum, Moments } from '../shared/summary';
import { openFile } from '../storage/file';
import { refuseExisting, writeNewFile } from '../storage/new-file';
import { sha256Of } from '../storage/sha256';

interface ReduceRequest {
  /** Dumps, or statistics of dumps: shards with other parameters of the same examples, in the order of the parameters. */
  readonly paths: readonly string[];
  /** Bytes, of which the products between N rows take 8N². */
  readonly memoryBudget: number;
  readonly checkCanceled: () => void;
}

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
  const given = request.paths.map((file) => readDumpOrStatistics({ ...request, path: file }));
  const shards = given.map((shard) => withLayers(shard, given));
  checkTogether(shards);
  const [first] = shards;
  if (first === undefined) throw new RangeError('there is nothing to reduce');
  const N = dumpOf(first).samples;
  const matrixBytes = 8 * N * N;
  if (matrixBytes > request.memoryBudget)
    throw new AnalysisError({
      code: 'memory/budget',
      found: `The ${wholeNumber(N)} × ${wholeNumber(N)} products between rows need ${byteCount(matrixBytes)}, the budget is ${byteCount(request.memoryBudget)}`,
      remedy: 'Raise the memory budget with --memory-budget, or dump fewer rows.',
    });
  const products = new Float64Array(N * N);
  const parts: Reduced[] = [];
  const run: Run = { ...request, report: () => undefined };
  for (const shard of shards)
    parts.push(
      'gram' in shard
        ? addedTo(products, shard, run)
        : await reducedInto(products, shard, kernel ?? (await chooseKernel()), run),
    );
  const dumps = shards.map(dumpOf);
  const sources = parts.flatMap((part) => part.sources);
  const layered = given.length > 1 || given.some((shard) => dumpOf(shard).layers.length > 0);
  const moments = addedMoments(parts.map((part) => part.moments));
  return {
    dump: {
      name: dumps[0]?.name ?? '',
      path: dumps[0]?.path ?? '',
      format: 'gradstats',
      samples: N,
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
        columns: N,
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

type Shard = GradientDump | Statistics;
const dumpOf = (shard: Shard): Statistics['dump'] => ('gram' in shard ? shard.dump : shard);

interface Reduced {
  readonly moments: Moments;
  readonly rounding: number;
  readonly layers: readonly LayerSpectrum[];
  readonly sources: readonly SourceFile[];
}

/** One pass over a dump, and one that hashes it; both of one version. */
async function reducedInto(products: Float64Array, dump: GradientDump, kernel: Kernel, run: Run): Promise<Reduced> {
  const version = openFile(dump.path);
  try {
    const { moments, rounding, layers } = await kernel.gram(dump, products, run);
    const sha256 = sha256Of(version, run.checkCanceled);
    version.checkUnchanged();
    return { moments, rounding, layers, sources: [{ name: dump.name, bytes: dump.bytes, sha256 }] };
  } finally {
    version.close();
  }
}

function addedTo(products: Float64Array, { dump, moments, gram, sources }: Statistics, run: Run): Reduced {
  const { samples: N } = dump;
  eachRow(gram, N, run, (row, i) => {
    for (let j = 0; j < N; j++) products[i * N + j] = (products[i * N + j] ?? 0) + (row[j] ?? 0);
  });
  return { moments, rounding: gram.rounding, layers: gram.layers, sources };
}

/** A shard that tells no layers apart is one layer, called like its file, and like its folder where that is not enough. */
function withLayers(shard: Shard, all: readonly Shard[]): Shard {
  const { layers, parameters } = dumpOf(shard);
  if (layers.length > 0) return shard;
  const stem = stemOf(shard);
  const twice = all.filter((other) => stemOf(other) === stem).length > 1;
  const name = twice ? `${path.basename(path.dirname(dumpOf(shard).path))}/${stem}` : stem;
  if (!('gram' in shard)) return { ...shard, layers: [{ name, size: parameters }] };
  const { dump, moments } = shard;
  return {
    ...shard,
    dump: { ...dump, layers: [{ name, size: parameters }] },
    moments: { ...moments, layers: moments.layers.map((layer) => ({ ...layer, name })) },
  };
}

const stemOf = (shard: Shard): string => path.parse(dumpOf(shard).path).name.replace(/\.gradstats$/i, '');

/** @throws AnalysisError gradstats/shards */
function checkTogether(shards: readonly Shard[]): void {
  const [first, ...others] = shards.map(dumpOf);
  if (first === undefined) return;
  const refuse = (found: string, where: string, remedy: string): AnalysisError =>
    new AnalysisError({ code: 'gradstats/shards', found, where, remedy });
  for (const other of others)
    if (other.samples !== first.samples)
      throw refuse(
        `It has ${wholeNumber(other.samples)} rows, and “${first.name}” has ${wholeNumber(first.samples)}`,
        other.path,
        'Shards hold other parameters of the same examples: give one row for each example in all of them.',
      );
  const owners = new Map<string, string>();
  for (const { name: file, path: where, layers } of others.length > 0 ? [first, ...others] : [])
    for (const { name } of layers) {
      const owner = owners.get(name);
      if (owner !== undefined)
        throw refuse(
          `It has a layer “${shown(name)}”, and so has “${owner}”`,
          where,
          'Give each shard once, with names of layers that differ.',
        );
      owners.set(name, file);
    }
  const said = new Map<string, { readonly value: string; readonly file: string }>();
  for (const { name: file, path: where, metadata } of [first, ...others])
    for (const [key, value] of Object.entries(withoutFiles(metadata))) {
      const [text, before] = [JSON.stringify(value), said.get(key)];
      if (before !== undefined && before.value !== text)
        throw refuse(
          `Its “${key}” ${shown(text)} is not the ${shown(before.value)} of “${before.file}”`,
          where,
          'Reduce shards of one step of one training; or correct the metadata.',
        );
      said.set(key, before ?? { value: text, file });
    }
}

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

const OF_FILES: ReadonlySet<string> = new Set([
  'layers',
  'dtype',
  'hessian',
  'fisher',
  'modelLabels',
  'compared',
  'parameters',
] satisfies (keyof DumpMetadata)[]);

/** What is said about the training, without what is said about the file: its layers and type, and the files beside it. */
function withoutFiles(metadata: DumpMetadata): DumpMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !OF_FILES.has(key)));
}
