import path from 'node:path';
import { shortened } from '../formats/source';
import { placesOf } from '../kernel/placement';
import type { DumpMetadata, GradientDump, Layer, Layout } from '../shared/dump';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Statistics } from '../shared/statistics';
import type { FileIdentity } from '../storage/file';
import { ambiguity, isUnnamed, labelsOf, layoutQuestion } from './layout-question';
import type { Described } from './layout-question';

/** What is reduced together: dumps, and statistics of dumps. */
export type Shard = GradientDump | Statistics;

export const dumpOf = (shard: Shard): Described => ('gram' in shard ? shard.dump : shard);

/**
 * The shards as they are added: side by side, each with layers; or one dump with their rows under one another.
 *
 * @param said by the reader; needed where neither names nor layers say it
 * @throws AnalysisError data/layout, gradstats/shards, gradstats/rows
 */
export function arranged(shards: readonly Shard[], said: Layout | undefined): readonly Shard[] {
  if (said === undefined) {
    const dumps = shards.map(dumpOf);
    if (ambiguity(dumps) !== undefined) throw layoutQuestion(dumps);
  }
  if (shards.length > 1 && said === 'rows') return sideBySide([underOneAnother(shards)]);
  checkColumns(shards.map(dumpOf));
  return sideBySide(shards);
}

const refuse = (found: string, where: string, remedy: string): AnalysisError =>
  new AnalysisError({ code: 'gradstats/shards', found, where, remedy });

function checkColumns([first, ...others]: readonly Described[]): void {
  const projected = [first, ...others].find((dump) => dump?.metadata.projected !== undefined);
  if (others.length > 0 && projected !== undefined)
    throw refuse(
      'Its columns are random sums of parameters, which do not go beside others',
      projected.path,
      'Add up the sketches of shards, which have the same columns, before they are written.',
    );
  for (const other of others)
    if (first !== undefined && other.rows !== first.rows)
      throw refuse(
        `It has ${wholeNumber(other.rows)} rows, and “${first.name}” has ${wholeNumber(first.rows)}`,
        other.path,
        'Shards side by side hold other parameters of the same examples: give one row for each example in all of them, or say --rows if they hold other examples.',
      );
}

/** A shard without layers is one layer, called like its file; layers of one name get that of their file, too. */
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

/**
 * Several files as one dump: the rows, the layers and the metadata that an array joined from them would have.
 *
 * @throws AnalysisError data/layout when nothing says how they lie; gradstats/shards when they do not fit together;
 * gradstats/rows for statistics among them
 */
export function joined(shards: readonly Shard[], layout: Layout | undefined): Shard {
  const [first, ...others] = shards;
  if (first === undefined) throw new RangeError('there is nothing to join');
  if (others.length === 0) return first;
  const dumps = shards.map((shard) => withRows(shard));
  if (layout === undefined) throw layoutQuestion(dumps);
  checkSayTheSame(dumps, layout);
  checkColumns(layout === 'columns' ? dumps : []);
  const whole =
    layout === 'rows'
      ? underOneAnother(dumps)
      : together(isUnnamed(dumps) ? dumps : (sideBySide(dumps) as readonly GradientDump[]));
  return {
    ...whole,
    name: `${whole.name} and ${wholeNumber(others.length)} more`,
    metadata: { ...withoutFiles(whole.metadata), ...filesNamedBy(dumps) },
    joined: { layout, files: dumps.map(({ name, path: file, rows, parameters, bytes }) => ({ name, path: file, rows, parameters, bytes })) }, // prettier-ignore
  };
}

/** The rows of a shard are at hand. */
function withRows(shard: Shard): GradientDump {
  if (!('gram' in shard)) return shard;
  throw new AnalysisError({
    code: 'gradstats/rows',
    found: 'Joining files needs the rows themselves, and this file holds their lengths and products',
    where: shard.dump.path,
    remedy: 'Join the dumps, or add up statistics of other parameters:',
    fix: 'gradient-covariance reduce --columns a.gradstats.npz b.gradstats.npz -o all.gradstats.npz',
  });
}

/** One dump of the columns of all; its name and path are those of the first. */
function together(dumps: readonly GradientDump[]): GradientDump {
  const [first] = dumps;
  if (first === undefined) throw new RangeError('there is nothing to join');
  const { shape: _, ...rest } = first;
  return {
    ...rest,
    parameters: dumps.reduce((sum, { parameters }) => sum + parameters, 0),
    arrays: dumps.flatMap(({ arrays }) => arrays),
    layers: dumps.flatMap(({ layers }) => layers),
    bytes: dumps.reduce((sum, { bytes }) => sum + bytes, 0),
    dtype: typesOf(dumps),
    metadata: Object.assign({}, ...dumps.map(({ metadata }) => metadata)) as DumpMetadata,
    notes: notesOf(dumps),
  };
}

/**
 * One file under two paths would count twice.
 *
 * @throws AnalysisError gradstats/shards
 */
export function refuseTwice(files: readonly string[], identities: ReadonlyMap<string, FileIdentity>): void {
  const seen = new Map<string, string>();
  for (const file of files) {
    const { device, inode } = identities.get(file) ?? {};
    const key = `${device}:${inode}`;
    const before = seen.get(key);
    if (before !== undefined)
      throw refuse(`It is the same file as “${path.basename(before)}”`, file, 'Give each shard once.');
    seen.set(key, file);
  }
}

