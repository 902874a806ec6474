import { wholeNumber } from '../../shared/numbers';
import type { Axis, Ink, Label, Panel, PlotLabel, PlotSpec, Series } from '../../shared/plot';
import type { RunAxis } from '../../shared/protocol';
import type { RunPoint, StepValue } from '../../shared/training-run';
import { symbols } from '../../plots/labels';
import type { RunReport } from '../evaluate-run';
import { inWords } from './in-words';
import { positionsOf } from './positions';

/** Plots of runs over their steps. */
export interface RunPlots {
  /** The noise scale, with the batch size. */
  readonly leading: PlotSpec;
  /** Small multiples of the same x axis. */
  readonly multiples: readonly PlotSpec[];
  /** All other metrics that some step has. */
  readonly more: readonly PlotSpec[];
  /** Quantities that do not change, and so have no plot. */
  readonly constant: readonly { readonly title: string; readonly value: number }[];
}

/** A quantity of each step. */
interface Quantity {
  readonly id: string;
  readonly title: string;
  /** What stands above the y axis. */
  readonly unit: Label;
  readonly valueOf: (point: RunPoint) => StepValue | undefined;
  /** In a reading, where there is little room. */
  readonly short?: string;
  /** Values below 0 have a meaning, and 0 belongs on the axis. */
  readonly fromZero?: boolean;
}

/** At most so many small multiples; what does not vary leaves its place to the next. */
const MULTIPLES = 6;

const metric = (id: string, title: string, unit: Label, fromZero = false): Quantity => ({
  id,
  title,
  unit,
  fromZero,
  valueOf: ({ summary }) => summary?.metrics[id],
});

const NOISE_SCALE = metric('simple-noise-scale', 'Noise scale', [...symbols.noiseScale, ['t', ', examples']]);
const QUANTITIES: readonly Quantity[] = [
  metric('covariance-trace', 'Noise', symbols.trace, true),
  metric('true-gradient-squared-norm', 'Signal', [...symbols.signal, ['t', ', can fall below 0']], true),
  { ...metric('batch-noise-to-signal', 'Noise over signal of a batch', [['t', '1: as much noise as signal']]), short: 'noise/signal' }, // prettier-ignore
  { id: 'eigenvalues', short: 'λ₁', title: 'Leading eigenvalues', unit: [['i', 'λ'], ['_', '1'], ['t', ' … '], ['i', 'λ'], ['_', '5']], valueOf: ({ summary }) => single(summary?.eigenvalues[0]) }, // prettier-ignore
  { ...metric('sgd-temperature', 'SGD temperature', [
    ['i', 'T'],
    ['t', ' = '],
    ['i', 'η'],
    ['t', '/'],
    ['i', 'B'],
  ]), short: 'η/B' }, // prettier-ignore
  {
    id: 'loss',
    title: 'Loss',
    unit: [['t', 'of the dumped examples']],
    valueOf: ({ summary }) => single(summary?.loss),
  },
  metric('participation-ratio', 'Participation ratio', [['t', 'directions']], true),
];

const single = (value: number | undefined): StepValue | undefined => (value === undefined ? undefined : [value]);

/** How the n-th run looks, on every plot. */
const STYLES: readonly { readonly ink: Ink; readonly dash: 'solid' | 'dashed' | 'dash-dot'; readonly mark: 'disc' | 'square' | 'triangle' }[] = [
  { ink: 'data', dash: 'solid', mark: 'disc' },
  { ink: 'second', dash: 'dashed', mark: 'square' },
  { ink: 'third', dash: 'dash-dot', mark: 'triangle' },
]; // prettier-ignore
export const styleOfRun = (index: number): (typeof STYLES)[number] => STYLES[index] ?? { ink: 'quiet', dash: 'solid', mark: 'disc' }; // prettier-ignore

