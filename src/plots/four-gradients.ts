import { percent, plainNumber } from '../shared/numbers';
import type { PlotSpec, Series } from '../shared/plot';
import { planarGradients } from '../theory/planar-gradients';
import type { Point } from '../theory/planar-gradients';
import { ellipse } from '../theory/symmetric-matrix';

/** Where a gradient can be dragged, on both axes. */
export const REACH = { min: -1, max: 7 } as const;

/**
 * Gradients of two parameters with their mean, the axes of their covariance and the 1σ ellipse. The axes of the plot stay as
 * they are, so that what is dragged moves and nothing else.
 */
export function fourGradientsPlot(points: readonly Point[]): PlotSpec {
  const { mean, covariance, eigen, trace } = planarGradients(points);
  const outline = ellipse(covariance, 1, mean);
  const line = (name: string, from: Point, to: Point, rest: Pick<Series, 'ink' | 'size' | 'dash'>): Series => ({
    name,
    x: [from[0], to[0]],
    y: [from[1], to[1]],
    mark: 'line',
    decoration: true,
    ...rest,
  });
  const tied = eigen.values[0] - eigen.values[1] <= 1e-9 * eigen.values[0];
  // with equal eigenvalues every direction is an axis, so none is drawn
  const axes = tied
    ? []
    : eigen.values.map((value, index) => {
        const angle = eigen.angle + (index * Math.PI) / 2;
        const reach = Math.sqrt(Math.max(0, value));
        const [dx, dy] = [reach * Math.cos(angle), reach * Math.sin(angle)];
        return line('axis', [mean[0] - dx, mean[1] - dy], [mean[0] + dx, mean[1] + dy], { ink: 'text', size: 1 });
      });
  const series: Series[] = [
    {
      name: 'gradients',
      x: points.map(([x]) => x),
      y: points.map(([, y]) => y),
      mark: 'circle',
      ink: 'data',
      size: 7,
      pointNames: points.map((_, index) => `gradient ${index + 1}`),
      draggable: true,
    },
    { name: 'mean', x: [mean[0]], y: [mean[1]], mark: 'cross', ink: 'here', size: 7 },
    ...axes,
    { name: '1σ', ...outline, mark: 'line', ink: 'text', size: 1.5, decoration: true },
    line('signal', [0, 0], mean, { ink: 'here', size: 1.5, dash: 'dashed' }),
  ];
  const along =
    trace > 0 && !tied ? ` ${percent(eigen.values[0] / trace)} of the noise lies along the wider axis.` : '';
  return {
    id: 'four-gradients',
    title: 'Four gradients',
    subtitle: 'of two parameters, to be dragged',
    summary: `Four gradients of two parameters around their mean (${plainNumber(mean[0])}, ${plainNumber(mean[1])}); the trace of their covariance is ${plainNumber(trace)}.${along}`,
    panels: [
      {
        height: 348,
        equalUnits: true,
        x: {
          scale: 'linear',
          ...REACH,
          ticks: [0, 2, 4, 6],
          title: [['t', 'along parameter 1']],
          name: 'along parameter 1',
        },
        y: {
          scale: 'linear',
          ...REACH,
          ticks: [0, 2, 4, 6],
          title: [['t', 'along parameter 2']],
          name: 'along parameter 2',
        },
        series,
        labels: [
          {
            x: mean[0],
            y: mean[1],
            text: [
              ['t', 'mean '],
              ['b', 'g'],
            ],
            ink: 'here',
            strong: true,
            dx: 12,
            dy: 4,
          },
          ...points.map(([x, y], index) => ({
            x,
            y,
            text: [
              ['i', 'g'],
              ['_', String(index + 1)],
            ] as const,
            ink: 'data' as const,
            dx: 11,
            dy: -9,
          })),
        ],
      },
    ],
  };
}
