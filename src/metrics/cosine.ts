import { AnalysisError } from '../shared/problem';

/**
 * ⟨A, B⟩/(‖A‖‖B‖) of two matrices.
 *
 * @throws AnalysisError value/undefined when one of them is 0
 * @param product ⟨A, B⟩ as two factors, so that neither they nor their ratios to the norms leave the range of doubles
 * @example cosine([2, 1], 1, 2) // => 1
 */
export function cosine(product: readonly [number, number], norm: number, otherNorm: number): number {
  if (norm > 0 && otherNorm > 0)
    // rounding may take it a little beyond
    return Math.max(-1, Math.min(1, (product[0] / norm) * (product[1] / otherNorm)));
  throw new AnalysisError({
    code: 'value/undefined',
    found: 'One of the two matrices is 0, so it has no shape',
    remedy: 'Compare dumps whose gradients differ between examples.',
  });
}
