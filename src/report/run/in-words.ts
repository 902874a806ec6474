import { intervalWords } from '../../shared/interval-words';
import { plainInterval, plainNumber } from '../../shared/numbers';
import type { StepValue } from '../../shared/training-run';

/**
 * A value of a step with its interval, where it has one.
 *
 * @example inWords([45.2, 23, 113]) // => '45.2 (23 … 113)'
 * @example inWords([45.2]) // => '45.2'
 * @example inWords([null, 5]) // => 'at least 5.00'
 */
export function inWords([value, lower, upper]: StepValue): string {
  if (value === null) return `at least ${plainNumber(lower ?? 0)}`;
  if (lower === undefined) return plainNumber(value);
  const ends = typeof upper === 'number' ? intervalWords(plainInterval(lower, upper), { lower }) : `at least ${plainNumber(lower)}`; // prettier-ignore
  return `${plainNumber(value)} (${ends})`;
}
