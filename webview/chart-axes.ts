import type { Scale } from 'chart.js';
import type { Axis, Label, Panel } from '../src/shared/plot';
import type { Inks } from './theme';

/** All y axes have one width, so that stacked panels align. */
const Y_AXIS_WIDTH = 44;

/** With equal units both ranges stay in sight; the one with room to spare grows until a unit is equally long on both. */
export function equalized(
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

export function axisScale(axis: Axis, inks: Inks, side: 'x' | 'y', blank: boolean) {
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

/** Plain numbers from 0.01 to 10,000, powers of ten beyond. */
export function tickLabel(value: number, axis: Axis): Label {
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
