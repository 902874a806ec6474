import { Chart, Filler, LinearScale, LineElement, LogarithmicScale, PointElement, ScatterController } from 'chart.js';
import type { ChartArea, ChartDataset, ChartOptions, Plugin, ScatterDataPoint } from 'chart.js';
import type { Panel, Series } from '../src/shared/plot';
import { axisScale, equalized } from './chart-axes';
import { DASHES, drawCells, drawLabels, drawReferences, ring } from './chart-overlay';
import type { Inks } from './theme';

Chart.register(LinearScale, LogarithmicScale, ScatterController, LineElement, PointElement, Filler);

/** A panel on a canvas. Only this file and the two beside it know Chart.js. */
export interface DrawnPanel {
  readonly canvas: HTMLCanvasElement;
  readonly update: (panel: Panel, inks: Inks) => void;
  /** Rings the point that is read out; none without one. */
  readonly mark: (point: ScatterDataPoint | undefined) => void;
  /** The point of a series next to a place on the canvas, in CSS pixels; undefined when none is within reach. */
  readonly nearest: (x: number, y: number, reach?: number) => PointAddress | undefined;
  /** Where a point lies on the canvas. */
  readonly place: (x: number, y: number) => { readonly x: number; readonly y: number };
  /** The part of the canvas between the axes. */
  readonly area: () => { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
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
    nearest: (x, y, reach = Infinity) => nearest(chart, state.panel, x, y, reach),
    place: (x, y) => ({
      x: chart.scales['x']?.getPixelForValue(x) ?? 0,
      y: chart.scales['y']?.getPixelForValue(y) ?? 0,
    }),
    // before the canvas has a size there is no area
    area: () => areaOf(chart),
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
      x: axisScale(x, inks, 'x', blank),
      y: axisScale(y, inks, 'y', panel.y.blank ?? false),
    },
  };
}

function areaOf({ chartArea }: { readonly chartArea: ChartArea | undefined }): ReturnType<DrawnPanel['area']> {
  return chartArea ?? { left: 0, right: 0, top: 0, bottom: 0 };
}

function nearest(chart: Chart, panel: Panel, px: number, py: number, reach: number): PointAddress | undefined {
  const { x, y } = chart.scales;
  if (x === undefined || y === undefined) return undefined;
  let best: PointAddress | undefined;
  let distance = reach ** 2;
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
