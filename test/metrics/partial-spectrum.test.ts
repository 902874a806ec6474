import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/report/evaluate';
import type { DumpSummary } from '../../src/shared/summary';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

const whole = naiveSummary(noise(20, 30, 7));
/** The same dump, of whose spectrum only the leading three eigenvalues are known. */
const partial: DumpSummary = {
  ...whole,
  ...(whole.spectrum && {
    spectrum: {
      ...whole.spectrum,
      eigenvalues: whole.spectrum.eigenvalues.slice(0, 3),
      partial: {
        trace: whole.spectrum.eigenvalues.reduce((sum, value) => sum + value, 0),
        residuals: new Float64Array(3),
        upperBound: 1.01 * (whole.spectrum.eigenvalues[0] ?? 0),
      },
    },
  }),
};

describe.each(['population', 'sample'] as const)('with the leading eigenvalues alone, under %s', (convention) => {
  const report = (summary: DumpSummary) => evaluate(summary, settingsFor(summary, { convention, datasetSize: 500 }));
  const value = (summary: DumpSummary, id: string): number => {
    const outcome = report(summary).metrics.find((metric) => metric.id === id)?.outcome;
    return outcome?.kind === 'value' ? outcome.value : NaN;
  };

  test.each([['participation-ratio'], ['stable-rank'], ['spectral-norm'], ['frobenius-norm'], ['covariance-trace']])(
    '%s is that of the whole spectrum',
    (id) => {
      expect(value(partial, id)).toBeCloseTo(value(whole, id), 10);
    },
  );

  test('what needs every eigenvalue is unavailable and says why', () => {
    expect(report(partial).metrics.find(({ id }) => id === 'entropy-rank')?.outcome).toMatchObject({
      kind: 'unavailable',
      problem: { code: 'memory/budget' },
    });
  });

  test('sentences speak of the directions that are known, and claim no share that is not', () => {
    const words = JSON.stringify(report(partial).sections.find(({ id }) => id === 'spectrum'));
    expect(words).toContain('The 3 leading directions carry less than half of the noise');
    expect(words).toContain('half of it lies in more than these 3 directions');
    expect(words).toContain('only the 3 leading eigenvalues were computed');
    expect(words).not.toContain('solved whole');
  });
});
