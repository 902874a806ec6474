import type { Axis, Label, Panel } from '../../shared/plot';

/** The part of a picture between the axes, in pixels; y points down. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** All y axes have one width, so that stacked panels align. */
export const MARGIN = { left: 44, right: 18, top: 20, bottom: 36, blank: 6 } as const;

/** @param width of the whole panel with its axes, in pixels, as `panel.height` is */
export function areaOf({ height, x }: Panel, width: number): Area {
  return {
    left: MARGIN.left,
    right: Math.max(MARGIN.left + 1, width - MARGIN.right),
    top: MARGIN.top,
    bottom: Math.max(MARGIN.top + 1, height - (x.blank === true ? MARGIN.blank : MARGIN.bottom)),
  };
}

/** With equal units both ranges stay in sight; the one with room to spare grows until a unit is equally long on both. */
export function equalized(
  { x, y, equalUnits = false }: Pick<Panel, 'x' | 'y' | 'equalUnits'>,
  { left, right, top, bottom }: Area,
): { readonly x: Axis; readonly y: Axis } {
  if (!equalUnits) return { x, y };
  const [width, height] = [Math.max(50, right - left), Math.max(50, bottom - top)];
  const unit = Math.max((x.max - x.min) / width, (y.max - y.min) / height);
  const around = (axis: Axis, pixels: number): Axis => {
    const middle = (axis.min + axis.max) / 2;
    return { ...axis, min: middle - (unit * pixels) / 2, max: middle + (unit * pixels) / 2 };
  };
  return { x: around(x, width), y: around(y, height) };
}

/** Where a number lies between the pixels of the two ends of its axis. NaN where it has no place, such as 0 on a log axis. */
export function placeOn({ scale, min, max }: Axis, from: number, to: number): (value: number) => number {
  const along = scale === 'log' ? Math.log : (value: number): number => value;
  const [first, last] = [along(min), along(max)];
  return (value) => {
    const share = (along(value) - first) / (last - first);
    return Number.isFinite(share) ? from + share * (to - from) : NaN;
  };
}

/** Pixels that the numbers of ticks take along an axis, with room between them. */
const ROOM = { x: 34, y: 15 };

/** Where numbers stand: as the axis states, or decades, with 1, 2 and 5 where there are fewer than four, or round numbers. */
export function ticksOf(axis: Axis, side: 'x' | 'y', pixels: number): readonly number[] {
  if (axis.ticks !== undefined) return axis.ticks.filter((tick) => tick >= axis.min && tick <= axis.max);
  const most = Math.max(2, Math.floor(pixels / ROOM[side]));
  const { zero } = axis;
  // nothing stands next to 0 that could be read as its place
  if (zero !== undefined) return [zero, ...logTicks(1.7 * zero, axis.max, most)];
  return axis.scale === 'log' ? logTicks(axis.min, axis.max, most) : roundNumbers(axis.min, axis.max, most);
}

/** Short ticks without numbers, at 2 … 9 times the powers of ten of a log axis; none where they would merge. */
export function minorTicksOf({ scale, min, max }: Axis, pixels: number): readonly number[] {
  if (scale !== 'log' || pixels / Math.log10(max / min) < 24) return [];
  return timesPowers(min, max, 2, 3, 4, 5, 6, 7, 8, 9);
}

/** These factors of powers of ten in a range, in order; its ends may be off by rounding. */
function timesPowers(min: number, max: number, ...factors: readonly number[]): number[] {
  const [first, last] = [Math.floor(Math.log10(min)) - 1, Math.ceil(Math.log10(max))];
  return Array.from({ length: last - first + 1 }, (_, k) => first + k)
    .flatMap((exponent) => factors.map((factor) => Number(`${factor}e${exponent}`)))
    .filter((value) => value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9));
}

function logTicks(min: number, max: number, most: number): readonly number[] {
  const powers = timesPowers(min, max, 1);
  if (Math.log10(max / min) < 4) {
    const [fine, coarse] = [timesPowers(min, max, 1, 2, 5), timesPowers(min, max, 1, 3)];
    // less than a decade may hold one or none of them
    if (fine.length <= 2) return roundNumbers(min, max, most);
    if (fine.length <= most) return fine;
    if (coarse.length <= most && coarse.length > 1) return coarse;
  }
  if (powers.length < 2) return roundNumbers(min, max, most);
  const step = Math.ceil(powers.length / Math.min(7, most));
  return powers.filter((_, index) => index % step === 0);
}

/** Up to seven round numbers inside the range, at least one; its ends carry a number only when they are round. */
function roundNumbers(min: number, max: number, most: number): number[] {
  const rough = (max - min) / Math.min(5, Math.max(3, most));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.99) ?? 10);
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** Plain numbers from 0.01 to 10,000, powers of ten beyond. */
export function tickLabel(value: number, axis: Axis): Label {
  if (value === axis.zero) return [['t', '0']];
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
