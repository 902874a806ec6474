import { plainNumber, trimmed, wholeNumber } from '../../shared/numbers';
import type { RunPoint, StepValue } from '../../shared/training-run';
import { inWords } from './in-words';

/** A column of the table of steps. */
export interface StepColumn {
  readonly name: string;
  /** TeX, where the head is a symbol. */
  readonly symbol?: string;
  readonly secondary?: boolean;
  /** What is sorted by. */
  readonly number: (point: RunPoint) => number | undefined;
  readonly text: (point: RunPoint) => string;
}

const value = (id: string, name: string, symbol?: string, secondary = false): StepColumn => ({
  name,
  secondary,
  ...(symbol !== undefined && { symbol }),
  number: ({ summary }) => summary?.metrics[id]?.[0] ?? summary?.metrics[id]?.[1],
  text: ({ summary }) => short(summary?.metrics[id]),
});

/** Without its interval, which has a column of its own where it matters. */
function short(found: StepValue | undefined): string {
  if (found === undefined) return '–';
  const [number, lower] = found;
  return number === null ? `≥ ${plainNumber(lower ?? 0)}` : plainNumber(number);
}

const plain = (
  name: string,
  number: StepColumn['number'],
  write: (value: number) => string,
  secondary = false,
): StepColumn => ({
  name,
  secondary,
  number,
  text: (point) => {
    const found = number(point);
    return found === undefined ? '–' : write(found);
  },
});

/** Those after the step itself. */
export const STEP_COLUMNS: readonly StepColumn[] = [
  plain('loss', ({ summary }) => summary?.loss, plainNumber),
  plain('η', ({ summary }) => summary?.training.learningRate, trimmed, true),
  plain('B', ({ summary }) => summary?.training.batchSize, wholeNumber, true),
  value('covariance-trace', 'covariance trace', String.raw`\operatorname{tr}\Sigma`),
  value('true-gradient-squared-norm', 'squared norm of the gradient', String.raw`\lVert G\rVert^2`),
  value('simple-noise-scale', 'noise scale'),
  {
    name: '95 %',
    secondary: true,
    number: ({ summary }) => summary?.metrics['simple-noise-scale']?.[1],
    text: ({ summary }) => {
      const scale = summary?.metrics['simple-noise-scale'];
      return typeof scale?.[0] === 'number' && scale[1] !== undefined ? (/\((.*)\)/.exec(inWords(scale))?.[1] ?? '') : ''; // prettier-ignore
    },
  },
  value('spectral-norm', 'largest eigenvalue', String.raw`\lambda_1`, true),
];
