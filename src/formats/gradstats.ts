import * as v from 'valibot';
import type { DumpMetadata } from '../shared/dump';
import { extensionsOf } from '../shared/dump-names';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Moments } from '../shared/summary';
import { checkStatistics } from './gradstats-checks';
import { checkGram } from './gradstats-gram';
import { ELEMENT_COUNTS, GRADSTATS, MARK, VERSIONS } from './gradstats-form';
import type { Format, StatisticsContent } from './format';
import type { ArrayName } from './gradstats-form';
import { isObject, kindOf, pathStep } from './json-value';
import { parseJson } from './json-parser';
import { plain, readMetadata } from './metadata';
import { shapeText } from './npy';
import { isZip, npzArrays } from './npz';
import type { NpzArray } from './npz';
import type { ReadLimits } from './read-limits';
import { shortened } from './source';
import type { ByteSource } from './source';
import { zipEntries } from './zip';

/** What the description of a file of statistics must say; each message says what is expected there. */
const text = v.pipe(v.string('a text'), v.maxLength(4096, 'a text of at most 4,096 characters'));
const count = (least: number): v.GenericSchema<unknown, number> => {
  const what = `a whole number from ${least} up`;
  return v.pipe(
    v.number(what),
    v.check((x) => Number.isSafeInteger(x) && x >= least, what),
  );
};
const DESCRIPTION = v.object(
  {
    version: v.picklist(VERSIONS, VERSIONS.join(' or ')),
    samples: count(2),
    parameters: count(1),
    dtype: text,
    layered: v.boolean('true or false'),
    layers: v.pipe(
      v.array(v.object({ name: text, size: count(1) }, 'a layer: {"name", "size"}'), 'a list of layers'),
      v.minLength(1, 'a list of at least one layer'),
    ),
    sources: v.array(
      v.object(
        { name: text, bytes: count(0), sha256: v.pipe(v.string('64 hexadecimal digits'), v.regex(/^[\da-f]{64}$/, '64 hexadecimal digits')) }, // prettier-ignore
        'a file: {"name", "bytes", "sha256"}',
      ),
      'a list of files',
    ),
    notes: v.array(text, 'a list of texts'),
  },
  'an object',
);
type Description = v.InferOutput<typeof DESCRIPTION>;

/** `.gradstats.npz`: the statistics of a dump in place of its rows, by its name, else by the array that marks them. */
export const gradstatsFormat: Format = {
  id: 'gradstats',
  magic: true,
  sniff: (start, source) => {
    if (extensionsOf('gradstats').some((extension) => source.name.toLowerCase().endsWith(extension))) return true;
    if (!isZip(start)) return false;
    try {
      return zipEntries(source).some(({ name }) => name === `${MARK}.npy`);
    } catch (error) {
      if (error instanceof AnalysisError) return false; // what is wrong with an archive is reported by its reader
      throw error;
    }
  },
  read: readGradstats,
};

/**
 * Everything that can be checked of a file of statistics is.
 *
 * @throws AnalysisError gradstats/form, gradstats/contradiction, npz/…, npy/…, json/…, metadata/invalid, file/too-large
 */
function readGradstats(source: ByteSource, limits: ReadLimits): StatisticsContent {
  const { arrays: list, notes } = npzArrays(source, limits);
  const arrays = new Map(list.map((array) => [array.name, array]));
  const { description, metadata } = describedIn(find(arrays, MARK, source), limits);
  const { samples: n, parameters, layers } = description;
  const lengths = new Map([
    ['n', n],
    ['L', layers.length],
  ]);
  const counted = description.version === 1 || ELEMENT_COUNTS.some((name) => arrays.has(name));
  for (const name of Object.keys(GRADSTATS) as ArrayName[])
    if (counted || !ELEMENT_COUNTS.includes(name)) checkForm(find(arrays, name, source), name, lengths);
  const floats = (name: ArrayName): Float64Array => new Float64Array(dataOf(find(arrays, name, source)));
  const counts = (name: ArrayName): Float64Array =>
    Float64Array.from(new BigInt64Array(dataOf(find(arrays, name, source))), Number);
  const number = (name: ArrayName): number => floats(name)[0] ?? 0;
  const whole = (name: ArrayName): number => counts(name)[0] ?? 0;
  const perLayer = {
    meanSquaredNorm: floats('layer_mean_squared_norm'),
    scatter: floats('layer_scatter'),
    deadParameters: counts('layer_dead_parameters'),
    spectralNorm: floats('layer_spectral_norm'),
    squaredFrobeniusNorm: floats('layer_squared_frobenius_norm'),
  };
  const moments: Moments = {
    meanSquaredNorm: number('mean_squared_norm'),
    scatter: number('scatter'),
    centeredSquaredNorms: floats('centered_squared_norms'),
    meanProducts: floats('mean_products'),
    signalToNoise: { sum: number('signal_to_noise'), parameters: whole('signal_to_noise_parameters') },
    constantParameters: whole('constant_parameters'),
    deadParameters: perLayer.deadParameters.reduce((sum, dead) => sum + dead, 0),
    varianceHistogram: { first: whole('variance_first'), counts: counts('variance_counts') },
    elementHistogram: {
      first: counted ? whole('magnitude_first') : 0,
      positive: counted ? counts('positive_counts') : NONE,
      negative: counted ? counts('negative_counts') : NONE,
      zeros: whole('zeros'),
    },
    saturated: whole('saturated'),
    largestMagnitude: number('largest_magnitude'),
    layers: layers.map((layer, l) => ({
      ...layer,
      meanSquaredNorm: perLayer.meanSquaredNorm[l] ?? 0,
      scatter: perLayer.scatter[l] ?? 0,
      deadParameters: perLayer.deadParameters[l] ?? 0,
    })),
  };
  const { npy, part } = find(arrays, 'gram', source);
  const { dtype, sources } = description;
  const content = {
    ...{ rows: n, parameters, dtype, layers, sources, metadata },
    notes: [...description.notes, ...notes, ...extraArrays(arrays)],
    moments,
    gram: {
      // a symmetric matrix is the same in both orders
      products: { columns: n, element: 'f8', littleEndian: true, order: 'C', location: part.location(npy.offset) },
      rounding: number('gram_rounding'),
      layers: layers.map((_, l) => ({
        spectralNorm: perLayer.spectralNorm[l] ?? 0,
        frobeniusNorm: Math.sqrt(perLayer.squaredFrobeniusNorm[l] ?? 0),
      })),
    },
  } as const;
  checkStatistics(content, parameters, counted);
  checkGram(content, (position, length) => asDoubles(part.read(npy.offset + position, length)), limits.checkCanceled);
  // a dump without layers has one in its statistics, called like its file
  return { ...content, layers: description.layered ? layers : [] };
}

