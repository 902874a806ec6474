import type { Chart, ScatterDataPoint } from 'chart.js';
import type { Label, Panel } from '../src/shared/plot';
import { writeLabel } from './canvas-label';
import { tickLabel } from './chart-axes';
import type { Inks } from './theme';

export const DASHES = { solid: [], dashed: [6, 4], dotted: [1.5, 3] };

/** Cells of a matrix, deeper the further from 0. Whole pixels, so that no paper shines between them. */
export function drawCells(chart: Chart, { series }: Panel, inks: Inks): void {
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

export function drawReferences(chart: Chart, panel: Panel, inks: Inks): void {
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
    c.setLineDash(DASHES[dash]);
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

export function drawLabels(chart: Chart, panel: Panel, inks: Inks): void {
  const { ctx: c, chartArea } = chart;
  const { left, right, top, bottom } = chartArea;
  const { family, paper } = inks;
  const quiet = { family, color: inks.label.quiet };
  const { x, y } = chart.scales;
  if (x === undefined || y === undefined) return;
  if (!(panel.x.blank ?? false))
    x.ticks.forEach((tick, n) => {
      const label = tickLabel(tick.value, panel.x);
      const most = chart.width - measured(c, label, quiet) / 2 - 1;
      writeLabel(c, label, Math.min(x.getPixelForTick(n), most), bottom + 17, { ...quiet, align: 'center' });
    });
  if (!(panel.y.blank ?? false))
    y.ticks.forEach((tick, n) =>
      writeLabel(c, tickLabel(tick.value, panel.y), left - 8, y.getPixelForTick(n) + 4, { ...quiet, align: 'right' }),
    );
  writeLabel(c, panel.y.title, 0, top - 10, quiet);
  if (!(panel.x.blank ?? false)) writeLabel(c, panel.x.title, right, bottom + 31, { ...quiet, align: 'right' });
  const placed: Box[] = [];
  for (const label of panel.labels ?? []) {
    let px = x.getPixelForValue(label.x) + (label.dx ?? 0);
    const py = y.getPixelForValue(label.y) + (label.dy ?? 0);
    if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
    const color = inks.label[label.ink];
    if (label.leader !== undefined) {
      c.save();
      c.strokeStyle = color;
      c.lineWidth = 1;
      c.beginPath();
      c.moveTo(px, py);
      c.lineTo(x.getPixelForValue(label.leader.x), y.getPixelForValue(label.leader.y));
      c.stroke();
      c.restore();
    }
    const style = { family, color, paper, align: label.align ?? 'left', strong: label.strong ?? false } as const;
    // a label never leaves the canvas: it is pushed back inside
    const width = measured(c, label.text, style);
    const start = style.align === 'right' ? px - width : style.align === 'center' ? px - width / 2 : px;
    px += Math.max(0, left + 2 - start) - Math.max(0, start + width - right - 8);
    const from = style.align === 'right' ? px - width : style.align === 'center' ? px - width / 2 : px;
    const inside = (y: number): number => Math.min(bottom - 4, Math.max(top + 9, y));
    // a label that would cover another one steps up or down by a line, as far as it takes
    const baseline =
      [0, -1, 1, -2, 2, -3, 3]
        .map((lines) => inside(py + lines * LABEL_LINE))
        .find(
          (y) =>
            !placed.some(
              (box) => y < box.y + LABEL_LINE && box.y < y + LABEL_LINE && from < box.to && box.from < from + width,
            ),
        ) ?? inside(py);
    placed.push({ y: baseline, from, to: from + width });
    writeLabel(c, label.text, px, baseline, style);
  }
}

/** Where a label was written: its baseline, and where it begins and ends. */
interface Box {
  readonly y: number;
  readonly from: number;
  readonly to: number;
}
const LABEL_LINE = 13;

function measured(
  c: CanvasRenderingContext2D,
  label: Label,
  style: { readonly family: string; readonly color: string },
): number {
  return writeLabel(c, label, -10_000, -10_000, style);
}

export function ring(chart: Chart, point: ScatterDataPoint, inks: Inks): void {
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
