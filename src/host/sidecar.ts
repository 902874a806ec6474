import { AnalysisError } from '../shared/problem';
import type { RowsAnswer } from '../shared/settings';

/**
 * The text of a metadata file with an answer in it; everything else in it stays.
 *
 * @param existing its text until now; undefined when there is none
 * @throws AnalysisError metadata/invalid when it is not a JSON object, so that nothing in it is lost
 */
export function sidecarWithAnswer(existing: string | undefined, answer: RowsAnswer, where: string): string {
  const { convention, datasetSize, rows } = answer;
  const stated = {
    ...objectOf(existing, where),
    convention,
    ...(datasetSize !== undefined && { datasetSize }),
    ...(rows !== undefined && { rows }),
  };
  return `${JSON.stringify(stated, undefined, 2)}\n`;
}

function objectOf(text: string | undefined, where: string): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // reported below
  }
  throw new AnalysisError({
    code: 'metadata/invalid',
    found: 'The metadata file is not a JSON object, so nothing was written to it',
    where,
    remedy: 'Correct it, or remove it, and try again.',
  });
}
