import { Chart, Filler, LinearScale, LineElement, LogarithmicScale, PointElement, ScatterController } from 'chart.js';
import type { ChartArea, ChartDataset, ChartOptions, Plugin, Scale, ScatterDataPoint } from 'chart.js';
import type { Axis, Panel, Series } from '../src/shared/plot';
import { areaOf, equalized, MARGIN, ticksOf } from '../src/report/drawing/axes';
import type { PlotInks } from '../src/report/drawing/inks';
import { DASHES, isArrow, markStyle } from '../src/report/drawing/marks';
import { drawArrows, drawCells, drawIntervals, drawLabels, drawReferences, ring } from './chart-overlay';

Chart.register(LinearScale, LogarithmicScale, ScatterController, LineElement, PointElement, Filler);

/** A panel on a canvas. Only this file and the two beside it know Chart.js. */
export interface DrawnPanel {
  readonly canvas: HTMLCanvasElement;
  readonly update: (panel: Panel, inks: PlotInks) => void;
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

/** @param laidOut is called whenever the axes have another place */
export function drawPanel(canvas: HTMLCanvasElement, panel: Panel, inks: PlotInks, laidOut?: () => void): DrawnPanel {
  const state = { panel, inks, marked: undefined as ScatterDataPoint | undefined };
  const overlay: Plugin<'scatter'> = {
    id: 'overlay',
    afterLayout: () => laidOut?.(),
    beforeDatasetsDraw: (chart) => {
      drawCells(chart, state.panel, state.inks);
      drawIntervals(chart, state.panel, state.inks);
      drawReferences(chart, state.panel, state.inks);
    },
    afterDraw: (chart) => {
      drawArrows(chart, state.panel, state.inks);
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
    area: () => drawnArea(chart),
    at: (x, y) => ({ x: chart.scales['x']?.getValueForPixel(x) ?? 0, y: chart.scales['y']?.getValueForPixel(y) ?? 0 }),
    destroy: () => chart.destroy(),
  };
}

function datasets(panel: Panel, inks: PlotInks): ChartDataset<'scatter', ScatterDataPoint[]>[] {
  return panel.series.map((series) => dataset(series, inks));
}

function dataset(series: Series, inks: PlotInks): ChartDataset<'scatter', ScatterDataPoint[]> {
  const { x, y, mark, dash = 'solid', fill, name } = series;
  const data = Array.from({ length: x.length }, (_, k) => ({ x: x[k] ?? 0, y: y[k] ?? 0 }));
  const { radius, stroke, strokeWidth, fill: inside = 'transparent' } = markStyle(series, inks);
  const base = { label: name, data, borderColor: stroke, borderWidth: strokeWidth, clip: 8 };
  // these are drawn by the overlay
  if (mark === 'cell' || isArrow(series)) return { ...base, data: [] };
  if (mark === 'line')
    return {
      ...base,
      showLine: true,
      pointRadius: 0,
      borderDash: [...DASHES[dash]],
      fill: fill === 'axis' ? 'start' : fill === 'next' ? '+1' : false,
      backgroundColor: inks.band,
    };
  if (mark === 'bar')
    // a bar is a thick line from the axis up: one chart type for every plot
    return {
      ...base,
      showLine: true,
      pointRadius: 0,
      data: data.flatMap((point) => [{ x: point.x, y: NaN }, { x: point.x, y: 0 }, point]),
      spanGaps: false,
    };
  return { ...base, pointStyle: SHAPES[mark] ?? 'circle', pointRadius: radius, backgroundColor: inside };
}

const SHAPES: Readonly<Partial<Record<Series['mark'], 'rect' | 'triangle' | 'crossRot'>>> = {
  square: 'rect',
  triangle: 'triangle',
  cross: 'crossRot',
};

function options(panel: Panel, inks: PlotInks, canvas: HTMLCanvasElement): ChartOptions<'scatter'> {
  const area = areaOf(panel, canvas.clientWidth);
  const { x, y } = equalized(panel, area);
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    events: [],
    // the axes take the rest of the margins
    layout: { autoPadding: false, padding: { top: MARGIN.top, right: MARGIN.right, bottom: 0, left: 0 } },
    plugins: { legend: { display: false }, tooltip: { enabled: false } },
    scales: {
      x: axisScale(x, inks, 'x', area.right - area.left, panel.x.blank === true ? MARGIN.blank : MARGIN.bottom),
      y: axisScale(y, inks, 'y', area.bottom - area.top, MARGIN.left),
    },
  };
}

/** @param pixels between its ends @param thick what it takes of the canvas */
function axisScale(axis: Axis, inks: PlotInks, side: 'x' | 'y', pixels: number, thick: number) {
  return {
    type: axis.scale === 'log' ? ('logarithmic' as const) : ('linear' as const),
    min: axis.min,
    max: axis.max,
    border: { color: inks.axis, display: true },
    grid: { color: inks.grid, tickColor: axis.blank === true ? 'transparent' : inks.axis, tickLength: 4 },
    afterBuildTicks: (built: Scale) => {
      built.ticks = ticksOf(axis, side, pixels).map((value) => ({ value }));
    },
    // the same places as in a picture, whatever the fonts
    afterFit: (fitted: Scale) => {
      if (side === 'y') fitted.width = thick;
      else {
        fitted.height = thick;
        fitted.paddingLeft = fitted.paddingRight = 0;
      }
    },
    // the label writer draws the numbers
    ticks: { display: false },
  };
}

function drawnArea({ chartArea }: { readonly chartArea: ChartArea | undefined }): ReturnType<DrawnPanel['area']> {
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
