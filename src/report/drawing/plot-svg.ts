import { wholeNumber } from '../../shared/numbers';
import type { Label, Panel, PlotSpec, Series } from '../../shared/plot';
import { areaOf, equalized, minorTicksOf, placeOn, tickLabel, ticksOf } from './axes';
import type { Area } from './axes';
import type { PlotInks } from './inks';
import { placedLabels } from './label-places';
import { arrowStrokes, DASHES, isArrow, markStyle } from './marks';
import { escaped, estimatedWidth, SIZE, sizeOf, textWidth, wrapped } from './text';

export interface PictureSize {
  /** Pixels; the height follows from the plot. */
  readonly width: number;
  /** With title and subtitle above; without them where whoever shows it writes them. */
  readonly caption?: boolean;
  /** Where the numbers come from, in small text below. */
  readonly source?: string;
  /** Put before the ids inside, which must differ from those of other pictures in one document. */
  readonly idPrefix?: string;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;
type Place = (x: number, y: number) => { readonly x: number; readonly y: number };

/**
 * A plot as SVG, by itself: presentation attributes only, so that it is drawn alike under a policy without inline styles, and
 * every text escaped. The marks lie where the page's chart has them at the same width.
 *
 * @returns one `<svg>` element; a plot that is unavailable says why in its place
 */
export function plotSvg(plot: PlotSpec, inks: PlotInks, size: PictureSize): string {
  const { width, caption = false, source, idPrefix = '' } = size;
  const id = `${idPrefix}${plot.id}`;
  const parts: string[] = [];
  let y = 0;
  const line = (text: string, color: string, fontSize: number, strong = false): void => {
    for (const each of wrapped(text, LOOSE * fontSize * (strong ? 1.06 : 1), width)) {
      y += fontSize * 1.4;
      const attributes = { x: 0, y: y - fontSize * 0.3, fill: color, 'font-size': fontSize };
      parts.push(element('text', { ...attributes, 'font-weight': strong ? 600 : undefined }, escaped(each)));
    }
  };
  if (caption) {
    line(plot.title, inks.label.text, 13, true);
    line(plot.subtitle, inks.label.quiet, 12);
    y += 4;
  }
  if (plot.unavailable === undefined) {
    const legend = legendOf(plot, inks, width);
    parts.push(moved(0, y, legend.svg));
    y += legend.height;
    plot.panels.forEach((panel, index) => {
      parts.push(moved(0, y, panelSvg(panel, inks, panelWidth(panel, width), `${id}-${index}`)));
      y += panel.height;
    });
  } else {
    const reason =
      plot.unavailable === 'pending' ? 'Not known yet.' : `${plot.unavailable.found}. ${plot.unavailable.remedy}`;
    line(reason, inks.label.quiet, 12);
  }
  if (source !== undefined) {
    y += 8;
    line(source, inks.label.quiet, 10);
  }
  const height = Math.ceil(y + 2);
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
      'font-family': inks.family,
      'font-size': SIZE,
    },
    element('title', { id: `${id}-title` }, escaped(`${plot.title} ${plot.subtitle}`)),
    element('desc', { id: `${id}-desc` }, escaped(plot.summary)),
    ...(caption ? [element('rect', { width, height, fill: inks.paper })] : []),
    ...parts,
  );
}

/** A matrix is square, whatever the room beside it. */
const panelWidth = ({ series, height }: Panel, width: number): number =>
  series.some(({ mark }) => mark === 'cell') ? Math.min(width, height + 6) : width;

/* --- a panel -------------------------------------------------------------------------------------------------------- */

