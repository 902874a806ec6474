import type { Layout } from '../shared/dump';

/** What reading may use. */
export interface ReadLimits {
  /** Bytes. */
  readonly memoryBudget: number;
  readonly checkCanceled: () => void;
  /** An array of any shape is one row of all its elements in C order: parameters, or a matrix beside a dump. */
  readonly vector?: boolean;
  /** Arrays of equal width whose names say nothing are batches (`rows`, under one another) or layers (`columns`). */
  readonly layout?: Layout;
}
