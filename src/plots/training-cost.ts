import { ifKnown } from '../metrics/quantities';
import { plainNumber, wholeNumber } from '../shared/numbers';
import type { PlotLabel, Series } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { trainingCost } from '../theory/curvature-noise-scale';
import { batchAxisEnd } from './batch-norm';
import { definePlot } from './definition';
import { numberLabel, symbols } from './labels';
import { decadesTo, logSpaced } from './spacing';

export const trainingCostPlot = definePlot({
  id: 'training-cost',
  figures: 'training cost',
  title: 'Steps against examples',
  subtitle: 'needed to make the same progress, as multiples of the fewest possible',
  draw: (quantities) => {
    const scale = quantities.noiseScale;
    if (!(scale.value > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'There is no noise, so larger batches save no steps',
        remedy: 'Dump the gradients of different examples.',
      });
    const end = batchAxisEnd(quantities);
    const sizes = logSpaced(1, Math.max(end, 2), 100);
    const steps = sizes.map((batchSize) => trainingCost(scale.value, batchSize).steps);
    const examples = sizes.map((batchSize) => trainingCost(scale.value, batchSize).examples);
    const max = 2 * Math.max(steps[0] ?? 2, examples.at(-1) ?? 2);
    const batchSize = ifKnown(() => quantities.batchSize);
    const series: Series[] = [
      { name: 'steps', x: sizes, y: steps, mark: 'line', ink: 'data', size: 2 },
      { name: 'examples', x: sizes, y: examples, mark: 'line', ink: 'data', dash: 'dashed', size: 1.5 },
    ];
    const labels: PlotLabel[] = [
      { x: 1, y: steps[0] ?? 1, text: [['t', 'steps']], ink: 'data', dx: 8, dy: -5 },
      {
        x: sizes.at(-1) ?? 1,
        y: examples.at(-1) ?? 1,
        text: [['t', 'examples']],
        ink: 'data',
        align: 'right',
        dx: -4,
        dy: -8,
      },
    ];
    const inside = scale.value >= 1 && scale.value <= end;
    if (inside)
      labels.push({
        x: scale.value,
        y: max / 2,
        text: [...symbols.noiseScale, ['t', ' '], ...numberLabel(scale.value), ['t', ': both twice']],
        ink: 'reference',
        ...(scale.value > end ** 0.5 ? { align: 'right', dx: -5 } : { dx: 5 }),
      });
    let here = '';
    if (batchSize !== undefined && batchSize <= end) {
      const cost = trainingCost(scale.value, batchSize);
      series.unshift({
        name: 'here',
        x: [batchSize, batchSize],
        y: [cost.steps, cost.examples],
        mark: 'disc',
        ink: 'here',
        size: 5,
        pointNames: ['steps', 'examples'],
      });
      here = ` At B = ${wholeNumber(batchSize)} it takes ${plainNumber(cost.steps)} times the fewest steps and ${plainNumber(cost.examples)} times the fewest examples.`;
    }
    const { interval } = scale;
    const clipped = (value: number): number => Math.min(Math.max(value, 1), end);
    return {
      panels: [
        {
          height: 276,
          x: {
            scale: 'log',
            min: 1,
            max: Math.max(end, 2),
            title: [['t', 'batch size '], ...symbols.batchSize],
            name: 'batch size B',
            ticks: decadesTo(end),
          },
          y: { scale: 'log', min: 0.8, max, title: [['t', 'multiple of the fewest']], name: 'multiple of the fewest' },
          series,
          ...(inside && { lines: [{ axis: 'x', at: scale.value, ink: 'reference', dash: 'dotted' }] }),
          ...(interval?.upper !== undefined &&
            clipped(interval.upper) > clipped(interval.lower) && {
              bands: [{ axis: 'x', from: clipped(interval.lower), to: clipped(interval.upper) }],
            }),
          labels,
        },
      ],
      summary: `At the noise scale of ${plainNumber(scale.value)} examples both cost twice the fewest.${here}`,
      note: 'With the best learning rate for each batch, and the noise scale of one moment; over a run it grows. The curvature is not known, so the simple noise scale stands in for the critical batch size.',
    };
  },
});