function panelSvg(panel: Panel, inks: PlotInks, width: number, id: string): string {
  const area = areaOf(panel, width);
  const { left, right, top, bottom } = area;
  const axes = equalized(panel, area);
  const across = placeOn(axes.x, left, right);
  const up = placeOn(axes.y, bottom, top);
  const place: Place = (x, y) => ({ x: across(x), y: up(y) });
  const clip = `${id}-clip`;
  return [
    // marks at the edge are drawn whole
    element(
      'clipPath',
      { id: clip },
      element('rect', { x: left - 8, y: top - 8, width: right - left + 16, height: bottom - top + 16 }),
    ),
    ...bandsOf(panel, inks, area, place),
    axesSvg({ ...panel, ...axes }, inks, area, width),
    element(
      'g',
      { 'clip-path': `url(#${clip})` },
      ...panel.series.map((series) => cellsSvg(series, inks, place)),
      ...panel.series.map((series) => intervalSvg(series, inks, place)),
      ...linesOf(panel, inks, area, place),
      // the first is drawn on top
      ...panel.series.map((series, index) => seriesSvg(series, panel.series[index + 1], inks, area, place)).reverse(),
    ),
    ...placedLabels({ ...panel, ...axes }, area, place, estimatedWidth).flatMap(
      ({ label: { x, ink, strong = false }, text, start, baseline, leader }) => {
        // from its point away, so that a font of other widths does not push it there
        const long = estimatedWidth(text, strong);
        const anchor = start >= across(x) ? 'start' : start + long <= across(x) ? 'end' : 'middle';
        const at = start + (anchor === 'start' ? 0 : anchor === 'end' ? long : long / 2);
        return [
          ...(leader === undefined ? [] : [stroked([leader], { stroke: inks.label[ink] })]),
          labelSvg(text, at, baseline, inks.label[ink], { strong, halo: inks.paper, anchor }),
        ];
      },
    ),
    hereSvg(panel, inks, area, place),
  ].join('');
}

function axesSvg(panel: Panel, inks: PlotInks, { left, right, top, bottom }: Area, width: number): string {
  const { x, y } = panel;
  const parts: string[] = [];
  const sides = [
    { axis: x, side: 'x', at: placeOn(x, left, right), pixels: right - left },
    { axis: y, side: 'y', at: placeOn(y, bottom, top), pixels: bottom - top },
  ] as const;
  const grid: Segment[] = [];
  const marks: Segment[] = [
    [left, top, left, bottom],
    [left, bottom, right, bottom],
  ];
  for (const { axis, side, at, pixels } of sides) {
    const ticks = ticksOf(axis, side, pixels);
    let end = -Infinity;
    for (const value of ticks) {
      const p = crisp(at(value));
      grid.push(side === 'x' ? [p, top, p, bottom] : [left, p, right, p]);
      if (axis.blank === true) continue;
      marks.push(side === 'x' ? [p, bottom, p, bottom + 4] : [left - 4, p, left, p]);
      const label = tickLabel(value, axis);
      if (side === 'y') {
        parts.push(labelSvg(label, left - 8, p + 4, inks.label.quiet, { anchor: 'end' }));
        continue;
      }
      const half = estimatedWidth(label) / 2;
      const middle = Math.min(p, width - half - 1);
      if (middle - half < end + 5) continue;
      end = middle + half;
      parts.push(labelSvg(label, middle, bottom + 17, inks.label.quiet, { anchor: 'middle' }));
    }
    if (axis.blank !== true)
      for (const value of minorTicksOf(axis, pixels)) {
        const p = crisp(at(value));
        marks.push(side === 'x' ? [p, bottom, p, bottom + 2.5] : [left - 2.5, p, left, p]);
      }
  }
  return [
    stroked(grid, { stroke: inks.grid }),
    stroked(marks, { stroke: inks.axis }),
    ...parts,
    labelSvg(y.title, 0, top - 10, inks.label.quiet),
    x.blank === true ? '' : labelSvg(x.title, right, bottom + 31, inks.label.quiet, { anchor: 'end' }),
  ].join('');
}

function bandsOf({ bands = [] }: Panel, inks: PlotInks, { left, right, top, bottom }: Area, place: Place): string[] {
  const within = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
  return bands.map(({ axis, from, to }) => {
    const [a, b] = [place(from, from)[axis], place(to, to)[axis]]
      .map((at) => (axis === 'x' ? within(at, left, right) : within(at, top, bottom)))
      .sort((one, other) => one - other) as [number, number];
    const box =
      axis === 'x'
        ? { x: a, y: top, width: b - a, height: bottom - top }
        : { x: left, y: a, width: right - left, height: b - a };
    return element('rect', { ...box, fill: inks.band });
  });
}

/** Lines across the panel. */
function linesOf({ lines = [] }: Panel, inks: PlotInks, area: Area, place: Place): string[] {
  const { left, right, top, bottom } = area;
  return lines.flatMap(({ axis, at, ink, dash }) => {
    const p = crisp(place(at, at)[axis]);
    if (axis === 'x' ? p < left || p > right : p < top || p > bottom) return [];
    const line: Segment = axis === 'x' ? [p, top, p, bottom] : [left, p, right, p];
    return [stroked([line], { stroke: inks.line[ink], 'stroke-width': 1.25, ...dashed(dash) })];
  });
}

