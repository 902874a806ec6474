/** From what a file holds to rows of float32 or float64 in the order of this machine. */

/** Copies rows of `bytes` each and fills them up with zeros to `padded`. */
export function copyRows(
  source: usize,
  stride: usize,
  target: usize,
  pitch: usize,
  rows: i32,
  bytes: usize,
  padded: usize,
): void {
  for (let i = 0; i < rows; i++) {
    memory.copy(target, source, bytes);
    memory.fill(target + bytes, 0, padded - bytes);
    source += stride;
    target += pitch;
  }
}

export function swap2(at: usize, count: usize): void {
  const end = at + (count << 1);
  for (; at + 16 <= end; at += 16) {
    const x = v128.load(at);
    v128.store(at, v128.shuffle<u8>(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  }
  for (; at < end; at += 2) store<u16>(at, bswap<u16>(load<u16>(at)));
}

export function swap4(at: usize, count: usize): void {
  const end = at + (count << 2);
  for (; at + 16 <= end; at += 16) {
    const x = v128.load(at);
    v128.store(at, v128.shuffle<u8>(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  }
  for (; at < end; at += 4) store<u32>(at, bswap<u32>(load<u32>(at)));
}

export function swap8(at: usize, count: usize): void {
  for (const end = at + (count << 3); at < end; at += 8) store<u64>(at, bswap<u64>(load<u64>(at)));
}

/** Half precision to float32, exactly: subnormal numbers by a product, infinities and NaN by their exponent. */
export function widenHalf(source: usize, target: usize, count: usize): void {
  const lift = f32x4.splat(reinterpret<f32>(0x77800000)); // 2¹¹²
  for (let k: usize = 0; k < count; k += 4) {
    // beyond the last element this reads and writes up to three more, for which there is room
    const bits = i32x4.extend_low_i16x8_u(v128.load64_zero(source + (k << 1)));
    const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
    const magnitude = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
    const special = i32x4.ge_u(magnitude, i32x4.splat(0x0f800000));
    const value = v128.or(f32x4.mul(magnitude, lift), v128.and(special, i32x4.splat(0x7f800000)));
    v128.store(target + (k << 2), v128.or(value, sign));
  }
}

/** bfloat16 to float32: the upper half of its bits. */
export function widenBrain(source: usize, target: usize, count: usize): void {
  for (let k: usize = 0; k < count; k += 4)
    v128.store(target + (k << 2), i32x4.shl(i32x4.extend_low_i16x8_u(v128.load64_zero(source + (k << 1))), 16));
}

export function widenSingle(source: usize, target: usize, count: usize): void {
  for (let k: usize = 0; k < count; k++) store<f64>(target + (k << 3), <f64>load<f32>(source + (k << 2)));
}

/** Columns, one after the other with `rows` elements each, → rows `pitch` bytes apart, filled up with zeros to `padded`. */
function transpose<T>(source: usize, target: usize, pitch: usize, rows: i32, columns: i32, padded: i32): void {
  const size = sizeof<T>();
  const length = <usize>rows * size;
  // 64 rows at a time: their cache lines stay while neighboring columns fill them
  for (let from = 0; from < rows; from += 64) {
    const to = min(rows, from + 64);
    for (let j = 0; j < padded; j++) {
      const column = source + <usize>j * length;
      for (let i = from; i < to; i++)
        store<T>(target + <usize>i * pitch + <usize>j * size, j < columns ? load<T>(column + <usize>i * size) : <T>0);
    }
  }
}

/** The same for float32, four by four where both sides allow. */
export function transpose32(source: usize, target: usize, pitch: usize, rows: i32, columns: i32, padded: i32): void {
  const length = (<usize>rows) << 2;
  const whole = columns & ~3;
  const most = rows & ~3;
  for (let from = 0; from < most; from += 64) {
    const to = min(most, from + 64);
    for (let j = 0; j < whole; j += 4)
      for (let i = from; i < to; i += 4) {
        const p = source + <usize>j * length + ((<usize>i) << 2);
        const a = v128.load(p);
        const b = v128.load(p + length);
        const c = v128.load(p + 2 * length);
        const d = v128.load(p + 3 * length);
        const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
        const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
        const AB = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
        const CD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
        const q = target + <usize>i * pitch + ((<usize>j) << 2);
        v128.store(q, v128.shuffle<i64>(ab, cd, 0, 2));
        v128.store(q + pitch, v128.shuffle<i64>(ab, cd, 1, 3));
        v128.store(q + 2 * pitch, v128.shuffle<i64>(AB, CD, 0, 2));
        v128.store(q + 3 * pitch, v128.shuffle<i64>(AB, CD, 1, 3));
      }
  }
  for (let i = most; i < rows; i++)
    for (let j = 0; j < whole; j++)
      store<f32>(
        target + <usize>i * pitch + ((<usize>j) << 2),
        load<f32>(source + <usize>j * length + ((<usize>i) << 2)),
      );
  for (let i = 0; i < rows; i++)
    for (let j = whole; j < padded; j++)
      store<f32>(
        target + <usize>i * pitch + ((<usize>j) << 2),
        j < columns ? load<f32>(source + <usize>j * length + ((<usize>i) << 2)) : 0,
      );
}

export function transpose64(source: usize, target: usize, pitch: usize, rows: i32, columns: i32, padded: i32): void {
  transpose<f64>(source, target, pitch, rows, columns, padded);
}
