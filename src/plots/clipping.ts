import {
  clippedAt,
  noiseMultiplier,
  privateErrorAt,
  rowLengths,
  suggestedClipping,
} from '../metrics/clipped-gradients';
import { ifKnown } from '../metrics/quantities';
import type { Quantities } from '../metrics/quantities';
import { percent, plainNumber } from '../shared/numbers';
import type { Panel, PlotLabel, Series } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { definePlot } from './definition';
import { logSpaced } from './spacing';

/** Points of a curve. */
const POINTS = 81;

export const clipping = definePlot({
  id: 'clipping',
  figures: 'clipping',
  title: 'What clipping each gradient does to the mean',
  subtitle: 'as the length C grows to which gradients are clipped; dotted lines at the median and at 90 % of them',
  draw: (quantities) => {
    const lengths = rowLengths(quantities);
    const [shortest, longest] = [lengths.find((length) => length > 0) ?? 0, lengths.at(-1) ?? 0];
    if (!(longest > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'All gradients are 0, so there is nothing to clip',
        remedy: 'Dump the gradients of other examples.',
      });
    const here = ifKnown(() => quantities.clip);
    const ends = [Math.max(shortest / 2, longest / 1e4), longest * 1.25] as const;
    const at = logSpaced(Math.min(ends[0], here ?? Infinity), Math.max(ends[1], here ?? 0), POINTS);
    const curves = curvesOf(quantities, at);
    const [from = 1, to = 2] = [at[0], at.at(-1)];
    const half = quantile(lengths, 0.5);
    const quantiles = [half, quantile(lengths, 0.9)].filter((length) => length > 0);
    const series: Series[] = [
      { name: 'share clipped', x: at, y: curves.share, mark: 'line', ink: 'quiet', dash: 'dashed', size: 1.5 },
      ...known({ name: 'length kept', x: at, y: curves.length, mark: 'line', ink: 'data', size: 2 }),
      ...known({ name: 'cosine', x: at, y: curves.cosine, mark: 'line', ink: 'data', dash: 'dotted', size: 2 }),
    ];
    const labels: PlotLabel[] = [
      { x: from, y: curves.share[0] ?? 1, text: [['t', 'share clipped']], ink: 'quiet', dx: 6, dy: 12 },
      ...labelOf(at, curves.length, 'length kept', 0.5),
      ...labelOf(at, curves.cosine, 'cosine', 0.3),
    ];
    if (here !== undefined) {
      const own = curvesOf(quantities, Float64Array.of(here));
      const values = [own.share[0] ?? NaN, own.length[0] ?? NaN, own.cosine[0] ?? NaN];
      const names = ['share clipped', 'length kept', 'cosine'];
      const shown = names.map((_, k) => k).filter((k) => !Number.isNaN(values[k]));
      series.unshift({
        name: 'here',
        x: shown.map(() => here),
        y: shown.map((k) => values[k] ?? NaN),
        mark: 'disc',
        ink: 'here',
        size: 5,
        pointNames: shown.map((k) => names[k] ?? ''),
      });
    }
    const top: Panel = {
      height: 240,
      x: { scale: 'log', min: from, max: to, title: [['i', 'C']], name: 'clipping length C' },
      y: { scale: 'linear', min: 0, max: 1.05, title: [['t', 'share, cosine, ratio']], name: 'share, cosine or ratio' },
      series,
      lines: quantiles.map((value) => ({ axis: 'x', at: value, ink: 'reference', dash: 'dotted' })),
      labels,
    };
    const error = ifKnown(() => errorPanel(quantities, at));
    const median = curvesOf(quantities, Float64Array.of(half));
    const cosine = half > 0 ? (median.cosine[0] ?? NaN) : NaN;
    return {
      panels: [top, ...(error === undefined ? [] : [error])],
      summary: `Half of the gradients are at most ${plainNumber(half)} long.${Number.isNaN(cosine) ? '' : ` Clipped to that, their mean keeps ${percent(Math.min(1, median.length[0] ?? 0))} of its length, with a cosine of ${plainNumber(cosine)}.`}`,
      note: 'Clipping acts on the gradient of each example. Clipping the gradient of a whole batch shortens it and does not turn it.',
    };
  },
});

/** The points of a curve that are known; none when there are none. */
function known(series: Series): Series[] {
  const places = Array.from(series.y, (_, k) => k).filter((k) => Number.isFinite(series.y[k]));
  if (places.length === 0) return [];
  const [x, y] = [places.map((k) => series.x[k] ?? 0), places.map((k) => series.y[k] ?? 0)];
  return [{ ...series, x, y }];
}

/** Along the curve, where it is known. */
function labelOf(x: Float64Array, y: Float64Array, text: string, share: number): PlotLabel[] {
  const place = y.findIndex((value, k) => k >= share * x.length && !Number.isNaN(value));
  return place < 0 ? [] : [{ x: x[place] ?? 1, y: y[place] ?? 0, text: [['t', text]], ink: 'data', dx: 8, dy: 14 }];
}

/** NaN where the rows do not show a direction. */
function curvesOf(quantities: Quantities, at: Float64Array) {
  const { rows: n } = quantities;
  const interval = quantities.noiseScaleInterval;
  const resolved = interval === undefined || interval.upper !== undefined;
  const signal = resolved ? quantities.signal.value : NaN;
  const found = Array.from(at, (C) => clippedAt(quantities, C));
  const positive = ({ kept }: { readonly kept: number }): boolean => signal > 0 && kept > 0;
  return {
    share: Float64Array.from(found, ({ clipped }) => clipped / n),
    length: Float64Array.from(found, (each) =>
      positive(each) ? Math.min(1.05, Math.sqrt(each.kept) / Math.sqrt(signal)) : NaN,
    ),
    cosine: Float64Array.from(found, (each) =>
      positive(each) ? Math.min(1, Math.max(0, each.along / Math.sqrt(signal) / Math.sqrt(each.kept))) : NaN,
    ),
  };
}

/** Of the error of a private batch. */
function errorPanel(quantities: Quantities, at: Float64Array): Panel | undefined {
  noiseMultiplier(quantities);
  const y = Float64Array.from(at, (C) => {
    const value = privateErrorAt(quantities, C);
    return value > 0 ? value : NaN;
  });
  const shown = y.filter((value) => !Number.isNaN(value));
  const best = suggestedClipping(quantities);
  const inside = best.value >= (at[0] ?? 0) && best.value <= (at.at(-1) ?? 0) && best.error > 0;
  const values = [...shown, ...(inside ? [best.error] : [])];
  if (values.length === 0) return undefined;
  return {
    height: 180,
    x: { scale: 'log', min: at[0] ?? 1, max: at.at(-1) ?? 2, title: [['i', 'C']], name: 'clipping length C' },
    y: {
      scale: 'log',
      min: Math.min(...values) / 1.5,
      max: Math.max(...values) * 1.5,
      title: [['t', 'error of a private batch']],
      name: 'expected squared error',
    },
    series: [
      ...(inside
        ? [{ name: 'least error', x: [best.value], y: [best.error], mark: 'disc', ink: 'here', size: 5 } as const]
        : []),
      ...known({ name: 'error', x: at, y, mark: 'line', ink: 'data', size: 2 }),
    ],
    labels: inside
      ? [{ x: best.value, y: best.error, text: [['t', 'suggested']], ink: 'here', align: 'center', dy: -10 }]
      : [],
  };
}

/** Of ascending values: the smallest that so large a share does not exceed. */
const quantile = (values: Float64Array, share: number): number =>
  values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