function hereSvg({ here }: Panel, inks: PlotInks, { left, right, top, bottom }: Area, place: Place): string {
  if (here === undefined) return '';
  const x = crisp(place(here.at, 1).x);
  const label: Label = [['t', `here B = ${wholeNumber(here.at)}`]];
  const long = estimatedWidth(label, true);
  const middle = Math.min(right - long / 2, Math.max(left + 96 + long / 2, x));
  return [
    stroked([[x, top, x, bottom]], { stroke: inks.line.here, 'stroke-width': 1.5 }),
    labelSvg(label, middle, top - 7, inks.label.here, { strong: true, halo: inks.paper, anchor: 'middle' }),
  ].join('');
}

/* --- series --------------------------------------------------------------------------------------------------------- */

function seriesSvg(series: Series, next: Series | undefined, inks: PlotInks, area: Area, place: Place): string {
  const { mark, dash = 'solid', fill } = series;
  const { radius, stroke, strokeWidth, fill: inside } = markStyle(series, inks);
  const points = pointsOf(series, place);
  if (mark === 'cell') return '';
  if (mark === 'line') {
    const below = fill === 'next' && next !== undefined ? pointsOf(next, place) : floorBelow(points, area);
    return [
      fill === undefined ? '' : element('path', { d: outline(points, below), fill: inks.band }),
      element('path', {
        d: course(points),
        fill: 'none',
        stroke,
        'stroke-width': strokeWidth,
        'stroke-linejoin': 'round',
        ...dashed(dash),
      }),
    ].join('');
  }
  const drawn = points.filter(isPlaced);
  if (mark === 'bar') {
    const zero = place(1, 0).y;
    const foot = Number.isFinite(zero) ? zero : area.bottom;
    return stroked(
      drawn.map(({ x, y }) => [x, foot, x, y]),
      { stroke, 'stroke-width': strokeWidth },
    );
  }
  if (isArrow(series)) {
    const d = drawn.flatMap(({ x, y }) => arrowStrokes(mark, x, y, radius, area).map(pathOf)).join('');
    return element('path', { d, fill: 'none', stroke, 'stroke-width': strokeWidth, 'stroke-linejoin': 'round' });
  }
  const style = {
    fill: inside ?? 'none',
    stroke: strokeWidth > 0 ? stroke : undefined,
    'stroke-width': strokeWidth || undefined,
  };
  if (mark === 'disc' || mark === 'circle')
    return element('g', style, ...drawn.map(({ x, y }) => element('circle', { cx: x, cy: y, r: radius })));
  const side = radius * Math.SQRT1_2;
  const corners = (angle: number): readonly [number, number] => [radius * Math.sin(angle), -radius * Math.cos(angle)];
  const third = (2 * Math.PI) / 3;
  const [a, b, c] = [corners(0), corners(third), corners(2 * third)];
  const shape = ({ x, y }: Point): string => {
    if (mark === 'square') return `M${n(x - side)} ${n(y - side)}h${n(2 * side)}v${n(2 * side)}h${n(-2 * side)}z`;
    if (mark === 'cross')
      return `M${n(x - side)} ${n(y - side)}l${n(2 * side)} ${n(2 * side)}m0 ${n(-2 * side)}l${n(-2 * side)} ${n(2 * side)}`;
    return `${pathOf([a, b, c].map(([right, down]) => [x + right, y + down] as const))}z`;
  };
  return element('path', { d: drawn.map(shape).join(''), ...style });
}

/** Cells of one depth in one path; neighbors of the same depth in one rectangle. */
function cellsSvg({ shades }: Series, inks: PlotInks, place: Place): string {
  if (shades === undefined) return '';
  const { values, full, ends } = shades;
  const side = ends.length - 1;
  const [across, up] = [
    ends.map((end) => Math.round(place(end - 0.5, 0).x)),
    ends.map((end) => Math.round(place(0, end - 0.5).y)),
  ];
  const paths = new Map<number, string>();
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side;) {
      const depth = depthOf(values[row * side + column] ?? 0, full);
      let end = column + 1;
      while (end < side && depthOf(values[row * side + end] ?? 0, full) === depth) end++;
      const [from = 0, to = 0, bottom = 0, top = 0] = [across[column], across[end], up[row], up[row + 1]];
      const cell = `M${from} ${top}h${to - from}v${bottom - top}h${from - to}z`;
      if (depth !== 0) paths.set(depth, (paths.get(depth) ?? '') + cell);
      column = end;
    }
  return element(
    'g',
    { 'shape-rendering': 'crispEdges' },
    ...Array.from(paths, ([depth, d]) =>
      element('path', {
        d,
        fill: depth > 0 ? inks.line.data : inks.negative,
        'fill-opacity': Math.abs(depth) / DEPTHS,
      }),
    ),
  );
}

