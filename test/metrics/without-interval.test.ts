import { beforeAll, describe, expect, test } from 'vitest';
import type { MetricId } from '../../src/metrics';
import { Quantities } from '../../src/metrics/quantities';
import { WITHOUT_INTERVAL } from '../../src/metrics/without-interval';
import { evaluate } from '../../src/report/evaluate';
import type { MetricResult } from '../../src/shared/report';
import { seededSituations } from '../reference/seeded-situations';
import { SITUATIONS } from '../reference/situations';

/**
 * What each number is under sample: an estimate with an interval, an estimate without (the reason stands beside the number), a
 * fact of these rows, of a matrix that was given, or of settings alone. A new metric does not compile until it is here.
 */
type Kind = 'interval' | 'reason' | 'rows' | 'matrix' | 'settings';
const KINDS: Record<MetricId, Kind> = {
  'mean-gradient-norm': 'rows',
  'true-gradient-squared-norm': 'interval',
  'covariance-trace': 'interval',
  'simple-noise-scale': 'interval',
  'spectral-norm': 'interval',
  'corrected-spectral-norm': 'interval',
  'frobenius-norm': 'reason',
  'noise-floor': 'reason',
  'participation-ratio': 'reason',
  'stable-rank': 'reason',
  'entropy-rank': 'reason',
  'spectrum-exponent': 'reason',
  'covariance-memory': 'settings',
  'empirical-fisher-trace': 'interval',
  'empirical-fisher-norm': 'rows',
  coherence: 'interval',
  'gradient-diversity': 'rows',
  'mean-cosine': 'rows',
  'mean-gsnr': 'reason',
  'norm-test': 'rows',
  'inner-product-test': 'rows',
  'orthogonality-test': 'rows',
  'early-stopping-criterion': 'rows',
  'excess-kurtosis': 'reason',
  'tail-index': 'interval',
  'within-group-trace': 'interval',
  'between-group-trace': 'interval',
  'intraclass-correlation': 'interval',
  'design-effect': 'interval',
  'conflicting-pairs': 'interval',
  'token-noise-scale': 'interval',
  'label-alignment': 'reason',
  'optimizer-noise-scale': 'interval',
  'sgd-temperature': 'settings',
  'finite-population-correction': 'settings',
  'batch-covariance-trace': 'interval',
  'expected-squared-batch-norm': 'interval',
  'batch-noise-to-signal': 'interval',
  'step-drift-norm': 'interval',
  'step-covariance-trace': 'interval',
  'linear-scaled-learning-rate': 'settings',
  'square-root-scaled-learning-rate': 'settings',
  'linear-scaling-limit': 'interval',
  'sde-diffusion-trace': 'interval',
  'stationary-excess-loss': 'interval',
  'cabs-batch-size': 'interval',
  'clipped-share': 'interval',
  'clipping-bias': 'interval',
  'clipping-cosine': 'interval',
  'clipped-length': 'interval',
  'private-batch-error': 'interval',
  'suggested-clipping': 'reason',
  // of a file with the matrix; rows with labels of the model are described, not more
  'fisher-trace': 'matrix',
  'fisher-covariance-cosine': 'reason',
  // with a matrix; labels that were drawn from the model have an error of their own
  'covariance-fisher-ratio': 'interval',
  'hessian-trace': 'matrix',
  'hessian-spectral-norm': 'matrix',
  'noise-curvature-cosine': 'reason',
  'noise-curvature-trace': 'interval',
  'curvature-noise-scale': 'interval',
  'maximum-learning-rate': 'interval',
  'break-even-learning-rate': 'interval',
  'stability-ratio': 'matrix',
  'loss-alignment': 'interval',
  'covariance-hessian-ratio': 'interval',
  'takeuchi-information': 'reason',
  'covariance-cosine': 'reason',
  'covariance-relative-change': 'reason',
  'subspace-overlap': 'reason',
  'secant-curvature': 'interval',
};
/** Says so of itself: what it describes is no estimate. */
const OF_ITSELF: Partial<Record<Kind, RegExp>> = {
  rows: /rows/,
  matrix: /^of |^1\/n; from /,
  settings: /^no sampling involved/,
};

const found = new Map<string, MetricResult[]>();
beforeAll(() => {
  const seeded = Array.from({ length: 60 }, (_, seed) => seededSituations(seed)).flat();
  for (const { summary, settings } of [...SITUATIONS, ...seeded]) {
    const quantities = new Quantities(summary, settings);
    let usable: boolean;
    try {
      usable = quantities.hasIntervals && !quantities.meanIsExact && quantities.units >= 8;
    } catch {
      // settings that these rows cannot have
      continue;
    }
    if (!usable) continue;
    for (const result of evaluate(summary, settings).metrics)
      if (result.outcome.kind === 'value') found.set(result.id, [...(found.get(result.id) ?? []), result]);
  }
}, 240_000);

const hasInterval = ({ outcome }: MetricResult): boolean => outcome.kind === 'value' && outcome.interval !== undefined;

describe('of a sample of eight rows or more', () => {
  test.each(Object.entries(KINDS))('%s: %s', (id, kind) => {
    const results = found.get(id) ?? [];
    // its file of parameters is in no situation; test/metrics/companions.test.ts has its interval
    expect(results.length > 0).toBe(id !== 'secant-curvature');
    expect(Object.hasOwn(WITHOUT_INTERVAL, id)).toBe(kind === 'reason');
    if (kind === 'interval') expect(results.length === 0 || results.some(hasInterval)).toBe(true);
    else {
      expect(results.filter(hasInterval)).toEqual([]);
      for (const { convention } of results)
        if (kind === 'reason')
          expect(convention).toMatch(new RegExp(`; no interval: ${WITHOUT_INTERVAL[id as MetricId]!}$`));
        else expect(convention).toMatch(OF_ITSELF[kind]!);
    }
  });
});

test('no reason is given where the rows are the whole data set', () => {
  for (const { summary, settings } of SITUATIONS.filter((each) => each.settings.convention === 'population'))
    for (const { convention } of evaluate(summary, settings).metrics) expect(convention).not.toContain('no interval');
});
