import * as v from 'valibot';
import type { DumpMetadata, Layer } from '../shared/dump';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { isList, isObject, JsonMatrix, kindOf, pathStep } from './json-value';
import type { JsonValue } from './json-value';
import { shortened } from './source';
import { knownKeys } from './statements';

// of actions that a JSON schema knows, too, except that in JSON every number is finite
const number = (what: string): v.GenericSchema<unknown, number> => v.pipe(v.number(what), v.finite(what));
const whole = (least: number, what: string): v.GenericSchema<unknown, number> =>
  v.pipe(v.number(what), v.safeInteger(what), v.minValue(least, what));
const POSITIVE = v.pipe(number('a positive number'), v.gtValue(0, 'a positive number'));
const SHARE = v.pipe(
  number('a number in [0, 1)'),
  v.minValue(0, 'a number in [0, 1)'),
  v.ltValue(1, 'a number in [0, 1)'),
);
const SCALE = v.pipe(
  number('a number from 1e-30 to 1e30'),
  v.minValue(1e-30, 'a number from 1e-30 to 1e30'),
  v.maxValue(1e30, 'a number from 1e-30 to 1e30'),
);
const FINITE = number('a finite number');
const COUNT = whole(1, 'a whole number from 1 up');
const text = (what: string, shortest = 1): v.GenericSchema<unknown, string> =>
  v.pipe(v.string(what), v.minLength(shortest, what), v.maxLength(4096, what));
const MEAN_OF_MANY =
  'means of batches that all have as many examples: from batches of several sizes no one noise follows';
const PATH = text('the path of a file');

/** What a dump may say beside its numbers, see DumpMetadata; each message says what is expected there. */
const METADATA = v.object(
  {
    learningRate: v.exactOptional(POSITIVE),
    batchSize: v.exactOptional(COUNT),
    datasetSize: v.exactOptional(COUNT),
    gradientScale: v.exactOptional(
      v.union([SCALE, v.array(SCALE)], 'a number from 1e-30 to 1e30, or a list of n such'),
    ),
    weights: v.exactOptional(v.array(POSITIVE, 'a list of numbers')),
    momentum: v.exactOptional(SHARE),
    dampening: v.exactOptional(SHARE),
    clip: v.exactOptional(POSITIVE),
    privacyNoise: v.exactOptional(v.pipe(number('a number from 0 up'), v.minValue(0, 'a number from 0 up'))),
    optimizer: v.exactOptional(text('the name of an optimizer')),
    step: v.exactOptional(whole(0, 'a whole number from 0 up')),
    loss: v.exactOptional(FINITE),
    losses: v.exactOptional(v.array(FINITE, 'a list of numbers')),
    labels: v.exactOptional(v.array(v.union([FINITE, v.string()], 'a number or a text'), 'a list of numbers or texts')),
    groups: v.exactOptional(v.array(v.union([FINITE, v.string()], 'a number or a text'), 'a list of numbers or texts')),
    layers: v.exactOptional(
      v.array(
        v.object({ name: text('a name', 0), size: COUNT }, 'a layer: {"name", "size"}'),
        'a list of layers: [{"name", "size"}]',
      ),
    ),
    rows: v.exactOptional(
      v.union(
        [
          v.picklist(['example', 'step']),
          v.object({ meanOf: COUNT }),
          v.pipe(
            v.object({ meanOf: v.pipe(v.array(COUNT), v.minLength(1)) }),
            v.check(({ meanOf }) => meanOf.every((b) => b === meanOf[0]), MEAN_OF_MANY),
            v.transform(({ meanOf: [b = 1] }) => ({ meanOf: b })),
          ),
        ],
        ({ issues = [] }) =>
          issues.find(({ message }) => message === MEAN_OF_MANY)?.message ??
          '"example", "step" or {"meanOf": b} with a whole number b',
      ),
    ),
    batches: v.exactOptional(v.picklist(['passes', 'independent'], '"passes" or "independent"')),
    convention: v.exactOptional(v.picklist(['population', 'sample'], '"population" or "sample"')),
    projected: v.exactOptional(
      v.object(
        {
          from: COUNT,
          to: COUNT,
          kind: v.picklist(['count-sketch', 'gaussian'], '"count-sketch" or "gaussian"'),
          seed: v.exactOptional(whole(0, 'a whole number from 0 up')),
        },
        'an object {"from", "to", "kind"}',
      ),
    ),
    dtype: v.exactOptional(text('the name of a type')),
    shape: v.exactOptional(
      v.pipe(v.array(COUNT, 'a list of whole numbers from 1 up'), v.minLength(1, 'a list of whole numbers from 1 up')),
    ),
    hessian: v.exactOptional(PATH),
    fisher: v.exactOptional(PATH),
    modelLabels: v.exactOptional(PATH),
    compared: v.exactOptional(PATH),
    parameters: v.exactOptional(PATH),
    secondMoments: v.exactOptional(PATH),
  },
  'an object',
) satisfies v.GenericSchema<unknown, Omit<DumpMetadata, 'gradientScale'>>;

