/** How two shards of the same examples become one. */
type Addition =
  | 'added'
  /** Counts of the same power of two are added. */
  | 'added by bins'
  /** One after the other, in the order of the columns. */
  | 'concatenated'
  /** The smaller first bin, the larger magnitude. */
  | 'the smaller'
  | 'the larger';

interface ArrayForm {
  readonly dtype: 'float64' | 'int64' | 'uint8';
  /** n examples, L layers; the rest are lengths of their own. */
  readonly shape: readonly string[];
  readonly unit: string;
  readonly shards: Addition;
}

/** Every array of a file of statistics; media/gradstats.md says what they mean. */
export const GRADSTATS = {
  gradstats: { dtype: 'uint8', shape: ['bytes'], unit: 'JSON', shards: 'concatenated' },
  gram: { dtype: 'float64', shape: ['n', 'n'], unit: 'gradient²', shards: 'added' },
  gram_rounding: { dtype: 'float64', shape: [], unit: 'gradient²', shards: 'added' },
  mean_squared_norm: { dtype: 'float64', shape: [], unit: 'gradient²', shards: 'added' },
  scatter: { dtype: 'float64', shape: [], unit: 'gradient²', shards: 'added' },
  centered_squared_norms: { dtype: 'float64', shape: ['n'], unit: 'gradient²', shards: 'added' },
  mean_products: { dtype: 'float64', shape: ['n'], unit: 'gradient²', shards: 'added' },
  signal_to_noise: { dtype: 'float64', shape: [], unit: '1', shards: 'added' },
  signal_to_noise_parameters: { dtype: 'int64', shape: [], unit: 'parameters', shards: 'added' },
  constant_parameters: { dtype: 'int64', shape: [], unit: 'parameters', shards: 'added' },
  saturated: { dtype: 'int64', shape: [], unit: 'elements', shards: 'added' },
  zeros: { dtype: 'int64', shape: [], unit: 'elements', shards: 'added' },
  largest_magnitude: { dtype: 'float64', shape: [], unit: 'gradient', shards: 'the larger' },
  variance_first: { dtype: 'int64', shape: [], unit: 'exponent of 2', shards: 'the smaller' },
  variance_counts: { dtype: 'int64', shape: ['variances'], unit: 'parameters', shards: 'added by bins' },
  magnitude_first: { dtype: 'int64', shape: [], unit: 'exponent of 2', shards: 'the smaller' },
  positive_counts: { dtype: 'int64', shape: ['magnitudes'], unit: 'elements', shards: 'added by bins' },
  negative_counts: { dtype: 'int64', shape: ['magnitudes'], unit: 'elements', shards: 'added by bins' },
  layer_mean_squared_norm: { dtype: 'float64', shape: ['L'], unit: 'gradient²', shards: 'concatenated' },
  layer_scatter: { dtype: 'float64', shape: ['L'], unit: 'gradient²', shards: 'concatenated' },
  layer_dead_parameters: { dtype: 'int64', shape: ['L'], unit: 'parameters', shards: 'concatenated' },
  layer_spectral_norm: { dtype: 'float64', shape: ['L'], unit: 'gradient²', shards: 'concatenated' },
  layer_squared_frobenius_norm: { dtype: 'float64', shape: ['L'], unit: 'gradient⁴', shards: 'concatenated' },
} as const satisfies Record<string, ArrayForm>;

export type ArrayName = keyof typeof GRADSTATS;

/** The array whose presence distinguishes a file of statistics from a dump. */
export const MARK = 'gradstats' satisfies ArrayName;

/** What needs each element by itself: form 2 may lack them, all together. */
export const ELEMENT_COUNTS: readonly ArrayName[] = ['magnitude_first', 'positive_counts', 'negative_counts'];

/** Forms that are read; the first is written wherever all of its arrays are known. */
export const VERSIONS = [1, 2] as const;
