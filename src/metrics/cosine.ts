import { AnalysisError } from '../shared/problem';

/**
 * ⟨A, B⟩/(‖A‖‖B‖) of two matrices.
 *
 * @throws AnalysisError value/undefined when one of them is 0
 * @example cosine(2, 1, 4) // => 1
 */
export function cosine(product: number, squaredNorm: number, otherSquaredNorm: number): number {
  if (squaredNorm > 0 && otherSquaredNorm > 0)
    // rounding may take it a little beyond
    return Math.max(-1, Math.min(1, product / Math.sqrt(squaredNorm) / Math.sqrt(otherSquaredNorm)));
  throw new AnalysisError({
    code: 'value/undefined',
    found: 'One of the two matrices is 0, so it has no shape',
    remedy: 'Compare dumps whose gradients differ between examples.',
  });
}