/** As it is read, before what is said of each row by itself goes into the rows. */
export interface StatedMetadata extends DumpMetadata {
  /** [n] c of each row, where they differ. */
  readonly rowScales?: readonly number[];
}

/** What each key does, for editors and media/metadata.md. */
const DOES: Readonly<Record<keyof typeof METADATA.entries, string>> = {
  learningRate: 'η of the training; a slider starts here',
  batchSize: 'B of the training, not the number of rows; a slider starts here',
  datasetSize: 'N, the examples in the training set',
  momentum: 'μ of heavy-ball momentum',
  dampening: 'the share of a gradient that momentum leaves out, as in PyTorch',
  clip: 'C, the length to which the gradient of each example is clipped in training; the rows are not clipped',
  privacyNoise: 'z of private training: noise of standard deviation zC is added to the sum of a clipped batch',
  optimizer: 'which formulas apply: those of SGD, of SGD with momentum, or of Adam',
  step: 'the training step at which the gradients were taken',
  loss: 'the loss at that step; without it, the mean of `losses`',
  losses: 'the loss of each row',
  labels: 'the label of each row',
  groups: 'the document, prompt or sequence of each row, where rows of one group are not independent',
  layers: 'the layers in the order of the columns; the sizes add up to the number of columns',
  rows: 'what a row is: the gradient of one example, the mean over b of them, or the gradient of one training step',
  batches: 'how the rows were drawn: in passes over the data, or independently of one another',
  convention: 'whether the rows are the whole data set, or drawn from a larger one',
  gradientScale:
    'c, when the rows hold c times the gradients: a loss scale, or 1/n; a list of n numbers where each row has its own',
  weights: 'how much each row counts in the loss, such as the tokens of a sequence: the mean is Σwg/Σw',
  projected:
    'the columns are random sums of parameters: from how many to how many, by a `count-sketch` or a `gaussian` projection',
  dtype: 'the type of raw numbers; `bfloat16` for two bytes without a type; another than that of the file is refused',
  shape: 'the shape of raw numbers (`.bin`, `.mmap`); of other files it is checked',
  hessian: 'a `[d, d]` array, the Hessian of the loss',
  fisher: 'a `[d, d]` array, the Fisher matrix',
  modelLabels: 'a dump of the same model whose labels were drawn from the model',
  compared: 'a second dump, with which this one is compared',
  parameters:
    'a `[d]` or `[1, d]` array, the parameters; with those of the compared dump, for the curvature between the two',
  secondMoments: 'a `[d]` array, or one array for each layer: v of Adam or RMSprop, the averages of squared gradients',
};

/** The same with what each key does, as a JSON schema has it. */
export const DESCRIBED_METADATA = v.object(
  Object.fromEntries(
    Object.entries(METADATA.entries).map(([key, { wrapped }]) => [
      key,
      v.exactOptional(v.pipe(wrapped, v.description(DOES[key as keyof typeof DOES]))),
    ]),
  ),
);

/** Whether a key is one of ours. */
export const isMetadataKey = (key: string): boolean => Object.hasOwn(METADATA.entries, key);

/**
 * @param value an object, with keys in camelCase or Python's spelling; others are the writer's own and left alone
 * @param where for messages: file and JSON path of the object
 * @param notes to which is added what was left out; without them a loss that is NaN or infinite is refused
 * @throws AnalysisError metadata/invalid, naming the key
 */
export function readMetadata(value: JsonValue, where: string, notes?: string[]): StatedMetadata {
  // for valibot, a list is an object, too
  const known = isObject(value) ? knownKeys(value, Object.keys(METADATA.entries), where, notes ?? []) : null;
  const parsed = v.safeParse(
    METADATA,
    notes === undefined ? plain(known) : withoutLossesThatAreNone(plain(known), notes),
  );
  if (parsed.success) {
    const { gradientScale, ...output } = parsed.output;
    if (typeof gradientScale === 'number') return { ...output, gradientScale };
    return gradientScale === undefined ? output : { ...output, rowScales: gradientScale };
  }
  const [issue] = parsed.issues;
  const steps = (issue.path ?? []).map(({ key }) => key as string | number);
  throw new AnalysisError({
    code: 'metadata/invalid',
    found: `${steps.length === 0 ? 'It' : `“${steps.join('.')}”`} is ${kindOf(valueAt(known ?? value, steps))}, not ${issue.message}`,
    where: `${where}${steps.map(pathStep).join('')}`,
    remedy: steps.length === 0 ? 'Write an object with the metadata.' : 'Correct it, or leave the key out.',
  });
}

