import { percent } from '../shared/numbers';
import type { Axis, Panel } from '../shared/plot';
import type { LorenzCurve } from '../theory/lorenz';

/** More points than this are not seen one by one. */
const MOST_POINTS = 500;

/**
 * A Lorenz curve above its diagonal, in per cent.
 *
 * @param across what the x axis counts, such as rows
 * @param nameOf a part by its index
 */
export function lorenzPanel(curve: LorenzCurve, across: string, nameOf: (part: number) => string): Panel {
  const { order, sizes, shares, widest, unequal } = curve;
  const step = Math.ceil(order.length / MOST_POINTS);
  const kept = sizes.flatMap((_, k) => (k % step === 0 || k === widest || k === order.length ? [k] : []));
  const of = (values: readonly number[]): number[] => kept.map((k) => 100 * (values[k] ?? 0));
  const axis = (name: string): Axis => ({
    scale: 'linear',
    min: 0,
    max: 100,
    ticks: [0, 25, 50, 75, 100],
    title: [['t', `${name}, %`]],
    name,
  });
  const [x, y] = [100 * (sizes[widest] ?? 0), 100 * (shares[widest] ?? 0)];
  return {
    height: 276,
    equalUnits: true,
    x: axis(`share of the ${across}`),
    y: axis('share of the noise'),
    series: [
      // above the area between the curves
      { name: 'largest distance', x: [x, x], y: [x, y], mark: 'line', ink: 'reference', size: 1.5, decoration: true },
      {
        name: 'share of the noise',
        x: of(sizes),
        y: of(shares),
        mark: 'line',
        ink: 'data',
        size: 2,
        fill: 'next',
        pointNames: kept.map((k) => (k === 0 ? 'none' : `up to ${nameOf(order[k - 1] ?? 0)}`)),
      },
      {
        name: 'equal shares',
        x: [0, 100],
        y: [0, 100],
        mark: 'line',
        ink: 'quiet',
        dash: 'dotted',
        size: 1.25,
        decoration: true,
      },
    ],
    labels: [
      { x, y: (x + y) / 2, text: [['t', percent(unequal)]], ink: 'reference', dx: 6, dy: 4 },
      { x: 50, y: 50, text: [['t', 'equal shares']], ink: 'quiet', dx: 6, dy: 12 },
    ],
  };
}
