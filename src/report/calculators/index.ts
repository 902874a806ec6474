import type { Calculator } from './calculator';
import { gibbsOddsOfMinima } from './gibbs-odds';
import { twoBatchSizes } from './two-batch-sizes';

/** By the name that a block of a report gives. */
export const CALCULATORS = {
  'two-batch-sizes': twoBatchSizes,
  'gibbs-odds': gibbsOddsOfMinima,
} as const satisfies Readonly<Record<string, Calculator>>;
