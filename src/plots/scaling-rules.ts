import { ifKnown } from '../metrics/quantities';
import { plainNumber, trimmed, wholeNumber } from '../shared/numbers';
import type { Panel, PlotLabel, Series } from '../shared/plot';
import { linearScalingLimit, scaledLearningRate } from '../theory/scaling-rules';
import type { ScalingRule } from '../theory/scaling-rules';
import { batchAxisEnd } from './batch-norm';
import { definePlot } from './definition';
import { numberLabel, symbols } from './labels';
import { decadesTo } from './spacing';

export const scalingRules = definePlot({
  id: 'scaling-rules',
  figures: 'batch and rate',
  title: 'Learning rate against batch size',
  subtitle: 'along the linear and the square-root rule, both axes logarithmic',
  draw: (quantities) => {
    const { learningRate, batchSize, scaleFactor } = quantities;
    const scaled = scaleFactor * batchSize;
    const end = Math.max(batchAxisEnd(quantities), batchSize, 2);
    const start = Math.min(1, scaled);
    const rate = (rule: ScalingRule, at: number): number => scaledLearningRate(rule, learningRate, at / batchSize);
    const line = (rule: ScalingRule, from: number, to: number): Pick<Series, 'x' | 'y'> => ({
      x: [from, to],
      y: [rate(rule, from), rate(rule, to)],
    });
    const noiseScale = ifKnown(() => quantities.noiseScale.value);
    const interval = ifKnown(() => quantities.noiseScaleInterval);
    const limit = noiseScale === undefined ? Infinity : linearScalingLimit(noiseScale / batchSize) * batchSize;
    const trusted = Math.min(limit, end);
    const min = rate('linear', start) / 2;
    const max = rate('linear', end) * 2;

    const series: Series[] = [
      { name: 'here', x: [batchSize], y: [learningRate], mark: 'disc', ink: 'here', size: 5 },
      { name: 'linear rule', ...line('linear', start, trusted), mark: 'line', ink: 'data', size: 2 },
      {
        name: 'square-root rule',
        ...line('square-root', start, end),
        mark: 'line',
        ink: 'data',
        dash: 'dashed',
        size: 1.5,
      },
    ];
    if (trusted < end)
      series.push({
        name: 'linear rule beyond its limit',
        ...line('linear', trusted, end),
        mark: 'line',
        ink: 'data',
        dash: 'dotted',
        size: 1,
      });
    const share = (x: number): number => Math.log(x / start) / Math.log(end / start);
    const labels: PlotLabel[] = [
      {
        x: batchSize,
        y: learningRate,
        text: [
          ['t', 'here '],
          ...symbols.learningRate,
          ['t', ` = ${trimmed(learningRate)}, `],
          ...symbols.batchSize,
          ['t', ` = ${wholeNumber(batchSize)}`],
        ],
        ink: 'here',
        strong: true,
        ...(share(batchSize) > 0.4 ? { align: 'right', dx: -9, dy: -6 } : { dx: 9, dy: 14 }),
      },
    ];
    if (scaleFactor !== 1 && scaled <= end) {
      const linear = rate('linear', scaled);
      const root = rate('square-root', scaled);
      series.push(
        { name: 'linear rule at κB', x: [scaled], y: [linear], mark: 'circle', ink: 'data', size: 4.5 },
        { name: 'square-root rule at κB', x: [scaled], y: [root], mark: 'square', ink: 'data', size: 5 },
      );
      const late = share(scaled) > 0.8;
      labels.push(
        {
          x: scaled,
          y: linear,
          text: [['t', `linear ${trimmed(linear)}`]],
          ink: 'data',
          align: 'right',
          dx: -10,
          dy: -4,
        },
        {
          x: scaled,
          y: root,
          text: [['t', `square root ${trimmed(root)}`]],
          ink: 'data',
          ...(late ? { align: 'right', dx: -10, dy: 14 } : { dx: 10, dy: 14 }),
        },
      );
    }
    const clipped = (x: number): number => Math.min(Math.max(x, start), end);
    const lines: NonNullable<Panel['lines']>[number][] = [];
    if (noiseScale !== undefined && noiseScale >= start && noiseScale <= end) {
      lines.push({ axis: 'x', at: noiseScale, ink: 'reference', dash: 'dotted' });
      const early = share(noiseScale) < 0.3;
      labels.push({
        x: noiseScale,
        y: min * 1.6,
        text: [...symbols.noiseScale, ['t', ' '], ...numberLabel(noiseScale)],
        ink: 'reference',
        ...(early ? { dx: 5 } : { align: 'right', dx: -5 }),
      });
    }
    if (limit < end) {
      lines.push({ axis: 'x', at: limit, ink: 'quiet', dash: 'solid' });
      labels.push({
        x: limit,
        y: min * 1.6,
        text: [
          ['i', 'κ'],
          ['_', 'max'],
          ['i', 'B'],
          ['t', ` = ${wholeNumber(limit)}`],
        ],
        ink: 'quiet',
        ...(share(limit) > 0.75 ? { align: 'right', dx: -5, dy: -16 } : { dx: 6 }),
      });
    }
    const band = interval && { from: clipped(interval.lower), to: clipped(interval.upper ?? end) };
    const panel: Panel = {
      height: 276,
      x: {
        scale: 'log',
        min: start,
        max: Math.max(end, 2 * start),
        title: [['t', 'batch size '], ...symbols.batchSize],
        name: 'batch size B',
        whole: true,
        ticks: decadesTo(end),
      },
      y: { scale: 'log', min, max, title: [['t', 'learning rate '], ...symbols.learningRate], name: 'learning rate' },
      series,
      here: { setting: 'batchSize', at: batchSize },
      lines,
      ...(band && band.to > band.from && { bands: [{ axis: 'x', ...band }] }),
      labels,
    };
    const reach =
      limit === Infinity
        ? 'The noise scale is not resolved, so no limit of the linear rule is drawn.'
        : quantities.settings.replacement === 'without' && limit >= quantities.population
          ? 'The linear rule is drawn solid up to the whole data set, within its necessary limit.'
          : `The linear rule is drawn solid up to its necessary limit at B = ${plainNumber(limit)}.`;
    return {
      panels: [panel],
      summary: `Through η = ${trimmed(learningRate)} at B = ${wholeNumber(batchSize)}: at κB = ${trimmed(scaled)} the linear rule gives ${trimmed(rate('linear', scaled))}, the square-root rule ${trimmed(rate('square-root', scaled))}. ${reach}`,
      ...(interval?.upper === undefined &&
        interval && { note: 'The shaded band begins at the lower bound of the noise scale; no upper end is known.' }),
    };
  },
});
