import { describe, expect, test } from 'vitest';
import { covarianceTrace, trueGradientSquaredNorm } from '../../src/theory/estimators';
import { withoutRow } from '../../src/theory/leave-one-out';
import { Quantities } from '../../src/metrics/quantities';
import type { Settings } from '../../src/shared/settings';
import { wide } from '../reference/dumps';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

describe.each<[string, Partial<Settings>]>([
  ['population', {}],
  ['sample', { convention: 'sample', datasetSize: 90 }],
])('leaving a row out in one step (%s)', (_, changes) => {
  const rows = noise(9, 4, 3).map((row) => row.map((value, j) => value * (j + 1) + 2));
  const quantities = (list: readonly (readonly number[])[]): Quantities => {
    const summary = naiveSummary(list);
    return new Quantities(summary, settingsFor(summary, changes));
  };
  test('gives what the other rows give by themselves', () => {
    const all = quantities(rows);
    rows.forEach((_row, i) => {
      const { signal, trace } = withoutRow(
        all.drawnRows,
        all.moments.centeredSquaredNorms[i]!,
        all.moments.meanProducts[i]!,
      );
      const rest = quantities(rows.filter((__, k) => k !== i));
      expect(signal).toBeCloseTo(rest.signal.value, 11);
      expect(trace).toBeCloseTo(rest.trace.value, 11);
    });
  });
});

test('the four rows twice as far out have the published noise scales without one of them', () => {
  const summary = naiveSummary(wide);
  const { drawnRows, moments } = new Quantities(summary, settingsFor(summary, { convention: 'sample' }));
  const scales = wide.map((_, i) => {
    const { signal, trace } = withoutRow(drawnRows, moments.centeredSquaredNorms[i]!, moments.meanProducts[i]!);
    return trace / signal;
  });
  [0.457143, 0.695652, 1.454545, 0.695652]
    .sort()
    .forEach((scale, k) => expect([...scales].sort()[k]).toBeCloseTo(scale, 6));
});

test('means of b examples from a whole pass are, without one of them, a pass that is not over', () => {
  const summary = naiveSummary(wide);
  const { meanSquaredNorm, scatter, centeredSquaredNorms, meanProducts } = summary.moments!;
  wide.forEach((_, i) => {
    const rest = naiveSummary(wide.filter((__, k) => k !== i)).moments!;
    const given = { meanSquaredNorm, scatter, rows: 4, meanOf: 3, population: 12 };
    const { signal, trace } = withoutRow(given, centeredSquaredNorms[i]!, meanProducts[i]!);
    const others = { ...rest, rows: 3, meanOf: 3, population: 12 };
    expect(signal).toBeCloseTo(trueGradientSquaredNorm(others), 12);
    expect(trace).toBeCloseTo(covarianceTrace(others), 12);
  });
});

test('three rows leave two, and two rows leave none to compare', () => {
  const given = { meanSquaredNorm: 1, scatter: 2, rows: 3, meanOf: 1, population: 3 };
  // the others of three rows around 1, of which this one lies on the mean
  expect(withoutRow(given, 0, 0)).toEqual({ signal: 1, trace: 1 });
  expect(() => withoutRow({ ...given, rows: 2, population: 2 }, 0.5, 0)).toThrow(
    'a covariance without one row needs at least 3 rows',
  );
});