const NONE = new Float64Array(0);

/** Arrays that are not of the form are the writer's own, and nobody reads them. */
function extraArrays(arrays: ReadonlyMap<string, NpzArray>): readonly string[] {
  const names = [...arrays.keys()].filter((name) => !Object.hasOwn(GRADSTATS, name));
  if (names.length === 0) return [];
  const listed = names.slice(0, 3).map((name) => `“${shortened(name, 40)}”`);
  const more = names.length - listed.length;
  return [
    `Arrays that a file of statistics does not have were not used: ${listed.join(', ')}${more > 0 ? ` and ${wholeNumber(more)} more` : ''}.`,
  ];
}

const SAVE = 'gradient-covariance reduce grad.npy -o grad.gradstats.npz';

const refuse = (found: string, where: string, remedy = 'Write it again from the dump:', fix = SAVE): AnalysisError =>
  new AnalysisError({ code: 'gradstats/form', found, where, remedy, fix });

function find(arrays: ReadonlyMap<string, NpzArray>, name: ArrayName, source: ByteSource): NpzArray {
  const array = arrays.get(name);
  if (array !== undefined) return array;
  throw refuse(`It lacks the array “${name}”`, source.name);
}

/** The data of an array whose form was checked, in memory of its own. */
function dataOf({ npy, part }: NpzArray): ArrayBuffer {
  return new Uint8Array(part.read(npy.offset, npy.bytes)).buffer;
}

const asDoubles = (bytes: Uint8Array): Float64Array => new Float64Array(new Uint8Array(bytes).buffer);

/** @param lengths of the letters of shapes; those that are not known yet are what the first array says */
function checkForm({ npy, part }: NpzArray, name: ArrayName, lengths: Map<string, number>): void {
  const { dtype, shape } = GRADSTATS[name];
  const where = part.where(0);
  if (npy.dtype.name !== dtype)
    throw refuse(
      `The elements of “${name}” are ${npy.dtype.name}, they should be ${dtype}`,
      where,
      'Write it in its type:',
      `np.asarray(${name}, ${dtype === 'uint8' ? 'np.uint8' : `"<${dtype === 'int64' ? 'i' : 'f'}8"`})`,
    );
  if (npy.shape.length === shape.length)
    for (const [axis, letter] of shape.entries()) if (!lengths.has(letter)) lengths.set(letter, npy.shape[axis] ?? 0);
  const expected = shape.map((letter) => lengths.get(letter) ?? 0);
  if (shapeText(npy.shape) !== shapeText(expected))
    throw refuse(
      `“${name}” has the shape ${shapeText(npy.shape)}, it should be ${shapeText(shape.length === npy.shape.length || shape.every((letter) => lengths.has(letter)) ? expected : [])}`,
      where,
    );
}

/** The description, in JSON. */
function describedIn(
  array: NpzArray,
  limits: ReadLimits,
): { readonly description: Description; readonly metadata: DumpMetadata } {
  const { npy, part } = array;
  checkForm(array, MARK, new Map());
  const json: ByteSource = {
    ...part,
    size: npy.bytes,
    read: (position, length) => part.read(npy.offset + position, Math.max(0, Math.min(length, npy.bytes - position))),
    where: (position) => part.where(npy.offset + position),
  };
  const where = `array “${MARK}”, $`;
  const { value } = parseJson(json, limits);
  const inside = isObject(value) ? value.get('metadata') : undefined;
  const parsed = v.safeParse(DESCRIPTION, isObject(value) ? plain(new Map([...value].filter(([key]) => key !== 'metadata'))) : null); // prettier-ignore
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const steps = (issue.path ?? []).map(({ key }) => key as string | number);
    const shown = issue.input === undefined ? 'nothing' : shortened(JSON.stringify(issue.input), 40);
    throw refuse(
      `${steps.length === 0 ? 'It' : `“${steps.join('.')}”`} is ${steps.length === 0 ? kindOf(value) : shown}, not ${issue.message}`,
      `${where}${steps.map(pathStep).join('')}`,
    );
  }
  const description = parsed.output;
  const together = description.layers.reduce((sum, { size }) => sum + size, 0);
  if (together !== description.parameters)
    throw refuse(
      `The layers have ${wholeNumber(together)} parameters together, “parameters” is ${wholeNumber(description.parameters)}`,
      `${where}.layers`,
    );
  const notes: string[] = [];
  const metadata = inside === undefined ? {} : readMetadata(inside, `${where}.metadata`, notes);
  return { description: { ...description, notes: [...description.notes, ...notes] }, metadata };
}
