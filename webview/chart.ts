import { Chart, Filler, LinearScale, LineElement, LogarithmicScale, PointElement, ScatterController } from 'chart.js';
import type { ChartDataset, ChartOptions, Plugin, Scale, ScatterDataPoint } from 'chart.js';
import type { Axis, Label, Panel, Series } from '../src/shared/plot';
import { writeLabel } from './canvas-label';
import type { Inks } from './theme';

Chart.register(LinearScale, LogarithmicScale, ScatterController, LineElement, PointElement, Filler);

/** All y axes have one width, so that stacked panels align. */
const Y_AXIS_WIDTH = 44;
const DASHES = { solid: [], dashed: [6, 4], dotted: [1.5, 3] };

/** A panel on a canvas. The only file that knows Chart.js. */
export interface DrawnPanel {
  readonly canvas: HTMLCanvasElement;
  readonly update: (panel: Panel, inks: Inks) => void;
  /** Rings the point that is read out; none without one. */
  readonly mark: (point: ScatterDataPoint | undefined) => void;
  /** The point of a series next to a place on the canvas, in CSS pixels; undefined when none is near. */
  readonly nearest: (x: number, y: number) => PointAddress | undefined;
  /** What a place on the canvas stands for, in units of the axes. */
  readonly at: (x: number, y: number) => ScatterDataPoint;
  readonly destroy: () => void;
}

export interface PointAddress {
  readonly series: number;
  readonly index: number;
}

type Points = Chart<'scatter', ScatterDataPoint[]>;

export function drawPanel(canvas: HTMLCanvasElement, panel: Panel, inks: Inks): DrawnPanel {
  const state = { panel, inks, marked: undefined as ScatterDataPoint | undefined };
  const overlay: Plugin<'scatter'> = {
    id: 'overlay',
    beforeDatasetsDraw: (chart) => {
      drawCells(chart, state.panel, state.inks);
      drawReferences(chart, state.panel, state.inks);
    },
    afterDraw: (chart) => {
      drawLabels(chart, state.panel, state.inks);
      if (state.marked !== undefined) ring(chart, state.marked, state.inks);
    },
  };
  // units are equally long only for the size they were computed with
  const sized = (): ChartOptions<'scatter'> => ({
    ...options(state.panel, state.inks, canvas),
    onResize: ({ options: shown }) => Object.assign(shown, sized()),
  });
  const chart: Points = new Chart(canvas, {
    type: 'scatter',
    data: { datasets: datasets(panel, inks) },
    options: sized(),
    plugins: [overlay],
  });
  return {
    canvas,
    update: (next, nextInks) => {
      state.panel = next;
      state.inks = nextInks;
      chart.data.datasets = datasets(next, nextInks);
      chart.options = sized();
      chart.update('none');
    },
    mark: (point) => {
      state.marked = point;
      chart.draw();
    },
    nearest: (x, y) => nearest(chart, state.panel, x, y),
    at: (x, y) => ({ x: chart.scales['x']?.getValueForPixel(x) ?? 0, y: chart.scales['y']?.getValueForPixel(y) ?? 0 }),
    destroy: () => chart.destroy(),
  };
}

function datasets(panel: Panel, inks: Inks): ChartDataset<'scatter', ScatterDataPoint[]>[] {
  return panel.series.map((series) => dataset(series, inks));
}

function dataset(
  { x, y, mark, ink, dash = 'solid', size, fill, name }: Series,
  inks: Inks,
): ChartDataset<'scatter', ScatterDataPoint[]> {
  const data = Array.from({ length: x.length }, (_, k) => ({ x: x[k] ?? 0, y: y[k] ?? 0 }));
  const color = inks.line[ink];
  const base = { label: name, data, borderColor: color, clip: 8 };
  // one of many points, drawn thin; a single one stands out
  const small = (size ?? (mark === 'circle' ? 2.5 : 5)) <= 4;
  switch (mark) {
    case 'line':
      return {
        ...base,
        showLine: true,
        pointRadius: 0,
        borderWidth: size ?? 2,
        borderDash: DASHES[dash],
        fill: fill === 'axis' ? 'start' : fill === 'next' ? '+1' : false,
        backgroundColor: inks.band,
      };
    case 'bar':
      // a bar is a thick line from the axis up: one chart type for every plot
      return {
        ...base,
        showLine: true,
        pointRadius: 0,
        borderWidth: size ?? 16,
        data: data.flatMap((point) => [{ x: point.x, y: NaN }, { x: point.x, y: 0 }, point]),
        spanGaps: false,
      };
    case 'disc':
      return {
        ...base,
        pointRadius: size ?? 2.5,
        backgroundColor: color,
        borderColor: ink === 'here' ? inks.line.text : color,
        borderWidth: ink === 'here' ? 1.5 : 0,
      };
    case 'circle':
      return {
        ...base,
        pointRadius: size ?? 2.5,
        backgroundColor: ink === 'data' && !small ? inks.paper : 'transparent',
        borderWidth: small ? 1 : 2,
      };
    case 'square':
      return {
        ...base,
        pointStyle: 'rect',
        pointRadius: size ?? 5,
        backgroundColor: small ? 'transparent' : inks.paper,
        borderWidth: small ? 1 : 2,
      };
    case 'cell':
      // drawn below the lines, not as points
      return { ...base, data: [] };
    case 'cross':
      return { ...base, pointStyle: 'crossRot', pointRadius: size ?? 7, borderWidth: small ? 1 : 3 };
  }
}

