import type { Interval, Report } from '../../src/shared/report';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';

/**
 * What is so, computed once more from the sums of a summary by the formulas of the conventions, beside the code that writes the
 * sentences. Intervals are those of the report: that they cover is tested elsewhere.
 */
export interface Truth {
  readonly summary: DumpSummary;
  readonly settings: Settings;
  readonly n: number;
  /** Rows, or groups of them, that were drawn independently. */
  readonly units: number;
  readonly d: number;
  /** b, examples a row. */
  readonly b: number;
  readonly N: number;
  readonly uncertain: boolean;
  readonly hasIntervals: boolean;
  /** Batches hold no example twice, and the data set ends. */
  readonly finite: boolean;
  readonly adam: boolean;
  /** tr Σ, undefined where the rows have none. */
  readonly trace?: number;
  readonly signal?: number;
  /** ‖ḡ‖² and Σ‖xᵢ‖² of the gradients themselves, a mean of rounding errors as 0. */
  readonly meanSquaredNorm: number;
  readonly scatter: number;
  /** Of tr Σ over scatter/n. */
  readonly scale: number;
  /** Of B_simple: the ends of its interval, or the lower one alone. */
  readonly ends?: Interval;
  /** tr Σ/‖G‖², where the signal is positive. */
  readonly noiseScale?: number;
  /** In the metric of the optimizer: the noise scale, and the ends of its interval. */
  readonly optimizer?: { readonly noiseScale?: number; readonly ends?: Interval };
  /** [n] ‖gᵢ‖ of the gradients themselves, ascending. */
  readonly lengths: readonly number[];
  /** What a card says, to which a sentence that repeats it is held. */
  readonly card: (id: string) => { readonly value: number; readonly interval?: Interval } | undefined;
  /** B, where it can be used. */
  readonly B?: number;
  readonly eta?: number;
  /** The batch of as much noise as signal, for a given B_simple. */
  readonly balanced: (noiseScale: number) => number;
  /** (N − B)/(N − 1), or 1. */
  readonly correction: (batch: number) => number;
  /** Eigenvalues in the convention, without rounding, largest first. */
  readonly eigenvalues: readonly number[];
  /** λ₁ over what isotropic noise would show. */
  readonly shuffledFloor?: number;
}

