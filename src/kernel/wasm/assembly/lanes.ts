/** Vectors of 128 bits, of float32 or float64. With relaxed SIMD a product and a sum are rounded once, without it twice. */

@inline
export function multiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(c, v128.mul<T>(a, b));
}

/** The sum of all lanes, in double precision. */
@inline
export function sumLanes<T>(v: v128): f64 {
  if (sizeof<T>() == 4) {
    const low = f64x2.promote_low_f32x4(v);
    const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 0, 1));
    const both = f64x2.add(low, high);
    return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  }
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Two neighbors as float64. */
@inline
export function pair<T>(at: usize): v128 {
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(at));
  return v128.load(at);
}
