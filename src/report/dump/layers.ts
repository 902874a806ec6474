import { influences } from '../../metrics/influence';
import { ifKnown, LowerBound } from '../../metrics/quantities';
import type { Quantities } from '../../metrics/quantities';
import { tex } from '../../shared/notation';
import { counted, percent, plainNumber, wholeNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import type { Cell, Phrase, Table, Text } from '../../shared/report';
import type { LayerMoments } from '../../shared/summary';
import { varianceParts } from '../../theory/analysis-of-variance';
import { covarianceTrace, meanCorrection, trueGradientSquaredNorm } from '../../theory/estimators';
import { isResolved, largestSignal, shareOfSquares } from '../../theory/resolution';
import type { SectionDefinition } from '../definition';
import { column, math, number, strong } from '../phrases';

export const layers: SectionDefinition = {
  id: 'layers',
  short: 'Layers',
  title: 'Layers',
  folded: ({ quantities }) => !layersAreUneven(quantities),
  blocks: [
    ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
    ({ quantities }) => {
      const list = layersOf(quantities);
      if (list.length === 0) return undefined;
      return {
        kind: 'figures',
        figures: [{ kind: 'table', table: layerTable(quantities, noisiest(quantities, list)) }],
      };
    },
    ({ quantities }) => {
      const text = dead(layersOf(quantities));
      return text === undefined ? undefined : { kind: 'note', text };
    },
    () => ({
      kind: 'theory',
      title: 'What adds up over layers, and what does not',
      paragraphs: [
        [
          'A layer is a block of parameters. Squared lengths are sums over parameters, so the squared gradient and the trace of the covariance add up over layers exactly, and so do the products between gradients:',
        ],
        {
          formula: String.raw`\lVert G\rVert^2=\sum_l\lVert G_l\rVert^2,\qquad${tex.trace}=\sum_l\operatorname{tr}\Sigma_l,\qquad K=\sum_lK_l.`,
        },
        [
          'The largest eigenvalue does not add: it is at least that of any layer, and at most their sum. Directions of different layers may be noisy together. The noise scale of the whole is the mean of those of the layers, weighted by their signal, so a layer with hardly any signal may have an enormous noise scale and still not matter.',
        ],
      ],
    }),
  ],
};

/** Whether the noise is spread more unevenly over layers than over rows: the more uneven of the two is shown open. */
export function layersAreUneven(quantities: Quantities): boolean {
  const { moments } = quantities.summary;
  if (moments === undefined || moments.layers.length < 2) return false;
  return ifKnown(() => ofLayers(quantities) > ofRows(quantities)) ?? false;
}

/** Part of the noise that would have to move to make all parameters alike: ½ Σ |share − fair share|. */
function ofLayers({ moments: { layers: all, scatter }, parameters }: Quantities): number {
  if (scatter === 0) return 0;
  return all.reduce((sum, layer) => sum + Math.abs(layer.scatter / scatter - layer.size / parameters), 0) / 2;
}

/** The same, to make all rows alike. */
const ofRows = (quantities: Quantities): number =>
  influences(quantities).reduce((sum, { share }) => sum + Math.abs(share - 1 / quantities.rows), 0) / 2;

/** One layer’s share of everything; what is undefined for it is left out. */
interface LayerRow {
  readonly name: string;
  readonly size: number;
  readonly dead: number;
  readonly signal: number;
  readonly trace: number;
  readonly toDrawn: number;
  /** Of B_simple either the value, or the least it can be where the layer’s mean gradient cannot be distinguished from 0. */
  readonly noiseScale?: number;
  readonly leastNoiseScale?: number;
  readonly spectralNorm?: number;
  readonly participation?: number;
}

function layersOf(quantities: Quantities): readonly LayerRow[] {
  const { moments, scale } = quantities;
  const spectra = quantities.summary.spectrum?.layers;
  return moments.layers.map((layer, index) => {
    const meanSquaredNorm = quantities.isRounding(layer) ? 0 : layer.meanSquaredNorm;
    const { signal, trace, toDrawn } = partsOfLayer(quantities, { ...layer, meanSquaredNorm }, index);
    const spectrum = spectra?.[index];
    const spectralNorm = spectrum && scale * spectrum.spectralNorm;
    const participation =
      spectrum && spectrum.frobeniusNorm > 0 ? (trace / (scale * spectrum.frobeniusNorm)) ** 2 : undefined;
    return {
      name: layer.name,
      size: layer.size,
      dead: layer.deadParameters,
      signal,
      trace,
      toDrawn,
      ...noiseScaleOf(quantities, { signal, trace, toDrawn, size: layer.size, spectralNorm, participation }),
      ...(spectralNorm !== undefined && { spectralNorm }),
      ...(participation !== undefined && { participation }),
    };
  });
}

/** Of one layer. */
interface LayerParts {
  readonly signal: number;
  readonly trace: number;
  /** What its tr Σ is multiplied with for the variance of what was drawn, a row or a group of rows. */
  readonly toDrawn: number;
}

/**
 * ‖G_l‖² and tr Σ_l of one layer; they add up over layers.
 *
 * @throws AnalysisError gradstats/rows of rows in groups, where their means are not known layer by layer
 */
export function partsOfLayer(
  quantities: Quantities,
  { meanSquaredNorm, scatter }: Pick<LayerMoments, 'meanSquaredNorm' | 'scatter'>,
  index: number,
): LayerParts {
  quantities.requireCovariance();
  const { clusters, drawnRows, rows: n } = quantities;
  const own = { ...drawnRows, meanSquaredNorm, scatter };
  if (clusters === undefined)
    return {
      signal: trueGradientSquaredNorm(own),
      trace: covarianceTrace(own),
      toDrawn: n / quantities.scale / (n - 1),
    };
  const { sizes, layers: betweenLayers } = clusters.groups;
  const between = betweenLayers[index];
  if (between === undefined)
    throw new AnalysisError({
      code: 'gradstats/rows',
      found:
        'The signal of layers whose rows are in groups needs the rows themselves, and this file holds their products',
      remedy: 'Analyze the dump itself.',
    });
  // besides the sizes only a sum over groups enters, so that one of them may hold all of it
  const squaredDistances = sizes.map((size, p) => (p === 0 ? between / size : 0));
  const { within, between: component, designEffect } = varianceParts({ sizes, squaredDistances, scatter });
  const whole = clusters.parts.within + clusters.parts.between;
  const trace = whole > 0 ? (quantities.trace.value / whole) * (within + component) : 0;
  const variance = (designEffect * (within + component)) / n;
  const left = quantities.meanIsExact ? 0 : meanCorrection(drawnRows) * variance;
  return { signal: meanSquaredNorm - left, trace, toDrawn: trace > 0 ? (variance * sizes.length) / trace : 0 };
}

/**
 * The ratio where the signal can be distinguished from 0, by the very test of the whole dump, and a bound elsewhere: as if all of the noise
 * lay in one direction where no more is known of it.
 */
function noiseScaleOf(
  quantities: Quantities,
  layer: {
    readonly signal: number;
    readonly trace: number;
    readonly toDrawn: number;
    readonly size: number;
    readonly spectralNorm: number | undefined;
    readonly participation: number | undefined;
  },
): Pick<LayerRow, 'noiseScale' | 'leastNoiseScale'> {
  const { signal, trace, toDrawn, size, spectralNorm = trace, participation } = layer;
  const value = signal > 0 ? { noiseScale: trace / signal } : {};
  const { units: n, studentQuantile } = quantities;
  if (!quantities.hasIntervals || quantities.meanIsExact || trace === 0) return value;
  // of what was drawn, not of examples
  const variance = (ofExamples: number): number => ofExamples * toDrawn;
  const resolution = {
    rows: n,
    variance: variance(trace),
    meanFactor: meanCorrection(quantities.drawnRows),
    squares: participation === undefined ? 1 : shareOfSquares(n, size, participation),
  };
  if (isResolved(signal, resolution, studentQuantile)) return value;
  return { leastNoiseScale: trace / largestSignal(signal, resolution, variance(spectralNorm), studentQuantile) };
}

/** More than anybody reads, and few enough for every move of a slider. */
const MOST_LAYERS = 500;

/** The layers with the largest trace, in their order, and the others as one. */
function noisiest(quantities: Quantities, list: readonly LayerRow[]): readonly LayerRow[] {
  if (list.length <= MOST_LAYERS) return list;
  const kept = new Set([...list].sort((a, b) => b.trace - a.trace).slice(0, MOST_LAYERS));
  const others = list.filter((layer) => !kept.has(layer));
  const sum = (pick: (layer: LayerRow) => number): number => others.reduce((total, layer) => total + pick(layer), 0);
  const [signal, trace] = [sum((layer) => layer.signal), sum((layer) => layer.trace)];
  const together: LayerRow = {
    name: `${wholeNumber(others.length)} others together`,
    size: sum(({ size }) => size),
    dead: sum(({ dead }) => dead),
    signal,
    trace,
    toDrawn: 0,
    // which of them have noise in common is not known
    ...noiseScaleOf(quantities, {
      signal,
      trace,
      toDrawn: kept.values().next().value?.toDrawn ?? 0,
      size: sum(({ size }) => size),
      spectralNorm: undefined,
      participation: undefined,
    }),
  };
  return [...list.filter((layer) => kept.has(layer)), together];
}

function finding(quantities: Quantities): Text {
  if (quantities.moments.layers.length === 0)
    return [strong('The dump does not name layers.'), ' Name them in its metadata, or save one array per layer.'];
  quantities.requireRows(2, 'a covariance');
  const list = layersOf(quantities);
  const trace = quantities.trace.value;
  const largest = list.reduce((most, layer) => (layer.trace > most.trace ? layer : most));
  if (trace === 0) return [strong('No layer has any noise'), ': all rows are the same.'];
  const share = largest.trace / trace;
  const size = largest.size / quantities.parameters;
  if (list.length === 1) return [strong('There is one layer'), `: ${largest.name}. It holds all of the noise.`];
  const begin: Text = [
    strong(`${percent(share)} of the noise is in one layer`),
    `: ${largest.name}, with ${percent(size)} of the parameters.`,
  ];
  const density = (layer: LayerRow): number => layer.trace / layer.size;
  const densest = list.reduce((most, layer) => (density(layer) > density(most) ? layer : most));
  const times = density(densest) / (trace / quantities.parameters);
  if (times < 1.5) return begin;
  return [...begin, ` Per parameter ${densest.name} is the noisiest, ${plainNumber(times, 2)} times the average.`];
}

function layerTable(quantities: Quantities, list: readonly LayerRow[]): Table {
  const trace = quantities.trace.value;
  const cell = (value: number | undefined, write: (value: number) => Cell['text'][number]): Cell =>
    value === undefined ? { text: ['–'] } : { text: [write(value)], value };
  const written = (pick: (layer: LayerRow) => number | undefined, whole: number | undefined) =>
    column([...list.map(pick), whole].filter((value) => value !== undefined));
  const signal = quantities.signal.value;
  const noiseScale = wholeNoiseScale(quantities);
  const eigenvalues = quantities.summary.spectrum && ifKnown(() => quantities.requireNoise());
  const ratio = eigenvalues && quantities.participationRatio;
  const writeTrace = written((layer) => layer.trace, trace);
  const writeSignal = written((layer) => layer.signal, signal);
  const writeNorm = written((layer) => layer.spectralNorm, eigenvalues?.[0]);
  return {
    id: 'layers',
    caption: [strong('Signal and noise by layer')],
    columns: [
      { head: ['layer'], align: 'left' },
      { head: ['parameters'], align: 'right', secondary: true },
      { head: [math(tex.trace)], align: 'right' },
      { head: ['share'], align: 'left' },
      { head: [math(tex.signal)], align: 'right', minor: true },
      { head: [math(tex.noiseScale)], align: 'right' },
      { head: [math(tex.spectralNorm)], align: 'right', secondary: true },
      { head: [math(tex.participationRatio)], align: 'right', secondary: true },
    ],
    rows: list.map((layer) => {
      const share = trace > 0 ? layer.trace / trace : 0;
      return [
        { text: [layer.name] },
        { text: [wholeNumber(layer.size)], value: layer.size },
        cell(layer.trace, writeTrace),
        { text: [percent(share)], value: share, share: Math.min(1, share) },
        cell(layer.signal, writeSignal),
        scaleCell(layer),
        cell(layer.spectralNorm, writeNorm),
        cell(layer.participation, (value) => number(value)),
      ];
    }),
    foot: [
      { text: ['all'] },
      { text: [wholeNumber(quantities.parameters)], value: quantities.parameters },
      cell(trace, writeTrace),
      { text: ['layers add up'] },
      cell(signal, writeSignal),
      scaleCell(noiseScale),
      cell(eigenvalues?.[0], writeNorm),
      cell(ratio, (value) => number(value)),
    ],
    sortedBy: { column: 2, descending: true },
    note: [
      'Trace and squared gradient of the layers add up to the whole; the other quantities do not, and their foot is that of the whole dump.',
      ...(list.some(({ leastNoiseScale }) => leastNoiseScale !== undefined)
        ? [' A noise scale with ≥ is a lower bound: the mean gradient of that layer cannot be distinguished from 0.']
        : []),
      ...(quantities.hasIntervals
        ? [
            ' Layers have no intervals: these need the squared length of each row within a layer, which a dump of many layers would make too many numbers to keep.',
          ]
        : []),
    ],
  };
}

/** B_simple of the whole dump, or its lower bound. */
function wholeNoiseScale(quantities: Quantities): Pick<LayerRow, 'noiseScale' | 'leastNoiseScale'> {
  try {
    return { noiseScale: quantities.noiseScale.value };
  } catch (error) {
    if (error instanceof LowerBound) return { leastNoiseScale: error.interval.lower };
    if (error instanceof AnalysisError) return {};
    throw error;
  }
}

function scaleCell({ noiseScale, leastNoiseScale = 0 }: Pick<LayerRow, 'noiseScale' | 'leastNoiseScale'>): Cell {
  const write = (value: number): Phrase => number(value, value < 10 ? 2 : 3);
  if (noiseScale !== undefined) return { text: [write(noiseScale)], value: noiseScale };
  return { text: leastNoiseScale > 0 ? ['≥ ', write(leastNoiseScale)] : ['–'] };
}

/** Parameters that never receive a gradient, by layer. */
function dead(list: readonly LayerRow[]): Text | undefined {
  const silent = list.filter((layer) => layer.dead > 0);
  if (silent.length === 0) return undefined;
  const named = silent
    .slice(0, 3)
    .map((layer) => `${wholeNumber(layer.dead)} of the ${counted(layer.size, 'parameter')} of ${layer.name}`);
  const more = silent.length > 3 ? ` and some in ${silent.length - 3} more layers` : '';
  return [
    `${named.join(', ')}${more} never receive a gradient. They stay in the parameter count and add nothing to the trace.`,
  ];
}
