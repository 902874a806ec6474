/**
 * The normal score of a standardized χ² value: (∛(1 + D√(2/ν)) − 1 + 2/(9ν))/√(2/(9ν)).
 *
 * @param deviation D = (χ² − ν)/√(2ν)
 * @param degrees ν > 0
 * @see Wilson & Hilferty 1931
 * @example wilsonHilfertyScore((18.307038 - 10) / Math.sqrt(20), 10).toFixed(2) // => '1.65'
 */
export function wilsonHilfertyScore(deviation: number, degrees: number): number {
  const variance = 2 / (9 * degrees);
  return (Math.cbrt(1 + deviation * Math.sqrt(2 / degrees)) - 1 + variance) / Math.sqrt(variance);
}
