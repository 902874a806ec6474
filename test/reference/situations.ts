import type { DumpMetadata } from '../../src/shared/dump';
import type { Settings } from '../../src/shared/settings';
import type { Companions, DumpSummary } from '../../src/shared/summary';
import { identical, narrow, opposites, threeByFour, wide } from './dumps';
import { naiveComparison, naiveMatrix, naiveWeighted } from './companions';
import { naiveSummary, settingsFor } from './naive';
import { noise } from './noise';

/** A dump of 12 rows in three layers, one parameter of which never receives a gradient. */
export const threeLayers = {
  rows: noise(12, 7, 5).map((row) => row.map((value, j) => (j === 4 ? 0 : value * (1 + j) + 0.5))),
  metadata: {
    layers: [
      { name: 'embed.weight', size: 3 },
      { name: 'a layer with a long name, <b>and</b> \\signs', size: 2 },
      { name: 'head.bias', size: 2 },
    ],
  },
} as const;

export interface Situation {
  readonly name: string;
  readonly summary: DumpSummary;
  readonly settings: Settings;
}

const full = { learningRate: 0.1, batchSize: 2 } as const;
const sample = { ...full, convention: 'sample' } as const;

const situation = (
  name: string,
  rows: readonly (readonly number[])[],
  changes: Partial<Settings> = {},
  metadata: DumpMetadata = {},
): Situation => {
  const summary = naiveSummary(rows, metadata);
  return { name, summary, settings: settingsFor(summary, changes) };
};

const withoutSpectrum = ({ summary, ...rest }: Situation, changes: Partial<DumpSummary> = {}): Situation => {
  const { spectrum: _, ...partial } = summary;
  return { ...rest, summary: { ...partial, ...changes } };
};

const strong = noise(40, 6, 3).map((row) => row.map((value) => value + 1));
/** Ten groups of three, and ten rows by themselves. */
const inTens = strong.map((_, i) => (i < 30 ? i % 10 : i));
export const large = situation('forty rows drawn from 500', strong, { ...sample, batchSize: 8, datasetSize: 500 });

const curved = strong[0]!.map((_, i) => strong[0]!.map((__, j) => (i === j ? 1 + i : 0.25)));
const saddle = curved.map((row, i) => row.map((value, j) => (i === 0 && j === 0 ? -3 : value)));
const beside = (companions: Companions, { summary, ...rest }: Situation, name: string): Situation => ({
  ...rest,
  name,
  summary: { ...summary, companions },
});
const bowl = { hessian: { path: '/run/hessian.npy', summary: naiveMatrix(strong, curved) } };
const others = noise(30, 6, 17).map((row) => row.map((value) => 2 * value - 0.5));

/** As a file of statistics tells it. */
function reduced({ spectrum, dump, ...summary }: DumpSummary): DumpSummary {
  const { covariance: _, ...rest } = spectrum!;
  const problem = {
    code: 'gradstats/rows',
    found: 'Shuffling the columns needs the rows themselves, and this file holds their lengths and products',
    remedy: 'Analyze the dump itself.',
  } as const;
  const sources = [{ name: 'g.npy', bytes: dump.bytes, sha256: '0'.repeat(64) }];
  return {
    ...summary,
    dump: { ...dump, format: 'gradstats', sources },
    spectrum: rest,
    resampling: { seed: 42, shuffled: { problem } },
  };
}

