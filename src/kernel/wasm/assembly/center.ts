import { PACKED } from './gram';
import { pair } from './lanes';

/** Rows that are summed before they join the sum over all: rounding grows with 32 + n/32 in place of n. */
export const CHUNK: i32 = 32;

/** Bytes of one number for each of the 512 columns of a strip. */
export const COLUMNS: usize = 4096;

/**
 * Means of columns in double precision, as deviations from the first row: equal rows leave exactly nothing.
 *
 * @param width columns, even
 * @param means [width]
 * @param part [width], for the rows in hand
 */
export function columnMeans<T>(source: usize, stride: usize, rows: i32, width: i32, means: usize, part: usize): void {
  const bytes = <usize>width << 3;
  const half: usize = sizeof<T>() == 4 ? 1 : 0; // a column has 8 bytes here and half as many in a float32 row
  memory.fill(means, 0, bytes);
  for (let from = 0; from < rows; from += CHUNK) {
    const to = min(rows, from + CHUNK);
    memory.fill(part, 0, bytes);
    let i = from;
    for (; i + 4 <= to; i += 4) {
      const p0 = source + <usize>i * stride;
      const p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride;
      for (let c: usize = 0; c < bytes; c += 16) {
        const o = c >> half;
        const first = pair<T>(source + o);
        const upper = f64x2.add(f64x2.sub(pair<T>(p0 + o), first), f64x2.sub(pair<T>(p1 + o), first));
        const lower = f64x2.add(f64x2.sub(pair<T>(p2 + o), first), f64x2.sub(pair<T>(p3 + o), first));
        v128.store(part + c, f64x2.add(v128.load(part + c), f64x2.add(upper, lower)));
      }
    }
    for (; i < to; i++) {
      const p = source + <usize>i * stride;
      for (let c: usize = 0; c < bytes; c += 16)
        v128.store(part + c, f64x2.add(v128.load(part + c), f64x2.sub(pair<T>(p + (c >> half)), pair<T>(source + (c >> half)))));
    }
    for (let c: usize = 0; c < bytes; c += 16) v128.store(means + c, f64x2.add(v128.load(means + c), v128.load(part + c)));
  }
  const count = f64x2.splat(<f64>rows);
  for (let c: usize = 0; c < bytes; c += 16)
    v128.store(means + c, f64x2.add(pair<T>(source + (c >> half)), f64x2.div(v128.load(means + c), count)));
}

/**
 * Columns of type S, centered and scaled by a power of two, → packed rows of type T.
 *
 * @param width even, and in bytes of S and T a multiple of 16
 * @param means [width]
 */
function packColumns<S, T>(source: usize, stride: usize, rows: i32, width: i32, target: usize, means: usize, scale: f64): void {
  const from: usize = sizeof<S>() == 4 ? 1 : 0;
  const bytes = <usize>width << 3;
  const by = f64x2.splat(scale);
  for (let i = 0; i < rows; i++) {
    for (let c: usize = 0; c < bytes; c += 32) {
      const x = f64x2.mul(f64x2.sub(pair<S>(source + (c >> from)), v128.load(means + c)), by);
      if (sizeof<T>() == 8 && c + 16 == bytes) {
        v128.store(target + c, x);
        break;
      }
      const y = f64x2.mul(f64x2.sub(pair<S>(source + ((c + 16) >> from)), v128.load(means + c, 16)), by);
      if (sizeof<T>() == 4)
        v128.store(target + (c >> 1), v128.shuffle<i64>(f32x4.demote_f64x2_zero(x), f32x4.demote_f64x2_zero(y), 0, 2));
      else {
        v128.store(target + c, x);
        v128.store(target + c, y, 16);
      }
    }
    source += stride;
    target += PACKED;
  }
}

export function packColumns32(source: usize, stride: usize, rows: i32, width: i32, target: usize, means: usize, scale: f64): void {
  packColumns<f32, f32>(source, stride, rows, width, target, means, scale);
}

export function packColumns64(source: usize, stride: usize, rows: i32, width: i32, target: usize, means: usize, scale: f64): void {
  packColumns<f64, f64>(source, stride, rows, width, target, means, scale);
}

export function packWidened(source: usize, stride: usize, rows: i32, width: i32, target: usize, means: usize, scale: f64): void {
  packColumns<f32, f64>(source, stride, rows, width, target, means, scale);
}

/** The same where the rows are parameters: each has a mean of its own. Columns from `width` to `paddedWidth` become zeros. */
function packRows<T>(source: usize, stride: usize, rows: i32, width: i32, paddedWidth: i32, target: usize, means: usize, scale: f64): void {
  const size = sizeof<T>();
  for (let i = 0; i < rows; i++) {
    const mean = load<f64>(means + (<usize>i << 3));
    for (let k: usize = 0; k < <usize>width * size; k += size) store<T>(target + k, <T>((<f64>load<T>(source + k) - mean) * scale));
    for (let k: usize = <usize>width * size; k < <usize>paddedWidth * size; k += size) store<T>(target + k, <T>0);
    source += stride;
    target += PACKED;
  }
}

export function packRows32(source: usize, stride: usize, rows: i32, width: i32, paddedWidth: i32, target: usize, means: usize, scale: f64): void {
  packRows<f32>(source, stride, rows, width, paddedWidth, target, means, scale);
}

export function packRows64(source: usize, stride: usize, rows: i32, width: i32, paddedWidth: i32, target: usize, means: usize, scale: f64): void {
  packRows<f64>(source, stride, rows, width, paddedWidth, target, means, scale);
}

/** Σₖ(xᵢₖ − origin_i) of each row, one strip's share. */
function rowSums<T>(source: usize, stride: usize, rows: i32, width: i32, origins: usize, sums: usize): void {
  const size = sizeof<T>();
  for (let i: usize = 0; i < <usize>rows; i++) {
    const origin = load<f64>(origins + (i << 3));
    let sum = 0.0;
    for (let k: usize = 0; k < <usize>width * size; k += size) sum += <f64>load<T>(source + k) - origin;
    store<f64>(sums + (i << 3), sum);
    source += stride;
  }
}

export function rowSums32(source: usize, stride: usize, rows: i32, width: i32, origins: usize, sums: usize): void {
  rowSums<f32>(source, stride, rows, width, origins, sums);
}

export function rowSums64(source: usize, stride: usize, rows: i32, width: i32, origins: usize, sums: usize): void {
  rowSums<f64>(source, stride, rows, width, origins, sums);
}
