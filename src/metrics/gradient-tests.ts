import { plainNumber, wholeNumber } from '../shared/numbers';
import { GRADIENT_TEST_LIMITS, gradientTests, passingBatchSize } from '../theory/gradient-tests';
import type { GradientTests } from '../theory/gradient-tests';
import type { Quantities } from './quantities';

/** The gradient tests of all rows as one batch. */
export function testsOf(quantities: Quantities): GradientTests {
  quantities.requireRows(2, 'a gradient test');
  const { meanSquaredNorm, centeredSquaredNorms, meanProducts } = quantities.requireDirection();
  return gradientTests(meanSquaredNorm, centeredSquaredNorms, meanProducts);
}

/** Examples a batch needs to pass a test at its usual limit; no more than there are where none is drawn twice. */
export function passingBatch(quantities: Quantities, test: keyof GradientTests): number {
  const { rows: n, meanOf, settings, population } = quantities;
  const drawn = passingBatchSize(testsOf(quantities)[test], n * meanOf, GRADIENT_TEST_LIMITS[test]);
  // S·(1/B − 1/N) in place of S/B
  return settings.replacement === 'without' && population < Infinity ? drawn / (1 + drawn / population) : drawn;
}

export function passingNote(quantities: Quantities, test: keyof GradientTests): string {
  const examples = Math.max(1, Math.ceil(passingBatch(quantities, test)));
  return `${wholeNumber(examples)} ${examples === 1 ? 'example passes' : 'examples pass'} at ${plainNumber(GRADIENT_TEST_LIMITS[test], 2)}`;
}
