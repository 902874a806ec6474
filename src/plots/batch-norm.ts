import { ifKnown } from '../metrics/quantities';
import type { Quantities } from '../metrics/quantities';
import { plainNumber, wholeNumber } from '../shared/numbers';
import type { Panel, PlotLabel, Series } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { squaredNormDeviation } from '../theory/sampling';
import { unitOf } from '../theory/unit';
import { definePlot } from './definition';
import { intervalLabel, numberLabel, symbols } from './labels';
import { decadesTo, logSpaced } from './spacing';

export const batchNorm = definePlot({
  id: 'batch-norm',
  figures: 'batch and rate',
  title: 'Expected squared norm of a batch gradient',
  subtitle: 'against batch size, both logarithmic',
  draw: (quantities) => {
    const end = batchAxisEnd(quantities);
    const finite = quantities.population < Infinity && quantities.settings.replacement === 'without';
    const { value: signal, interval } = quantities.signal;
    const trace = quantities.trace.value;
    const curve = (name: string, squaredNorm: (batchSize: number) => number): Pick<Series, 'name' | 'x' | 'y'> => {
      // nothing that is not positive has a place on a logarithmic axis
      const points = [...logSpaced(1, end, 120)]
        .map((batchSize) => ({ batchSize, y: squaredNorm(batchSize) }))
        .filter(({ y }) => y > 0);
      return { name, x: points.map((point) => point.batchSize), y: points.map((point) => point.y) };
    };
    const without = curve(finite ? 'without replacement' : 'expected squared norm', (batchSize) =>
      quantities.squaredBatchNorm(batchSize),
    );
    const independent = curve('with replacement', (batchSize) => signal + trace / batchSize);
    const top = signal + trace;
    if (!(top > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'Every gradient is exactly 0',
        remedy: 'Dump gradients that are not all 0.',
      });

    const lowest = Math.min(top, ...Array.from(without.y), ...(signal > 0 ? [signal] : []));
    const min = Math.max(lowest / 2.5, top / 1e9);
    const max = top * 1.7;
    const inside = (y: number): number => Math.min(Math.max(y, min), max);
    const batchSize = ifKnown(() => quantities.batchSize);
    const here = batchSize === undefined ? undefined : quantities.squaredBatchNorm(batchSize);
    const series: Series[] = [{ ...without, mark: 'line', ink: 'data', size: 2 }];
    if (finite) series.push({ ...independent, mark: 'line', ink: 'quiet', dash: 'dashed', size: 1.25 });
    const scatter = scatterOfBatches(quantities, end, inside);
    series.push(...scatter.series);
    const labels: PlotLabel[] = [];
    if (signal > 0 && signal >= min) {
      const ends = interval?.upper === undefined ? [] : intervalLabel(interval.lower, interval.upper);
      labels.push({
        x: 1,
        y: signal,
        text: [['t', 'signal '], ...symbols.signal, ...(ends.length > 0 ? ([['t', ', '], ...ends] as const) : [])],
        ink: 'reference',
        dx: 6,
        dy: -6,
      });
    }
    if (batchSize !== undefined && here !== undefined && here > 0 && batchSize <= end) {
      series.unshift({ name: 'here', x: [batchSize], y: [inside(here)], mark: 'disc', ink: 'here', size: 5 });
      const right = end > 1 && Math.log(batchSize) / Math.log(end) > 0.6;
      labels.push({
        x: batchSize,
        y: inside(here),
        text: [['t', 'here: '], ...symbols.batchSize, ['t', ` = ${wholeNumber(batchSize)}, `], ...numberLabel(here)],
        ink: 'here',
        strong: true,
        ...(right ? { align: 'right', dx: -2, dy: -30 } : { dx: 10, dy: -6 }),
      });
    }
    const panel: Panel = {
      height: 276,
      x: {
        scale: 'log',
        min: 1,
        max: Math.max(end, 2),
        title: [['t', 'batch size '], ...symbols.batchSize],
        name: 'batch size B',
        whole: true,
        ticks: decadesTo(end),
      },
      y: { scale: 'log', min, max, title: symbols.batchSquaredNorm, name: 'expected squared norm' },
      series,
      ...(batchSize !== undefined && batchSize <= end && { here: { setting: 'batchSize', at: batchSize } as const }),
      ...(interval?.upper !== undefined &&
        interval.upper > min && {
          bands: [{ axis: 'y', from: inside(interval.lower), to: inside(interval.upper) }],
        }),
      ...(signal >= min && signal <= max && { lines: [{ axis: 'y', at: signal, ink: 'reference', dash: 'dotted' }] }),
      labels,
    };
    const last = without.y[without.y.length - 1] ?? top;
    const at =
      here === undefined || batchSize === undefined
        ? ''
        : ` At B = ${wholeNumber(batchSize)} it is ${plainNumber(here)}.`;
    return {
      panels: [panel],
      summary: `Falls from ${plainNumber(top)} at B = 1 to ${plainNumber(last)} at B = ${wholeNumber(end)}.${at}`,
      note: [
        ...(finite ? ['Solid: no example twice in a batch. Dashed: examples drawn independently.'] : []),
        ...scatter.note,
      ].join(' '),
    };
  },
});