/** @param runs in the order of their styles; a run without any step has no curves */
export function runPlots(runs: readonly RunReport[], axis: RunAxis): RunPlots {
  const placed = runs.map((run): Placed => {
    const points = run.points.filter(({ summary, problem }) => summary !== undefined || problem !== undefined);
    return { run, points, x: positionsOf(points, axis.unit) ?? points.map(() => NaN) };
  });
  const x = xAxis(placed, axis);
  const shown = QUANTITIES.filter(({ valueOf }) => placed.some(({ points }) => points.some((point) => valueOf(point)?.[0] !== undefined))); // prettier-ignore
  const changing = shown.filter((quantity) => !isConstant(placed, quantity));
  const plot = (quantity: Quantity, height: number): PlotSpec => plotOf(placed, quantity, x, height);
  const standing = new Set([NOISE_SCALE, ...QUANTITIES].map(({ id }) => id));
  const descriptions = new Map(
    runs.flatMap(({ series }) => series.map(({ metric: each }) => [each.id, each] as const)),
  );
  const others = [...descriptions.values()].filter(({ id }) => !standing.has(id)).map(({ id, name, unit }) => metric(id, name, [['t', unit === '' ? 'a pure number' : unit]])); // prettier-ignore
  const rest = [...changing.slice(MULTIPLES), ...others.filter((quantity) => !isConstant(placed, quantity))];
  return {
    leading: { ...plot(NOISE_SCALE, 300), ...(placed.every(({ points }) => points.length === 0) && { unavailable: 'pending' }) }, // prettier-ignore
    multiples: changing.slice(0, MULTIPLES).map((quantity) => plot(quantity, 196)),
    more: rest.map((quantity) => plot(quantity, 196)),
    constant: shown.filter((quantity) => !changing.includes(quantity)).map((quantity) => constantValue(placed, quantity)), // prettier-ignore
  };
}

const known = (points: readonly RunPoint[], valueOf: Quantity['valueOf']): StepValue[] =>
  points.map(valueOf).filter((value) => value !== undefined);

interface Placed {
  readonly run: RunReport;
  readonly points: readonly RunPoint[];
  /** Where each point stands on the x axis. */
  readonly x: readonly number[];
}

const UNITS = { step: 'step', examples: 'examples seen', tokens: 'tokens seen' };

function xAxis(placed: readonly Pick<Placed, 'x'>[], { unit, scale }: RunAxis): Axis {
  const all = placed.flatMap(({ x }) => x.filter(Number.isFinite));
  const [first, last] = [Math.min(...all), Math.max(...all)];
  const title: Label = [['t', UNITS[unit]]];
  const name = UNITS[unit];
  if (all.length === 0) return { scale: 'linear', min: 0, max: 1, title, name };
  if (scale === 'linear') {
    const room = (last - first) * 0.02 || 1;
    return { scale, min: first - room, max: last + room, title, name };
  }
  const positive = all.filter((value) => value > 0);
  const [least, most] = positive.length === 0 ? [1, 10] : [Math.min(...positive), Math.max(...positive)];
  const hasZero = all.some((value) => value <= 0);
  const zero = least / 2;
  return { scale, min: hasZero ? zero * 0.85 : least / 1.05, max: most * 1.05, title, name, ...(hasZero && { zero }) };
}

/** 0 has its own place on a logarithmic axis. */
const placeOn = ({ scale, zero }: Axis, value: number): number =>
  scale === 'log' && value <= 0 ? (zero ?? NaN) : value;

/** Where a step stands on the axis that plots share, and the reverse of it. */
export function cursorPlaces(run: RunReport, runs: readonly RunReport[], axis: RunAxis): ReadonlyMap<number, number> {
  const placed = runs.map(({ points }): Pick<Placed, 'points' | 'x'> => ({ points, x: positionsOf(points, axis.unit) ?? [] })); // prettier-ignore
  const across = xAxis(placed, axis);
  const own = placed[runs.indexOf(run)];
  return new Map((own?.points ?? []).map(({ step }, k) => [step, placeOn(across, own?.x[k] ?? NaN)]));
}

function isConstant(placed: readonly Placed[], { valueOf }: Quantity): boolean {
  const values = placed.flatMap(({ points }) => points.flatMap((point) => valueOf(point)?.[0] ?? []));
  return values.length > 1 && values.every((value) => value === values[0]);
}

function constantValue(placed: readonly Placed[], { title, valueOf }: Quantity): RunPlots['constant'][number] {
  const [value = NaN] = placed.flatMap(({ points }) => points.flatMap((point) => valueOf(point)?.[0] ?? []));
  return { title, value };
}

