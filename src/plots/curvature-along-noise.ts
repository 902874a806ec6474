import { companion, companionName, requireCompanion } from '../metrics/companions';
import { plainNumber } from '../shared/numbers';
import type { Panel, Series } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { definePlot } from './definition';

export const curvatureAlongNoise = definePlot({
  id: 'curvature-along-noise',
  figures: 'Hessian',
  title: 'Curvature along the noisiest directions',
  subtitle: 'against the variance of the noise there; one point an eigenvector of Σ',
  draw: (quantities) => {
    // a Fisher matrix is a curvature, too, where there is no Hessian
    const name =
      companion(quantities, 'hessian') === undefined && companion(quantities, 'fisher') !== undefined
        ? 'fisher'
        : 'hessian';
    const { alongNoise, trace } = requireCompanion(quantities, name);
    const eigenvalues = quantities.requireNoise();
    const count = Math.min(alongNoise.length, eigenvalues.length);
    if (count === 0)
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'The dump has no noise to draw',
        remedy: 'Dump gradients that differ between examples.',
      });
    const x = Array.from(eigenvalues.subarray(0, count));
    const y = Array.from(alongNoise.subarray(0, count));
    const mean = trace / quantities.parameters;
    const low = Math.min(0, mean, ...y);
    const high = Math.max(0, mean, ...y);
    const room = 0.1 * (high - low) || 1;
    const right = Math.max(...x);
    const left = Math.min(...x);
    const points: Series = {
      name: 'direction',
      x,
      y,
      mark: 'disc',
      ink: 'data',
      size: 3.5,
      pointNames: x.map((_, k) => `u${k + 1}`),
    };
    const panel: Panel = {
      height: 276,
      x: {
        scale: 'log',
        min: left / 1.5,
        max: right * 1.5,
        title: [
          ['t', 'variance '],
          ['i', 'λ'],
          ['_', 'k'],
        ],
        name: 'variance of the noise',
      },
      y: {
        scale: 'linear',
        min: low - room,
        max: high + room,
        title: [
          ['t', 'curvature along '],
          ['i', 'u'],
          ['_', 'k'],
        ],
        name: 'curvature',
      },
      series: [points],
      lines: [{ axis: 'y', at: mean, ink: 'reference', dash: 'dashed' }],
      labels: [
        { x: left / 1.4, y: mean, text: [['t', 'mean over all directions']], ink: 'reference', dy: -5 },
        {
          x: x[0] ?? right,
          y: y[0] ?? 0,
          text: [
            ['i', 'u'],
            ['_', '1'],
          ],
          ink: 'data',
          align: 'right',
          dx: -7,
          dy: -4,
        },
      ],
    };
    const times = mean > 0 ? `, ${plainNumber((y[0] ?? 0) / mean)} times the mean of all directions` : '';
    return {
      panels: [panel],
      summary: `The ${count} noisiest directions. Along the first the curvature is ${plainNumber(y[0] ?? 0)}${times}.`,
      note: `From ${companionName(quantities, name)}. Noise that is equal in all directions would lie around the dashed line.`,
    };
  },
});
