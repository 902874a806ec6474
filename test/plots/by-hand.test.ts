import { describe, expect, test } from 'vitest';
import type { PlotId } from '../../src/plots';
import type { Axis, PlotSpec, Series } from '../../src/shared/plot';
import type { Settings } from '../../src/shared/settings';
import { analyzed, OF_MANY, POPULATION } from '../reference/analyzed';
import type { Files } from '../reference/analyzed';

// Key points of every plot by hand. Nothing here computes with the code that is tested: the arithmetic is written out.

/** Mean (3, 1); deviations (2, 0), (−2, 0), (0, 1), (0, −1): Σ = diag(8, 2)/4. */
const kite = [
  [5, 1],
  [1, 1],
  [3, 2],
  [3, 0],
];
/** The same mean; deviations ±(2, 1), ±(0, 1): Σ = [[8, 4], [4, 4]]/4. */
const slanted = [
  [5, 2],
  [1, 0],
  [3, 2],
  [3, 0],
];
/** Mean (1, 0); deviations (±3, 0) and (0, ±3): Σ = diag(18, 18)/4, of a batch of two of the four 4.5/2·2/3 = 1.5. */
const loud = [
  [4, 0],
  [-2, 0],
  [1, 3],
  [1, -3],
];
const diagonal = (first: number, second: number) => ({
  h: {
    rows: [
      [first, 0],
      [0, second],
    ],
  },
});
const bowl = { rows: loud, metadata: { hessian: 'h.json' }, beside: diagonal(1, 2) };
const { sqrt } = Math;
const [keptX, keptY] = [
  3 - (5 * (1 - 3 / sqrt(26)) + 3 * (1 - 3 / sqrt(13))) / 4,
  1 - (1 - 3 / sqrt(26) + 2 * (1 - 3 / sqrt(13))) / 4,
];

/** An axis as it is told: its scale, its name and, where a unit or a symbol belongs to it, the text of its title. */
type AxisByHand = readonly [scale: Axis['scale'], name: string, title?: string];
/** `at` counts from the end where it is negative. */
type PointByHand = readonly [series: string, at: number, x: number, y: number];
interface ByHand {
  readonly of: Files;
  readonly with: Settings;
  readonly panels: readonly {
    readonly x: AxisByHand;
    readonly y: AxisByHand;
    readonly points: readonly PointByHand[];
  }[];
  /** Of a matrix of cells, row by row, and the value of full color. */
  readonly shades?: { readonly values: readonly number[]; readonly full: number };
  /** Lines across the plot. */
  readonly lines?: readonly number[];
}

const parameters = ['linear', 'parameter'] as const;
const cells = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;
const matrix = (
  name: string,
  axis: AxisByHand,
  settings: Settings,
  full: number,
  values: readonly number[],
  of: Files = { rows: slanted },
): ByHand => ({
  of,
  with: settings,
  panels: [{ x: axis, y: axis, points: cells.map(([x, y], at): PointByHand => [name, at, x, y]) }],
  shades: { values, full },
});
const rank = ['log', 'rank'] as const;
const share = ['linear', 'cumulative share, %'] as const;
const batchSize = ['log', 'batch size B', 'batch size B'] as const;
const norm = ['log', 'expected squared norm', 'E ∥gB∥2'] as const;
const variance = ['log', 'variance', 'variance of one parameter’s gradient'] as const;

