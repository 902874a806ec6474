import type { DumpMetadata, StoredArray } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { ProblemCode } from '../shared/problem';
import type { Content } from './format';
import { namelessGroups, refuseNameless, stacked } from './layout';
import type { PythonForm, Stackable } from './layout';
import { sideBySide } from './layers';
import { readMetadata } from './metadata';
import { shapeText } from './npy';
import { rowsAndColumns, rowsShape } from './rows';
import type { ReadLimits } from './read-limits';
import { shortened } from './source';
import type { ByteSource } from './source';

/** An array of a file that holds several: gradients of a layer, or what a script keeps beside them. */
export interface NamedArray {
  /** The names that lead to it, the last of them its own. */
  readonly path: readonly string[];
  readonly shape: readonly number[];
  readonly kind: 'floating' | 'integer' | 'boolean' | 'text' | 'object';
  /** For people. */
  readonly dtype: string;
  /** For messages. */
  readonly where: string;
  /** Its rows; called for arrays of numbers with elements only. */
  readonly stored: (limits: ReadLimits) => {
    readonly array: StoredArray;
    /** Whether its bytes were copied into the budget. */
    readonly copied?: boolean;
    readonly notes?: readonly string[];
  };
  /** Its elements in C order. */
  readonly values: () => readonly (number | string)[] | undefined;
}

/** Single values beside the arrays, such as a loss or the number of the step. */
export type Single = readonly [name: string, value: number | string | boolean | null];

/** Names of what is kept beside gradients; none of it is a parameter. */
const BESIDE =
  /^(?:loss|losses|labels?|targets?|y|step|epoch|lr|learning_?rate|index|indices|idx|ids?|mask|groups|sample_weights?)$/i;
/** Whether a single value of this name is metadata. */
export const isMetadataName = (name: string): boolean => METADATA.has(name.toLowerCase().replaceAll('_', ''));
export const isBesideName = (name: string): boolean => BESIDE.test(name);
/** Names of gradients among other arrays. */
const GRADIENTS = /^(?:gradients?|grads?|grad_?samples?|grad_?batch|per_?(?:example|sample)_?grad(?:ient)?s?)$/i;
/** The names that scripts write, without case and underscores → ours. */
const METADATA: ReadonlyMap<string, keyof DumpMetadata> = new Map([
  ['loss', 'loss'],
  ['step', 'step'],
  ['lr', 'learningRate'],
  ['learningrate', 'learningRate'],
  ['batchsize', 'batchSize'],
  ['datasetsize', 'datasetSize'],
  ['gradientscale', 'gradientScale'],
  ['momentum', 'momentum'],
  ['optimizer', 'optimizer'],
]);
/** Names that a note lists. */
const LISTED = 8;
/** More elements than the metadata of any dump. */
const MAX_VALUES = 1 << 22;

export interface ArrayFile {
  readonly source: ByteSource;
  readonly code: (ProblemCode & `${string}/entries`) | 'json/shape' | 'csv/table';
  /** How Python opens it, for the lines of remedies. */
  readonly python: Omit<PythonForm, 'list'> & { readonly list?: (prefix: readonly string[]) => boolean };
}

/**
 * The dump that several arrays form: layers [n, …] side by side, scalar parameters [n] as columns, and what a script keeps
 * beside them as metadata, or left out with a note.
 *
 * @throws AnalysisError data/one-dimension, data/layout, npy/shape, memory/budget, and the code given where the rows differ
 */
export function dumpOf(
  arrays: readonly NamedArray[],
  singles: readonly Single[],
  { source, code, python }: ArrayFile,
  limits: ReadLimits,
): Omit<Content, 'notes'> & { readonly notes: string[] } {
  const notes = new Notes();
  const { parameters, beside } = sorted(arrays, limits, notes, source, code);
  const prefix = sharedPrefix(parameters);
  let { memoryBudget } = limits;
  const layers = parameters.map((array): Stackable => {
    const shape = rowsShape(array.shape, limits);
    const { array: block, copied, notes: more = [] } = array.stored({ ...limits, memoryBudget });
    const { location } = block;
    if (location.kind === 'memory' && copied === true) memoryBudget -= location.bytes.length;
    notes.whole.push(...more);
    const path = array.path.slice(prefix.length);
    return { name: path.join('.'), path, shape, rows: shape[0] ?? 0, dtype: array.dtype, array: block };
  });
  const groups = limits.vector === true ? undefined : namelessGroups(layers);
  if (groups !== undefined && limits.layout === undefined)
    refuseNameless(
      groups,
      prefix.length > 0 ? [] : [...beside.map(nameOf), ...notes.names()],
      {
        ...python,
        load: python.load + prefix.map((name) => `[${JSON.stringify(name)}]`).join(''),
        list: python.list?.(prefix) ?? false,
      },
      source.name,
    );
  const inRows = limits.layout === 'rows' && groups !== undefined;
  if (limits.layout === 'rows' && groups === undefined && layers.length > 1)
    throw new AnalysisError({
      code: 'data/layout',
      found: `Rows were asked for, and its ${layers.length} arrays are not of equal width with names such as arr_0 or rank0`,
      where: source.name,
      remedy: 'Leave --rows out: they are layers, side by side.',
    });
  const stack = inRows ? stacked(groups.map(asRowVectors), source, limits) : layers;
  const sides = sideBySide(stack, code, source.name);
  const [{ shape } = { shape: [] }, ...more] = parameters;
  const content = limits.vector === true && more.length === 0 ? { ...sides, shape } : sides;
  const metadata = metadataOf(beside, singles, content.rows, notes);
  return { ...content, metadata, notes: notes.texts() };
}