/** Whatever a reader may bring: every report must read well in each of them. */
export const SITUATIONS: readonly Situation[] = [
  situation('the population convention', narrow, full),
  situation('a batch that is the data set', wide, { ...full, batchSize: 4 }),
  situation('a batch larger than the data set', wide, { ...full, batchSize: 5 }),
  situation('a sample of four', narrow, sample),
  large,
  { ...large, name: 'a scale factor below 1', settings: { ...large.settings, scaleFactor: 0.25 } },
  { ...large, name: 'a scale factor of 1', settings: { ...large.settings, scaleFactor: 1 } },
  { ...large, name: 'a batch far past the noise scale', settings: { ...large.settings, batchSize: 400 } },
  { ...large, name: 'batches with replacement', settings: { ...large.settings, replacement: 'with' } },
  { ...large, name: 'Adam', settings: { ...large.settings, optimizer: 'adam', scaleFactor: 16 } },
  { ...large, name: 'momentum', settings: { ...large.settings, optimizer: 'momentum', momentum: 0.9 } },
  situation('a data set of unknown size', strong, { ...sample, batchSize: 8 }),
  situation('a data set that is the sample', strong, { ...sample, datasetSize: 40 }),
  situation('a data set smaller than the sample', strong, { ...sample, datasetSize: 39 }),
  situation('a noise scale that is not resolved', noise(30, 8, 11), { ...sample, datasetSize: 1000 }),
  situation('no settings', strong),
  situation('no settings, as a sample', strong, { convention: 'sample' }),
  situation('a learning rate only', threeByFour, { learningRate: 0.1 }),
  situation('a very small learning rate', threeByFour, { ...full, learningRate: 1e-7 }),
  situation('a batch size only', threeByFour, { batchSize: 2 }),
  situation('settings that cannot be used', threeByFour, {
    learningRate: -1,
    batchSize: 1.5,
    scaleFactor: 0,
    momentum: 2,
  }),
  situation('one row', [[1, 2, 3]], full),
  situation('one row of a sample', [[1, 2, 3]], { ...sample, batchSize: 1 }),
  situation(
    'two rows',
    [
      [1, 2, 3],
      [2, 1, 5],
    ],
    full,
  ),
  situation(
    'two rows of a sample',
    [
      [1, 2, 3],
      [2, 1, 5],
    ],
    sample,
  ),
  situation(
    'two opposite rows of a sample',
    [
      [1, 2, 3],
      [-1, -2, -3],
    ],
    sample,
  ),
  situation('three rows of a sample', threeByFour, sample),
  situation('one parameter', [[1], [2], [4]], full),
  situation('one parameter of a sample', [[1], [2], [4]], sample),
  situation('identical rows', identical, full),
  situation('identical rows of a sample', identical, sample),
  situation('a mean of exactly 0', opposites, full),
  situation('a mean of exactly 0, of a sample', opposites, sample),
  situation(
    'nothing but zeros',
    [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    full,
  ),
  situation(
    'nothing but zeros, of a sample',
    [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    sample,
  ),
  situation('layers', threeLayers.rows, full, threeLayers.metadata),
  situation('layers of a sample', threeLayers.rows, { ...sample, datasetSize: 50 }, threeLayers.metadata),
  situation('rows in groups', strong, sample, { groups: inTens }),
  situation('rows in groups of a data set', strong, { ...sample, datasetSize: 500 }, { groups: inTens }),
  situation('rows in groups that are the whole data set', strong, full, { groups: inTens }),
  situation('rows that count by weights', strong, sample, { weights: strong.map(() => 8) }),
  situation('rows that count by weights, of the whole data set', strong, full, { weights: strong.map(() => 8) }),
  situation('rows of three classes', strong, sample, { labels: strong.map((_, i) => i % 3) }),
  situation('rows of two classes that are the whole data set', strong, full, {
    labels: strong.map((_, i) => (i % 2 === 0 ? 'cat' : 'dog')),
  }),
  situation('rows in two groups', strong, sample, { groups: strong.map((_, i) => i % 2) }),
  situation('rows in one group', strong, sample, { groups: strong.map(() => 'all') }),
  situation('rows that are groups of one', strong, sample, { groups: strong.map((_, i) => i) }),
  situation('layers of rows in groups', threeLayers.rows, sample, {
    ...threeLayers.metadata,
    groups: threeLayers.rows.map((_, i) => i >> 1),
  }),
  situation('rows that are means', strong, { ...sample, datasetSize: 5000 }, { rows: { meanOf: 16 } }),
  situation('rows that are means of the whole data set', strong, full, { rows: { meanOf: 16 } }),
  situation(
    'tiny gradients',
    strong.map((row) => row.map((value) => value * 1e-12)),
    sample,
  ),
  situation(
    'huge gradients',
    strong.map((row) => row.map((value) => value * 1e12)),
    sample,
  ),
  withoutSpectrum({ ...large, name: 'moments only' }),
  withoutSpectrum(
    { ...large, name: 'no spectrum to come' },
    {
      spectrumProblem: {
        code: 'memory/budget',
        found: 'It needs 2 GiB and may take 350 MiB',
        remedy: 'Raise the budget.',
      },
    },
  ),
  {
    ...large,
    name: 'rows drawn again and columns shuffled',
    summary: {
      ...large.summary,
      resampling: {
        seed: 1,
        shuffled: Float64Array.of(1.5, 1.4, 1.3),
        halves: [
          { directions: 1, overlap: 0.4 },
          { directions: 2, overlap: 0.5 },
        ],
        batches: {
          sizes: Float64Array.of(1, 4, 40),
          without: { lower: Float64Array.of(-3, -1, 0), upper: Float64Array.of(5, 2, 0) },
          with: { lower: Float64Array.of(-3, -1.5, -0.3), upper: Float64Array.of(5, 3, 0.4) },
        },
      },
    },
  },
  beside(bowl, large, 'a Hessian'),
  beside(
    bowl,
    { ...large, settings: { ...large.settings, convention: 'population' } },
    'a Hessian, the whole data set',
  ),
  beside(bowl, { ...large, settings: { ...large.settings, learningRate: 10 } }, 'a Hessian on which SGD diverges'),
  beside(bowl, situation('', strong), 'a Hessian without settings'),
  beside(
    { hessian: { path: '/run/hessian.npy', summary: naiveMatrix(strong, saddle) } },
    large,
    'a Hessian with a negative eigenvalue',
  ),
  beside({ fisher: { path: '/run/fisher.npy', summary: naiveMatrix(strong, curved) } }, large, 'a Fisher matrix'),
  beside(
    {
      ...bowl,
      modelLabels: { path: '/run/labels.npy', summary: naiveComparison(strong, others) },
      compared: { path: '/run/later.npy', summary: naiveComparison(strong, others) },
    },
    large,
    'a Hessian, labels of the model and another dump',
  ),
  beside(
    {
      hessian: {
        path: '/run/hessian.npy',
        problem: { code: 'file/missing', found: 'There is no file of this name', remedy: 'Choose another file.' },
      },
    },
    large,
    'a Hessian that is gone',
  ),
  beside(
    {
      hessian: {
        path: '/run/hessian.npy',
        summary: naiveMatrix(identical, [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ]),
      },
    },
    situation('', identical, full),
    'a Hessian beside identical rows',
  ),
  ...(['population', 'sample'] as const).flatMap((convention) =>
    [2, 3, 1e6].map((clip) => ({
      ...large,
      name: `gradients clipped to ${clip}, ${convention}`,
      settings: { ...large.settings, convention, clip, privacyNoise: 0.7 },
    })),
  ),
  ...(['population', 'sample'] as const).map((convention) =>
    beside(
      { secondMoments: { path: '/run/v.npy', summary: naiveWeighted(strong, [1, 4, 0.25, 0, 2, 1e-4]) } },
      { ...large, settings: { ...large.settings, optimizer: 'adam', convention } },
      `Adam with its second moments, ${convention}`,
    ),
  ),
  { ...large, name: 'the statistics of a dump, without its rows', summary: reduced(large.summary) },
  { ...large, name: 'the header only', summary: { dump: large.summary.dump } },
];
