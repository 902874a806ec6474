/** Products of rows and labels, both centered; a row of the label kernel L is 1 where the other label is the same. */
export interface LabelAlignment {
  /** ⟨K, L⟩ with K = XXᵀ/n of centered rows: Σ nₚ²‖mₚ‖²/n. */
  readonly product: number;
  /** ‖L‖_F, L centered. */
  readonly labels: number;
  /** What the product is on average when labels are shuffled. */
  readonly chance: number;
}

/**
 * Centered alignment of the products of rows with their classes, from the means of the classes alone.
 *
 * @param sizes [P] nₚ rows of each class, two classes or more
 * @param squaredDistances [P] ‖mₚ‖², mₚ the mean of class p less that of all rows
 * @param scatter Σ‖xᵢ‖² of the centered rows
 * @see Cortes, Mohri & Rostamizadeh 2012
 * @example labelAlignment([2, 2], [2.5, 2.5], 15) // => { product: 5, labels: 2, chance: 2.5 }
 */
export function labelAlignment(
  sizes: ArrayLike<number>,
  squaredDistances: ArrayLike<number>,
  scatter: number,
): LabelAlignment {
  let [n, squares, cubes, product] = [0, 0, 0, 0];
  for (let p = 0; p < sizes.length; p++) {
    const size = sizes[p] ?? 0;
    n += size;
    squares += size * size;
    cubes += size ** 3;
    product += size * size * (squaredDistances[p] ?? 0);
  }
  return {
    product: product / n,
    labels: Math.sqrt(squares * n * n - 2 * n * cubes + squares * squares) / n,
    // the mean of s rows drawn without replacement has (n − s)/(n − 1)/s of the scatter of one
    chance: (scatter / n / n) * ((n * n - squares) / (n - 1)),
  };
}
