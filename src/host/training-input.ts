import { settingsProblems } from '../shared/settings';
import type { DescribedRows, Settings } from '../shared/settings';

/** What a training used and a dump may not say. */
export type TrainingField = 'learningRate' | 'batchSize';

/**
 * A number as people type it.
 *
 * @returns undefined for anything else
 * @example parsedNumber(' 1e-3 ') // => 0.001
 */
export function parsedNumber(text: string): number | undefined {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
}

/** Why a typed value cannot be used, in a sentence or two; undefined when it can, and for nothing, which leaves it unknown. */
export function refusal(
  field: TrainingField,
  text: string,
  settings: Settings,
  rows: DescribedRows,
): string | undefined {
  if (text.trim() === '') return undefined;
  const value = parsedNumber(text);
  if (value === undefined) {
    if (text.includes(',')) return 'Write the decimal point as a point: 0.1.';
    return field === 'learningRate' ? 'Enter a number such as 0.1 or 1e-3.' : 'Enter a whole number such as 32.';
  }
  const refused = settingsProblems({ ...settings, [field]: value }, rows);
  const problem = refused.find((candidate) => candidate.field === field)?.problem;
  return problem && `${problem.found}. ${problem.remedy}`;
}