const BY_HAND: Record<PlotId, readonly ByHand[]> = {
  // shuffled, the columns (2, −2, 0, 0) and (0, 0, 1, −1) fall on one another: [[2, 1], [1, ½]], so the floor is 2.5
  'eigen-spectrum': [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: rank,
          y: ['log', 'eigenvalue', 'eigenvalue λk'],
          points: [
            ['eigenvalue below the floor', 0, 1, 2],
            ['eigenvalue below the floor', 1, 2, 0.5],
          ],
        },
        {
          x: rank,
          y: share,
          points: [
            ['cumulative share, %', 0, 1, (100 * 2) / 2.5],
            ['cumulative share, %', 1, 2, 100],
          ],
        },
      ],
      lines: [2.5],
    },
    {
      of: { rows: kite },
      with: OF_MANY,
      panels: [
        {
          x: rank,
          y: ['log', 'eigenvalue'],
          points: [
            ['eigenvalue below the floor', 0, 1, 8 / 3],
            ['eigenvalue below the floor', 1, 2, 2 / 3],
          ],
        },
        { x: rank, y: share, points: [['cumulative share, %', 0, 1, 80]] },
      ],
      lines: [10 / 3],
    },
  ],
  'leading-plane': [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: ['linear', 'parameter 1', 'parameter θ1'],
          y: ['linear', 'parameter 2', 'parameter θ2'],
          points: [
            ...kite.map(([x = 0, y = 0], at): PointByHand => ['gradients', at, x, y]),
            ['mean', 0, 3, 1],
            ['1σ', 0, 3 + sqrt(2), 1],
            ['2σ', 0, 3 + 2 * sqrt(2), 1],
            ['axis', 0, 3 - sqrt(2), 1],
            ['axis', 1, 3 + sqrt(2), 1],
          ],
        },
      ],
    },
    {
      of: { rows: kite },
      with: OF_MANY,
      panels: [{ x: ['linear', 'parameter 1'], y: ['linear', 'parameter 2'], points: [['1σ', 0, 3 + sqrt(8 / 3), 1]] }],
    },
  ],
  // 2 in the bin [2, 4) and ½ in [½, 1), drawn at their middles on a logarithmic axis
  'variance-traces': [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: variance,
          y: ['linear', 'parameters', 'parameters'],
          points: [
            ['parameters', 0, 0.5 * sqrt(2), 1],
            ['parameters', 1, 1 * sqrt(2), 0],
            ['parameters', 2, 2 * sqrt(2), 1],
          ],
        },
      ],
    },
    {
      of: { rows: kite },
      with: OF_MANY,
      panels: [{ x: variance, y: ['linear', 'parameters'], points: [['parameters', 0, (4 / 3) * 0.5 * sqrt(2), 1]] }],
    },
    {
      of: { rows: kite, metadata: { layers: [{ name: 'a', size: 1 }, { name: 'b', size: 1 }] } }, // prettier-ignore
      with: OF_MANY,
      panels: [
        {
          x: ['linear', 'layer', 'layer, in the order of the dump'],
          y: ['linear', 'trace', 'tr Σ'],
          points: [
            ['trace', 0, 1, 8 / 3],
            ['trace', 1, 2, 2 / 3],
          ],
        },
      ],
    },
  ],
  'parameter-covariances': [
    matrix('covariances', parameters, POPULATION, 2, [2, 1, 1, 1]),
    matrix('covariances', parameters, OF_MANY, 8 / 3, [8 / 3, 4 / 3, 4 / 3, 4 / 3]),
  ],
  // 1/√(2·1)
  'parameter-correlations': [
    matrix('correlations', parameters, POPULATION, 1, [1, sqrt(1 / 2), sqrt(1 / 2), 1]),
    matrix('correlations', parameters, OF_MANY, 1, [1, sqrt(1 / 2), sqrt(1 / 2), 1]),
  ],
  // 10 + 2.5/B·(4 − B)/3 without, 10 + 2.5/B with replacement
  'batch-norm': [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: batchSize,
          y: norm,
          points: [
            ['without replacement', 0, 1, 12.5],
            ['without replacement', -1, 4, 10],
            ['with replacement', 0, 1, 12.5],
            ['with replacement', -1, 4, 10 + 2.5 / 4],
            ['here', 0, 2, 10 + 2.5 / 3],
          ],
        },
      ],
      lines: [10],
    },
    {
      of: { rows: kite },
      with: OF_MANY,
      panels: [
        {
          x: batchSize,
          y: norm,
          points: [
            ['expected squared norm', 0, 1, 10 - 5 / 6 + 10 / 3],
            ['here', 0, 2, 10 - 5 / 6 + 5 / 3],
          ],
        },
      ],
      lines: [55 / 6],
    },
  ],
  // one batch has 2.5/2·(4 − 2)/3, both have nothing; independent ones 2.5/2 each
  reshuffling: [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: ['linear', 'batches', 'batches of the epoch'],
          y: ['linear', 'accumulated noise', 'summed tr Σ'],
          points: [
            ['without repeats', 0, 0, 0],
            ['without repeats', 1, 1, 2.5 / 3],
            ['without repeats', 2, 2, 0],
            ['independent batches', 0, 0, 0],
            // as far as the plot reaches: 1.6 times the peak, at 2.5/2 a batch
            ['independent batches', 1, (1.6 * 2) / 3, (1.6 * 2.5) / 3],
          ],
        },
      ],
    },
  ],
  // along 74/3 and across 2.6/3 of a variance, for a batch of two: over 2·100 and over 2·10
  'gradient-tests': [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: ['log', 'along the mean', 'along, inner-product test'],
          y: ['log', 'across the mean', 'across, orthogonality test'],
          points: [
            ['here', 0, sqrt(74 / 3 / 200), sqrt(2.6 / 3 / 20)],
            ['batch sizes 1, 10, 100, …', 0, sqrt(74 / 300), sqrt(2.6 / 30)],
            ['all batch sizes', 0, sqrt(74 / 1200), sqrt(2.6 / 120)],
            // from half of 0.1 on, where the plot begins
            ['norm test passes inside', 0, 0.05, sqrt(0.5 ** 2 - 0.05 ** 2)],
          ],
        },
      ],
      lines: [0.9, Math.tan((80 * Math.PI) / 180)],
    },
  ],
  // κ = 2; the linear rule is good up to B·(2 + ¼/2) = 4.25, more than the data set
  'scaling-rules': [
    {
      of: { rows: kite },
      with: { ...POPULATION, scaleFactor: 2 },
      panels: [
        {
          x: batchSize,
          y: ['log', 'learning rate', 'learning rate η'],
          points: [
            ['here', 0, 2, 0.3],
            ['linear rule', 0, 1, 0.15],
            ['linear rule', 1, 4, 0.6],
            ['square-root rule', 0, 1, 0.3 / sqrt(2)],
            ['square-root rule', 1, 4, 0.3 * sqrt(2)],
            ['linear rule at κB', 0, 4, 0.6],
            ['square-root rule at κB', 0, 4, 0.3 * sqrt(2)],
          ],
        },
      ],
      lines: [],
    },
  ],
  // 1 + ¼/B and 1 + 4B
  'training-cost': [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: batchSize,
          y: ['log', 'multiple of the fewest', 'multiple of the fewest'],
          points: [
            ['steps', 0, 1, 1.25],
            ['steps', -1, 4, 1 + 1 / 16],
            ['examples', 0, 1, 5],
            ['examples', -1, 4, 17],
            ['here', 0, 2, 1.125],
            ['here', 1, 2, 9],
          ],
        },
      ],
    },
  ],
  // lengths √2, 3, √13 and √26; 3 leaves (3, 1) less ((5, 1)(1 − 3/√26) + (3, 2)(1 − 3/√13))/4
  clipping: [
    {
      of: { rows: kite },
      with: { ...POPULATION, clip: 3, privacyNoise: 0 },
      panels: [
        {
          x: ['log', 'clipping length C', 'C'],
          y: ['linear', 'share, cosine or ratio', 'share, cosine, ratio'],
          points: [
            ['here', 0, 3, 1 / 2],
            ['here', 1, 3, sqrt((keptX ** 2 + keptY ** 2) / 10)],
            ['here', 2, 3, (3 * keptX + keptY) / sqrt(10 * (keptX ** 2 + keptY ** 2))],
            ['share clipped', 0, sqrt(2) / 2, 1],
            ['share clipped', -1, 1.25 * sqrt(26), 0],
            ['length kept', -1, 1.25 * sqrt(26), 1],
            ['cosine', -1, 1.25 * sqrt(26), 1],
          ],
        },
        {
          x: ['log', 'clipping length C', 'C'],
          y: ['log', 'expected squared error', 'error of a private batch'],
          // nothing is added, so nothing need be clipped: a third of the variance 10/4 is left
          points: [['error', -1, 1.25 * sqrt(26), 2.5 / 3]],
        },
      ],
      lines: [3, sqrt(26)],
    },
  ],
  // h = 1 and 2: variances 0.3·1.5/(2h − 0.3h²) of SGD and 0.45/2h of the SDE; the outlines are two deviations
  settling: [
    {
      of: bowl,
      with: POPULATION,
      panels: [
        {
          x: ['linear', 'parameter along u1', 'parameter along u1'],
          y: ['linear', 'parameter along u2', 'parameter along u2'],
          points: [['minimum', 0, 0, 0]],
        },
      ],
    },
  ],
  // tr(HV) of SGD over that of the SDE, 2·0.45/2: h/(2h − ηh²) and so on; κ = 2 has the step 0.6
  discretization: [
    {
      of: bowl,
      with: { ...POPULATION, scaleFactor: 2 },
      panels: [
        {
          x: ['log', 'scale factor κ', 'scale factor κ'],
          y: ['linear', 'loss over that of the SDE', 'loss over that of the SDE'],
          points: [
            ['here', 0, 1, 1 / (2 - 0.3) + 2 / (4 - 0.3 * 4)],
            ['SGD at κ', 0, 2, 1 / (2 - 0.6) + 2 / (4 - 0.6 * 4)],
            ['SDE', 0, 0.25, 1],
            ['SDE', 1, 8, 1],
          ],
        },
      ],
      // 2/(0.3·2)
      lines: [2 / 0.6],
    },
  ],
  // the normal quantiles of 1/8, 3/8, 5/8, 7/8 (scipy.stats.norm.ppf); 6, −6, 1, −1 along the mean have the variance 74/4
  'normal-quantiles': [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: ['linear', 'normal quantile', 'normal quantile'],
          y: ['linear', 'quantile of the rows', 'quantile of the rows, in deviations'],
          points: [
            ['along the mean', 0, -1.1503493803760079, -6 / sqrt(18.5)],
            ['along the mean', 1, -0.31863936396437514, -1 / sqrt(18.5)],
            ['along the mean', 3, 1.1503493803760079, 6 / sqrt(18.5)],
            ['along u₁', 0, -1.1503493803760079, -2 / sqrt(2)],
            ['along u₁', 2, 0.31863936396437514, 0],
          ],
        },
      ],
    },
  ],
  'curvature-along-noise': [
    {
      of: { rows: kite, metadata: { hessian: 'h.json' }, beside: { h: { rows: [[3, 1], [1, 2]] } } }, // prettier-ignore
      with: POPULATION,
      panels: [
        {
          x: ['log', 'variance of the noise', 'variance λk'],
          y: ['linear', 'curvature', 'curvature along uk'],
          points: [
            ['direction', 0, 2, 3],
            ['direction', 1, 0.5, 2],
          ],
        },
      ],
    },
  ],
  // gᵢᵀḡ = 16, 4, 11, 9 over ‖gᵢ‖·√10, the noisiest rows first
  'example-alignment': [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: ['log', 'length of the gradient', 'length of the gradient'],
          y: ['linear', 'cosine to the mean', 'cosine to the mean'],
          points: [
            ['examples', 0, sqrt(26), 16 / sqrt(260)],
            ['examples', 1, sqrt(2), 4 / sqrt(20)],
            ['examples', 2, sqrt(13), 11 / sqrt(130)],
            ['examples', 3, 3, 9 / sqrt(90)],
          ],
        },
      ],
    },
  ],
  // both classes have the mean (3, 1) of squared length 10; two different rows have the products 6 and 9
  'group-conflict': [
    matrix(
      'cosines',
      ['linear', 'place of the class', 'classes in the order of the rows'],
      POPULATION,
      1,
      [1, 1, 1, 1],
      { rows: kite, metadata: { labels: ['a', 'a', 'b', 'b'] } },
    ),
    matrix(
      'cosines',
      ['linear', 'place of the class', 'classes in the order of the rows'],
      OF_MANY,
      1,
      [1, 10 / sqrt(6 * 9), 10 / sqrt(6 * 9), 1],
      { rows: kite, metadata: { labels: ['a', 'a', 'b', 'b'] } },
    ),
  ],
  // by label: rows 0 and 2, then 1 and 3
  // squared deviations 4, 4, 1 and 1 of 10: the longest two of four rows hold eight tenths
  'example-shares': [
    {
      of: { rows: kite },
      with: POPULATION,
      panels: [
        {
          x: ['linear', 'share of the rows', 'share of the rows, %'],
          y: ['linear', 'share of the noise', 'share of the noise, %'],
          points: [
            ['share of the noise', 0, 0, 0],
            ['share of the noise', 1, 25, 40],
            ['share of the noise', 2, 50, 80],
            ['share of the noise', 3, 75, 90],
            ['share of the noise', 4, 100, 100],
            ['largest distance', 0, 50, 50],
            ['largest distance', 1, 50, 80],
          ],
        },
      ],
    },
  ],
  'example-cosines': [
    {
      ...matrix(
        'cosines',
        ['linear', 'place by label', 'examples by label'],
        POPULATION,
        1,
        [
          ...[1, 17 / sqrt(26 * 13), 6 / sqrt(26 * 2), 15 / sqrt(26 * 9)],
          ...[17 / sqrt(26 * 13), 1, 5 / sqrt(13 * 2), 9 / sqrt(13 * 9)],
          ...[6 / sqrt(26 * 2), 5 / sqrt(13 * 2), 1, 3 / sqrt(2 * 9)],
          ...[15 / sqrt(26 * 9), 9 / sqrt(13 * 9), 3 / sqrt(2 * 9), 1],
        ],
        { rows: kite, metadata: { labels: ['a', 'b', 'a', 'b'] } },
      ),
      panels: [
        {
          x: ['linear', 'place by label', 'examples by label'],
          y: ['linear', 'place by label', 'examples by label'],
          points: [
            ['cosines', 0, 0, 0],
            ['cosines', 1, 1, 0],
            ['cosines', 4, 0, 1],
          ],
        },
      ],
      lines: [1.5, 1.5],
    },
  ],
};