const typesOf = (dumps: readonly GradientDump[]): string =>
  [...new Set(dumps.flatMap(({ dtype }) => dtype.split(', ')))].join(', ');

/** Each note once, with the file that has it, or the first of several. */
function notesOf(dumps: readonly GradientDump[]): readonly string[] {
  const files = new Map<string, string[]>();
  for (const { name, notes } of dumps)
    for (const note of notes) {
      const list = files.get(note);
      if (list === undefined) files.set(note, [name]);
      else list.push(name);
    }
  return [...files].map(([note, [first = '', ...others]]) =>
    others.length === 0 ? `${first}: ${note}` : `${first} and ${wholeNumber(others.length)} more: ${note}`,
  );
}

/**
 * The files that the metadata of shards name, as the first of them would name them.
 *
 * @throws AnalysisError gradstats/shards when two name different files under one key
 */
function filesNamedBy(dumps: readonly GradientDump[]): DumpMetadata {
  const folder = path.dirname(dumps[0]?.path ?? '');
  return Object.fromEntries(
    (['hessian', 'fisher', 'modelLabels', 'compared', 'parameters', 'secondMoments'] as const).flatMap((key) => {
      const naming = dumps.flatMap(({ name, path: file, metadata }) => {
        const said = metadata[key];
        return said === undefined ? [] : [{ name, file, said, place: path.resolve(path.dirname(file), said) }];
      });
      const [first] = naming;
      if (first === undefined) return [];
      const odd = naming.find(({ place }) => place !== first.place);
      if (odd !== undefined)
        throw refuse(
          `Its “${key}” is ${shown(odd.said)}, and that of “${first.name}” is another file, ${shown(first.said)}`,
          odd.file,
          'Name one file that holds for all of them, or leave the key out.',
        );
      const own = path.dirname(first.file) === folder || path.isAbsolute(first.said);
      return [[key, own ? first.said : path.join(path.relative(folder, path.dirname(first.file)), first.said)]];
    }),
  );
}

const sameLayer = (a: Layer, b: Layer | undefined): boolean => a.name === b?.name && a.size === b.size;

/** One dump of the rows of all; its name and path are those of the first. */
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
    firstRow += dump.rows;
    return dump.arrays.map((array, k) => ({
      ...array,
      place: { firstRow: from, rows: dump.rows, firstColumn: places[k]?.firstColumn ?? 0 },
    }));
  });
  const { shape: _, ...rest } = first;
  return {
    ...rest,
    rows: firstRow,
    arrays,
    layers: named.layers,
    bytes: dumps.reduce((sum, { bytes }) => sum + bytes, 0),
    dtype: typesOf(dumps),
    metadata: { ...Object.assign({}, ...dumps.map(({ metadata }) => metadata)), ...metadataOfRows(dumps) } as DumpMetadata, // prettier-ignore
    notes: notesOf(dumps),
  };
}

/** What is said of each row, one after another; the mean of a loss is that of all rows. */
function metadataOfRows(dumps: readonly GradientDump[]): Pick<DumpMetadata, 'losses' | 'labels' | 'groups' | 'loss'> {
  for (const key of ['losses', 'labels', 'groups', 'loss'] as const) {
    const without = dumps.find(({ metadata }) => metadata[key] === undefined);
    const having = dumps.find(({ metadata }) => metadata[key] !== undefined);
    if (without !== undefined && having !== undefined)
      throw refuse(
        `It does not say “${key}”, and “${having.name}” does`,
        without.path,
        'Say it of the rows of every file, or of none.',
      );
  }
  const weighted = dumps.find(({ metadata }) => metadata.weights !== undefined);
  if (weighted !== undefined)
    throw refuse(
      'Its rows count by “weights”, which are shares of one sum over all rows',
      weighted.path,
      'Save the rows of all files in one, with one list of weights.',
    );
  const losses = dumps.flatMap(({ metadata }) => metadata.losses ?? []);
  const labels = dumps.flatMap(({ metadata }) => metadata.labels ?? []);
  const groups = dumps.flatMap(({ metadata }) => metadata.groups ?? []);
  const rows = dumps.reduce((sum, { rows }) => sum + rows, 0);
  const loss = dumps.reduce((sum, { rows: n, metadata }) => sum + (n * (metadata.loss ?? NaN)) / rows, 0);
  return {
    ...(losses.length > 0 && { losses }),
    ...(labels.length > 0 && { labels }),
    ...(groups.length > 0 && { groups }),
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
  'groups',
] satisfies (keyof DumpMetadata)[]);

/** @throws AnalysisError gradstats/shards */
export function checkSayTheSame(dumps: readonly Described[], layout: Layout | undefined): void {
  const ofRows = new Set(layout === 'rows' ? ['loss', 'losses', 'labels', 'groups', 'weights'] : []);
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

const shown = (text: string): string => shortened(text, 60);

const OF_FILES: ReadonlySet<string> = new Set([
  'layers',
  'dtype',
  'shape',
  'hessian',
  'fisher',
  'modelLabels',
  'compared',
  'parameters',
  'secondMoments',
] satisfies (keyof DumpMetadata)[]);

/** What is said about the training, without what is said about the file: its layers and type, and the files beside it. */
export function withoutFiles(metadata: DumpMetadata): DumpMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !OF_FILES.has(key)));
}
