import { describe, expect, test } from 'vitest';
import { PLOTS } from '../../src/plots';
import { Quantities } from '../../src/metrics/quantities';
import type { PlotSpec, Series } from '../../src/shared/plot';
import type { Settings } from '../../src/shared/settings';
import { narrow, threeByFour, wide } from '../reference/dumps';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

type Rows = readonly (readonly number[])[];

const draw = (
  id: string,
  rows: Rows,
  changes: Partial<Settings> = {},
): Pick<PlotSpec, 'panels' | 'summary' | 'note'> => {
  const summary = naiveSummary(rows);
  return PLOTS.find((plot) => plot.id === id)!.draw(new Quantities(summary, settingsFor(summary, changes)));
};
const seriesOf = ({ panels }: Pick<PlotSpec, 'panels'>, name: string, panel = 0): Series =>
  panels[panel]!.series.find((series) => series.name === name)!;
const settings = { learningRate: 0.1, batchSize: 2, scaleFactor: 2 } as const;

describe('the eigen-spectrum', () => {
  test('shows every eigenvalue that is not rounding, and shares that end at 100 %', () => {
    const plot = draw('eigen-spectrum', threeByFour);
    expect(Array.from(seriesOf(plot, 'eigenvalue').y)).toEqual([expect.closeTo(4.2264, 4), expect.closeTo(0.32917, 4)]);
    expect(Array.from(seriesOf(plot, 'cumulative share, %', 1).y)).toEqual([
      expect.closeTo((100 * 4.2264) / 4.555556, 2),
      expect.closeTo(100, 9),
    ]);
  });
});

describe('where the squared norms of single batches lie', () => {
  const summary = naiveSummary(narrow, { rows: { meanOf: 2 } });
  const resampling = {
    seed: 1,
    shuffled: Float64Array.of(1),
    batches: {
      sizes: Float64Array.of(1, 2, 4),
      without: { lower: Float64Array.of(-3, -2, 0), upper: Float64Array.of(4, 3, 0) },
      with: { lower: Float64Array.of(-5, -4, -1), upper: Float64Array.of(6, 5, 2) },
    },
  };
  test.each([
    ['without replacement from the rows, where these are the data set', { datasetSize: 8 }, [4, 3, 0]],
    ['with replacement, where batches are drawn so', { datasetSize: 8, replacement: 'with' }, [6, 5, 2]],
    ['with replacement, where the data set is larger', { convention: 'sample', datasetSize: 100 }, [6, 5, 2]],
  ] as const)('is around the expectation as in batches drawn %s', (_, changes, above) => {
    const given = new Quantities({ ...summary, resampling }, settingsFor(summary, { ...settings, ...changes }));
    const upper = seriesOf(PLOTS.find(({ id }) => id === 'batch-norm')!.draw(given), '97.5 % of batches below');
    expect(Array.from(upper.x)).toEqual([2, 4, 8]); // rows that are means of two
    expect(Array.from(upper.y)).toEqual(
      above.map(
        (deviation, k) => expect.closeTo(given.expectedSquaredNorm(upper.x[k]!).value + deviation, 9) as number,
      ),
    );
  });
});

describe('the leading plane', () => {
  test('draws the unit circle around (3, 3) for Σ = I, and no axes, because none is special', () => {
    const plot = draw('leading-plane', narrow);
    const circle = seriesOf(plot, '1σ');
    for (let i = 0; i < circle.x.length; i++) expect(Math.hypot(circle.x[i]! - 3, circle.y[i]! - 3)).toBeCloseTo(1, 12);
    expect(seriesOf(plot, 'axis')).toBeUndefined();
    expect(plot.note).toContain('equal to rounding');
    expect(plot.panels[0]?.equalUnits).toBe(true);
  });

  test('draws the axes of an ellipse where they are determined, half as long as a standard deviation twice', () => {
    const plot = draw('leading-plane', [
      [1, 1],
      [3, 3],
      [2, 1.5],
      [2, 2.5],
    ]);
    const axes = plot.panels[0]!.series.filter(({ name }) => name === 'axis');
    const lengths = axes.map(({ x, y }) => Math.hypot(x[1]! - x[0]!, y[1]! - y[0]!) / 2);
    // Σ = [[½, ½], [½, 5/8]]
    const [major, minor] = [1, -1].map((sign) => Math.sqrt(0.5625 + sign * Math.hypot(0.0625, 0.5)));
    expect(lengths).toEqual([expect.closeTo(major!, 12), expect.closeTo(minor!, 12)]);
  });
});

