import { passingBatch, testsOf } from '../metrics/gradient-tests';
import { ifKnown } from '../metrics/quantities';
import { plainNumber, wholeNumber } from '../shared/numbers';
import type { Panel, PlotLabel, Series } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { GRADIENT_TEST_LIMITS as LIMITS } from '../theory/gradient-tests';
import { definePlot } from './definition';
import { symbols } from './labels';
import { batchAxisEnd } from './batch-norm';
import { logSpaced } from './spacing';

export const gradientTestsPlot = definePlot({
  id: 'gradient-tests',
  figures: 'agreement',
  title: 'Noise along and across the mean gradient',
  subtitle: 'over its length, as the batch grows from top right to bottom left',
  draw: (quantities) => {
    const tests = testsOf(quantities);
    if (!(tests.inner > 0 && tests.orthogonality > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found:
          tests.norm === 0
            ? 'All rows are the same, so there is no noise'
            : 'All noise lies along or all across the mean gradient',
        remedy: 'Read the cards of the tests instead.',
      });
    const rows = quantities.rows * quantities.meanOf;
    const end = Math.max(batchAxisEnd(quantities), rows);
    const at = (batchSize: number): { readonly x: number; readonly y: number } => ({
      x: tests.inner * Math.sqrt(rows / batchSize),
      y: tests.orthogonality * Math.sqrt(rows / batchSize),
    });
    const first = at(1);
    const last = at(end);
    const decades: number[] = [];
    for (let size = 1; size <= end; size *= 10) decades.push(size);
    const min = { x: Math.min(last.x, 0.1) / 2, y: Math.min(last.y, 0.1) / 2 };
    const max = { x: Math.max(first.x, 2 * LIMITS.inner) * 2, y: Math.max(first.y, 2 * LIMITS.orthogonality) * 2 };
    const circle = [...logSpaced(min.x, LIMITS.norm, 60)]
      .map((x) => ({ x, y: Math.sqrt(Math.max(0, LIMITS.norm ** 2 - x * x)) }))
      .filter(({ y }) => y >= min.y);

    const series: Series[] = [];
    const labels: PlotLabel[] = [];
    const batchSize = ifKnown(() => quantities.batchSize);
    if (batchSize !== undefined && batchSize <= end) {
      const here = at(batchSize);
      series.push({ name: 'here', x: [here.x], y: [here.y], mark: 'disc', ink: 'here', size: 5 });
      labels.push({
        ...here,
        text: [['t', 'here: '], ...symbols.batchSize, ['t', ` = ${wholeNumber(batchSize)}`]],
        ink: 'here',
        strong: true,
        dx: 9,
        dy: 12,
      });
    }
    series.push(
      {
        name: 'batch sizes 1, 10, 100, …',
        x: decades.map((size) => at(size).x),
        y: decades.map((size) => at(size).y),
        mark: 'circle',
        ink: 'data',
        size: 3.5,
        pointNames: decades.map((size) => `B = ${wholeNumber(size)}`),
      },
      {
        name: 'all batch sizes',
        x: [last.x, first.x],
        y: [last.y, first.y],
        mark: 'line',
        ink: 'data',
        size: 2,
        decoration: true,
      },
      {
        name: 'norm test passes inside',
        x: circle.map(({ x }) => x),
        y: circle.map(({ y }) => y),
        mark: 'line',
        ink: 'reference',
        dash: 'dotted',
        size: 1.5,
      },
    );
    // an end of the line, so that its direction can be read
    labels.push({ ...first, text: [...symbols.batchSize, ['t', ' = 1']], ink: 'data', align: 'right', dx: -8, dy: -2 });
    labels.push(
      { x: LIMITS.inner, y: min.y * 1.5, text: [['t', 'inner product 0.9']], ink: 'reference', dx: 5 },
      { x: min.x, y: LIMITS.orthogonality, text: [['t', 'orthogonality 5.7']], ink: 'reference', dx: 6, dy: -5 },
      { x: min.x, y: LIMITS.norm, text: [['t', 'norm 0.5']], ink: 'reference', dx: 6, dy: -5 },
    );
    const needed = (test: 'norm' | 'inner' | 'orthogonality'): string =>
      wholeNumber(Math.max(1, Math.ceil(passingBatch(quantities, test))));
    const panel: Panel = {
      height: 276,
      x: { scale: 'log', min: min.x, max: max.x, title: [['t', 'along, inner-product test']], name: 'along the mean' },
      y: {
        scale: 'log',
        min: min.y,
        max: max.y,
        title: [['t', 'across, orthogonality test']],
        name: 'across the mean',
      },
      series,
      lines: [
        { axis: 'x', at: LIMITS.inner, ink: 'reference', dash: 'dotted' },
        { axis: 'y', at: LIMITS.orthogonality, ink: 'reference', dash: 'dotted' },
      ],
      labels,
    };
    return {
      panels: [panel],
      summary: `Noise along the mean is ${plainNumber(tests.inner / tests.orthogonality)} times that across it. The norm test passes from B = ${needed('norm')} on, the inner-product test from ${needed('inner')}, the orthogonality test from ${needed('orthogonality')}.`,
      note: 'A batch passes a test below or left of its dotted line. The line is for independent batches; the length is that of the mean of these rows.',
    };
  },
});