interface Scatter {
  readonly series: readonly Series[];
  readonly note: readonly string[];
}

const edgeOf = (name: string, x: readonly number[], y: readonly number[]): Series => ({
  name,
  x: Float64Array.from(x),
  y: Float64Array.from(y),
  mark: 'line',
  ink: 'quiet',
  dash: 'dotted',
  size: 1,
  decoration: true,
});

/** Where single batches lie: as batches drawn from the rows do, or else as they would if gradients were Gaussian. */
function scatterOfBatches(quantities: Quantities, end: number, inside: (y: number) => number): Scatter {
  const { summary, meanOf, rows: n, population, settings } = quantities;
  if (summary.spectrum === undefined) return { series: [], note: [] };
  const drawn = summary.resampling?.batches;
  if (drawn === undefined) return gaussianScatter(quantities, end, inside);
  // of a larger data set batches are made of other rows, too, which drawing with replacement stands for
  const whole = settings.replacement === 'without' && population <= n * meanOf;
  const { lower, upper } = whole ? drawn.without : drawn.with;
  const sizes = Array.from(drawn.sizes, (rows) => rows * meanOf).filter((batchSize) => batchSize <= end);
  const at = (deviations: Float64Array): number[] =>
    sizes.map((batchSize, k) => inside(quantities.squaredBatchNorm(batchSize) + (deviations[k] ?? 0)));
  return {
    series: [edgeOf('97.5 % of batches below', sizes, at(upper)), edgeOf('2.5 % of batches below', sizes, at(lower))],
    note: [
      `Dotted: 95 % of single batches lie between, by batches drawn from these rows ${whole ? 'without' : 'with'} replacement.`,
    ],
  };
}

/** One standard deviation to either side. */
function gaussianScatter(quantities: Quantities, end: number, inside: (y: number) => number): Scatter {
  // in units of a power of two, because deviations are squares of squares
  const unit = unitOf(quantities.trace.value);
  const squaredFrobenius = ((quantities.scale * quantities.spectrum.frobeniusNorm) / unit) ** 2;
  const along = (quantities.varianceAlongMean / unit) * (quantities.moments.meanSquaredNorm / unit);
  const sizes = [...logSpaced(1, end, 60)];
  const edge = (sign: number): number[] =>
    sizes.map((batchSize) => {
      const factor = quantities.correction(batchSize) / batchSize;
      const deviation = unit * squaredNormDeviation(factor, along, squaredFrobenius);
      return inside(quantities.squaredBatchNorm(batchSize) + sign * deviation);
    });
  return {
    series: [edgeOf('one deviation above', sizes, edge(1)), edgeOf('one deviation below', sizes, edge(-1))],
    note: ['Dotted: one standard deviation of single batches, as if gradients were Gaussian.'],
  };
}

/** Axes of batch sizes end at the data set; when its size is unknown, past B and everything that B_simple may be. */
export function batchAxisEnd(quantities: Quantities): number {
  const { population } = quantities;
  if (population < Infinity) return population;
  const batchSize = ifKnown(() => quantities.batchSize) ?? 1;
  const interval = ifKnown(() => quantities.noiseScaleInterval);
  const scale = interval?.upper ?? ifKnown(() => quantities.noiseScale.value) ?? interval?.lower ?? 1;
  return Math.ceil(Math.max(4096, 4 * batchSize, 2 * scale));
}
