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

/** Examples a batch needs to pass a test at its usual limit. */
export function passingBatch(quantities: Quantities, test: keyof GradientTests): number {
  return passingBatchSize(testsOf(quantities)[test], quantities.rows * quantities.meanOf, GRADIENT_TEST_LIMITS[test]);
}

export function passingNote(quantities: Quantities, test: keyof GradientTests): string {
  const examples = Math.max(1, Math.ceil(passingBatch(quantities, test)));
  return `${wholeNumber(examples)} examples pass at ${plainNumber(GRADIENT_TEST_LIMITS[test], 2)}`;
}
