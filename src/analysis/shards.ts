import path from 'node:path';
import { placesOf } from '../kernel/placement';
import type { DumpMetadata, GradientDump, Layer } from '../shared/dump';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Statistics } from '../shared/statistics';

/** What is reduced together: dumps, and statistics of dumps. */
export type Shard = GradientDump | Statistics;

/** How shards lie in the whole: other examples of the same parameters, or other parameters of the same examples. */
export type Arrangement = 'rows' | 'columns';

export const dumpOf = (shard: Shard): Statistics['dump'] => ('gram' in shard ? shard.dump : shard);

/**
 * The shards as they are added: side by side, each with layers; or one dump with their rows under one another.
 *
 * @param said by the reader; needed where neither names nor layers say it
 * @throws AnalysisError gradstats/shards, gradstats/rows
 */
export function arranged(shards: readonly Shard[], said: Arrangement | undefined): readonly Shard[] {
  if (shards.length > 1 && said === undefined) askForArrangement(shards.map(dumpOf));
  if (shards.length > 1 && said === 'rows') return sideBySide([underOneAnother(shards)]);
  checkColumns(shards.map(dumpOf));
  return sideBySide(shards);
}

/** Names that only count: whether their files hold other examples or other parameters, they do not say. */
const COUNTED =
  /(?:^|[_.-])(?:arr|array|rank|shard|part|batch|chunk|step|epoch|iter|ckpt)[_.-]?\d+$|^(?:g|grads?|gradients?)?[_.-]?\d+$/i;
const STEPS = /(?:^|[_.-])(?:step|epoch|iter|ckpt)[_.-]?\d+$/i;

type Described = Statistics['dump'];

function askForArrangement(dumps: readonly Described[]): void {
  const [first, ...others] = dumps;
  if (first === undefined) return;
  const names = labelsOf(dumps);
  const owners = new Map(first.layers.map(({ name }) => [name, first]));
  let shared: readonly [Described, Described, string] | undefined;
  for (const other of others)
    for (const { name } of other.layers) {
      const owner = owners.get(name);
      if (owner !== undefined && owner !== other) shared ??= [owner, other, name];
      owners.set(name, other);
    }
  const counted =
    dumps.every(({ layers, parameters }) => layers.length === 0 && parameters === first.parameters) &&
    names.every((name) => name.split('/').some((step) => COUNTED.test(step)));
  if (shared === undefined && !counted) return;
  const [a, b] = shared ?? [first, others[0] ?? first];
  const open = 'and nothing says whether they hold other examples or other parameters';
  const found =
    shared === undefined
      ? `All files have ${wholeNumber(first.parameters)} columns and names that only count, “${names[0] ?? ''}” and “${names[1] ?? ''}”, ${open}`
      : `“${a.name}” and “${b.name}” name the same layers, such as “${shown(shared[2])}”, ${open}`;
  const steps = names.every((name) => name.split('/').some((step) => STEPS.test(step)));
  throw new AnalysisError({
    code: 'gradstats/shards',
    found,
    where: b.path,
    remedy: `${steps ? 'If these are steps of a training, reduce each by itself, one file a step. Otherwise say' : 'Say'} --rows for other examples, which go under one another, or --columns for other parameters, which go side by side. Rows can also be joined in Python:`,
    fix: joining(dumps),
  });
}

/** The line of Python that puts the rows under one another. */
function joining(dumps: readonly Described[]): string {
  const paths = dumps.map(({ path: file }) => JSON.stringify(path.basename(file)));
  const files = paths.length > 4 ? 'files' : `[${paths.join(', ')}]`;
  const loaded = (load: string): string => `np.concatenate([${load} for f in ${files}])`;
  const byLayer = (load: string): string =>
    `{k: ${loaded(`${load}[k]`)} for k in ${load.replace('(f)', `(${files}[0])`)}}`;
  const [{ format, layers } = { format: 'npy', layers: [] }] = dumps;
  if (format === 'npz' && layers.length > 0) return `np.savez("grad.npz", **${byLayer('np.load(f)')})`;
  if (format === 'npz') return `np.save("grad.npy", ${loaded('next(iter(np.load(f).values()))')})`;
  if (format === 'safetensors') return `save_file(${byLayer('load_file(f)')}, "grad.safetensors")`;
  if (format === 'json') return `np.save("grad.npy", ${loaded('np.array(json.load(open(f)))')})`;
  return `np.save("grad.npy", ${loaded('np.load(f)')})`;
}

