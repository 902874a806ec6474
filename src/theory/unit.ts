/**
 * The power of two at or below a magnitude, to measure numbers in before they are squared: dividing by it and multiplying with it
 * moves exponents only, so every result scales exactly with what it is made of. 1 for 0.
 *
 * @example unitOf(12) // => 8
 */
export const unitOf = (magnitude: number): number =>
  magnitude > 0 && magnitude < Infinity ? 2 ** Math.max(-1022, Math.floor(Math.log2(magnitude))) : 1;
