import type { Quantities } from '../metrics/quantities';
import { counted, percent, plainNumber, wholeNumber } from '../shared/numbers';
import type { PlotLabel, PlotSpec } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { definePlot } from './definition';
import { symbols } from './labels';

type Drawn = Pick<PlotSpec, 'panels' | 'summary'> & Partial<Pick<PlotSpec, 'subtitle' | 'note'>>;

export const varianceTraces = definePlot({
  id: 'variance-traces',
  figures: 'variances',
  title: 'Where the variance is',
  subtitle: 'by the trace of each layer',
  draw: (quantities) => (quantities.moments.layers.length > 1 ? byLayer(quantities) : byParameter(quantities)),
});

function byLayer(quantities: Quantities): Drawn {
  const { layers } = quantities.moments;
  const traces = layers.map(({ scatter }) => (quantities.scale * scatter) / quantities.rows);
  const total = quantities.trace.value;
  const largest = traces.reduce((most, trace) => Math.max(most, trace), 0);
  if (!(largest > 0)) throw noNoise();
  const order = traces.map((_, index) => index).sort((a, b) => (traces[b] ?? 0) - (traces[a] ?? 0));
  const named = new Set(order.slice(0, layers.length <= 6 ? layers.length : 3));
  const labels = layers.flatMap(({ name }, index): PlotLabel[] => {
    if (!named.has(index)) return [];
    const text = [['t', shortened(name)]] as const;
    return [{ x: index + 1, y: traces[index] ?? 0, text, ink: 'data', align: 'center', dy: -6 }];
  });
  const most = layers[order[0] ?? 0];
  return {
    panels: [
      {
        height: 276,
        x: {
          scale: 'linear',
          min: 0.4,
          max: layers.length + 0.6,
          title: [['t', 'layer, in the order of the dump']],
          name: 'layer',
          ticks: layerTicks(layers.length),
        },
        y: { scale: 'linear', min: 0, max: 1.15 * largest, title: symbols.trace, name: 'trace' },
        series: [
          {
            name: 'trace',
            x: layers.map((_, index) => index + 1),
            y: traces,
            mark: 'bar',
            ink: 'data',
            pointNames: layers.map(({ name }) => name),
          },
        ],
        labels,
      },
    ],
    summary: `The traces of ${layers.length} layers add up to ${plainNumber(total)}. The largest, ${most?.name ?? ''}, holds ${percent(largest / total)}.`,
  };
}

function byParameter(quantities: Quantities): Drawn {
  quantities.requireOwnColumns('The columns are random sums of parameters, which say nothing of single ones');
  const { first, counts } = quantities.moments.varianceHistogram;
  const { constantParameters } = quantities.moments;
  const { parameters } = quantities;
  const filled = Array.from(counts.keys()).filter((bin) => (counts[bin] ?? 0) > 0);
  const low = filled[0];
  const high = filled.at(-1);
  if (low === undefined || high === undefined) throw noNoise();
  const bins = Array.from({ length: high - low + 1 }, (_, index) => low + index);
  // the middle of a bin [2ᵏ, 2ᵏ⁺¹) on a logarithmic axis
  const middles = bins.map((bin) => quantities.scale * 2 ** (first + bin) * Math.SQRT2);
  const heights = bins.map((bin) => counts[bin] ?? 0);
  const most = Math.max(...heights);
  const lowest = middles[0] ?? 1;
  const highest = middles.at(-1) ?? 1;
  const silent =
    constantParameters === 0 ? '' : ` ${wholeNumber(constantParameters)} have none at all and are left out.`;
  return {
    subtitle: 'by the variance of the gradient of each parameter, in bins of a factor of two',
    panels: [
      {
        height: 276,
        x: {
          scale: 'log',
          min: lowest / 2,
          max: highest * 2,
          title: [['t', 'variance of one parameter’s gradient']],
          name: 'variance',
        },
        y: { scale: 'linear', min: 0, max: 1.15 * most, title: [['t', 'parameters']], name: 'parameters' },
        series: [{ name: 'parameters', x: middles, y: heights, mark: 'bar', ink: 'data' }],
      },
    ],
    summary: `The variances of ${counted(parameters - constantParameters, 'parameter')} lie between ${plainNumber(lowest / Math.SQRT2)} and ${plainNumber(highest * Math.SQRT2)}; most often near ${plainNumber(middles[heights.indexOf(most)] ?? 0)}.${silent}`,
    ...(quantities.moments.layers.length === 0 && {
      note: 'With layers named in the metadata, this shows the trace of each layer.',
    }),
  };
}

const noNoise = (): AnalysisError =>
  new AnalysisError({
    code: 'value/undefined',
    found: 'All rows are the same, so no parameter varies',
    remedy: 'Dump the gradients of different examples.',
  });

const shortened = (name: string): string => (name.length <= 18 ? name : `${name.slice(0, 8)}…${name.slice(-9)}`);

function layerTicks(count: number): readonly number[] {
  const step = Math.max(1, Math.ceil(count / 12));
  return Array.from({ length: Math.floor((count - 1) / step) + 1 }, (_, index) => 1 + index * step);
}