describe('the squared norm of a batch', () => {
  test('runs from the published value at B = 1 to ‖G‖² at the whole data set', () => {
    const plot = draw('batch-norm', wide, settings);
    const { x, y } = seriesOf(plot, 'without replacement');
    expect([x[0], y[0]]).toEqual([1, expect.closeTo(26, 12)]);
    expect([x[x.length - 1], y[y.length - 1]]).toEqual([4, expect.closeTo(18, 12)]);
    expect(seriesOf(plot, 'here').y[0]).toBeCloseTo(20 + 2 / 3, 12);
    const independent = seriesOf(plot, 'with replacement');
    expect(independent.y[independent.y.length - 1]).toBeCloseTo(20, 12);
  });
});

describe('the scaling rules', () => {
  test('pass through the reader’s point and meet κB at κη and √κη', () => {
    const rows = noise(60, 4, 2).map((row) => row.map((value) => value + 0.5));
    const plot = draw('scaling-rules', rows, settings);
    expect([seriesOf(plot, 'here').x[0], seriesOf(plot, 'here').y[0]]).toEqual([2, 0.1]);
    expect([seriesOf(plot, 'linear rule at κB').x[0], seriesOf(plot, 'linear rule at κB').y[0]]).toEqual([4, 0.2]);
    expect(seriesOf(plot, 'square-root rule at κB').y[0]).toBeCloseTo(0.1 * Math.SQRT2, 14);
  });
});

describe('the cost of training', () => {
  test('is twice the fewest steps and twice the fewest examples at the noise scale', () => {
    const rows = noise(60, 4, 2).map((row) => row.map((value) => value + 0.5));
    const plot = draw('training-cost', rows, settings);
    const [steps, examples] = [seriesOf(plot, 'steps'), seriesOf(plot, 'examples')];
    for (let i = 0; i < steps.x.length; i++) expect((steps.y[i]! - 1) * (examples.y[i]! - 1)).toBeCloseTo(1, 10);
  });
});

describe('the noise of an epoch', () => {
  test('begins and ends at 0 when batches divide the data set', () => {
    const rows = noise(12, 3, 4);
    const { x, y } = seriesOf(draw('reshuffling', rows, { ...settings, batchSize: 3 }), 'without repeats');
    const trace = new Quantities(naiveSummary(rows), settingsFor(naiveSummary(rows))).trace.value;
    expect(Array.from(x)).toEqual([0, 1, 2, 3, 4]);
    expect(Array.from(y, (value) => Number((value / trace).toFixed(4)))).toEqual([0, 0.2727, 0.3636, 0.2727, 0]);
  });

  test('leaves some when examples are left over, and says so', () => {
    const { summary } = draw('reshuffling', noise(12, 3, 4), { ...settings, batchSize: 5 });
    expect(summary).toContain('because 2 examples are left over');
  });
});

describe('the gradient tests', () => {
  test('put the reader’s batch where both tests of that many independent rows are', () => {
    const plot = draw('gradient-tests', wide, settings);
    // 2/27 for four rows, twice that for two
    expect(seriesOf(plot, 'here').x[0]! ** 2).toBeCloseTo(4 / 27, 12);
    expect(seriesOf(plot, 'here').y[0]! ** 2).toBeCloseTo(4 / 27, 12);
  });
});

describe('where the variance is', () => {
  test('counts each parameter once, at its own variance', () => {
    const plot = draw('variance-traces', [
      [0, 0, 5],
      [2, 4, 5],
    ]);
    const { x, y } = seriesOf(plot, 'parameters');
    // variances 1 and 4, in the bins [1, 2) and [4, 8); the third parameter has none
    expect(Array.from(y)).toEqual([1, 0, 1]);
    expect(Array.from(x)).toEqual([Math.SQRT2, 2 * Math.SQRT2, 4 * Math.SQRT2]);
    expect(plot.summary).toContain('1 have none');
  });
});

test('a dump of more layers than a function takes arguments is drawn like one of few', () => {
  const summary = naiveSummary(noise(4, 2, 3), {
    layers: [
      { name: 'a', size: 1 },
      { name: 'b', size: 1 },
    ],
  });
  const { moments } = summary;
  const layers = Array.from({ length: 200_000 }, (_, k) => ({ ...moments!.layers[k % 2]!, name: `layer ${k}` }));
  const many = { ...summary, moments: { ...moments!, layers } };
  const plot = PLOTS.find(({ id }) => id === 'variance-traces')!;
  const { panels } = plot.draw(new Quantities(many, settingsFor(many, settings)));
  const largest = Math.max(...moments!.layers.map(({ scatter }) => scatter / 4));
  expect(Array.from(panels[0]!.series[0]!.y).reduce((most, y) => Math.max(most, y), 0)).toBeCloseTo(largest, 12);
});
