import { expect, test } from 'vitest';
import { placedLabels } from '../../../src/report/drawing/label-places';
import type { Axis, Panel, PlotLabel } from '../../../src/shared/plot';

const AREA = { left: 0, right: 400, top: 0, bottom: 200 };
const axis: Axis = { scale: 'linear', min: 0, max: 400, title: [], name: 'x' };
const panelOf = (labels: readonly PlotLabel[], more: Partial<Panel> = {}): Panel => ({
  height: 200,
  x: axis,
  y: axis,
  series: [],
  labels,
  ...more,
});
const label = (x: number, y: number, more: Partial<PlotLabel> = {}): PlotLabel => ({
  x,
  y,
  text: [['t', 'label']],
  ink: 'data',
  ...more,
});
/** Ten pixels a character, and one unit a pixel. */
const placed = (panel: Panel) =>
  placedLabels(panel, AREA, (x, y) => ({ x, y }), (text) => 10 * text.reduce((sum, [, run]) => sum + run.length, 0)); // prettier-ignore

test('a label has its stated place where nothing lies in the way', () => {
  expect(placed(panelOf([label(100, 100, { dx: 8, dy: -5 })]))).toMatchObject([{ start: 108, baseline: 95 }]);
  expect(placed(panelOf([label(100, 100, { align: 'right', dx: -8 })]))).toMatchObject([{ start: 42, baseline: 100 }]);
});

test('it goes to another side of its point where a curve lies', () => {
  const curve = { name: 'c', x: [110, 400], y: [90, 90], mark: 'line', ink: 'data' } as const;
  const [only] = placed(panelOf([label(100, 100, { dx: 8, dy: -5 })], { series: [curve] }));
  // to the left and above, the first of the eight places without the curve
  expect(only).toMatchObject({ start: 42, baseline: 92 });
});

test('two labels never lie on each other', () => {
  const many = Array.from({ length: 9 }, () => label(200, 100));
  const boxes = placed(panelOf(many)).map(({ start, baseline }) => [start, baseline] as const);
  expect(boxes.length).toBeGreaterThan(3);
  for (const [index, [x, y]] of boxes.entries())
    for (const [otherX, otherY] of boxes.slice(index + 1))
      expect(Math.abs(x - otherX) >= 50 || Math.abs(y - otherY) >= 13).toBe(true);
});

test('what finds no place is left out', () => {
  const many = Array.from({ length: 40 }, () => label(200, 100));
  expect(placed(panelOf(many)).length).toBeLessThan(10);
});

test('the short form is taken where the whole text covers marks everywhere', () => {
  const walls = [70, 130].map((x) => ({ axis: 'x' as const, at: x, ink: 'text' as const, dash: 'solid' as const }));
  const points = { name: 'p', x: Array.from({ length: 200 }, (_, k) => 140 + (k % 20) * 12), y: Array.from({ length: 200 }, (_, k) => 60 + Math.floor(k / 20) * 9), mark: 'disc', ink: 'data' } as const; // prettier-ignore
  const long = label(100, 100, { text: [['t', 'a long text of a label']], short: [['t', 'ab']] });
  expect(placed(panelOf([long], { lines: walls, series: [points] }))).toMatchObject([{ text: [['t', 'ab']] }]);
  expect(placed(panelOf([long]))).toMatchObject([{ text: long.text }]);
});

test('a label at the edge is moved inside', () => {
  const [only] = placed(panelOf([label(395, 2)]));
  expect(only!.start + 50).toBeLessThanOrEqual(400);
  expect(only!.baseline).toBeGreaterThanOrEqual(8);
});