/** Depths of color that cells have: nobody sees finer ones. */
const DEPTHS = 64;
const depthOf = (value: number, full: number): number => {
  const depth = Math.round(DEPTHS * Math.min(1, Math.max(-1, value / full)));
  return Number.isNaN(depth) ? 0 : depth;
};

/** A band around a line, whiskers through marks. */
function intervalSvg(series: Series, inks: PlotInks, place: Place): string {
  const { interval, x, mark, ink } = series;
  if (interval === undefined) return '';
  const [low, high] = [interval.lower, interval.upper].map((y) => pointsOf({ x, y }, place)) as [Point[], Point[]];
  const color = inks.line[ink];
  if (mark === 'line') return element('path', { d: outline(high, low), fill: color, 'fill-opacity': inks.bandShare });
  const whiskers = low.flatMap((from, index): Segment[] => {
    const to = high[index];
    return to !== undefined && isPlaced(from) && isPlaced(to) ? [[from.x, from.y, to.x, to.y]] : [];
  });
  return stroked(whiskers, { stroke: color, 'stroke-width': 1.25 });
}

/** Fonts may be wider than those that widths are estimated by. */
const LOOSE = 1.14;

/* --- legend --------------------------------------------------------------------------------------------------------- */

/** Names of what is drawn, where there is more than one thing. */
function legendOf(
  { panels }: PlotSpec,
  inks: PlotInks,
  width: number,
): { readonly svg: string; readonly height: number } {
  const named = new Map<string, Series>();
  for (const { series } of panels)
    for (const each of series)
      if (each.decoration !== true && each.mark !== 'cell' && !named.has(each.name)) named.set(each.name, each);
  if (named.size < 2) return { svg: '', height: 0 };
  const area = { left: 0, right: 24, top: -12, bottom: 6 };
  let [x, y] = [0, 14];
  const parts: string[] = [];
  for (const [name, series] of named) {
    const [text = '', ...rest] = wrapped(name, LOOSE * SIZE, Math.max(40, width - 30));
    const shown = rest.length > 0 ? `${text}…` : text;
    const long = 30 + LOOSE * textWidth(shown, SIZE) + 16;
    if (x > 0 && x + long > width) [x, y] = [0, y + 16];
    const point = isArrow(series)
      ? { x: [10], y: [0] }
      : series.mark === 'line'
        ? { x: [0, 22], y: [0, 0] }
        : { x: [11], y: [0] };
    const { interval: _, shades: _shades, fill: _fill, pointNames: _names, ...rest2 } = series;
    const sample: Series = {
      ...rest2,
      ...point,
      ...(series.mark === 'bar' && { mark: 'square', size: 5 }),
      ...(isArrow(series) && { size: 10 }),
    };
    parts.push(
      moved(
        x,
        y - 4,
        seriesSvg(sample, undefined, inks, area, (px, py) => ({ x: px, y: -py })),
      ),
      element('text', { x: x + 30, y, fill: inks.label.text }, escaped(shown)),
    );
    x += long;
  }
  return { svg: parts.join(''), height: y + 6 };
}

/* --- texts ---------------------------------------------------------------------------------------------------------- */

const MATHEMATICS = 'KaTeX_Main, "Latin Modern Math", "STIX Two Text", "Times New Roman", serif';
const SYMBOLS = `KaTeX_Math, ${MATHEMATICS}`;