const drawn = async (id: string, of: Files, settings: Settings): Promise<PlotSpec> => {
  const { sections, settingsProblems } = await analyzed(of, settings);
  expect(settingsProblems).toEqual([]);
  const figures = sections.flatMap(({ blocks }) => blocks).flatMap((b) => (b.kind === 'figures' ? b.figures : []));
  const plots = figures.flatMap((figure) => (figure.kind === 'plot' && figure.plot.id === id ? [figure.plot] : []));
  expect(plots).toHaveLength(1);
  return plots[0]!;
};
const titled = ({ title }: Axis): string => title.map(([, text]) => text).join('');

describe.each(Object.entries(BY_HAND))('%s', (id, cases) => {
  test('has the points, axes and units that a hand finds', async () => {
    for (const { of, with: settings, panels, shades, lines } of cases) {
      const plot = await drawn(id, of, settings);
      expect(plot.unavailable).toBeUndefined();
      expect(plot.panels).toHaveLength(panels.length);
      for (const [index, { x, y, points }] of panels.entries()) {
        const panel = plot.panels[index]!;
        for (const [axis, [scale, name, title]] of [
          [panel.x, x],
          [panel.y, y],
        ] as const) {
          // prettier-ignore
          expect([axis.scale, axis.name]).toEqual([scale, name]);
          if (title !== undefined && axis.blank !== true) expect(titled(axis)).toBe(title);
          expect(axis.min).toBeLessThan(axis.max);
        }
        for (const [name, at, px, py] of points) {
          const series = panel.series.find((candidate) => candidate.name === name);
          expect(series, name).toBeDefined();
          const k = at < 0 ? series!.x.length + at : at;
          expect([series!.x[k], series!.y[k]], `${name} ${at}`).toEqual([
            expect.closeTo(px, 10),
            expect.closeTo(py, 10),
          ]);
        }
      }
      const [first] = plot.panels;
      if (shades !== undefined) {
        const cell = first!.series[0]!.shades!;
        expect(Array.from(cell.values)).toEqual(shades.values.map((value) => expect.closeTo(value, 12) as number));
        expect(cell.full).toBeCloseTo(shades.full, 12);
      }
      if (lines !== undefined)
        expect((first!.lines ?? []).map(({ at }) => at)).toEqual(lines.map((at) => expect.closeTo(at, 10) as number));
    }
  });
});

