import { METRICS } from '../metrics';
import { AnalysisError } from '../shared/problem';
import { plainNumber } from '../shared/numbers';
import type { StepValue } from '../shared/training-run';

/** `simple-noise-scale.lower>512`: a bound on a value, or on an end of its interval. */
export interface Assertion {
  readonly text: string;
  readonly id: string;
  readonly end?: 'lower' | 'upper';
  readonly relation: '<' | '>';
  readonly bound: number;
}

/** @throws AnalysisError usage/invalid */
export function assertionOf(text: string): Assertion {
  const parts = /^\s*([a-z-]+)(?:\.(lower|upper))?\s*([<>])\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*$/i.exec(text);
  if (parts === null) throw refused(`The assertion “${text}” is not ID<NUMBER or ID>NUMBER`);
  const [, id = '', end, relation = '', bound = ''] = parts;
  if (!METRICS.some((metric) => metric.id === id)) throw refused(`There is no metric “${id}” to assert`);
  return {
    text,
    id,
    ...(end !== undefined && { end: end as 'lower' | 'upper' }),
    relation: relation as '<' | '>',
    bound: Number(bound),
  };
}

export interface Verdict {
  readonly holds: boolean | 'undecided';
  /** What was found, in words. */
  readonly found: string;
}

/**
 * A value whose interval lies on both sides of the bound decides nothing, nor does one that is unavailable. The ends of an
 * exact value are the value; an estimate without an interval has none.
 */
export function judged({ end, relation, bound }: Assertion, value: StepValue | undefined, exact: boolean): Verdict {
  const [number = null, lower = number, upper = lower === number ? number : null] = value ?? [];
  const beyond = (each: number): boolean => (relation === '<' ? each < bound : each > bound);
  if (end !== undefined) {
    if (number !== null && value?.length === 1 && !exact)
      return { holds: 'undecided', found: `it is an estimate of ${plainNumber(number)} without an interval` };
    const at = end === 'lower' ? lower : upper;
    if (at === null) return { holds: 'undecided', found: `there is no ${end} end` };
    return { holds: beyond(at), found: `the ${end} end is ${plainNumber(at)}` };
  }
  if (number === null) return { holds: 'undecided', found: 'it is unavailable' };
  const ends = [number, lower ?? -Infinity, upper ?? Infinity].map(beyond);
  const found = `it is ${plainNumber(number)}${value !== undefined && value.length > 1 ? `, between ${plainNumber(lower ?? 0)} and ${upper === null ? 'no upper end' : plainNumber(upper)}` : ''}`; // prettier-ignore
  return { holds: ends.every((each) => each === ends[0]) ? ends[0] === true : 'undecided', found };
}

export const refused = (found: string): AnalysisError =>
  new AnalysisError({ code: 'usage/invalid', found, remedy: 'The usage is printed below.' });