function plotOf(placed: readonly Placed[], quantity: Quantity, x: Axis, height: number): PlotSpec {
  const { id, title, unit, valueOf } = quantity;
  const several = placed.length > 1;
  const y = yAxis(placed, quantity);
  const series: Series[] = [];
  placed.forEach((each, index) => series.push(...curveOf(each, { quantity, x, y, index, several })));
  const labels: PlotLabel[] = [];
  if (id === NOISE_SCALE.id)
    placed.forEach((each) => {
      const batch = batchSizes(each, x, y);
      if (batch === undefined) return;
      series.push(...batch.series);
      labels.push(batch.label);
    });
  if (id === 'eigenvalues') placed.forEach((each, index) => series.push(...lesserEigenvalues(each, x, index)));
  const failed = placed.flatMap((each) => failedSteps(each, x, y));
  const panel: Panel = {
    height,
    x,
    y,
    series: [...series, ...failed],
    ...(labels.length > 0 && { labels }),
    ...(y.scale === 'linear' && y.min < 0 && { lines: [{ axis: 'y', at: 0, ink: 'quiet', dash: 'dotted' }] }),
    ...(id === 'batch-noise-to-signal' && y.min < 1 && y.max > 1 && { lines: [{ axis: 'y', at: 1, ink: 'reference', dash: 'dotted' }] }), // prettier-ignore
  };
  const ends = placed.map(({ run, points }) => {
    const values = known(points, valueOf);
    const [first, last] = [values[0], values.at(-1)];
    if (first === undefined || last === undefined) return `${run.name}: no step has it.`;
    const words = values.length === 1 ? inWords(first) : `from ${inWords(first)} to ${inWords(last)}`;
    return several ? `${run.name}: ${words}.` : `${(words[0] ?? '').toUpperCase()}${words.slice(1)}.`;
  });
  const empty = placed.every(({ points }) => points.every((point) => valueOf(point) === undefined));
  return {
    id: `run-${id}`,
    title,
    subtitle: id === NOISE_SCALE.id ? `against ${x.name}${y.scale === 'log' ? ', logarithmic' : ''}` : '',
    summary: ends.join(' '),
    panels: [{ ...panel, y: { ...y, title: unit } }],
    ...(empty && { unavailable: { code: 'value/undefined', found: 'No step has this number', remedy: 'The table says why.' } }), // prettier-ignore
  };
}

interface CurveRequest {
  readonly quantity: Quantity;
  readonly x: Axis;
  readonly y: Axis;
  readonly index: number;
  readonly several: boolean;
}

/** Points, a line through neighbors that are resolved, the band of their intervals, whiskers where no neighbor is, and arrows where only a bound is known. */
function curveOf(
  { run, points, x: places }: Placed,
  { quantity, x, y, index, several }: CurveRequest,
): readonly Series[] {
  const { ink, dash, mark } = styleOfRun(index);
  const values = points.map((point) => quantity.valueOf(point));
  const at = places.map((place) => placeOn(x, place));
  const positive = (value: number): number => (y.scale === 'log' && !(value > 0) ? NaN : value);
  const number = values.map((value) => positive(value?.[0] ?? NaN));
  const name = several ? run.name : (quantity.short ?? quantity.title.toLowerCase());
  const shown = at.flatMap((place, k) => (Number.isFinite(place) && Number.isFinite(number[k]) ? [k] : []));
  const bounds = at.flatMap((place, k) => (Number.isFinite(place) && values[k]?.[0] === null && values[k][1] !== undefined ? [k] : [])); // prettier-ignore
  const said = (at: readonly number[]): string[] => at.map((k) => inWords(values[k] ?? [null]));
  const many = points.length > MANY;
  const inside = (value: number): number => Math.min(Math.max(value, y.min), y.max);
  const ends = (end: 1 | 2): number[] =>
    values.map((value) => {
      if (value?.[1] === undefined || typeof value[0] !== 'number') return NaN;
      return inside(end === 1 ? value[1] : (value[2] ?? Infinity));
    });
  const [lower, upper] = [ends(1), ends(2)];
  // a line of one point is not seen, nor is its band
  const alone = (k: number): boolean => !Number.isFinite(number[k - 1]) && !Number.isFinite(number[k + 1]);
  const whisker = (end: readonly number[]): number[] => shown.map((k) => (alone(k) ? (end[k] ?? NaN) : NaN));
  const whiskers = { lower: whisker(lower), upper: whisker(upper) };
  const series: Series[] = [
    { name, x: shown.map((k) => at[k] ?? 0), y: shown.map((k) => number[k] ?? 0), mark, ink, size: many ? 1 : index === 0 ? 3 : 2.6, said: said(shown), ...(whiskers.lower.some(Number.isFinite) && { interval: whiskers }) }, // prettier-ignore
    { name: `${name}, joined`, x: at, y: number, mark: 'line', ink, dash, size: index === 0 ? 2 : 1.4, decoration: true, ...(lower.some(Number.isFinite) && { interval: { lower, upper } }) }, // prettier-ignore
  ];
  if (bounds.length > 0)
    series.push({ name: several ? `${run.name}, bound` : 'lower bound', x: bounds.map((k) => at[k] ?? 0), y: bounds.map((k) => inside(values[k]?.[1] ?? 0)), mark: 'arrow-up', ink, said: said(bounds) }); // prettier-ignore
  return series;
}

/** Points that are still drawn with marks of their own. */
const MANY = 200;

