/**
 * Three tests of whether a batch is large enough for its mean gradient to be trusted. Each is a ratio that shrinks as 1/√B;
 * together norm² = inner² + orthogonality², exactly.
 */
export interface GradientTests {
  /** Noise over the length of the mean. */
  readonly norm: number;
  /** Noise along the mean, over its length. */
  readonly inner: number;
  /** Noise across the mean, over its length. */
  readonly orthogonality: number;
}

/**
 * The tests of N rows as one batch, with divisor 1/(N − 1).
 *
 * @param meanSquaredNorm ‖ḡ‖² > 0
 * @param centeredSquaredNorms [n] ‖xᵢ‖²
 * @param meanProducts [n] ḡᵀxᵢ
 * @see Byrd et al. 2012, eq. 3.9 (norm); Bollapragada, Byrd & Nocedal 2018, eq. 2.6 (inner) and 3.3 (orthogonality)
 * @example gradientTests(18, [2, 2, 2, 2], [-6, 0, 6, 0]).norm ** 2 // => 8 / 3 / (4 * 18)
 */
export function gradientTests(
  meanSquaredNorm: number,
  centeredSquaredNorms: ArrayLike<number>,
  meanProducts: ArrayLike<number>,
): GradientTests {
  const rows = centeredSquaredNorms.length;
  let along = 0;
  let across = 0;
  for (let i = 0; i < rows; i++) {
    // over ‖ḡ‖, so that squares of products neither overflow nor underflow before the division
    const product = (meanProducts[i] ?? 0) / Math.sqrt(meanSquaredNorm);
    along += product ** 2;
    across += Math.max(0, (centeredSquaredNorms[i] ?? 0) - product ** 2);
  }
  const ratio = (scatter: number): number => Math.sqrt(scatter / (rows - 1) / rows / meanSquaredNorm);
  return { norm: ratio(along + across), inner: ratio(along), orthogonality: ratio(across) };
}

/** Thresholds in use: θ = 0.5 of the norm, θ = 0.9 of the inner-product and ν = tan 80° of the orthogonality test. */
export const GRADIENT_TEST_LIMITS: GradientTests = {
  norm: 0.5,
  inner: 0.9,
  orthogonality: Math.tan((80 * Math.PI) / 180),
};

/**
 * The batch size at which a test that gives `value` for a batch of `rows` just passes.
 *
 * @example passingBatchSize(1, 64, 0.5) // => 256
 */
export const passingBatchSize = (value: number, rows: number, limit: number): number => rows * (value / limit) ** 2;
