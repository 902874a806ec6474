import { describe, expect, test } from 'vitest';
import { rescaled } from '../../src/metrics/rescaled';
import { evaluate } from '../../src/report/evaluate';
import { jsonReport } from '../../src/report/json-report';
import type { Companions, DumpSummary } from '../../src/shared/summary';
import { naiveComparison, naiveMatrix } from '../reference/companions';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';
import { close } from '../kernel/close';

const others = noise(9, 5, 15);
const curved = Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (__, j) => (i === j ? 1 + i : 0.25)));
const metadata = { layers: [{ name: 'a', size: 2 }, { name: 'b', size: 3 }] }; // prettier-ignore

/** Everything a summary may hold, of rows times a factor. */
function summaryOf(rows: readonly (readonly number[])[], factor: number): DumpSummary {
  const scaled = rows.map((row) => row.map((value) => value * factor));
  const squares = (...values: number[]): Float64Array => Float64Array.from(values, (value) => value * factor ** 2);
  const comparison = naiveComparison(scaled, others.map((row) => row.map((value) => value * factor))); // prettier-ignore
  const secant = {
    squaredDistance: 4,
    curvature: 3 * factor,
    before: Float64Array.of(factor, 2 * factor),
    after: Float64Array.of(3 * factor, 6 * factor),
    paired: false,
  };
  const companions: Companions = {
    hessian: { path: 'h', summary: naiveMatrix(scaled, curved) },
    fisher: { path: 'f', problem: { code: 'file/missing', found: 'It is not there', remedy: 'Look.' } },
    modelLabels: { path: 'm', summary: comparison },
    compared: { path: 'c', summary: { ...comparison, secant } },
  };
  const { spectrum, ...summary } = naiveSummary(scaled, metadata);
  const [trace = 0, residual = 0, upperBound = 0] = squares(9, 1, 8);
  const partial = { trace, residuals: Float64Array.of(residual), upperBound };
  return {
    ...summary,
    spectrum: { ...spectrum!, partial },
    // of fewer rows some eigenvectors are any
    ...(rows.length > 5 && { companions }),
    resampling: {
      seed: 1,
      shuffled: squares(3, 2),
      halves: [{ directions: 1, overlap: 0.5 }],
      batches: {
        sizes: Float64Array.of(1, 2),
        without: { lower: squares(-1, -2), upper: squares(1, 2) },
        with: { lower: squares(-3, -4), upper: squares(3, 4) },
      },
    },
  };
}

describe.each([
  ['fewer rows than parameters', noise(4, 5, 12)],
  ['more rows than parameters', noise(14, 5, 12).map((row) => row.map((value) => value + 0.8))],
])('a summary of rows times a factor is that of the rows, once it is divided by it: %s', (_, rows) => {
  test.each([2 ** 16, 1 / 14, 1e-9])('%d', (factor) => {
    const found = rescaled(summaryOf(rows, factor), 1 / factor);
    const expected = summaryOf(rows, 1);
    // bins are powers of two, so those of a factor that is none have other edges
    const whole = Number.isInteger(Math.log2(factor));
    const comparable = ({ moments, ...rest }: DumpSummary): unknown => {
      const { varianceHistogram, elementHistogram, ...others } = moments!;
      return { ...rest, moments: whole ? moments : others };
    };
    close(comparable(found), comparable(expected), 1e-12);
  });
});

describe('rows that hold a factor', () => {
  const rows = noise(14, 5, 12).map((row) => row.map((value) => value + 0.8));
  const [scale, summary] = [2 ** -10, naiveSummary(rows)];
  const scaled = naiveSummary(rows.map((row) => row.map((value) => value * scale)));
  const said = { learningRate: 0.1, batchSize: 2 };
  const numbers = (of: DumpSummary, gradientScale?: number): unknown =>
    evaluate(of, settingsFor(of, { ...said, ...(gradientScale !== undefined && { gradientScale }) })).metrics.map(
      ({ id, outcome }) => [id, outcome],
    );

  test('give the metrics of the gradients to the last bit once it is said, for a power of two', () => {
    expect(numbers(scaled, scale)).toEqual(numbers(summary));
    expect(numbers(scaled)).not.toEqual(numbers(summary));
  });

  test('say so with the convention of every number', () => {
    const report = evaluate(scaled, settingsFor(scaled, { ...said, gradientScale: 2 ** 16 }));
    const stamped = report.metrics.filter(({ convention }) => convention.endsWith('; rows divided by 65,536'));
    expect(stamped.length).toBeGreaterThan(20);
    const program = jsonReport(report, scaled);
    expect(program.spectrum?.[0]).toBe(scaled.spectrum!.eigenvalues[0]! / 2 ** 32);
    expect(program.settings.gradientScale).toBe(65_536);
  });

  test('are what they are in the file while the factor cannot be used', () => {
    expect(numbers(scaled, NaN)).toEqual(numbers(scaled));
    const { settingsProblems } = evaluate(scaled, settingsFor(scaled, { gradientScale: 0 }));
    expect(settingsProblems.map(({ field }) => field)).toEqual(['gradientScale']);
  });

  test('are said by the metadata', () => {
    const described = naiveSummary(rows, { gradientScale: 128 });
    expect(settingsFor(described).gradientScale).toBe(128);
  });
});
