import type { Chart, ScatterDataPoint } from 'chart.js';
import type { Label, Panel } from '../src/shared/plot';
import { writeLabel } from './canvas-label';
import { areaOf, equalized, minorTicksOf, tickLabel } from '../src/report/drawing/axes';
import type { PlotInks } from '../src/report/drawing/inks';
import { placedLabels } from '../src/report/drawing/label-places';
import { arrowStrokes, DASHES, isArrow, markStyle } from '../src/report/drawing/marks';

/** Cells of a matrix, deeper the further from 0. Whole pixels, so that no paper shines between them. */
export function drawCells(chart: Chart, { series }: Panel, inks: PlotInks): void {
  const { ctx: c, scales } = chart;
  const { x, y } = scales;
  if (x === undefined || y === undefined) return;
  c.save();
  for (const { shades } of series) {
    if (shades === undefined) continue;
    const { values, full, ends } = shades;
    const [across, up] = [x, y].map((scale) => ends.map((end) => Math.round(scale.getPixelForValue(end - 0.5))));
    const side = ends.length - 1;
    for (let k = 0; k < side * side; k++) {
      const value = values[k] ?? 0;
      const [row, column] = [Math.floor(k / side), k % side];
      const [left = 0, right = 0] = [across?.[column], across?.[column + 1]];
      const [bottom = 0, top = 0] = [up?.[row], up?.[row + 1]];
      c.globalAlpha = Math.min(1, Math.abs(value) / full);
      c.fillStyle = value > 0 ? inks.line.data : inks.negative;
      c.fillRect(left, top, right - left, bottom - top);
    }
  }
  c.restore();
}

export function drawReferences(chart: Chart, panel: Panel, inks: PlotInks): void {
  const { ctx: c, chartArea } = chart;
  const { left, right, top, bottom } = chartArea;
  const at = (axis: 'x' | 'y', value: number): number => chart.scales[axis]?.getPixelForValue(value) ?? 0;
  c.save();
  c.beginPath();
  c.rect(left, top, right - left, bottom - top);
  c.clip();
  for (const { axis, from, to } of panel.bands ?? []) {
    c.fillStyle = inks.band;
    const [a, b] = [at(axis, from), at(axis, to)];
    if (axis === 'x') c.fillRect(Math.min(a, b), top, Math.abs(b - a), bottom - top);
    else c.fillRect(left, Math.min(a, b), right - left, Math.abs(b - a));
  }
  for (const { axis, at: value, ink, dash } of panel.lines ?? []) {
    const p = Math.round(at(axis, value)) + 0.5;
    c.strokeStyle = inks.line[ink];
    c.lineWidth = 1.25;
    c.setLineDash([...DASHES[dash]]);
    c.beginPath();
    if (axis === 'x') {
      c.moveTo(p, top);
      c.lineTo(p, bottom);
    } else {
      c.moveTo(left, p);
      c.lineTo(right, p);
    }
    c.stroke();
  }
  if (panel.here !== undefined) {
    const p = Math.round(at('x', panel.here.at)) + 0.5;
    c.strokeStyle = inks.line.here;
    c.lineWidth = 1.5;
    c.setLineDash([]);
    c.beginPath();
    c.moveTo(p, top);
    c.lineTo(p, bottom);
    c.stroke();
  }
  c.restore();
}

/** Bands around lines, whiskers through marks. */
export function drawIntervals(chart: Chart, { series }: Panel, inks: PlotInks): void {
  const { ctx: c, scales, chartArea } = chart;
  const { x: across, y: up } = scales;
  if (across === undefined || up === undefined) return;
  c.save();
  clipAround(c, chartArea);
  for (const { interval, x, mark, ink } of series) {
    if (interval === undefined) continue;
    const { lower, upper } = interval;
    c.fillStyle = c.strokeStyle = inks.line[ink];
    c.lineWidth = 1.25;
    let run: (readonly [x: number, low: number, high: number])[] = [];
    const fill = (): void => {
      c.globalAlpha = inks.bandShare;
      c.beginPath();
      for (const [px, , high] of run) c.lineTo(px, high);
      for (const [px, low] of [...run].reverse()) c.lineTo(px, low);
      c.fill();
      run = [];
    };
    for (let k = 0; k < x.length; k++) {
      const [px, low, high] = [
        across.getPixelForValue(x[k] ?? NaN),
        up.getPixelForValue(lower[k] ?? NaN),
        up.getPixelForValue(upper[k] ?? NaN),
      ];
      const placed = [lower[k], upper[k], px, low, high].every((value) => Number.isFinite(value));
      if (mark === 'line') {
        if (placed) run.push([px, low, high]);
        else fill();
      } else if (placed) {
        c.beginPath();
        c.moveTo(px, low);
        c.lineTo(px, high);
        c.stroke();
      }
    }
    if (mark === 'line') fill();
    c.globalAlpha = 1;
  }
  c.restore();
}

