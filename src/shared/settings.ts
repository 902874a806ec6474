import type { DumpMetadata } from './dump';
import type { SettingsProblem } from './report';

/** What the reader sets beside the dump; everything derived follows it live. */
export interface Settings {
  /** η; unknown until the metadata or the reader says it. */
  readonly learningRate?: number;
  /** B */
  readonly batchSize?: number;
  /** Examples in the data set; used by the sample convention, unknown means infinite. */
  readonly datasetSize?: number;
  /** κ, the what-if factor of the scaling rules. */
  readonly scaleFactor: number;
  /** μ, 0 for plain SGD. */
  readonly momentum: number;
  /** Share of a gradient that heavy-ball momentum leaves out, as PyTorch has it; 0 when not given. */
  readonly dampening?: number;
  /** c: the rows of the dump are c times the gradients (a loss scale, or 1/n of a mean loss). 1 when not given. */
  readonly gradientScale?: number;
  readonly optimizer: 'sgd' | 'momentum' | 'adam';
  /** `population`: the rows are the whole data set, 1/N, exact. `sample`: they are drawn from it, 1/(N−1), intervals. */
  readonly convention: 'population' | 'sample';
  /** Whether a batch may hold an example twice; the finite-population correction belongs to `without`. */
  readonly replacement: 'without' | 'with';
}

/** Settings a dump suggests: what its metadata says, and `sample` exactly when the data set is larger than the dump. */
export function suggestedSettings(metadata: DumpMetadata, samples: number): Settings {
  const momentum = metadata.momentum ?? 0;
  const rows = typeof metadata.rows === 'object' ? samples * metadata.rows.meanOf : samples;
  return {
    ...(metadata.learningRate === undefined ? {} : { learningRate: metadata.learningRate }),
    ...(metadata.batchSize === undefined ? {} : { batchSize: metadata.batchSize }),
    ...(metadata.datasetSize === undefined ? {} : { datasetSize: metadata.datasetSize }),
    ...(metadata.gradientScale === undefined ? {} : { gradientScale: metadata.gradientScale }),
    ...(metadata.dampening === undefined ? {} : { dampening: metadata.dampening }),
    scaleFactor: 4,
    momentum,
    optimizer: optimizerKind(metadata.optimizer) === 'adam' ? 'adam' : momentum > 0 ? 'momentum' : 'sgd',
    convention: metadata.datasetSize !== undefined && metadata.datasetSize > rows ? 'sample' : 'population',
    replacement: 'without',
  };
}

/** Names, without case and signs, of methods that divide a step by the size of past gradients. */
const ADAPTIVE = /ada(m|n$|grad|delta|factor|belief|bound)|amsgrad|rmsprop|yogi|novograd|lamb(?!da)/;
/** Words, one after another, that say plain or heavy-ball SGD. */
const SGD =
  /^(torch|optim|optimizers?|tf|keras|optax|full|batch|stochastic|gradient|descent|n?sgd|gd|with|w|and|accelerated|nesterovs?|nag|polyaks?|heavyball|momentum|m)+$/;

/**
 * What the name of an optimizer says: `adam` for it and its kin, which divide by the size of the gradient.
 *
 * @returns undefined for a name that is not known here; no name is plain SGD
 * @example optimizerKind('AdamW') // => 'adam'
 * @example optimizerKind('Lion') // => undefined
 */
export function optimizerKind(name = 'sgd'): 'sgd' | 'adam' | undefined {
  const letters = name.toLowerCase().replaceAll(/[^a-z]/g, '');
  if (ADAPTIVE.test(letters)) return 'adam';
  return SGD.test(letters) ? 'sgd' : undefined;
}

/** Why settings cannot be used with a dump of so many rows; each problem names its field. */
export function settingsProblems(settings: Settings, samples: number, meanOf = 1): readonly SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  const refuse = (field: keyof Settings, found: string, remedy: string): void => {
    problems.push({ field, problem: { code: 'settings/invalid', found, remedy } });
  };
  const { learningRate, batchSize, datasetSize, gradientScale, scaleFactor, momentum, dampening = 0 } = settings;
  const seen = samples * meanOf;
  if (learningRate !== undefined && !(learningRate > 0 && learningRate < Infinity))
    refuse('learningRate', `The learning rate is ${learningRate}`, 'It is a positive number.');
  if (datasetSize !== undefined && !(Number.isInteger(datasetSize) && datasetSize >= 1))
    refuse('datasetSize', `The data-set size is ${datasetSize}`, 'It is a whole number of examples.');
  else if (settings.convention === 'sample' && datasetSize !== undefined && datasetSize < seen)
    refuse(
      'datasetSize',
      `The data set has ${datasetSize} examples, the dump already shows ${seen}`,
      'It is at least as large as the dump.',
    );
  const population = settings.convention === 'population' ? seen : (datasetSize ?? Infinity);
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize >= 1))
    refuse('batchSize', `The batch size is ${batchSize}`, 'It is a whole number of examples, at least 1.');
  else if (batchSize !== undefined && settings.replacement === 'without' && batchSize > population)
    refuse(
      'batchSize',
      `A batch of ${batchSize} cannot be drawn without replacement from ${population} examples`,
      'Choose a smaller batch, or give the size of the data set.',
    );
  if (!(scaleFactor > 0 && scaleFactor < Infinity))
    refuse('scaleFactor', `The scale factor is ${scaleFactor}`, 'It is a positive number.');
  if (gradientScale !== undefined && !usableScale(gradientScale))
    refuse('gradientScale', `The rows are scaled by ${gradientScale}`, 'It is a number from 1e-30 to 1e30.');
  if (!(momentum >= 0 && momentum < 1)) refuse('momentum', `The momentum is ${momentum}`, 'It lies in [0, 1).');
  if (!(dampening >= 0 && dampening < 1)) refuse('dampening', `The dampening is ${dampening}`, 'It lies in [0, 1).');
  return problems;
}

/** Far more than any loss scale or number of examples, and squares of squares of it are still numbers. */
export const usableScale = (scale: number): boolean => scale >= 1e-30 && scale <= 1e30;
