import { percent, plainNumber } from '../shared/numbers';
import type { Axis, Label, Panel, PlotLabel, Series } from '../shared/plot';
import { definePlot } from './definition';

/** More points than this hide one another; then every k-th is drawn. */
const MOST_POINTS = 4000;

export const leadingPlane = definePlot({
  id: 'leading-plane',
  figures: 'spectrum',
  title: 'Gradients in the leading plane',
  subtitle: 'at the same scale on both axes',
  draw: (quantities) => {
    const { rows: n, scale } = quantities;
    const { plane, eigenvalues } = quantities.spectrum;
    const trace = quantities.trace.value;
    const [meanX, meanY] = plane.mean;
    const ellipse = principalAxes(plane.covariance.map((entry) => entry * scale));
    const stride = Math.ceil(n / MOST_POINTS);
    const shown = Array.from({ length: Math.ceil(n / stride) }, (_, i) => i * stride);
    const at = (row: number, axis: 0 | 1): number => plane.points[2 * row + axis] ?? 0;
    const xs = shown.map((row) => at(row, 0));
    const ys = shown.map((row) => at(row, 1));

    const outline = (sigmas: number): readonly (readonly [number, number])[] =>
      Array.from({ length: 91 }, (_, i) => {
        const angle = (i * Math.PI) / 45;
        const along = sigmas * ellipse.major * Math.cos(angle);
        const across = sigmas * ellipse.minor * Math.sin(angle);
        return [
          meanX + along * ellipse.cos - across * ellipse.sin,
          meanY + along * ellipse.sin + across * ellipse.cos,
        ] as const;
      });
    const curve = (name: string, points: readonly (readonly [number, number])[], size: number): Series => ({
      name,
      x: points.map(([x]) => x),
      y: points.map(([, y]) => y),
      mark: 'line',
      ink: 'text',
      size,
      decoration: true,
    });
    const wide = outline(2);
    const x = range([...xs, ...wide.map(([value]) => value)]);
    const y = range([...ys, ...wide.map(([, value]) => value)]);
    const top = (points: readonly (readonly [number, number])[]): readonly [number, number] =>
      points.reduce((best, point) => (point[1] > best[1] ? point : best));

    const series: Series[] = [
      { name: 'mean', x: [meanX], y: [meanY], mark: 'cross', ink: 'here', size: 7 },
      curve('1σ', outline(1), 1.5),
      { ...curve('2σ', wide, 1), dash: 'dashed' },
    ];
    const spread = ellipse.major > 0;
    const tied = ellipse.minor > ellipse.major * (1 - 1e-9);
    const drawAxes = spread && (plane.axes === 'parameters' ? !tied : plane.determined);
    if (drawAxes)
      for (const [length, dx, dy] of [
        [ellipse.major, ellipse.cos, ellipse.sin],
        [ellipse.minor, -ellipse.sin, ellipse.cos],
      ] as const)
        series.push(
          curve(
            'axis',
            [
              [meanX - length * dx, meanY - length * dy],
              [meanX + length * dx, meanY + length * dy],
            ],
            1,
          ),
        );
    series.push({
      name: 'gradients',
      x: xs,
      y: ys,
      mark: 'circle',
      ink: 'data',
      size: 2.5,
      pointNames: shown.map((row) => `example ${row}`),
    });

    const meanAt = { x: x.min + 0.72 * (x.max - x.min), y: y.min + 0.1 * (y.max - y.min) };
    const labels: PlotLabel[] = [
      {
        ...meanAt,
        text: [
          ['t', 'mean '],
          ['b', 'g'],
        ],
        ink: 'here',
        strong: true,
        dx: 2,
        dy: 8,
        leader: { x: meanX, y: meanY },
      },
    ];
    if (spread)
      for (const sigmas of [1, 2]) {
        const [labelX, labelY] = top(outline(sigmas));
        labels.push({ x: labelX, y: labelY, text: [['t', `${sigmas}σ`]], ink: 'text', align: 'center', dy: -5 });
      }
    const share = (index: number): string => {
      const value = (eigenvalues[index] ?? 0) * scale;
      return trace > 0 ? `, ${percent(value / trace)}${index === 0 ? ' of the noise' : ''}` : '';
    };
    const title = (index: 0 | 1): Label =>
      plane.axes === 'parameters'
        ? [
            ['t', 'parameter '],
            ['i', 'θ'],
            ['_', String(index + 1)],
          ]
        : [
            ['t', 'along '],
            ['i', 'u'],
            ['_', String(index + 1)],
            ['t', share(index)],
          ];
    const axis = (index: 0 | 1, ends: { readonly min: number; readonly max: number }): Axis => ({
      scale: 'linear',
      ...ends,
      title: title(index),
      name: plane.axes === 'parameters' ? `parameter ${index + 1}` : `along u${index + 1}`,
    });
    const panel: Panel = { height: 348, x: axis(0, x), y: axis(1, y), equalUnits: true, series, labels };
    const seen = plane.axes === 'parameters' ? 'their two parameters' : 'the two noisiest directions';
    const tie =
      spread && !drawAxes
        ? 'The leading eigenvalues are equal to rounding: every direction here is as good an axis as any other, so none is drawn.'
        : undefined;
    const thinned = stride > 1 ? `Every ${stride}th example is drawn.` : undefined;
    const note = [tie, thinned].filter((text) => text !== undefined).join(' ');
    return {
      ...(plane.axes === 'parameters' && { subtitle: 'of the two parameters, at the same scale on both axes' }),
      panels: [panel],
      summary: `${n} gradients along ${seen}. Their mean is at (${plainNumber(meanX)}, ${plainNumber(meanY)}); one standard deviation is ${plainNumber(ellipse.major)} along the wider and ${plainNumber(ellipse.minor)} along the narrower axis.`,
      ...(note !== '' && { note }),
    };
  },
});

/** Half-axes and direction of the 1σ ellipse of a 2 × 2 covariance [xx, xy, yy]. */
function principalAxes([xx = 0, xy = 0, yy = 0]: readonly number[]): {
  readonly major: number;
  readonly minor: number;
  readonly cos: number;
  readonly sin: number;
} {
  const middle = (xx + yy) / 2;
  const radius = Math.hypot((xx - yy) / 2, xy);
  const angle = radius > 0 ? Math.atan2(xy, (xx - yy) / 2) / 2 : 0;
  return {
    major: Math.sqrt(Math.max(0, middle + radius)),
    minor: Math.sqrt(Math.max(0, middle - radius)),
    cos: Math.cos(angle),
    sin: Math.sin(angle),
  };
}

function range(values: readonly number[]): { readonly min: number; readonly max: number } {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  // rows that are all the same still need an axis around them
  const margin = 0.07 * (max - min) || 0.1 * Math.abs(max) || 1;
  return { min: min - margin, max: max + margin };
}