/** Open arrows at bounds. */
export function drawArrows(chart: Chart, { series }: Panel, inks: PlotInks): void {
  const { ctx: c, scales, chartArea } = chart;
  c.save();
  clipAround(c, chartArea);
  c.lineJoin = 'round';
  for (const each of series) {
    if (!isArrow(each)) continue;
    const { radius, stroke, strokeWidth } = markStyle(each, inks);
    c.strokeStyle = stroke;
    c.lineWidth = strokeWidth;
    for (let k = 0; k < each.x.length; k++) {
      const px = scales['x']?.getPixelForValue(each.x[k] ?? NaN) ?? NaN;
      const py = scales['y']?.getPixelForValue(each.y[k] ?? NaN) ?? NaN;
      if (!Number.isFinite(each.y[k]) || !Number.isFinite(px + py)) continue;
      c.beginPath();
      for (const points of arrowStrokes(each.mark, px, py, radius, chartArea))
        points.forEach(([x, y], index) => (index === 0 ? c.moveTo(x, y) : c.lineTo(x, y)));
      c.stroke();
    }
  }
  c.restore();
}

function clipAround(
  c: CanvasRenderingContext2D,
  {
    left,
    right,
    top,
    bottom,
  }: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): void {
  c.beginPath();
  c.rect(left - 8, top - 8, right - left + 16, bottom - top + 16);
  c.clip();
}

export function drawLabels(chart: Chart, panel: Panel, inks: PlotInks): void {
  const { ctx: c, chartArea } = chart;
  const { left, right, top, bottom } = chartArea;
  const { family, paper } = inks;
  const quiet = { family, color: inks.label.quiet };
  const { x, y } = chart.scales;
  if (x === undefined || y === undefined) return;
  if (!(panel.x.blank ?? false)) {
    let end = -Infinity;
    x.ticks.forEach((tick, n) => {
      const label = tickLabel(tick.value, panel.x);
      const long = measured(c, label, quiet);
      const start = Math.min(x.getPixelForTick(n) - long / 2, chart.width - long - 1);
      if (start < end + 5) return;
      end = start + long;
      writeLabel(c, label, start, bottom + 17, quiet);
    });
  }
  if (!(panel.y.blank ?? false))
    y.ticks.forEach((tick, n) =>
      writeLabel(c, tickLabel(tick.value, panel.y), left - 8, y.getPixelForTick(n) + 4, { ...quiet, align: 'right' }),
    );
  drawMinorTicks(chart, panel, inks);
  writeLabel(c, panel.y.title, 0, top - 10, quiet);
  if (!(panel.x.blank ?? false)) writeLabel(c, panel.x.title, right, bottom + 31, { ...quiet, align: 'right' });
  const shown = { ...panel, ...equalized(panel, areaOf(panel, chart.width)) };
  const placed = placedLabels(
    shown,
    chartArea,
    (px, py) => ({ x: x.getPixelForValue(px), y: y.getPixelForValue(py) }),
    (text, strong) => measured(c, text, { ...quiet, strong }),
  );
  for (const { label, text, start, baseline, leader } of placed) {
    const color = inks.label[label.ink];
    if (leader !== undefined) {
      c.save();
      c.strokeStyle = color;
      c.lineWidth = 1;
      c.beginPath();
      c.moveTo(leader[0], leader[1]);
      c.lineTo(leader[2], leader[3]);
      c.stroke();
      c.restore();
    }
    writeLabel(c, text, start, baseline, { family, color, paper, strong: label.strong ?? false });
  }
}

function drawMinorTicks({ ctx: c, chartArea, scales }: Chart, panel: Panel, inks: PlotInks): void {
  const { left, right, top, bottom } = chartArea;
  c.save();
  c.strokeStyle = inks.axis;
  c.lineWidth = 1;
  c.beginPath();
  for (const side of ['x', 'y'] as const) {
    if (panel[side].blank === true) continue;
    for (const value of minorTicksOf(panel[side], side === 'x' ? right - left : bottom - top)) {
      const p = Math.round(scales[side]?.getPixelForValue(value) ?? 0) + 0.5;
      c.moveTo(side === 'x' ? p : left - 2.5, side === 'x' ? bottom : p);
      c.lineTo(side === 'x' ? p : left, side === 'x' ? bottom + 2.5 : p);
    }
  }
  c.stroke();
  c.restore();
}

function measured(
  c: CanvasRenderingContext2D,
  label: Label,
  style: { readonly family: string; readonly color: string; readonly strong?: boolean },
): number {
  return writeLabel(c, label, -10_000, -10_000, style);
}

export function ring(chart: Chart, point: ScatterDataPoint, inks: PlotInks): void {
  const { ctx: c, scales } = chart;
  c.save();
  c.strokeStyle = inks.line.text;
  c.lineWidth = 2;
  c.beginPath();
  c.arc(
    scales['x']?.getPixelForValue(Number(point.x)) ?? 0,
    scales['y']?.getPixelForValue(Number(point.y)) ?? 0,
    7,
    0,
    2 * Math.PI,
  );
  c.stroke();
  c.restore();
}
