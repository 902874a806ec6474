import { percent, plainNumber } from '../shared/numbers';
import type { Panel } from '../shared/plot';
import { floorOf } from '../metrics/measured/noise-floor';
import { ifKnown } from '../metrics/quantities';
import { definePlot } from './definition';
import { numberLabel } from './labels';
import { rankTicks } from './spacing';

export const eigenSpectrum = definePlot({
  id: 'eigen-spectrum',
  figures: 'spectrum',
  title: 'Eigenvalues of Σ',
  subtitle: 'by rank, both axes logarithmic; below, their cumulative share',
  draw: (quantities) => {
    const eigenvalues = quantities.requireNoise();
    const count = eigenvalues.length;
    const largest = eigenvalues[0] ?? 0;
    const smallest = eigenvalues[count - 1] ?? 0;
    const trace = quantities.trace.value;
    let sum = 0;
    const shares = eigenvalues.map((eigenvalue) => Math.min(100, (100 * (sum += eigenvalue)) / trace));
    const ranks = eigenvalues.map((_, index) => index + 1);
    const reach = (share: number): number => shares.findIndex((s) => s >= share - 1e-9) + 1;
    const rank = { scale: 'log', min: 0.9, max: Math.max(2, 1.13 * count), ticks: rankTicks(count) } as const;

    // known only after another pass, on demand
    const floor = quantities.summary.resampling && ifKnown(() => floorOf(quantities));
    const above = floor === undefined ? count : eigenvalues.filter((eigenvalue) => eigenvalue > floor).length;
    const scree: Panel = {
      height: 216,
      x: { ...rank, title: [], name: 'rank', blank: true },
      y: {
        scale: 'log',
        min: smallest / 2,
        max: largest * 3,
        title: [
          ['t', 'eigenvalue '],
          ['i', 'λ'],
          ['_', 'k'],
        ],
        name: 'eigenvalue',
      },
      series: [
        {
          name: floor === undefined ? 'eigenvalue' : 'eigenvalue above the floor',
          x: ranks.subarray(0, above),
          y: eigenvalues.subarray(0, above),
          mark: 'disc',
          ink: 'data',
          size: 2.5,
        },
        ...(above < count
          ? [
              {
                name: 'eigenvalue below the floor',
                x: ranks.subarray(above),
                y: eigenvalues.subarray(above),
                mark: 'circle',
                ink: 'data',
                size: 2.5,
              } as const,
            ]
          : []),
      ],
      ...(floor !== undefined &&
        floor > smallest / 2 &&
        floor < largest * 3 && { lines: [{ axis: 'y', at: floor, ink: 'reference', dash: 'dashed' }] }),
      labels: [
        {
          x: 1,
          y: largest,
          text: [['i', 'λ'], ['_', '1'], ['t', ' = '], ...numberLabel(largest)],
          ink: 'data',
          dx: 8,
          dy: -5,
        },
        ...(floor !== undefined && floor > smallest / 2 && floor < largest * 3
          ? [
              {
                x: rank.max,
                y: floor,
                text: [['t', 'noise floor '], ...numberLabel(floor)],
                ink: 'reference',
                align: 'right',
                dx: -4,
                dy: -5,
              } as const,
            ]
          : []),
      ],
    };
    const marks = [
      [50, 'half'],
      [90, '90 %'],
    ] as const;
    const reached = marks.map(([share, word]) => ({ word, rank: reach(share) })).filter((mark) => mark.rank > 0);
    const cumulative: Panel = {
      height: 132,
      x: {
        ...rank,
        title: [
          ['t', 'rank '],
          ['i', 'k'],
        ],
        name: 'rank',
      },
      y: { scale: 'linear', min: 0, max: 100, title: [['t', 'cumulative share, %']], name: 'cumulative share, %' },
      series: [
        { name: 'cumulative share, %', x: ranks, y: shares, mark: 'line', ink: 'data', size: 1.5 },
        {
          name: 'half and 90 %',
          x: reached.map((mark) => mark.rank),
          y: reached.map((mark) => shares[mark.rank - 1] ?? 100),
          mark: 'disc',
          ink: 'data',
          size: 3.5,
          decoration: true,
        },
      ],
      // with few directions both marks may fall on the same one, and one label says enough
      labels: reached
        .filter((mark, index) => index === 0 || mark.rank !== reached[0]?.rank)
        .map((mark) => ({
          x: mark.rank,
          y: shares[mark.rank - 1] ?? 100,
          text: [['t', `${mark.word} in ${mark.rank}`]],
          ink: 'data',
          ...(mark.rank > count ** 0.6 && count > 3 ? { align: 'right', dx: -7 } : { dx: 7 }),
          dy: 12,
        })),
    };
    const part = (share: number): string => {
      const rank = reach(share);
      return rank === 0 ? `in more than these ${count} directions` : `in ${rank} direction${rank === 1 ? '' : 's'}`;
    };
    const leading = quantities.spectrum.partial === undefined ? '' : 'leading ';
    const spread =
      count === 1
        ? `One eigenvalue, ${plainNumber(largest)}.`
        : `${count} ${leading}eigenvalues, from ${plainNumber(largest)} down to ${plainNumber(smallest)}.`;
    return {
      panels: [scree, cumulative],
      summary: `${spread}${floor === undefined ? '' : ` ${above} rise above the noise floor of ${plainNumber(floor)}.`} The largest holds ${percent(largest / trace)} of the trace, half of it lies ${part(50)}, 90 % ${part(90)}.`,
    };
  },
});
