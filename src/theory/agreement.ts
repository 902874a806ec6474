/**
 * Gradient diversity Σ‖gᵢ‖²/‖Σgᵢ‖² of N rows: 1/N when they agree, larger when they differ; N times it is 1 + tr Σ/‖ḡ‖².
 *
 * @see Yin et al. 2018, definition 1
 * @example gradientDiversity({ meanSquaredNorm: 18, scatter: 8, rows: 4 }) // => 80 / 288
 */
export const gradientDiversity = ({
  meanSquaredNorm,
  scatter,
  rows,
}: {
  readonly meanSquaredNorm: number;
  readonly scatter: number;
  readonly rows: number;
}): number => (rows * meanSquaredNorm + scatter) / (rows * rows * meanSquaredNorm);

/**
 * Coherence ‖G‖²/E‖g‖² = 1/(1 + ρ) for a noise scale ρ = tr Σ/‖G‖².
 *
 * @see Chatterjee 2020
 * @example coherence(18, 2) // => 0.9
 */
export const coherence = (signal: number, trace: number): number => signal / (signal + trace);

/**
 * Products gᵢᵀgⱼ [N, N] of rows that are not centered, from those of the centered ones, K = XXᵀ/N.
 *
 * @param gram [N, N] row-major K
 * @param meanProducts [n] ḡᵀxᵢ
 * @example products([1, -1, -1, 1], [3, -3], 9) // => Float64Array.of(17, 7, 7, 5)
 */
export function products(
  gram: ArrayLike<number>,
  meanProducts: ArrayLike<number>,
  meanSquaredNorm: number,
): Float64Array {
  const rows = meanProducts.length;
  const all = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++)
      all[i * rows + j] =
        rows * (gram[i * rows + j] ?? 0) + (meanProducts[i] ?? 0) + (meanProducts[j] ?? 0) + meanSquaredNorm;
  return all;
}
