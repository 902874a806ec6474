import type { GradientDump, StoredArray } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { ProblemCode } from '../shared/problem';
import { shortened } from './source';

/** An array of a dump that has one per layer. */
export interface LayerArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly dtype: string;
  readonly array: StoredArray;
}

/**
 * Arrays side by side: the rows of a dump are the rows of all of them. A single one has no layers.
 *
 * @throws AnalysisError with the code given, when there are none or they differ in the number of rows
 */
export function sideBySide(
  parts: readonly LayerArray[],
  code: (ProblemCode & `${string}/entries`) | 'json/shape' | 'csv/table',
  where: string,
): Pick<GradientDump, 'rows' | 'parameters' | 'dtype' | 'shape' | 'layers' | 'arrays'> {
  const [first, ...others] = parts;
  const refuse = (
    found: string,
    remedy = 'Save one array per layer, [n, …] each, with one row for each example.',
  ): AnalysisError => new AnalysisError({ code, found, where, remedy });
  if (first === undefined) throw refuse('It holds no arrays');
  const { rows: n } = first;
  const odd = others.find((part) => part.rows !== n);
  if (odd !== undefined) {
    const single = [odd, first].find((part) => part.rows === 1);
    throw refuse(
      `“${shortened(odd.name)}” has ${odd.rows} rows, “${shortened(first.name)}” has ${n}`,
      single &&
        `The one row of “${shortened(single.name, 40)}” is the sum over a batch, which cannot be spread over its examples: leave that array out, or expand its input to the batch before the backward pass.`,
    );
  }
  return {
    rows: n,
    parameters: parts.reduce((sum, { array }) => sum + array.columns, 0),
    dtype: [...new Set(parts.map(({ dtype }) => dtype))].join(', '),
    ...(others.length === 0 && { shape: first.shape }),
    layers: others.length === 0 ? [] : parts.map(({ name, array }) => ({ name, size: array.columns })),
    arrays: parts.map(({ array }) => array),
  };
}
