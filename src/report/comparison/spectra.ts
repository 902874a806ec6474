import { ifKnown, Quantities } from '../../metrics/quantities';
import { plainNumber, trimmed, wholeNumber } from '../../shared/numbers';
import type { Panel, PlotSpec } from '../../shared/plot';
import type { DumpComparison } from '../../shared/summary';
import { rankTicks } from '../../plots/spacing';
import type { Compared } from './compare';

/** Eigenvalues of both on one axis, and those of B over those of A below; undefined where one has no spectrum. */
export function spectraPlot(baseline: Compared, other: Compared): PlotSpec | undefined {
  const [a, b] = [baseline, other].map(({ summary, settings }) =>
    ifKnown(() => new Quantities(summary, settings).requireNoise().filter((value) => value > 0)),
  );
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return undefined;
  const most = Math.max(a.length, b.length);
  const both = Math.min(a.length, b.length);
  const ranks = Float64Array.from({ length: most }, (_, k) => k + 1);
  const ratios = b.subarray(0, both).map((value, k) => value / (a[k] ?? value));
  const x = { scale: 'log', min: 0.9, max: Math.max(2, 1.13 * most), ticks: rankTicks(most), name: 'rank' } as const;
  const [largest, smallest] = [Math.max(a[0] ?? 0, b[0] ?? 0), Math.min(a.at(-1) ?? 0, b.at(-1) ?? 0)];
  const [head, middle] = [Math.min(10, both), Math.floor(both / 2)];
  const eigenvalues: Panel = {
    height: 216,
    x: { ...x, title: [], blank: true },
    y: {
      scale: 'log',
      // below, rounding alone would take most of the height
      min: Math.max(smallest / 2, largest * 1e-9),
      max: largest * 3,
      title: [['t', 'eigenvalue '], ['i', 'λ'], ['_', 'k']], // prettier-ignore
      name: 'eigenvalue',
    },
    series: [
      { name: 'A', x: ranks.subarray(0, Math.min(12, a.length)), y: a.subarray(0, 12), mark: 'circle', ink: 'data', size: 4, decoration: true }, // prettier-ignore
      { name: 'B', x: ranks.subarray(0, Math.min(12, b.length)), y: b.subarray(0, 12), mark: 'square', ink: 'second', size: 4, decoration: true }, // prettier-ignore
      { name: 'A', x: ranks.subarray(0, a.length), y: a, mark: 'line', ink: 'data', size: 2 },
      { name: 'B', x: ranks.subarray(0, b.length), y: b, mark: 'line', ink: 'second', dash: 'dashed', size: 1.4 },
    ],
    labels: [
      { x: ranks[middle] ?? 1, y: a[middle] ?? largest, text: [['t', 'A']], ink: 'data', dx: 8, dy: -8, strong: true },
      { x: ranks[Math.floor(middle / 2)] ?? 1, y: b[Math.floor(middle / 2)] ?? largest, text: [['t', 'B']], ink: 'second', align: 'right', dx: -8, dy: 16, strong: true }, // prettier-ignore
    ],
  };
  const over: Panel = {
    height: 132,
    x: { ...x, title: [['t', 'rank '], ['i', 'k']] }, // prettier-ignore
    y: {
      scale: 'linear',
      min: 0,
      max: 1.1 * Math.min(10, Math.max(1, ...ratios)),
      title: [['t', 'B over A']],
      name: 'B over A',
    },
    series: [{ name: 'B over A', x: ranks.subarray(0, both), y: ratios, mark: 'line', ink: 'text', size: 1.5 }],
    lines: [{ axis: 'y', at: 1, ink: 'reference', dash: 'dotted' }],
    labels: [{ x: 1, y: 1, text: [['t', 'no change']], ink: 'reference', dx: 8, dy: -5 }],
  };
  const geometric = Math.exp(ratios.subarray(0, head).reduce((sum, ratio) => sum + Math.log(ratio), 0) / head);
  return {
    id: 'comparison-spectra',
    title: 'Eigenvalues of A and B',
    subtitle: 'by rank, both axes logarithmic; below, B over A',
    summary: `${wholeNumber(a.length)} eigenvalues of A, from ${plainNumber(a[0] ?? 0)} down, and ${wholeNumber(b.length)} of B, from ${plainNumber(b[0] ?? 0)} down. The first ${head === 1 ? 'one' : head} of B ${head === 1 ? 'is' : 'are on average'} ${trimmed(geometric)} times that of A.`,
    panels: [eigenvalues, over],
  };
}

/** Root mean square of the cosines of principal angles between random planes of k directions in a space of d. */
export const chanceCosine = (k: number, d: number): number => Math.sqrt(Math.min(1, k / d));

/** Cosines of the principal angles between the leading directions of both. */
export function anglesPlot({ principalCosines: cosines }: DumpComparison, parameters: number): PlotSpec | undefined {
  const k = cosines.length;
  if (k === 0) return undefined;
  const chance = chanceCosine(k, parameters);
  const places = Float64Array.from(cosines, (_, i) => i + 1);
  const last = cosines[k - 1] ?? 0;
  return {
    id: 'principal-angles',
    title: 'Do the leading directions agree?',
    subtitle: `cosines of ${k === 1 ? 'the principal angle' : `${k} principal angles`}`,
    summary: `Cosines of the principal angles between the ${k === 1 ? 'leading direction' : `${k} leading directions`} of both dumps, from ${plainNumber(cosines[0] ?? 0)} down to ${plainNumber(last)}. Random planes have about ${plainNumber(chance, 2)}.`,
    panels: [
      {
        height: 348,
        x: {
          scale: 'linear',
          min: 0.5,
          max: k + 0.5,
          title: [['t', 'principal angle, by size']],
          name: 'principal angle',
          ticks: [...places],
          whole: true,
        },
        y: { scale: 'linear', min: 0, max: 1.02, title: [['t', 'cosine']], name: 'cosine' },
        series: [
          { name: 'cosine', x: places, y: cosines, mark: 'disc', ink: 'data', size: 4.5 },
          { name: 'from 0', x: places, y: cosines, mark: 'bar', ink: 'data', size: 1.25, decoration: true },
        ],
        lines: [{ axis: 'y', at: chance, ink: 'reference', dash: 'dashed' }],
        labels: [
          { x: (k + 1) / 2, y: chance, text: [['t', `random planes ${plainNumber(chance, 2)}`]], ink: 'reference', align: 'center', dy: chance > 0.9 ? 14 : -6 }, // prettier-ignore
        ],
      },
    ],
  };
}