/** B as a staircase: it holds from one dump to the next. */
function batchSizes(
  { points, x: places }: Placed,
  x: Axis,
  y: Axis,
): { readonly series: readonly Series[]; readonly label: PlotLabel } | undefined {
  const known = points.flatMap(({ summary }, k) => {
    const size = summary?.training.batchSize;
    const at = placeOn(x, places[k] ?? NaN);
    return size === undefined || !Number.isFinite(at) ? [] : [{ at, size }];
  });
  const last = known.at(-1);
  if (last === undefined) return undefined;
  const stairs = known.flatMap(({ at, size }, k) => {
    const next = known[k + 1];
    return next === undefined || next.size === size
      ? [{ at, size }]
      : [
          { at, size },
          { at: next.at, size },
        ];
  });
  return {
    series: [
      { name: 'batch size', x: known.map(({ at }) => at), y: known.map(({ size }) => size), mark: 'circle', ink: 'here', size: 0, said: known.map(({ size }) => wholeNumber(size)) }, // prettier-ignore
      { name: 'batch size, as it holds', x: stairs.map(({ at }) => at), y: stairs.map(({ size }) => size), mark: 'line', ink: 'here', dash: 'dashed', size: 1.5, decoration: true }, // prettier-ignore
    ],
    label: { x: last.at, y: Math.min(Math.max(last.size, y.min), y.max), text: [...symbols.batchSize, ['t', ` = ${wholeNumber(last.size)}`]], ink: 'here', align: 'right', dy: -5, strong: true }, // prettier-ignore
  };
}

function lesserEigenvalues({ points, x: places }: Placed, x: Axis, index: number): Series[] {
  if (index > 0) return []; // of other runs the largest one
  return [1, 2, 3, 4].flatMap((k): Series[] => {
    const known = points.flatMap(({ summary }, t) => {
      const value = summary?.eigenvalues[k];
      const at = placeOn(x, places[t] ?? NaN);
      return value !== undefined && value > 0 && Number.isFinite(at) ? [{ at, value }] : [];
    });
    if (known.length === 0) return [];
    return [{ name: `λ${'₂₃₄₅'[k - 1] ?? ''}`, x: known.map(({ at }) => at), y: known.map(({ value }) => value), mark: 'line', ink: styleOfRun(index).ink, size: 1 }]; // prettier-ignore
  });
}

/** A cross on the axis where a step failed, with its problem. */
function failedSteps({ points, x: places }: Placed, x: Axis, y: Axis): Series[] {
  const failed = points.flatMap(({ problem }, k) => {
    const at = placeOn(x, places[k] ?? NaN);
    return problem === undefined || !Number.isFinite(at) ? [] : [{ at, found: problem.found }];
  });
  if (failed.length === 0) return [];
  return [{ name: 'failed', x: failed.map(({ at }) => at), y: failed.map(() => y.min), mark: 'cross', ink: 'text', size: 4, said: failed.map(({ found }) => found.slice(0, 60)) }]; // prettier-ignore
}

/** A range that holds all values and bounds; intervals reach out of it where they are much wider. */
function yAxis(placed: readonly Placed[], { id, unit, valueOf, fromZero = false, title }: Quantity): Axis {
  const points = placed.flatMap((each) => each.points);
  const values = known(points, valueOf);
  const numbers = [
    ...values.flatMap(([value, lower]) => value ?? lower ?? []),
    ...(id === NOISE_SCALE.id ? points.flatMap(({ summary }) => summary?.training.batchSize ?? []) : []),
    ...(id === 'eigenvalues' ? points.flatMap(({ summary }) => summary?.eigenvalues ?? []) : []),
  ].filter(Number.isFinite);
  const ends = values.flatMap(([, lower, upper]) => [lower, upper]).filter((end) => typeof end === 'number');
  const positive = numbers.filter((value) => value > 0);
  const name = title.toLowerCase();
  if (!fromZero && positive.length > 0 && positive.length === numbers.length) {
    const [least, most] = [Math.min(...positive), Math.max(...positive)];
    const min = Math.min(least, ...ends.filter((end) => end > least / 10)) / 1.3;
    const max = Math.max(most, ...ends.filter((end) => end < most * 10)) * 1.3;
    return { scale: 'log', min, max, title: unit, name };
  }
  const [least, most] = numbers.length === 0 ? [0, 1] : [Math.min(...numbers), Math.max(...numbers)];
  const range = most - Math.min(least, 0) || Math.abs(most) || 1;
  const low = Math.min(fromZero ? 0 : least, least, ...ends.filter((end) => end > least - range));
  const high = Math.max(most, ...ends.filter((end) => end < most + range));
  const room = (high - low) * 0.05 || 1;
  return { scale: 'linear', min: low < 0 || !fromZero ? low - room : 0, max: high + room, title: unit, name };
}