/** Runs of text and mathematics; y is the baseline. */
function labelSvg(
  label: Label,
  x: number,
  y: number,
  color: string,
  {
    strong = false,
    halo,
    anchor = 'start',
  }: { readonly strong?: boolean; readonly halo?: string; readonly anchor?: 'start' | 'middle' | 'end' } = {},
): string {
  let raised = 0;
  const spans = label.map((span) => {
    const [kind, text] = span;
    const { size, down, italic } = sizeOf(span);
    const dy = down - raised;
    raised = down;
    return element(
      'tspan',
      {
        dy: dy || undefined,
        'font-size': size === SIZE ? undefined : size,
        'font-family': kind === 't' ? undefined : italic ? SYMBOLS : MATHEMATICS,
        'font-style': italic ? 'italic' : undefined,
        'font-weight': kind === 't' && strong ? 600 : undefined,
      },
      // a bar above, and the letters that are written with a double stroke
      escaped(kind === 'b' ? `${text}\u0304`.normalize('NFC') : kind === 'a' && text === 'E' ? '𝔼' : text),
    );
  });
  const around =
    halo === undefined ? {} : { stroke: halo, 'stroke-width': 4, 'stroke-linejoin': 'round', 'paint-order': 'stroke' };
  return spans.length === 0
    ? ''
    : element(
        'text',
        {
          x,
          y,
          fill: color,
          'text-anchor': anchor === 'start' ? undefined : anchor,
          'xml:space': 'preserve',
          ...around,
        },
        ...spans,
      );
}

/* --- paths ---------------------------------------------------------------------------------------------------------- */

interface Point {
  readonly x: number;
  readonly y: number;
}
type Segment = readonly [fromX: number, fromY: number, toX: number, toY: number];

const isPlaced = ({ x, y }: Point): boolean => Number.isFinite(x) && Number.isFinite(y);

const pointsOf = ({ x, y }: Pick<Series, 'x' | 'y'>, place: Place): Point[] =>
  Array.from({ length: x.length }, (_, k) => place(x[k] ?? NaN, y[k] ?? NaN));

/** Straight from point to point; broken where a point has no place. */
function course(points: readonly Point[]): string {
  let d = '';
  let before: Point | undefined;
  for (const point of points) {
    if (!isPlaced(point)) {
      before = undefined;
      continue;
    }
    if (before === undefined) d += `M${n(point.x)} ${n(point.y)}`;
    else {
      // of points on the same pixel one is drawn
      if (Math.abs(point.x - before.x) < 0.05 && Math.abs(point.y - before.y) < 0.05) continue;
      d += `L${n(point.x)} ${n(point.y)}`;
    }
    before = point;
  }
  return d;
}

/** Around what lies between two courses, as far as both have a place. */
function outline(above: readonly Point[], below: readonly Point[]): string {
  const parts: string[] = [];
  let run: (readonly [Point, Point])[] = [];
  const close = (): void => {
    if (run.length > 1)
      parts.push(`${course([...run.map(([first]) => first), ...run.map(([, second]) => second).reverse()])}z`);
    run = [];
  };
  above.forEach((first, index) => {
    const second = below[index];
    if (second === undefined || !isPlaced(first) || !isPlaced(second)) close();
    else run.push([first, second]);
  });
  close();
  return parts.join('');
}

const floorBelow = (points: readonly Point[], { bottom }: Area): readonly Point[] =>
  points.map(({ x }) => ({ x, y: bottom }));

const dashed = (dash: keyof typeof DASHES): Attributes => ({
  'stroke-dasharray': DASHES[dash].length > 0 ? DASHES[dash].join(' ') : undefined,
});

const pathOf = (points: readonly (readonly [x: number, y: number])[]): string =>
  points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join('');

const stroked = (segments: readonly Segment[], attributes: Attributes): string =>
  segments.length === 0
    ? ''
    : element('path', {
        d: segments.map(([x1, y1, x2, y2]) => `M${n(x1)} ${n(y1)}L${n(x2)} ${n(y2)}`).join(''),
        fill: 'none',
        ...attributes,
      });

/* --- elements ------------------------------------------------------------------------------------------------------- */

const moved = (x: number, y: number, svg: string): string =>
  svg === '' ? '' : element('g', { transform: `translate(${n(x)} ${n(y)})` }, svg);

/** In the middle of a pixel, so that a thin line does not spread over two. */
const crisp = (value: number): number => Math.round(value) + 0.5;

/** Hundredths of a pixel; far outside of the picture it does not matter where. */
const n = (value: number): string => String(Math.round(100 * Math.min(1e5, Math.max(-1e5, value))) / 100);

function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? n(value) : value.replaceAll('"', '&quot;')}"`],
  );
  const inside = children.join('');
  return inside === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${inside}</${name}>`;
}
