import type { DumpMetadata } from './dump';
import type { Problem } from './problem';

/** How the model was trained when a dump was taken: one for each step of a run, so that schedules have a place. */
export interface Training {
  /** η; unknown until the metadata or the reader says it. */
  readonly learningRate?: number;
  /** B */
  readonly batchSize?: number;
  /** c: the rows of the dump are c times the gradients (a loss scale, or 1/n of a mean loss). 1 when not given. */
  readonly gradientScale?: number;
  /** Share of a gradient that heavy-ball momentum leaves out, as PyTorch has it; 0 when not given. */
  readonly dampening?: number;
  /** C, the length to which the gradient of each example is clipped. */
  readonly clip?: number;
  /** z: noise of standard deviation zC is added to the sum of a clipped batch, in each parameter. */
  readonly privacyNoise?: number;
  /** μ, 0 for plain SGD. */
  readonly momentum: number;
  readonly optimizer: 'sgd' | 'momentum' | 'adam';
}

/** Why a part of the training cannot be used as it is. */
export interface TrainingProblem {
  readonly field: keyof Training;
  readonly problem: Problem;
}

/** What can be said beside a dump, or of all steps of a run, in place of what the metadata says. */
export type SaidTraining = Partial<
  Pick<Training, 'learningRate' | 'batchSize' | 'gradientScale' | 'momentum' | 'clip'>
> &
  Pick<DumpMetadata, 'optimizer'>;

/** What the metadata of a dump says of its training, and over it what was said. */
export function statedTraining(metadata: DumpMetadata, said: SaidTraining = {}): Training {
  const { learningRate, batchSize, gradientScale, dampening, clip, privacyNoise, momentum = 0, optimizer } = { ...metadata, ...said }; // prettier-ignore
  return {
    ...(learningRate !== undefined && { learningRate }),
    ...(batchSize !== undefined && { batchSize }),
    ...(gradientScale !== undefined && { gradientScale }),
    ...(dampening !== undefined && { dampening }),
    ...(clip !== undefined && { clip }),
    ...(privacyNoise !== undefined && { privacyNoise }),
    momentum,
    optimizer: optimizerKind(optimizer) === 'adam' ? 'adam' : momentum > 0 ? 'momentum' : 'sgd',
  };
}

/** Why a training cannot be used, whatever the rows; each problem names its field. */
export function trainingProblems(training: Training): readonly TrainingProblem[] {
  const { learningRate, batchSize, gradientScale, momentum, dampening = 0, clip = 1, privacyNoise = 0 } = training;
  const problems: TrainingProblem[] = [];
  const refuse = (field: keyof Training, found: string, remedy: string): void => {
    problems.push({ field, problem: { code: 'settings/invalid', found, remedy } });
  };
  if (learningRate !== undefined && !(learningRate > 0 && learningRate < Infinity))
    refuse('learningRate', `The learning rate is ${learningRate}`, 'It is a positive number.');
  if (batchSize !== undefined && !isBatchSize(batchSize))
    refuse('batchSize', `The batch size is ${batchSize}`, 'It is a whole number of examples, at least 1.');
  if (gradientScale !== undefined && !usableScale(gradientScale))
    refuse('gradientScale', `The rows are scaled by ${gradientScale}`, 'It is a number from 1e-30 to 1e30.');
  if (!(momentum >= 0 && momentum < 1)) refuse('momentum', `The momentum is ${momentum}`, 'It lies in [0, 1).');
  if (!(dampening >= 0 && dampening < 1)) refuse('dampening', `The dampening is ${dampening}`, 'It lies in [0, 1).');
  if (!(clip > 0 && clip < Infinity)) refuse('clip', `The clipping length is ${clip}`, 'It is a positive number.');
  if (!(privacyNoise >= 0 && privacyNoise < Infinity))
    refuse('privacyNoise', `The noise multiplier is ${privacyNoise}`, 'It is a number from 0 up.');
  return problems;
}

export const isBatchSize = (batch: number): boolean => Number.isInteger(batch) && batch >= 1;

/** Names, without case and signs, of methods that divide a step by the size of past gradients. */
const ADAPTIVE = /ada(m|n$|grad|delta|factor|belief|bound)|amsgrad|rmsprop|yogi|novograd|lamb(?!da)/;
/** Words, one after another, that say plain or heavy-ball SGD. */
const SGD =
  /^(torch|optim|optimizers?|tf|keras|optax|full|batch|stochastic|gradient|descent|n?sgd|gd|with|w|and|accelerated|nesterovs?|nag|polyaks?|heavyball|momentum|m)+$/;

/**
 * What the name of an optimizer says: `adam` for it and its relatives, which divide by the size of the gradient.
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

/** Far more than any loss scale or number of examples, and squares of squares of it are still numbers. */
export const usableScale = (scale: number): boolean => scale >= 1e-30 && scale <= 1e30;
