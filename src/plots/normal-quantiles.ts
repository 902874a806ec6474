import { alongLeading, alongMean } from '../metrics/projections';
import { ifKnown } from '../metrics/quantities';
import { plainNumber, wholeNumber } from '../shared/numbers';
import type { Panel, Series } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { excessKurtosis, standardized } from '../theory/kurtosis';
import { normalQuantile } from '../theory/normal-quantile';
import { definePlot } from './definition';

/** All rows up to here; beyond, as many of them. */
const MOST_POINTS = 400;
/** Rows at each end that are never left out. */
const TAIL = 100;

export const normalQuantiles = definePlot({
  id: 'normal-quantiles',
  figures: 'tails',
  title: 'Gradients against a normal distribution',
  subtitle: 'quantiles of the rows along two directions, in deviations; on the line where they are normal',
  draw: (quantities) => {
    quantities.requireRows(4, 'a comparison of distributions');
    // known with the spectrum only; the mean's direction need not wait for it
    const leading = quantities.summary.spectrum === undefined ? undefined : alongLeading(quantities);
    const curves = [
      quantiles(
        'along the mean',
        ifKnown(() => alongMean(quantities)),
        'disc',
      ),
      quantiles('along u₁', leading, 'circle'),
    ].filter((curve) => curve !== undefined);
    if (curves.length === 0)
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'There is no direction in which the rows differ',
        remedy: 'Dump the gradients of other examples.',
      });
    const reach = (values: readonly ArrayLike<number>[]): number =>
      1.05 *
      values.reduce((most, list) => Array.from(list).reduce((so, value) => Math.max(so, Math.abs(value)), most), 2);
    const right = reach(curves.map(({ x }) => x));
    const top = Math.max(right, reach(curves.map(({ y }) => y)));
    const diagonal: Series = {
      name: 'normal',
      x: [-right, right],
      y: [-right, right],
      mark: 'line',
      ink: 'reference',
      dash: 'dashed',
      size: 1.5,
      decoration: true,
    };
    const panel: Panel = {
      height: 276,
      x: { scale: 'linear', min: -right, max: right, title: [['t', 'normal quantile']], name: 'normal quantile' },
      y: {
        scale: 'linear',
        min: -top,
        max: top,
        title: [['t', 'quantile of the rows, in deviations']],
        name: 'quantile of the rows',
      },
      series: [diagonal, ...curves.map(({ kurtosis: _, ...series }) => series)],
      labels: [{ x: 0.6 * right, y: 0.6 * right, text: [['t', 'normal']], ink: 'reference', dx: 6, dy: 14 }],
    };
    const listed = curves.map(({ name, kurtosis }) => `${name} ${kurtosis}`).join(', ');
    const shown =
      quantities.rows > MOST_POINTS
        ? ` ${MOST_POINTS} of ${wholeNumber(quantities.rows)} rows are drawn, all of the tails among them.`
        : '';
    return {
      panels: [panel],
      summary: `Excess kurtosis ${listed}. Points beyond the line at its ends are tails heavier than normal.`,
      note: `Filled: along the mean gradient; open: along the noisiest direction. A batch of B is closer to the line: its excess kurtosis is divided by B.${shown}`,
    };
  },
});

function quantiles(
  name: string,
  values: Float64Array | undefined,
  mark: 'disc' | 'circle',
): (Series & { readonly kurtosis: string }) | undefined {
  const rows = values && standardized(values)?.sort();
  const found = values && excessKurtosis(values);
  if (rows === undefined || found === undefined) return undefined;
  const n = rows.length;
  const shown = Math.min(n, MOST_POINTS);
  const x = new Float64Array(shown);
  const y = new Float64Array(shown);
  for (let k = 0; k < shown; k++) {
    const row = shown === n ? k : thinned(k, n);
    x[k] = normalQuantile((row + 0.5) / n);
    y[k] = rows[row] ?? 0;
  }
  return { name, x, y, mark, ink: 'data', size: mark === 'disc' ? 2 : 2.5, kurtosis: plainNumber(found) };
}

/** The rank of the k-th shown row of n: every one in the tails, equal steps between. */
function thinned(k: number, n: number): number {
  if (k < TAIL) return k;
  if (k >= MOST_POINTS - TAIL) return n - MOST_POINTS + k;
  return TAIL + Math.round(((k - TAIL) * (n - 2 * TAIL)) / (MOST_POINTS - 2 * TAIL));
}