function options(panel: Panel, inks: Inks, canvas: HTMLCanvasElement): ChartOptions<'scatter'> {
  const blank = panel.x.blank ?? false;
  const { x, y } = equalized(panel, canvas);
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    events: [],
    layout: { padding: { top: 20, right: 18, bottom: blank ? 2 : 16, left: 0 } },
    plugins: { legend: { display: false }, tooltip: { enabled: false } },
    scales: {
      x: scale(x, inks, 'x', blank),
      y: scale(y, inks, 'y', panel.y.blank ?? false),
    },
  };
}

/** With equal units both ranges stay in sight; the one with room to spare grows until a unit is equally long on both. */
function equalized(
  { x, y, equalUnits = false }: Panel,
  canvas: HTMLCanvasElement,
): { readonly x: Axis; readonly y: Axis } {
  if (!equalUnits) return { x, y };
  const width = Math.max(50, canvas.clientWidth - Y_AXIS_WIDTH - 18);
  const height = Math.max(50, canvas.clientHeight - 20 - 16 - 20);
  const unit = Math.max((x.max - x.min) / width, (y.max - y.min) / height);
  const around = (axis: Axis, pixels: number): Axis => {
    const middle = (axis.min + axis.max) / 2;
    return { ...axis, min: middle - (unit * pixels) / 2, max: middle + (unit * pixels) / 2 };
  };
  return { x: around(x, width), y: around(y, height) };
}

function scale(axis: Axis, inks: Inks, side: 'x' | 'y', blank: boolean) {
  const log = axis.scale === 'log';
  return {
    type: log ? ('logarithmic' as const) : ('linear' as const),
    min: axis.min,
    max: axis.max,
    border: { color: inks.axis, display: true },
    grid: { color: inks.grid, tickColor: inks.axis, tickLength: 4 },
    afterBuildTicks: (built: Scale) => {
      const values = axis.ticks ?? (log ? decades(built.min, built.max) : roundNumbers(built.min, built.max));
      built.ticks = values.map((value) => ({ value }));
    },
    ...(side === 'y' && {
      afterFit: (fitted: Scale) => {
        fitted.width = Y_AXIS_WIDTH;
      },
    }),
    // the label writer draws the numbers; these only keep the space
    ticks: {
      color: 'transparent',
      display: !blank,
      font: { size: 11 },
      padding: 3,
      autoSkip: false,
      maxRotation: 0,
      minRotation: 0,
    },
  };
}

/** Powers of ten, at most seven; where there are fewer than two, 1, 2 and 5 times them, or else round numbers. */
function decades(min: number, max: number): number[] {
  const first = Math.ceil(Math.log10(min) - 1e-9);
  const last = Math.floor(Math.log10(max) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first) / 6));
  const powers: number[] = [];
  for (let e = first; e <= last; e += step) powers.push(10 ** e);
  if (powers.length > 1) return powers;
  const finer = [first - 1, first, first + 1]
    .flatMap((e) => [1, 2, 5].map((factor) => factor * 10 ** e))
    .filter((value) => value >= min && value <= max);
  return finer.length > 1 ? finer : roundNumbers(min, max);
}

/** Four to seven round numbers inside the range; its ends carry a number only when they are round. */
function roundNumbers(min: number, max: number): number[] {
  const rough = (max - min) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.99) ?? 10);
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}

/** Cells of a matrix, deeper the further from 0. Whole pixels, so that no paper shines between them. */
function drawCells(chart: Chart, { series }: Panel, inks: Inks): void {
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

function drawReferences(chart: Chart, panel: Panel, inks: Inks): void {
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
  c.restore();
}

function drawLabels(chart: Chart, panel: Panel, inks: Inks): void {
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

/** Plain numbers from 0.01 to 10,000, powers of ten beyond. */
function tickLabel(value: number, axis: Axis): Label {
  const exponent = Math.log10(Math.abs(value));
  const whole = Math.abs(exponent - Math.round(exponent)) < 1e-9;
  const sign = value < 0 ? '−' : '';
  if (axis.scale === 'log' && whole && (exponent < -2.5 || exponent > 4.5))
    return [
      ['t', `${sign}10`],
      ['^', String(Math.round(exponent)).replace('-', '−')],
    ];
  if (value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3)) {
    const e = Math.floor(exponent + 1e-12);
    const front = Number((Math.abs(value) / 10 ** e).toPrecision(2));
    return [
      ['t', `${sign}${front}·10`],
      ['^', String(e).replace('-', '−')],
    ];
  }
  return [['t', Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 }).replace('-', '−')]];
}

function ring(chart: Chart, point: ScatterDataPoint, inks: Inks): void {
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

function nearest(chart: Chart, panel: Panel, px: number, py: number): PointAddress | undefined {
  const { x, y } = chart.scales;
  if (x === undefined || y === undefined) return undefined;
  let best: PointAddress | undefined;
  let distance = 24 ** 2;
  panel.series.forEach(({ x: xs, y: ys, decoration = false }, series) => {
    if (decoration) return;
    for (let index = 0; index < xs.length; index++) {
      const d = (x.getPixelForValue(xs[index] ?? 0) - px) ** 2 + (y.getPixelForValue(ys[index] ?? 0) - py) ** 2;
      if (d < distance) {
        distance = d;
        best = { series, index };
      }
    }
  });
  return best;
}
