import { leftOut, quadraticModel, relativeLoss } from '../metrics/quadratic-model';
import { plainNumber, wholeNumber } from '../shared/numbers';
import type { Panel, PlotLabel, Series } from '../shared/plot';
import { definePlot } from './definition';
import { logSpaced } from './spacing';

/** Where the curves leave the plot. */
const TALLEST = 4;
const NOISE_STEPS = 4;

export const discretization = definePlot({
  id: 'discretization',
  figures: 'SDE',
  title: 'Loss at which SGD settles, relative to the SDE',
  subtitle: 'when batch and learning rate grow by κ together, on the same quadratic',
  draw: (quantities) => {
    const model = quadraticModel(quantities);
    // SGD has no stationary state from κ = 2/(ηh) on
    const limit = 2 / model.sharpness;
    const end = Math.max(8, 2 * limit, 2 * quantities.scaleFactor);
    const start = Math.min(0.25, quantities.scaleFactor, limit / 8);
    const curve = (noiseSteps: number): Pick<Series, 'x' | 'y'> => {
      const points = Array.from(logSpaced(start, end, 240), (factor) => ({
        factor,
        loss: relativeLoss(model, noiseSteps, factor),
      }));
      const drawn = points.flatMap(({ factor, loss }) =>
        loss !== undefined && loss <= TALLEST ? [{ factor, loss }] : [],
      );
      return { x: drawn.map(({ factor }) => factor), y: drawn.map(({ loss }) => loss) };
    };
    const now = relativeLoss(model, 1);
    const then = relativeLoss(model, 1, quantities.scaleFactor);
    const series: Series[] = [
      { name: 'SGD', ...curve(1), mark: 'line', ink: 'data', size: 2 },
      { name: `SVAG, l = ${NOISE_STEPS}`, ...curve(NOISE_STEPS), mark: 'line', ink: 'data', dash: 'dotted', size: 1.5 },
      { name: 'SDE', x: [start, end], y: [1, 1], mark: 'line', ink: 'reference', dash: 'dashed', size: 1.5 },
    ];
    const labels: PlotLabel[] = [{ x: end, y: 1, text: [['t', 'SDE']], ink: 'reference', align: 'right', dy: 14 }];
    if (now !== undefined && now <= TALLEST) {
      series.push({ name: 'here', x: [1], y: [now], mark: 'disc', ink: 'here', size: 5 });
      labels.push({
        x: 1,
        y: now,
        text: [['t', `here: × ${plainNumber(now)}`]],
        ink: 'here',
        strong: true,
        align: limit < 4 ? 'right' : 'left',
        dx: limit < 4 ? -9 : 0,
        dy: -9,
      });
    }
    if (then !== undefined && then <= TALLEST && quantities.scaleFactor !== 1)
      series.push({ name: 'SGD at κ', x: [quantities.scaleFactor], y: [then], mark: 'circle', ink: 'data', size: 4.5 });
    const lines: NonNullable<Panel['lines']>[number][] = [];
    if (limit > start && limit < end) {
      lines.push({ axis: 'x', at: limit, ink: 'quiet', dash: 'solid' });
      labels.push({
        x: limit,
        y: TALLEST,
        text: [['t', `SGD diverges from κ = ${plainNumber(limit)}`]],
        ink: 'quiet',
        ...(Math.log(limit / start) > 0.6 * Math.log(end / start) ? { align: 'right', dx: -6 } : { dx: 6 }),
        dy: 12,
      });
    }
    const panel: Panel = {
      height: 276,
      x: {
        scale: 'log',
        min: start,
        max: end,
        title: [
          ['t', 'scale factor '],
          ['i', 'κ'],
        ],
        name: 'scale factor κ',
      },
      y: {
        scale: 'linear',
        min: 0,
        max: TALLEST,
        title: [['t', 'loss over that of the SDE']],
        name: 'loss over that of the SDE',
      },
      series,
      lines,
      labels,
    };
    const settles =
      now === undefined
        ? 'SGD diverges already as it is'
        : `SGD settles at ${plainNumber(now)} times the loss of the SDE`;
    return {
      panels: [panel],
      summary: `At B = ${wholeNumber(quantities.batchSize)} ${settles}; scaled by κ it follows the SDE less and less and has no stationary state from κ = ${plainNumber(limit)} on.`,
      note: `The temperature stays along the axis, so the SDE knows no difference: all that grows is the error of its time step.${leftOut(quantities)}`,
    };
  },
});
