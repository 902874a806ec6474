import type { RowStatistics } from '../../src/theory/row-statistics';
import { studentTQuantile } from '../../src/theory/student-t';
import type { OpenEnds } from '../../src/theory/test-inversion';
import { estimatesOf } from './row-statistics';

/**
 * The usual recipe, for comparison: Student's t about the estimate with the jackknife's variance, Fieller's set for the ratio.
 * Of independent rows of a data set without end.
 */
export function jackknifeIntervals(rows: RowStatistics): {
  readonly trace: OpenEnds;
  readonly signal: OpenEnds;
  readonly noiseScale: OpenEnds;
} {
  const { trace, signal } = estimatesOf(rows);
  const h = Array.from(rows.centeredSquaredNorms);
  const n = h.length;
  const mean = h.reduce((sum, norm) => sum + norm, 0) / n;
  const deviations = h.map((norm, i) => {
    const t = (n / (n - 2)) * (norm - mean);
    return { t, s: 2 * rows.meanProducts[i]! - (2 / n) * t };
  });
  const q = studentTQuantile(0.975, n - 1);
  const error = (f: (d: { t: number; s: number }) => number): number =>
    deviations.reduce((sum, d) => sum + f(d), 0) / (n * (n - 1));
  const [tt, ss, st] = [error((d) => d.t * d.t), error((d) => d.s * d.s), error((d) => d.s * d.t)];
  const around = (value: number, variance: number): OpenEnds => ({
    lower: value - q * Math.sqrt(variance),
    upper: value + q * Math.sqrt(variance),
  });
  // aρ² − 2bρ + c ≤ 0
  const [a, b, c] = [signal ** 2 - q * q * ss, signal * trace - q * q * st, trace ** 2 - q * q * tt];
  const root = Math.sqrt(Math.max(0, b * b - a * c));
  const bounded = a > 0 && signal > 0;
  const lower = b * b < a * c || (c <= 0 && !bounded) ? 0 : Math.max(0, b + root === 0 ? 0 : c / (b + root));
  return {
    trace: around(trace, tt),
    signal: around(signal, ss),
    noiseScale: bounded ? { lower, upper: (b + root) / a } : { lower },
  };
}

/** Fieller's set for ‖G‖²/(GᵀHG + w·tr(HΣ)) with the jackknife's covariance; of the same rows, lengths measured plainly and by H. */
export function fiellerSet(
  rows: RowStatistics,
  curved: Pick<RowStatistics, 'centeredSquaredNorms' | 'meanProducts' | 'meanSquaredNorm'>,
  noiseWeight = 0,
): OpenEnds {
  const forms = [rows, { ...rows, ...curved }].map((form, k) => {
    const { trace, signal } = estimatesOf(form);
    const weight = k === 0 ? 0 : noiseWeight;
    const h = Array.from(form.centeredSquaredNorms);
    const n = h.length;
    const mean = h.reduce((sum, norm) => sum + norm, 0) / n;
    const more = (weight * n - 2) / (n - 2);
    return {
      signal: signal + weight * trace,
      deviations: h.map((norm, i) => 2 * form.meanProducts[i]! + more * (norm - mean)),
    };
  });
  const [above, below] = [forms[0]!, forms[1]!];
  const n = above.deviations.length;
  const q = studentTQuantile(0.975, n - 1);
  const error = (x: readonly number[], y: readonly number[]): number =>
    (q * q * x.reduce((sum, value, i) => sum + value * y[i]!, 0)) / (n * (n - 1));
  const a = below.signal ** 2 - error(below.deviations, below.deviations);
  const b = above.signal * below.signal - error(above.deviations, below.deviations);
  const c = above.signal ** 2 - error(above.deviations, above.deviations);
  const root = Math.sqrt(Math.max(0, b * b - a * c));
  if (a > 0) return { lower: Math.max(0, c / (b + root)), upper: (b + root) / a };
  return { lower: b * b < a * c || c <= 0 ? 0 : Math.max(0, c / (b + root)) };
}