test('every plot of a report has points by hand', async () => {
  const { sections } = await analyzed(bowl, POPULATION);
  const figures = sections.flatMap(({ blocks }) => blocks).flatMap((b) => (b.kind === 'figures' ? b.figures : []));
  const ids = figures.flatMap((figure) => (figure.kind === 'plot' ? [figure.plot.id] : []));
  expect(ids.sort()).toEqual(Object.keys(BY_HAND).sort());
});

test('where SGD settles is outlined at two deviations of it and of the SDE, and the first step is one of a batch of two rows', async () => {
  const { panels } = await drawn('settling', bowl, POPULATION);
  const { series } = panels[0]!;
  const outline = (name: string): Series => series.findLast((candidate) => candidate.name === name)!;
  const widest = (values: ArrayLike<number>): number => Math.max(...Array.from(values));
  expect(widest(outline('SGD').x)).toBeCloseTo(2 * sqrt(0.45 / (2 - 0.3)), 4);
  expect(widest(outline('SGD').y)).toBeCloseTo(2 * sqrt(0.45 / (4 - 0.3 * 4)), 4);
  expect(widest(outline('SDE').x)).toBeCloseTo(2 * sqrt(0.45 / 2), 4);
  expect(widest(outline('SDE').y)).toBeCloseTo(2 * sqrt(0.45 / 4), 4);
  // from the minimum −0.3 times the sum of two deviations of ±3 along an axis, each brought to the covariance of a batch:
  // two draws have 2·9 of squared length, a batch without replacement 3, so each counts √(1/6)
  const steps = ['x', 'y'].map((axis) => Math.abs(series[0]![axis as 'x' | 'y'][0]!) / ((0.3 * 3) / sqrt(6)));
  expect(steps.every((step) => Math.abs(step - Math.round(step)) < 1e-12)).toBe(true);
  expect([0, 2]).toContain(Math.round(steps[0]! + steps[1]!));
});
