/**
 * Rows that bound the noise scale from above: N ≳ max(4q²·B∥, √2·q·B_simple/√PR).
 *
 * From Var of the unbiased ‖G‖²: 4GᵀΣG/N + 2 tr Σ²/(N(N − 1)), each term of which must fall below (‖G‖²/q)².
 *
 * @param directionalNoiseScale B∥ = ĜᵀΣĜ/‖G‖², the noise along the gradient over the signal
 * @param participationRatio PR = (tr Σ)²/tr Σ²
 * @param q quantile of the wanted level
 * @example rowsNeeded({ noiseScale: 100, directionalNoiseScale: 0.1, participationRatio: 4 }, 2) // => 142
 */
export const rowsNeeded = (
  {
    noiseScale,
    directionalNoiseScale,
    participationRatio,
  }: { readonly noiseScale: number; readonly directionalNoiseScale: number; readonly participationRatio: number },
  q: number,
): number =>
  Math.ceil(Math.max(4 * q * q * directionalNoiseScale, (Math.SQRT2 * q * noiseScale) / Math.sqrt(participationRatio)));
