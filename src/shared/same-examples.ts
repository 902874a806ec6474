import type { DumpMetadata } from './dump';

/** What of a dump says which examples its rows are. */
interface Labeled {
  readonly rows: number;
  readonly metadata: Pick<DumpMetadata, 'labels'>;
}

/** Rows from which on labels in no order, or rows that match, are evidence. */
const LEAST_ROWS = 16;

/**
 * Whether rows of two dumps are the same examples in the same order. Equal counts prove nothing; equal labels of each row do,
 * unless the rows are sorted by them, and so does it when most rows point the same way as the row of their own number, and no
 * other.
 *
 * @param matching rows of `a` that point most like the row of the same number in `b`, where that is known
 * @returns the answer, and a sentence that says why
 * @example sameExamples({ rows: 2, metadata: {} }, { rows: 3, metadata: {} }) // => { same: false, reason: 'Rows are not compared one by one: there are 2 and 3.' }
 */
export function sameExamples(
  a: Labeled,
  b: Labeled,
  matching?: number,
): { readonly same: boolean; readonly reason: string } {
  const apart = (why: string): { same: boolean; reason: string } => ({
    same: false,
    reason: `Rows are not compared one by one: ${why}.`,
  });
  if (a.rows !== b.rows) return apart(`there are ${a.rows} and ${b.rows}`);
  const [first, second] = [a.metadata.labels, b.metadata.labels];
  const labeled = first !== undefined && second !== undefined;
  if (labeled && first.some((label, i) => label !== second[i])) return apart('their labels differ');
  const most = `${matching ?? 0} of the ${a.rows} rows of the baseline point most like the row of the same number in the other dump`;
  if (matching !== undefined && a.rows >= LEAST_ROWS && matching > a.rows / 2)
    return { same: true, reason: `Rows are compared one by one: ${most}.` };
  if (!labeled)
    return apart(`no labels say that they are the same examples${matching === undefined ? '' : `, and only ${most}`}`);
  const changes = first.filter((label, i) => i > 0 && label !== first[i - 1]).length;
  if (first.length < LEAST_ROWS || changes < new Set(first).size)
    return apart('labels that are sorted, or few, are the same for other examples, too');
  return { same: true, reason: 'Rows are compared one by one: their labels are the same, in the same order.' };
}
