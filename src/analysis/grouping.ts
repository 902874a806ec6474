import type { Problem } from '../shared/problem';
import type { DumpSummary, GroupedRows } from '../shared/summary';
import { failed, withProblems } from './extra';

/** Labels of more classes are numbers to be learned, not names. */
const MOST_CLASSES = 64;

/** Whether labels are names of classes: at least two, and some of several rows. */
export function isFew(labels: readonly (number | string)[]): boolean {
  const classes = new Set(labels).size;
  return classes > 1 && classes <= MOST_CLASSES && classes < labels.length;
}

/** A summary with what is known of groups and classes, or why that is not. */
export function withGroups(
  summary: DumpSummary,
  found: { readonly [Name in 'groups' | 'classes']?: GroupedRows | { readonly problem: Problem } },
): DumpSummary {
  const parts = Object.entries(found);
  const known = parts.filter(([, part]) => !failed(part));
  const problems = parts.flatMap(([name, part]) => (failed(part) ? [[name, part.problem] as const] : []));
  return withProblems({ ...summary, ...Object.fromEntries(known) }, Object.fromEntries(problems));
}
