import type { Label, Panel, PlotLabel, Series } from '../../shared/plot';
import type { Area } from './axes';

/** A label with its place: where its text begins, and its baseline. */
export interface PlacedLabel {
  readonly label: PlotLabel;
  /** The whole text, or the short one. */
  readonly text: Label;
  readonly start: number;
  readonly baseline: number;
  /** The line that leads to its point, where there is one. */
  readonly leader?: readonly [fromX: number, fromY: number, toX: number, toY: number];
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Pixels between a point and its label, and of a line of text above and below its baseline. */
const GAP = 8;
const ABOVE = 10;
const BELOW = 4;
/** Square pixels of marks under a label from which its short form, or another place, is better. */
const CROWDED = 90;
/** What each later place costs: the stated place is kept unless something lies there. */
const LATER = 6;

/**
 * Where the labels of a panel go: the stated place, or one of eight around the point. The edge of the plot and other labels
 * forbid a place; marks, curves and lines below it cost as much as it covers of them. A label without a place is left out.
 *
 * @param place pixels of a point
 * @param width of a label, in pixels
 */
export function placedLabels(
  panel: Panel,
  area: Area,
  place: (x: number, y: number) => { readonly x: number; readonly y: number },
  width: (label: Label, strong: boolean) => number,
): readonly PlacedLabel[] {
  if (panel.labels === undefined) return [];
  const obstacles = obstaclesOf(panel, area, place);
  const taken: Box[] = [];
  return panel.labels.flatMap((label) => {
    const { x, y } = place(label.x, label.y);
    if (!Number.isFinite(x) || !Number.isFinite(y)) return [];
    let best: { readonly cost: number; readonly box: Box; readonly placed: PlacedLabel } | undefined;
    for (const text of label.short === undefined ? [label.text] : [label.text, label.short]) {
      if (best !== undefined && best.cost < CROWDED) break;
      const long = width(text, label.strong ?? false);
      for (const [rank, [from, line]] of candidates(label, x, y, long, area).entries()) {
        const start = Math.max(area.left + 2, Math.min(from, area.right - long - 2));
        const box = { left: start - 2, right: start + long + 2, top: line - ABOVE, bottom: line + BELOW };
        if (box.top < area.top - 3 || box.bottom > area.bottom + 1 || taken.some((other) => shared(other, box) > 0))
          continue;
        const cost = LATER * rank + obstacles.reduce((sum, each) => sum + shared(each, box), 0);
        if (best !== undefined && best.cost <= cost) continue;
        best = { cost, box, placed: { label, text, start, baseline: line } };
      }
    }
    if (best === undefined) return [];
    const { box, placed } = best;
    taken.push(box);
    if (label.leader === undefined) return [placed];
    const to = place(label.leader.x, label.leader.y);
    const within = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
    const from = [within(to.x, box.left, box.right), within(to.y, box.top, box.bottom)] as const;
    return [{ ...placed, leader: [...from, to.x, to.y] }];
  });
}

/** Where a text may begin, and its baseline: as stated, then NE, NW, SE, SW, E, W, N, S of the point. */
function candidates(
  { align = 'left', dx = 0, dy = 0 }: PlotLabel,
  x: number,
  y: number,
  long: number,
  { top, bottom }: Area,
): readonly (readonly [start: number, baseline: number])[] {
  const stated = x + dx - (align === 'right' ? long : align === 'center' ? long / 2 : 0);
  // a point at the edge of the plot has its label inside
  const line = Math.min(bottom - BELOW, Math.max(top + ABOVE - 1, y + dy));
  const [right, left, middle] = [x + GAP, x - GAP - long, x - long / 2];
  const [above, below, level] = [y - GAP, y + GAP + ABOVE - 2, y + 4];
  return [
    [stated, line],
    [right, above],
    [left, above],
    [right, below],
    [left, below],
    [right, level],
    [left, level],
    [middle, above],
    [middle, below],
  ];
}

const shared = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

/** More points than this are looked at in part: where so many lie, others lie nearby. */
const MOST_POINTS = 600;

function obstaclesOf(
  { series, lines = [], here }: Panel,
  area: Area,
  place: (x: number, y: number) => { readonly x: number; readonly y: number },
): Box[] {
  const boxes = series.flatMap((each) => obstaclesOfSeries(each, area, place));
  for (const { axis, at } of [...lines, ...(here === undefined ? [] : [{ axis: 'x', at: here.at } as const])]) {
    const { x, y } = axis === 'x' ? place(at, NaN) : place(NaN, at);
    boxes.push(axis === 'x' ? { ...area, left: x - 2, right: x + 2 } : { ...area, top: y - 2, bottom: y + 2 });
  }
  return boxes.filter(({ left, right, top, bottom }) => [left, right, top, bottom].every(Number.isFinite));
}

function obstaclesOfSeries(
  { x: xs, y: ys, mark, size }: Series,
  { left, right, top, bottom }: Area,
  place: (x: number, y: number) => { readonly x: number; readonly y: number },
): Box[] {
  if (mark === 'cell') return [];
  const boxes: Box[] = [];
  const add = (x: number, y: number, reach: number): void => {
    if (x > left - 5 && x < right + 5 && y > top - 5 && y < bottom + 5)
      boxes.push({ left: x - reach, right: x + reach, top: y - reach, bottom: y + reach });
  };
  const every = mark === 'line' ? 1 : Math.max(1, Math.ceil(xs.length / MOST_POINTS));
  let before: { readonly x: number; readonly y: number } | undefined;
  for (let k = 0; k < xs.length; k += every) {
    const point = place(xs[k] ?? NaN, ys[k] ?? NaN);
    if (mark !== 'line') add(point.x, point.y, (size ?? 3) + 1);
    else {
      // a curve every five pixels; of many points on the same pixels one
      if (before !== undefined && Math.hypot(point.x - before.x, point.y - before.y) < 4) continue;
      const length = before === undefined ? 0 : Math.hypot(point.x - before.x, point.y - before.y);
      const parts = Math.min(200, Math.max(1, Math.ceil(length / 5)));
      for (let part = 1; part <= parts; part++)
        if (before !== undefined)
          add(before.x + ((point.x - before.x) * part) / parts, before.y + ((point.y - before.y) * part) / parts, 2);
      before = Number.isFinite(point.x) && Number.isFinite(point.y) ? point : undefined;
    }
  }
  return boxes;
}