/** Vectors that are put under one another are a row each. */
const asRowVectors = <G extends { readonly arrays: readonly Stackable[] }>(group: G): G => ({
  ...group,
  arrays: group.arrays.map((layer) => {
    if (layer.shape.length > 1) return layer;
    const [columns = 0] = layer.shape;
    return { ...layer, rows: 1, array: { ...layer.array, columns, order: 'C' } };
  }),
});

const nameOf = ({ path }: Pick<NamedArray, 'path'>): string => path.join('.');
const keyOf = ({ path }: NamedArray): string => path.at(-1) ?? '';
const shown = (array: NamedArray): string =>
  `“${shortened(nameOf(array), 60)}”, ${shapeText(array.shape)} ${array.dtype}`;
const numeric = ({ kind }: NamedArray): boolean => kind === 'floating' || kind === 'integer' || kind === 'boolean';
const elements = ({ shape }: NamedArray): number => shape.reduce((product, length) => product * length, 1);

/** Names that all parameters share, such as that of a dict of gradients: they say nothing. */
function sharedPrefix(parameters: readonly NamedArray[]): readonly string[] {
  const [first] = parameters;
  let shared = 0;
  while (
    first !== undefined &&
    parameters.every(({ path }) => path.length > shared + 1 && path[shared] === first.path[shared])
  )
    shared++;
  return first?.path.slice(0, shared) ?? [];
}

/** Which arrays are parameters, and which accompany them. */
function sorted(
  arrays: readonly NamedArray[],
  limits: ReadLimits,
  notes: Notes,
  source: ByteSource,
  code: ArrayFile['code'],
): { readonly parameters: readonly NamedArray[]; readonly beside: readonly NamedArray[] } {
  if (arrays.length === 0)
    throw new AnalysisError({
      code,
      found: 'It holds no arrays',
      where: source.name,
      remedy: 'Save one array per layer, [n, …] each, with one row for each example.',
    });
  const [only] = arrays;
  if (arrays.length === 1 && only !== undefined) {
    if (limits.vector !== true && numeric(only)) rowsAndColumns(only.shape, only.where);
    return { parameters: [only], beside: [] };
  }
  const wide = (array: NamedArray): boolean => array.shape.length > 1 && numeric(array) && elements(array) > 0;
  const gradients = arrays.some((array) => wide(array) && array.path.some((name) => GRADIENTS.test(name)));
  const named = (array: NamedArray): boolean =>
    BESIDE.test(keyOf(array)) || (gradients && !array.path.some((name) => GRADIENTS.test(name)));
  const anyWide = arrays.some((array) => wide(array) && !named(array));
  // names say something only next to gradients: a file that holds labels alone is a dump of labels
  const isBeside = (array: NamedArray): boolean => (anyWide ? named(array) : !wide(array) && BESIDE.test(keyOf(array)));
  const candidates = arrays.filter((array) => !isBeside(array));
  const main = candidates.find(wide);
  if (main === undefined) return { parameters: oneAxis(arrays, candidates, limits, source, code, notes), beside: arrays.filter(isBeside) }; // prettier-ignore
  const [n = 0] = main.shape;
  const floats = candidates.some((array) => wide(array) && array.kind === 'floating');
  const parameters: NamedArray[] = [];
  for (const array of candidates) {
    const { shape, kind } = array;
    if (limits.vector === true && numeric(array) && elements(array) > 0) parameters.push(array);
    else if (kind === 'object' && shape.length > 0 && !BESIDE.test(keyOf(array))) parameters.push(array);
    else if (!numeric(array))
      notes.leave(kind === 'object' ? 'it is a Python object (a gradient that is None is saved like this)' : 'it is text', array); // prettier-ignore
    else if (shape.length === 0) notes.leave('it is a single number', array);
    else if (elements(array) === 0 && shape[0] === n) notes.leave('it has no elements', array);
    else if (shape.length > 1) {
      if (kind !== 'floating' && floats) notes.add('Whole numbers that count as parameters', array);
      parameters.push(array);
    } else if (kind !== 'floating') notes.leave('whole numbers [n] are not gradients', array);
    else if (shape[0] !== n) notes.leave(`its length is not the number of rows, ${n}`, array);
    else {
      notes.add('Parameters of one column', array);
      parameters.push(array);
    }
  }
  return { parameters, beside: arrays.filter(isBeside) };
}

