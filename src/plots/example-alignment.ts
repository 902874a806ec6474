import { influences } from '../metrics/influence';
import { plainNumber, wholeNumber } from '../shared/numbers';
import type { Panel, PlotLabel } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { definePlot } from './definition';

/** More points than this hide one another; the most influential ones are kept. */
const MOST_POINTS = 4000;
const NAMED = 3;

export const exampleAlignment = definePlot({
  id: 'example-alignment',
  figures: 'examples',
  title: 'Examples by length and direction',
  subtitle: 'length of a gradient, and the cosine between it and the mean',
  draw: (quantities) => {
    const all = influences(quantities);
    const placed = all.flatMap(({ row, norm, cosine, share }) =>
      cosine === undefined || norm === 0 ? [] : [{ row, norm, cosine, share }],
    );
    if (placed.length === 0)
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'The mean gradient is exactly 0, so no example has an angle to it',
        remedy: 'Dump the gradients of other examples.',
      });
    const shown = placed.toSorted((a, b) => b.share - a.share).slice(0, MOST_POINTS);
    const norms = shown.map(({ norm }) => norm);
    const left = norms.reduce((least, norm) => Math.min(least, norm), Infinity) / 1.3;
    const right = norms.reduce((most, norm) => Math.max(most, norm), 0) * 1.3;
    const point = ({ row }: { readonly row: number }): string => {
      const label = quantities.summary.dump.metadata.labels?.[row];
      return label === undefined ? `example ${row}` : `example ${row}, label ${label}`;
    };
    const named = shown.slice(0, shown.length > 20 ? NAMED : 0);
    const panel: Panel = {
      height: 276,
      x: {
        scale: 'log',
        min: left,
        max: right,
        title: [['t', 'length of the gradient']],
        name: 'length of the gradient',
      },
      y: {
        scale: 'linear',
        min: -1.05,
        max: 1.05,
        ticks: [-1, -0.5, 0, 0.5, 1],
        title: [['t', 'cosine to the mean']],
        name: 'cosine to the mean',
      },
      series: [
        {
          name: 'examples',
          x: norms,
          y: shown.map(({ cosine }) => cosine),
          mark: 'circle',
          ink: 'data',
          size: 2.5,
          pointNames: shown.map(point),
        },
      ],
      lines: [{ axis: 'y', at: 0, ink: 'quiet', dash: 'solid' }],
      labels: named.map(({ row, norm, cosine }): PlotLabel => ({
        x: norm,
        y: cosine,
        text: [['t', String(row)]],
        ink: 'data',
        align: 'right',
        dx: -6,
        dy: 4,
      })),
    };
    const against = placed.filter(({ cosine }) => cosine < 0).length;
    const longest = placed.reduce((most, entry) => (entry.norm > most.norm ? entry : most));
    const note = [
      named.length > 0 ? 'Numbered: the rows with the largest part of the noise.' : undefined,
      placed.length > MOST_POINTS ? `The ${wholeNumber(MOST_POINTS)} most influential rows are drawn.` : undefined,
    ].filter((text) => text !== undefined);
    return {
      panels: [panel],
      summary: `${wholeNumber(against)} of ${wholeNumber(placed.length)} examples point against the mean gradient. The longest is example ${longest.row}, of length ${plainNumber(longest.norm)}.`,
      ...(note.length > 0 && { note: note.join(' ') }),
    };
  },
});
