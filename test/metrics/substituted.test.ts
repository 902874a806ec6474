import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import type { MetricId } from '../../src/metrics';
import { evaluate } from '../../src/report/evaluate';
import type { MetricResult } from '../../src/shared/report';
import type { DumpSummary } from '../../src/shared/summary';
import { naiveMatrix } from '../reference/companions';
import { naiveSummary, settingsFor } from '../reference/naive';
import { SITUATIONS } from '../reference/situations';
import { evaluateTex } from '../reference/tex-arithmetic';
import type { Range } from '../reference/tex-arithmetic';

/** Whose right side is no number, because what it is computed from are as many numbers as rows, parameters or eigenvalues. */
const NOT_NUMERIC: Partial<Record<MetricId, string>> = {
  'mean-gradient-norm': 'a sum of rows',
  'spectral-norm': 'a maximum over directions',
  'corrected-spectral-norm': 'a mean over all eigenvalues',
  'entropy-rank': 'a sum over all eigenvalues',
  'mean-cosine': 'a mean over all pairs of rows',
  'inner-product-test': 'a variance over rows',
  'orthogonality-test': 'a variance over rows',
  'noise-floor': 'a maximum over shuffles',
  'spectrum-exponent': 'a slope through all eigenvalues',
  'within-group-trace': 'a sum over rows',
  'fisher-trace': 'an expectation over labels of the model',
  'hessian-trace': 'a sum over parameters',
  'hessian-spectral-norm': 'a maximum over eigenvalues',
  'noise-curvature-trace': 'a mean over rows',
  'subspace-overlap': 'a sum over pairs of directions',
  'secant-curvature': 'products of vectors',
  'clipped-share': 'a count of rows',
  'clipping-bias': 'a mean of vectors',
  'clipping-cosine': 'products of vectors',
  'clipped-length': 'lengths of vectors',
  'suggested-clipping': 'a minimum over lengths',
};

describe('arithmetic in TeX', () => {
  test.each<[string, number]>([
    ['2', 2],
    [String.raw`\frac{3}{4}\cdot8`, 6],
    [String.raw`1-\frac{4}{2} 5`, -9],
    [String.raw`\sqrt{16}-(-2)^2`, 0],
    [String.raw`2^3\cdot4`, 32],
    [String.raw`\frac{12-2}{12-1}11`, 10],
    [String.raw`6\,/\,3`, 2],
  ])('%s is %d', (tex, value) => expect(evaluateTex(tex)).toEqual([value, value]));

  test('keeps what rounded digits leave open', () => {
    expect(evaluateTex('0.30')).toEqual([expect.closeTo(0.295, 12), expect.closeTo(0.305, 12)]);
    expect(evaluateTex(String.raw`1.50{\times}10^{-3}`)).toEqual([
      expect.closeTo(0.001495, 12),
      expect.closeTo(0.001505, 12),
    ]);
    expect(evaluateTex(String.raw`\frac{1}{2.0}`)).toEqual([
      expect.closeTo(1 / 2.05, 12),
      expect.closeTo(1 / 1.95, 12),
    ]);
  });

  test('is none where a symbol is left', () => {
    expect(evaluateTex(String.raw`\lambda_1`)).toBeUndefined();
    expect(evaluateTex(String.raw`\max_k 3`)).toBeUndefined();
  });
});

/** The two sides of a formula with numbers in the place of symbols, and the sign between them. */
function sidesOf({ terms }: MetricResult): { readonly left: string; readonly sign: string; readonly right: string } {
  const filled = terms.map(({ symbol, substituted }) => substituted ?? symbol);
  return { left: filled[0]!, sign: filled[1]!, right: filled.slice(2).join(' ') };
}
const within = (value: number, [least, most]: Range): boolean => {
  // the digits shown are exact ones of a value that was computed with rounding of its own
  const rounding = 1e-12 * Math.max(Math.abs(least), Math.abs(most));
  return value >= least - rounding && value <= most + rounding;
};

/** Four rows around 0, with a Hessian whose minimum this is. */
const atMinimum = ((): DumpSummary => {
  const rows = [
    [2, 1],
    [-2, -1],
    [0, 1],
    [0, -1],
  ];
  const hessian = [
    [3, 1],
    [1, 2],
  ];
  return { ...naiveSummary(rows), companions: { hessian: { path: 'h.npy', summary: naiveMatrix(rows, hessian) } } };
})();
const withLoss = ({ dump, ...rest }: DumpSummary): DumpSummary => ({
  ...rest,
  dump: { ...dump, metadata: { loss: 0.75, ...dump.metadata } },
});

/** Every situation under both conventions, with a loss. */
const computed = () =>
  [...SITUATIONS, { name: 'at a minimum', summary: atMinimum, settings: settingsFor(atMinimum, { datasetSize: 9 }) }]
    .flatMap(({ name, summary, settings }) =>
      (['population', 'sample'] as const).flatMap((convention) =>
        evaluate(withLoss(summary), { ...settings, convention }).metrics.map((metric) => ({
          name,
          metric,
          convention,
        })),
      ),
    )
    .filter(({ metric }) => metric.outcome.kind === 'value');
// once, but not before the tests run: what is computed while they are collected escapes Stryker's mutants
let known: ReturnType<typeof computed> | undefined;
const results = () => (known ??= computed());

test.each(METRICS.map(({ id }) => id).filter((id) => NOT_NUMERIC[id] === undefined))(
  '%s has the value that its formula has with the numbers of the dump in it',
  (id) => {
    const seen = { population: 0, sample: 0 };
    for (const { name, metric, convention } of results()) {
      const { outcome } = metric;
      if (metric.id !== id || outcome.kind !== 'value') continue;
      const { left, sign, right } = sidesOf(metric);
      const shown = evaluateTex(left);
      const found = evaluateTex(right);
      expect(shown !== undefined && within(outcome.value, shown), `${name}: ${left} for ${outcome.value}`).toBe(true);
      expect(found, `${name}: ${right} is no number`).toBeDefined();
      const said = `${name}: ${outcome.value} ${sign} ${right}`;
      if (sign === String.raw`\le`) expect(outcome.value, said).toBeLessThanOrEqual(found![1] * (1 + 1e-12));
      else {
        expect(['=', String.raw`\approx`]).toContain(sign);
        expect(within(outcome.value, found!), `${said}, which is ${found!.join(' … ')}`).toBe(true);
      }
      seen[convention]++;
    }
    expect(seen.population, 'of the whole data set').toBeGreaterThan(0);
    expect(seen.sample, 'of a sample').toBeGreaterThan(0);
  },
);

test.each(Object.entries(NOT_NUMERIC))('%s shows its value only: its right side is %s', (id) => {
  const all = results().filter(({ metric }) => metric.id === id);
  if (id !== 'noise-floor' && id !== 'secant-curvature') expect(all.length).toBeGreaterThan(0);
  for (const { metric } of all) {
    const { left, right } = sidesOf(metric);
    const { outcome } = metric;
    expect(evaluateTex(right), right).toBeUndefined();
    expect(outcome.kind === 'value' && within(outcome.value, evaluateTex(left)!)).toBe(true);
  }
});