export function truthOf(report: Report, summary: DumpSummary, settings: Settings): Truth {
  const { dump, moments, spectrum } = summary;
  const { rows: n, parameters: d, metadata } = dump;
  const { gradientScale: c = 1, convention, replacement, batchSize, datasetSize } = settings;
  const kind = settings.rows ?? metadata.rows;
  const b = typeof kind === 'object' ? kind.meanOf : 1;
  const N = convention === 'population' ? n : (datasetSize ?? Infinity);
  const refused = (field: keyof Settings): boolean =>
    report.settingsProblems.some((problem) => problem.field === field);
  const usable = !refused('convention') && !refused('datasetSize');
  const scatter = (moments?.scatter ?? 0) / c ** 2;
  const measured = (moments?.meanSquaredNorm ?? 0) / c ** 2;
  const rounding = measured < Math.max((n * 2 ** -53) ** 2, 2 ** -104 / n) * (measured + scatter / n);
  const meanSquaredNorm = rounding ? 0 : measured;
  const V = scatter / (n - 1);
  // the share of pairs of rows within one pass over the data
  const m = Math.floor(N / b);
  const [whole, rest] = [Math.floor(n / m), n % m];
  const share = metadata.batches === 'independent' ? 0 : n <= m ? 1 : b === 1 ? 0 : (whole * m * (m - 1) + rest * (rest - 1)) / (n * (n - 1)); // prettier-ignore
  const divisor = N - b + share * b;
  const traceFactor = N === Infinity ? b : (b * (N - 1)) / divisor;
  const meanFactor = N === Infinity ? 1 : (N - b - (n - 1) * share * b) / divisor;
  const exactMean = b === N || Math.abs(meanFactor) < 1e-12;
  const uncertain = convention === 'sample' && !(b === 1 && exactMean);
  // rows in groups: mean squares between and within, and the variance of the mean that both make
  const [sizes, squaredDistances] = [[...(summary.groups?.sizes ?? [])], [...(summary.groups?.squaredDistances ?? [])]];
  const inGroups = uncertain && sizes.length > 0 && sizes.length < n;
  const between = sizes.reduce((sum, size, p) => sum + (size * squaredDistances[p]!) / c ** 2, 0);
  const squares = sizes.reduce((sum, size) => sum + size * size, 0);
  const msw = (scatter - between) / (n - sizes.length);
  const component = (between / (sizes.length - 1) - msw) / ((n - squares / n) / (sizes.length - 1));
  const variance = inGroups ? (component * squares) / n ** 2 + msw / n : V / n;
  const units = inGroups ? sizes.length : n;
  const hasTrace = usable && n > 1 && b < N && units > 1;
  const trace = hasTrace ? (inGroups ? msw + component - (N < Infinity ? (variance * n) / N : 0) : traceFactor * V) : undefined; // prettier-ignore
  const signal = usable && (units > 1 || exactMean) ? (exactMean ? meanSquaredNorm : meanSquaredNorm - meanFactor * variance) : undefined; // prettier-ignore
  const scale = trace === undefined || scatter === 0 ? (hasTrace ? (traceFactor * n) / (n - 1) : 1) : (trace * n) / scatter; // prettier-ignore
  const finite = replacement === 'without' && N < Infinity;
  const outcome = report.metrics.find(({ id }) => id === 'simple-noise-scale')?.outcome;
  const ends = outcome?.kind === 'pending' ? undefined : outcome?.interval;
  const moments2 = summary.companions?.secondMoments;
  const weights = moments2 !== undefined && 'summary' in moments2 && hasTrace ? moments2.summary : undefined;
  const own = report.metrics.find(({ id }) => id === 'optimizer-noise-scale')?.outcome;
  const ownEnds = own?.kind === 'pending' ? undefined : own?.interval;
  const weightedV = weights && weights.rowProducts.reduce((sum, value) => sum + value, 0) / (n - 1);
  const weightedSignal = weights && (rounding ? 0 : weights.meanProduct) - (exactMean ? 0 : (meanFactor * weightedV!) / n); // prettier-ignore
  const B = batchSize !== undefined && !refused('batchSize') ? batchSize : undefined;
  const eta = settings.learningRate !== undefined && !refused('learningRate') ? settings.learningRate : undefined;
  const shuffled = summary.resampling?.shuffled;
  const lengths = Array.from(moments?.centeredSquaredNorms ?? [], (square, i) => Math.sqrt(Math.max(0, (moments?.meanSquaredNorm ?? 0) + 2 * (moments?.meanProducts[i] ?? 0) + square)) / c); // prettier-ignore
  return {
    summary,
    settings,
    n,
    d,
    b,
    N,
    uncertain,
    hasIntervals: uncertain && units >= 4,
    units,
    finite,
    adam: settings.optimizer === 'adam',
    ...(trace !== undefined && { trace }),
    ...(signal !== undefined && { signal }),
    meanSquaredNorm,
    scatter,
    scale,
    ...(ends && { ends }),
    ...(trace !== undefined && signal !== undefined && signal > 0 && { noiseScale: trace / signal }),
    ...(weights && { optimizer: { ...(weightedSignal! > 0 && { noiseScale: (traceFactor * weightedV!) / weightedSignal! }), ...(ownEnds && { ends: ownEnds }) } }), // prettier-ignore
    lengths: lengths.sort((x, y) => x - y),
    card: (id) => {
      const found = report.metrics.find((metric) => metric.id === id)?.outcome;
      return found?.kind === 'value' ? found : undefined;
    },
    ...(B !== undefined && { B }),
    ...(eta !== undefined && { eta }),
    balanced: (noiseScale) => (finite ? (N * noiseScale) / (N - 1 + noiseScale) : noiseScale),
    correction: (batch) => (finite ? (N === 1 ? 0 : (N - batch) / (N - 1)) : 1),
    eigenvalues: spectrum === undefined ? [] : Array.from(spectrum.eigenvalues).filter((value) => value > spectrum.roundingFloor).map((value) => (scale * value) / c ** 2), // prettier-ignore
    ...(shuffled instanceof Float64Array && { shuffledFloor: (scale * shuffled[0]!) / c ** 2 }),
  };
}
