import type { MetricId } from './index';

const NOT_ROW_BY_ROW = 'its error is not known from the numbers of single rows';

/** Why an estimate has no interval even where others have one: a reason that ends a list of conditions. */
export const WITHOUT_INTERVAL: Partial<Record<MetricId, string>> = {
  'frobenius-norm': NOT_ROW_BY_ROW,
  'noise-floor': 'it is a 95 % line itself',
  'participation-ratio': NOT_ROW_BY_ROW,
  'stable-rank': NOT_ROW_BY_ROW,
  'entropy-rank': NOT_ROW_BY_ROW,
  'spectrum-exponent': 'eigenvalues are not independent',
  'mean-gsnr': 'an interval would leave out its bias of about 1/n',
  'excess-kurtosis': 'rows cannot show tails that they did not reach',
  'label-alignment': 'what shuffled labels would give is given instead',
  'suggested-clipping': 'it is where an estimated curve is lowest',
  'fisher-covariance-cosine': NOT_ROW_BY_ROW,
  'noise-curvature-cosine': NOT_ROW_BY_ROW,
  'takeuchi-information': NOT_ROW_BY_ROW,
  'covariance-cosine': NOT_ROW_BY_ROW,
  'covariance-relative-change': 'what other examples alone would show is given instead',
  'subspace-overlap': 'what chance would show is given instead',
};