/** A loss that is NaN or infinite does not cost the report: what depends on losses is unavailable, and a note says why. */
function withoutLossesThatAreNone(stated: unknown, notes: string[]): unknown {
  if (typeof stated !== 'object' || stated === null) return stated;
  const kept: Record<string, unknown> = { ...stated };
  const { loss, losses } = kept;
  if (typeof loss === 'number' && !Number.isFinite(loss)) {
    delete kept['loss'];
    notes.push(`The loss of its metadata is ${loss}, and was not used.`);
  }
  if (!Array.isArray(losses)) return kept;
  const row = losses.findIndex((each) => typeof each === 'number' && !Number.isFinite(each));
  if (row < 0) return kept;
  delete kept['losses'];
  notes.push(`The losses of its metadata were not used: that of row ${row} is ${String(losses[row])}.`);
  return kept;
}

/**
 * @param place of a key, for messages: the file that states it
 * @throws AnalysisError metadata/layers when the sizes do not add up to the columns; metadata/invalid for lists not of length n
 */
export function checkMetadata(
  metadata: StatedMetadata,
  layers: readonly Layer[],
  n: number,
  parameters: number,
  place: (key: keyof StatedMetadata) => string,
): void {
  const sum = (list: readonly Layer[]): number => list.reduce((total, { size }) => total + size, 0);
  const stated = metadata.layers;
  if (stated !== undefined && sum(stated) !== parameters)
    throw new AnalysisError({
      code: 'metadata/layers',
      found: `The ${stated.length} layers have ${sum(stated)} parameters together, the dump has ${parameters}`,
      where: place('layers'),
      remedy: 'List every layer once, in the order of the columns.',
    });
  const { projected } = metadata;
  if (projected !== undefined && projected.to !== parameters)
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: `“projected.to” is ${wholeNumber(projected.to)}, the dump has ${wholeNumber(parameters)} columns`,
      where: place('projected'),
      remedy: 'Give the number of columns of the projected rows, or leave the key out.',
    });
  const names = new Set<string>();
  for (const { name } of stated ?? []) {
    if (names.has(name))
      throw new AnalysisError({
        code: 'metadata/layers',
        found: `Two layers are called “${shortened(name)}”`,
        where: place('layers'),
        remedy: 'Give each layer a name of its own.',
      });
    names.add(name);
  }
  const odd = layers.find(({ size }, k) => stated !== undefined && size !== stated[k]?.size);
  if (odd !== undefined)
    throw new AnalysisError({
      code: 'metadata/layers',
      found: `The dump has ${layers.length} arrays, and the layers of the metadata do not follow them from “${shortened(odd.name)}” on`,
      where: place('layers'),
      remedy: 'Leave the key out: each array is a layer.',
    });
  for (const key of ['losses', 'labels', 'groups', 'weights', 'rowScales'] as const) {
    const list = metadata[key];
    if (list === undefined || list.length === n) continue;
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: `“${key === 'rowScales' ? 'gradientScale' : key}” has ${list.length} entries, the dump has ${n} rows`,
      where: place(key),
      remedy: 'Give one for each row, or leave the key out.',
    });
  }
}

/** The mean of `losses` stands for `loss` where only those are given. */
export function withMeanLoss(metadata: StatedMetadata): StatedMetadata {
  const { loss, losses } = metadata;
  if (loss !== undefined || losses === undefined || losses.length === 0) return metadata;
  return { ...metadata, loss: losses.reduce((sum, value) => sum + value, 0) / losses.length };
}

/** Of what is said twice the later takes precedence over the earlier, one scale over a scale for each row, too. */
export const overriding = (earlier: StatedMetadata, later: StatedMetadata): StatedMetadata => {
  const { gradientScale, rowScales, ...rest } = earlier;
  const scaled = later.gradientScale !== undefined || later.rowScales !== undefined;
  return { ...(scaled ? rest : earlier), ...later };
};

/** As the objects and arrays that a schema knows. Object.fromEntries defines own properties, whatever their names. */
export function plain(value: JsonValue): unknown {
  if (value instanceof Float64Array) return [...value];
  if (value instanceof JsonMatrix) return [[]];
  if (isObject(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return isList(value) ? value.map(plain) : value;
}

function valueAt(value: JsonValue, steps: readonly (string | number)[]): JsonValue | undefined {
  return steps.reduce<JsonValue | undefined>((inner, step) => {
    if (isObject(inner)) return inner.get(String(step));
    if (inner instanceof JsonMatrix) return inner.numbers;
    return isList(inner) || inner instanceof Float64Array ? inner[Number(step)] : undefined;
  }, value);
}