const refuse = (found: string, where: string, remedy: string): AnalysisError =>
  new AnalysisError({ code: 'gradstats/shards', found, where, remedy });

function checkColumns([first, ...others]: readonly Described[]): void {
  for (const other of others)
    if (first !== undefined && other.samples !== first.samples)
      throw refuse(
        `It has ${wholeNumber(other.samples)} rows, and “${first.name}” has ${wholeNumber(first.samples)}`,
        other.path,
        'Shards side by side hold other parameters of the same examples: give one row for each example in all of them, or say --rows if they hold other examples.',
      );
}

/** File names without their endings, with as many folders before them as tell them apart. */
function labelsOf(dumps: readonly Described[]): readonly string[] {
  const steps = dumps.map(({ path: file }) => {
    const { dir, name } = path.parse(file);
    return [...dir.split(path.sep).filter((step) => step !== ''), name.replace(/\.gradstats$/i, '')];
  });
  const most = Math.max(...steps.map((list) => list.length));
  for (let depth = 1; depth < most; depth++) {
    const labels = steps.map((list) => list.slice(-depth).join('/'));
    if (new Set(labels).size === labels.length) return labels;
  }
  return steps.map((list) => list.join('/'));
}

/** A shard that tells no layers apart is one layer, called like its file; layers of one name get that of their file, too. */
function sideBySide(shards: readonly Shard[]): readonly Shard[] {
  const dumps = shards.map(dumpOf);
  const labels = labelsOf(dumps);
  const all = dumps.flatMap(({ layers }, k) =>
    layers.length > 0 ? layers.map(({ name }) => name) : [labels[k] ?? ''],
  );
  const twice = new Set(all).size < all.length;
  return shards.map((shard, k) => {
    const { layers, parameters } = dumpOf(shard);
    const label = labels[k] ?? '';
    if (layers.length > 0 && !twice) return shard;
    const named = layers.map(({ name, size }): Layer => ({ name: `${label}/${name}`, size }));
    return withLayers(shard, named.length > 0 ? named : [{ name: label, size: parameters }]);
  });
}

function withLayers(shard: Shard, layers: readonly Layer[]): Shard {
  if (!('gram' in shard)) return { ...shard, layers };
  const { dump, moments } = shard;
  const renamed = moments.layers.map((layer, l) => ({ ...layer, name: layers[l]?.name ?? layer.name }));
  return { ...shard, dump: { ...dump, layers }, moments: { ...moments, layers: renamed } };
}

const sameLayer = (a: Layer, b: Layer | undefined): boolean => a.name === b?.name && a.size === b.size;