/** Files in which nothing has two axes: vectors with nameless names may be rows; else each of them is one gradient. */
function oneAxis(
  arrays: readonly NamedArray[],
  candidates: readonly NamedArray[],
  limits: ReadLimits,
  source: ByteSource,
  code: ArrayFile['code'],
  notes: Notes,
): readonly NamedArray[] {
  const vectors = candidates.filter((array) => array.shape.length === 1 && array.kind === 'floating' && elements(array) > 0); // prettier-ignore
  const [first = candidates[0] ?? arrays[0]] = vectors;
  if (
    limits.vector === true ||
    (vectors.length > 1 && (limits.layout === 'columns' || namelessGroups(vectors) !== undefined))
  ) {
    for (const array of candidates) if (!vectors.includes(array)) notes.leave('it is not a vector of numbers', array);
    return vectors;
  }
  const wide = candidates.find(({ shape }) => shape.length > 1);
  if (wide !== undefined) {
    rowsAndColumns(wide.shape, wide.where);
    // text and objects: whoever reads them says what they are
    wide.stored(limits);
  }
  if (first !== undefined) rowsAndColumns(first.shape, first.where);
  throw new AnalysisError({
    code,
    found: 'It holds no array of numbers with rows and columns',
    where: source.name,
    remedy: 'Save one array per layer, [n, …] each, with one row for each example.',
  });
}

/** What accompanies the gradients, as far as it is metadata. */
function metadataOf(beside: readonly NamedArray[], singles: readonly Single[], n: number, notes: Notes): DumpMetadata {
  const metadata: Record<string, unknown> = {};
  const state = (key: keyof DumpMetadata, value: unknown, json: Parameters<typeof readMetadata>[0]): boolean => {
    if (Object.hasOwn(metadata, key)) return false;
    try {
      readMetadata(new Map([[key, json]]), '$');
    } catch (error) {
      if (error instanceof AnalysisError) return false;
      throw error;
    }
    metadata[key] = value;
    return true;
  };
  let read = 0;
  for (const array of beside) {
    const key = keyOf(array).toLowerCase().replaceAll('_', '');
    const count = elements(array);
    const [rows = 0, ...rest] = array.shape;
    const eachRow = rows === n && rest.every((length) => length === 1);
    const losses = /^loss(?:es)?$/.test(key);
    const one = METADATA.get(losses ? 'loss' : key);
    const wanted =
      eachRow && losses ? 'losses' : eachRow && /^(?:labels?|targets?|y)$/.test(key) ? 'labels' : eachRow && key === 'groups' ? 'groups' : count === 1 ? one : undefined; // prettier-ignore
    if (
      wanted === undefined ||
      Object.hasOwn(metadata, wanted) ||
      array.kind === 'object' ||
      read + count > MAX_VALUES
    ) {
      notes.leave('it is not a parameter', array);
      continue;
    }
    read += count;
    const values = array.values() ?? [];
    const [first = null] = values;
    const numbers = values.filter((value) => typeof value === 'number');
    const used =
      values.length > 0 &&
      (wanted === 'losses'
        ? numbers.length === n && state(wanted, numbers, Float64Array.from(numbers))
        : wanted === 'labels' || wanted === 'groups'
          ? state(wanted, values, values)
          : state(wanted, first, first));
    if (used) notes.add('Used as metadata', array);
    else if (numbers.some((value) => !Number.isFinite(value))) notes.leave('it holds NaN or infinity', array);
    else notes.leave('it is not a parameter', array);
  }
  for (const [name, value] of singles) {
    const key = METADATA.get(
      name
        .slice(name.lastIndexOf('.') + 1)
        .toLowerCase()
        .replaceAll('_', ''),
    );
    if (key === undefined || !state(key, value, value)) notes.leaveName(value === null ? 'it is None' : 'it is a single value', name); // prettier-ignore
  }
  return metadata;
}

/** Notes about many arrays, one for each reason. */
class Notes {
  readonly whole: string[] = [];
  readonly #left = new Map<string, string[]>();
  readonly #added = new Map<string, string[]>();
  readonly #names: string[] = [];

  /** An array that is not used. */
  leave(reason: string, array: NamedArray): void {
    put(this.#left, reason, shown(array));
    this.#names.push(nameOf(array));
  }
  leaveName(reason: string, name: string): void {
    put(this.#left, reason, `“${shortened(name, 60)}”`);
    this.#names.push(name);
  }
  add(what: string, array: NamedArray): void {
    put(this.#added, what, shown(array));
  }
  names(): readonly string[] {
    return this.#names;
  }
  texts(): string[] {
    return [
      ...this.whole,
      ...[...this.#added].map(([what, names]) => `${what}: ${listed(names)}.`),
      ...[...this.#left].map(([reason, names]) => `Left out, because ${reason}: ${listed(names)}.`),
    ];
  }
}

function put(lists: Map<string, string[]>, key: string, item: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

const listed = (names: readonly string[]): string =>
  names.length > LISTED ? `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more` : names.join(', ');
