import type { GradientDump } from '../shared/dump';
import { shortName } from '../shared/foreign-text';
import { AnalysisError } from '../shared/problem';

/** Counts NaN and infinities and remembers where they are; one of them would spoil every statistic. */
export class NonFinite {
  #nan = 0;
  #infinite = 0;
  #first: { row: number; column: number } | undefined;
  readonly #rows = new Set<number>();

  add(value: number, row: number, column: number): void {
    if (Number.isNaN(value)) this.#nan++;
    else this.#infinite++;
    this.#rows.add(row);
    const first = this.#first;
    if (first === undefined || row < first.row || (row === first.row && column < first.column))
      this.#first = { row, column };
  }

  get any(): boolean {
    return this.#first !== undefined;
  }

  /** @throws AnalysisError data/non-finite */
  check(dump: GradientDump): void {
    if (this.#first === undefined) return;
    const counts = [
      ...(this.#nan > 0 ? [`${this.#nan} NaN`] : []),
      ...(this.#infinite > 0 ? [`${this.#infinite} infinite`] : []),
    ].join(' and ');
    const { row, column } = this.#first;
    throw new AnalysisError({
      code: 'data/non-finite',
      found: `${counts} in ${this.#rows.size} of ${dump.rows} rows`,
      where: `first in row ${row}, ${parameterName(dump, column)} (counted from 0)${inFile(dump, row, column)}`,
      remedy: 'Find why these examples have no finite gradient, or leave their rows out:',
      fix: 'g = g[np.isfinite(g).all(axis=1)]',
      rows: [...this.#rows].sort((a, b) => a - b),
    });
  }
}

/** Of a dump that was joined from files: in which. */
function inFile({ joined }: GradientDump, row: number, column: number): string {
  if (joined === undefined) return '';
  const { layout, files } = joined;
  let left = layout === 'rows' ? row : column;
  for (const { name, rows, parameters } of files) {
    const size = layout === 'rows' ? rows : parameters;
    if (left < size)
      return layout === 'rows' ? `, which is row ${left} of ${shortName(name)}` : `, in ${shortName(name)}`;
    left -= size;
  }
  return '';
}

function parameterName({ layers }: GradientDump, column: number): string {
  let start = 0;
  for (const { name, size } of layers) {
    if (column < start + size) return `parameter ${column}, which is ${column - start} of layer ${shortName(name)}`;
    start += size;
  }
  return `parameter ${column}`;
}
