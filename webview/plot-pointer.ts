import { plainNumber, wholeNumber } from '../src/shared/numbers';
import type { Axis, Panel, Series } from '../src/shared/plot';

/** What is read out at one place of a panel: a line of words, and the marks it speaks of. */
export interface Reading {
  /** Where the hairline stands; undefined where a single mark is read. */
  readonly x: number | undefined;
  readonly head: string;
  readonly lines: readonly {
    readonly name: string;
    readonly value: string;
    readonly series: Series;
    readonly x: number;
    readonly y: number;
  }[];
}

/** Whether a panel is read at an x, through all of its curves; by the nearest mark elsewhere. */
export const isReadByX = ({ series, equalUnits = false }: Panel): boolean =>
  !equalUnits &&
  series.every(
    ({ x, mark, draggable = false, decoration = false }) =>
      decoration || (mark !== 'cell' && !draggable && isSorted(x)),
  );

function isSorted(x: ArrayLike<number>): boolean {
  for (let k = 1; k < x.length; k++) if ((x[k] ?? 0) < (x[k - 1] ?? 0)) return false;
  return true;
}

/** The values of x that can be read, in order. */
export function readableXs({ series, x }: Panel): readonly number[] {
  const all = series.flatMap(({ x: xs, decoration = false }) => (decoration ? [] : Array.from(xs)));
  const whole = x.whole === true ? all.map(Math.round) : all;
  return [...new Set(whole)].filter((value) => value >= x.min && value <= x.max).sort((a, b) => a - b);
}

/** The nearest x that can be read: any whole number on an axis of counts, else one that is stored. */
export function snapped(panel: Panel, x: number, readable: readonly number[]): number | undefined {
  const { min, max, whole = false, scale } = panel.x;
  if (whole) return Math.min(Math.floor(max), Math.max(Math.ceil(min), Math.round(x)));
  const at = scale === 'log' ? Math.log : (value: number): number => value;
  return readable.reduce<number | undefined>(
    (best, each) => (best === undefined || Math.abs(at(each) - at(x)) < Math.abs(at(best) - at(x)) ? each : best),
    undefined,
  );
}

/** Every curve at an x, and every mark that stands there. */
export function readingAt(panel: Panel, x: number): Reading {
  const lines = panel.series.flatMap((series) => {
    if (series.decoration === true) return [];
    const y = valueAt(series, x, panel);
    if (y === undefined) return [];
    const value = series.said?.[Array.from(series.x).indexOf(x)] ?? tableNumber(y, 3);
    return [{ name: series.name, value, series, x, y }];
  });
  return { x, head: `${panel.x.name} ${tableNumber(x === panel.x.zero ? 0 : x, 5)}`, lines };
}

/** One mark: what it is called, and where it stands. */
export function readingOf(panel: Panel, series: Series, index: number): Reading {
  const [x, y] = [series.x[index] ?? 0, series.y[index] ?? 0];
  const name = series.pointNames?.[index];
  if (series.mark === 'cell') return { x: undefined, head: name ?? '', lines: [] };
  const place = `${panel.x.name} ${tableNumber(x, 3)}, ${panel.y.name} ${tableNumber(y, 3)}`;
  const kind = series.name === panel.y.name ? '' : ` (${series.name})`;
  return { x: undefined, head: name === undefined ? `${place}${kind}` : `${name}: ${place}${kind}`, lines: [] };
}

/** As it is spoken: the head, then each curve. */
export const spokenReading = ({ head, lines }: Reading): string =>
  [head, ...lines.map(({ name, value }) => `${name} ${value}`)].join('; ');

function valueAt({ x: xs, y: ys, mark }: Series, x: number, { x: across, y: up }: Panel): number | undefined {
  const after = Array.from(xs).findIndex((value) => value >= x * (1 - 1e-12));
  if (after < 0) return undefined;
  const [x1 = NaN, y1 = NaN] = [xs[after], ys[after]];
  if (Math.abs(x1 - x) <= 1e-9 * Math.abs(x)) return Number.isFinite(y1) ? y1 : undefined;
  if (mark !== 'line' || after === 0) return undefined;
  const [x0 = NaN, y0 = NaN] = [xs[after - 1], ys[after - 1]];
  const [a, b] = [transform(across), transform(up)];
  const share = (a.to(x) - a.to(x0)) / (a.to(x1) - a.to(x0));
  const y = b.from(b.to(y0) + share * (b.to(y1) - b.to(y0)));
  return Number.isFinite(y) ? y : undefined;
}

/** Between two points a line is straight on the paper, so on a logarithmic axis it is not straight in numbers. */
const transform = ({ scale }: Axis) =>
  scale === 'log'
    ? { to: Math.log, from: Math.exp }
    : { to: (value: number): number => value, from: (value: number): number => value };

export const tableNumber = (value = 0, digits = 5): string =>
  Number.isNaN(value) ? '–' : Number.isInteger(value) ? wholeNumber(value) : plainNumber(value, digits);
