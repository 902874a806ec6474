const bits = new DataView(new ArrayBuffer(8));

/**
 * e with 2ᵉ ≤ |x| < 2ᵉ⁺¹, exact for every finite x but 0, also where x is subnormal.
 *
 * @throws RangeError for 0, an infinity and NaN
 * @example binaryExponent(-0.75) // => -1
 */
export function binaryExponent(x: number): number {
  if (x === 0 || !Number.isFinite(x)) throw new RangeError(`${x} has no binary exponent`);
  const normal = Math.abs(x) >= 2 ** -1022;
  bits.setFloat64(0, normal ? x : x * 2 ** 64);
  return ((bits.getUint16(0) >> 4) & 0x7ff) - (normal ? 1023 : 1087);
}

/**
 * x·2ᵉ, exact unless the result itself is too large or too small for a double: 2ᵉ alone need not be one.
 *
 * @param exponent a whole number
 * @example timesPowerOfTwo(3 * 2 ** -1000, 1200) // => 3 * 2 ** 200
 */
export function timesPowerOfTwo(x: number, exponent: number): number {
  let value = x;
  let rest = exponent;
  for (; rest > 1000; rest -= 1000) value *= 2 ** 1000;
  for (; rest < -1000; rest += 1000) value *= 2 ** -1000;
  return value * 2 ** rest;
}
