import type { Layout } from '../shared/dump';

/** What reading may use. */
export interface ReadLimits {
  /** Bytes. */
  readonly memoryBudget: number;
  readonly checkCanceled: () => void;
  /** A vector [d] is one row, as `parameters_to_vector` and `ravel_pytree` give it; otherwise it is refused. */
  readonly vector?: boolean;
  /** Arrays of equal width whose names say nothing are batches (`rows`, under one another) or layers (`columns`). */
  readonly layout?: Layout;
}