/** One dump of the rows of all. */
function underOneAnother(shards: readonly Shard[]): GradientDump {
  const dumps = shards.map((shard): GradientDump => {
    if (!('gram' in shard)) return shard;
    throw new AnalysisError({
      code: 'gradstats/rows',
      found: 'Putting rows under one another needs the rows themselves, and this file holds their lengths and products',
      where: shard.dump.path,
      remedy: 'Reduce the dumps together, with --rows.',
    });
  });
  const [first, ...others] = dumps;
  if (first === undefined) throw new RangeError('there is nothing to reduce');
  const layered = dumps.filter(({ layers }) => layers.length > 0);
  const [named = first] = layered;
  for (const other of others) {
    if (other.parameters !== first.parameters)
      throw refuse(
        `It has ${wholeNumber(other.parameters)} columns, and “${first.name}” has ${wholeNumber(first.parameters)}`,
        other.path,
        'Rows under one another hold the same parameters: give all of them in every file, or say --columns if they hold other parameters.',
      );
    const odd = other.layers.findIndex((layer, l) => !sameLayer(layer, named.layers[l]));
    if (other.layers.length > 0 && (odd >= 0 || other.layers.length !== named.layers.length))
      throw refuse(
        `Its layers are not those of “${named.name}”, from “${other.layers[Math.max(0, odd)]?.name ?? ''}” on`,
        other.path,
        'Rows under one another hold the same parameters in the same order: save the layers in one order.',
      );
  }
  let firstRow = 0;
  const arrays = dumps.flatMap((dump) => {
    const places = placesOf(dump);
    const from = firstRow;
    firstRow += dump.samples;
    return dump.arrays.map((array, k) => ({
      ...array,
      place: { firstRow: from, rows: dump.samples, firstColumn: places[k]?.firstColumn ?? 0 },
    }));
  });
  const { shape: _, ...rest } = first;
  return {
    ...rest,
    samples: firstRow,
    arrays,
    layers: named.layers,
    bytes: dumps.reduce((sum, { bytes }) => sum + bytes, 0),
    dtype: [...new Set(dumps.flatMap(({ dtype }) => dtype.split(', ')))].join(', '),
    metadata: { ...Object.assign({}, ...dumps.map(({ metadata }) => metadata)), ...metadataOfRows(dumps) } as DumpMetadata, // prettier-ignore
    notes: dumps.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`)),
  };
}

/** What is said of each row, one after another; the mean of a loss is that of all rows. */
function metadataOfRows(dumps: readonly GradientDump[]): Pick<DumpMetadata, 'losses' | 'labels' | 'loss'> {
  for (const key of ['losses', 'labels', 'loss'] as const) {
    const without = dumps.find(({ metadata }) => metadata[key] === undefined);
    const having = dumps.find(({ metadata }) => metadata[key] !== undefined);
    if (without !== undefined && having !== undefined)
      throw refuse(
        `It does not say “${key}”, and “${having.name}” does`,
        without.path,
        'Say it of the rows of every file, or of none.',
      );
  }
  const losses = dumps.flatMap(({ metadata }) => metadata.losses ?? []);
  const labels = dumps.flatMap(({ metadata }) => metadata.labels ?? []);
  const rows = dumps.reduce((sum, { samples }) => sum + samples, 0);
  const loss = dumps.reduce((sum, { samples, metadata }) => sum + (samples * (metadata.loss ?? NaN)) / rows, 0);
  return {
    ...(losses.length > 0 && { losses }),
    ...(labels.length > 0 && { labels }),
    ...(!Number.isNaN(loss) && { loss }),
  };
}

/**
 * What belongs to the training and no number of the noise: known from one shard, it is known. Everything else is a statement
 * about the rows of each, and not to say it is one, too: no gradient scale is 1, no data-set size is one without bound.
 */
const SAID_ONCE: ReadonlySet<string> = new Set([
  'learningRate',
  'batchSize',
  'step',
  'loss',
  'losses',
  'labels',
] satisfies (keyof DumpMetadata)[]);

/** @throws AnalysisError gradstats/shards */
export function checkSayTheSame(dumps: readonly Described[], arrangement: Arrangement | undefined): void {
  const ofRows = new Set(arrangement === 'rows' ? ['loss', 'losses', 'labels'] : []);
  const keys = new Set(dumps.flatMap(({ metadata }) => Object.keys(withoutFiles(metadata))));
  for (const key of keys) {
    if (ofRows.has(key)) continue;
    const said = dumps.map(({ metadata }) => JSON.stringify(metadata[key as keyof DumpMetadata]) as string | undefined);
    const first = said.findIndex((text) => text !== undefined);
    const odd = said.findIndex((text) => text !== said[first] && (text !== undefined || !SAID_ONCE.has(key)));
    const [speaker, other] = [dumps[first], dumps[odd]];
    if (speaker === undefined || other === undefined) continue;
    throw refuse(
      said[odd] === undefined
        ? `It does not say “${key}”, and “${speaker.name}” says ${shown(said[first] ?? '')}`
        : `Its “${key}” ${shown(said[odd])} is not the ${shown(said[first] ?? '')} of “${speaker.name}”`,
      other.path,
      'Reduce shards of one step of one training, and say the same of the rows of each; or correct the metadata.',
    );
  }
}

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

const OF_FILES: ReadonlySet<string> = new Set([
  'layers',
  'dtype',
  'shape',
  'hessian',
  'fisher',
  'modelLabels',
  'compared',
  'parameters',
] satisfies (keyof DumpMetadata)[]);

/** What is said about the training, without what is said about the file: its layers and type, and the files beside it. */
export function withoutFiles(metadata: DumpMetadata): DumpMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !OF_FILES.has(key)));
}
