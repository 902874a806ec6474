/**
 * ‖G‖² and tr Σ from the squared norms of batch gradients of two sizes b < B, without gradients of single examples:
 * ‖G‖² ≈ (B‖ḡ_B‖² − b‖ḡ_b‖²)/(B − b), tr Σ ≈ (‖ḡ_b‖² − ‖ḡ_B‖²)/(1/b − 1/B).
 *
 * Both are unbiased; their ratio is not, so average both over many steps before dividing.
 *
 * @see McCandlish et al. 2018, App. A.1
 * @example fromTwoBatchSizes({ size: 1, squaredNorm: 20 }, { size: 2, squaredNorm: 19 }) // => { signal: 18, trace: 2 }
 */
export function fromTwoBatchSizes(
  small: { readonly size: number; readonly squaredNorm: number },
  large: { readonly size: number; readonly squaredNorm: number },
): { readonly signal: number; readonly trace: number } {
  return {
    signal: (large.size * large.squaredNorm - small.size * small.squaredNorm) / (large.size - small.size),
    trace: (small.squaredNorm - large.squaredNorm) / (1 / small.size - 1 / large.size),
  };
}
