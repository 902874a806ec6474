import { CHUNK, COLUMNS, columnMeans } from './center';
import { pair } from './lanes';

/**
 * Counts the elements of a row by sign and exponent, one table for each lane so that neighbors never wait for each other.
 *
 * @param tables float32: 4 × [512], float64: 2 × [4096], of 32-bit counts
 */
@inline
function count<T>(at: usize, tables: usize): void {
  if (sizeof<T>() == 4) {
    const bins = i32x4.shl(i32x4.shr_u(v128.load(at), 23), 2);
    const p = tables + <usize>i32x4.extract_lane(bins, 0);
    const q = tables + <usize>i32x4.extract_lane(bins, 1) + 2048;
    const r = tables + <usize>i32x4.extract_lane(bins, 2) + 4096;
    const s = tables + <usize>i32x4.extract_lane(bins, 3) + 6144;
    store<u32>(p, load<u32>(p) + 1);
    store<u32>(q, load<u32>(q) + 1);
    store<u32>(r, load<u32>(r) + 1);
    store<u32>(s, load<u32>(s) + 1);
  } else {
    const p = tables + <usize>((load<u64>(at) >> 52) << 2);
    const q = tables + <usize>((load<u64>(at, 8) >> 52) << 2) + 16384;
    store<u32>(p, load<u32>(p) + 1);
    store<u32>(q, load<u32>(q) + 1);
  }
}

/**
 * First look at the elements of a strip: counts by exponent, the largest magnitude, how many zeros and subnormal numbers.
 *
 * @param bytes of a row, a multiple of 16
 * @param found here go, with 64 bits each, the bits of the largest magnitude, the zeros, the zeros and subnormal numbers
 */
function scan<T>(source: usize, stride: usize, rows: i32, bytes: usize, tables: usize, found: usize): void {
  let zeros: i64 = 0;
  let small: i64 = 0;
  let most = v128.splat<T>(0);
  const none = v128.splat<T>(0);
  for (let i = 0; i < rows; i++) {
    let seen = i64x2.splat(0);
    let below = i64x2.splat(0);
    for (let c: usize = 0; c < bytes; c += 16) {
      const x = v128.load(source + c);
      if (sizeof<T>() == 4) {
        const magnitude = v128.and(x, i32x4.splat(0x7fffffff));
        most = i32x4.max_u(most, magnitude);
        below = i32x4.sub(below, i32x4.lt_s(magnitude, i32x4.splat(0x00800000)));
        seen = i32x4.sub(seen, f32x4.eq(x, none));
      } else {
        const magnitude = v128.and(x, i64x2.splat(0x7fffffffffffffff));
        most = v128.bitselect(magnitude, most, i64x2.gt_s(magnitude, most));
        below = i64x2.sub(below, i64x2.lt_s(magnitude, i64x2.splat(0x0010000000000000)));
        seen = i64x2.sub(seen, f64x2.eq(x, none));
      }
      count<T>(source + c, tables);
    }
    zeros += total<T>(seen);
    small += total<T>(below);
    source += stride;
  }
  if (sizeof<T>() == 4) {
    const upper = max(<u32>i32x4.extract_lane(most, 0), <u32>i32x4.extract_lane(most, 1));
    const lower = max(<u32>i32x4.extract_lane(most, 2), <u32>i32x4.extract_lane(most, 3));
    store<u64>(found, max(upper, lower));
  } else store<i64>(found, max(i64x2.extract_lane(most, 0), i64x2.extract_lane(most, 1)));
  store<i64>(found + 8, zeros);
  store<i64>(found + 16, small);
}

@inline
function total<T>(counts: v128): i64 {
  if (sizeof<T>() == 4)
    return (
      <i64>i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1) + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3)
    );
  return i64x2.extract_lane(counts, 0) + i64x2.extract_lane(counts, 1);
}

/**
 * All first and second moments of a strip.
 *
 * @param width columns held, a multiple of 16 bytes; `columns` of them are real, the rest zeros
 * @param work room for six numbers per column
 * @param norms [rows] Σⱼxᵢⱼ² of the strip; products [rows] Σⱼ ḡⱼxᵢⱼ
 * @param variances [2048] counts of columns by the exponent of their variance
 * @param result Σḡⱼ², Σⱼₖxₖⱼ², Σḡⱼ²/sⱼ², columns that vary, constant ones, dead ones; then what `scan` found
 */
function moments<T>(source: usize, stride: usize, rows: i32, width: i32, columns: i32, work: usize, norms: usize, products: usize,
  tables: usize, variances: usize, result: usize): void {
  const bytes = <usize>width << 3;
  const half: usize = sizeof<T>() == 4 ? 1 : 0;
  scan<T>(source, stride, rows, bytes >> half, tables, result + 48);
  const means = work, part = work + COLUMNS, partLeft = part + COLUMNS, squares = partLeft + COLUMNS, left = squares + COLUMNS;
  columnMeans<T>(source, stride, rows, width, means, part);
  memory.fill(squares, 0, 2 * COLUMNS);
  for (let from = 0; from < rows; from += CHUNK) {
    const to = min(rows, from + CHUNK);
    memory.fill(part, 0, 2 * COLUMNS);
    let i = from;
    for (; i + 2 <= to; i += 2) {
      const p0 = source + <usize>i * stride;
      const p1 = p0 + stride;
      let n0 = f64x2.splat(0), n1 = f64x2.splat(0), a0 = f64x2.splat(0), a1 = f64x2.splat(0);
      for (let c: usize = 0; c < bytes; c += 16) {
        const o = c >> half;
        const mean = v128.load(means + c);
        const x = f64x2.sub(pair<T>(p0 + o), mean);
        const y = f64x2.sub(pair<T>(p1 + o), mean);
        const xx = f64x2.mul(x, x);
        const yy = f64x2.mul(y, y);
        n0 = f64x2.add(n0, xx);
        n1 = f64x2.add(n1, yy);
        a0 = f64x2.add(a0, f64x2.mul(mean, x));
        a1 = f64x2.add(a1, f64x2.mul(mean, y));
        v128.store(part + c, f64x2.add(v128.load(part + c), f64x2.add(xx, yy)));
        v128.store(partLeft + c, f64x2.add(v128.load(partLeft + c), f64x2.add(x, y)));
      }
      const at = <usize>i << 3;
      store<f64>(norms + at, f64x2.extract_lane(n0, 0) + f64x2.extract_lane(n0, 1));
      store<f64>(norms + at, f64x2.extract_lane(n1, 0) + f64x2.extract_lane(n1, 1), 8);
      store<f64>(products + at, f64x2.extract_lane(a0, 0) + f64x2.extract_lane(a0, 1));
      store<f64>(products + at, f64x2.extract_lane(a1, 0) + f64x2.extract_lane(a1, 1), 8);
    }
    if (i < to) {
      const p = source + <usize>i * stride;
      let n = f64x2.splat(0), a = f64x2.splat(0);
      for (let c: usize = 0; c < bytes; c += 16) {
        const mean = v128.load(means + c);
        const x = f64x2.sub(pair<T>(p + (c >> half)), mean);
        const xx = f64x2.mul(x, x);
        n = f64x2.add(n, xx);
        a = f64x2.add(a, f64x2.mul(mean, x));
        v128.store(part + c, f64x2.add(v128.load(part + c), xx));
        v128.store(partLeft + c, f64x2.add(v128.load(partLeft + c), x));
      }
      const at = <usize>i << 3;
      store<f64>(norms + at, f64x2.extract_lane(n, 0) + f64x2.extract_lane(n, 1));
      store<f64>(products + at, f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1));
    }
    for (let c: usize = 0; c < bytes; c += 16) {
      v128.store(squares + c, f64x2.add(v128.load(squares + c), v128.load(part + c)));
      v128.store(left + c, f64x2.add(v128.load(left + c), v128.load(partLeft + c)));
    }
  }
  finish(rows, columns, means, squares, left, variances, result);
}

/** What rounding took from sum + value, both positive: the part of the smaller one. */
@inline
function lost(sum: f64, value: f64, total: f64): f64 {
  return sum >= value ? sum - total + value : value - total + sum;
}

/** From sums over rows to what is kept of each column. */
function finish(rows: i32, columns: i32, means: usize, squares: usize, left: usize, variances: usize, result: usize): void {
  const N = <f64>rows;
  let meanSquares = 0.0,
    scatter = 0.0,
    ratios = 0.0,
    meanSquaresLost = 0.0,
    scatterLost = 0.0,
    ratiosLost = 0.0, varying = 0.0, constant = 0.0, dead = 0.0;
  for (let j: usize = 0; j < <usize>columns; j++) {
    const rest = load<f64>(left + (j << 3)); // what rounding left of the mean
    const mean = load<f64>(means + (j << 3)) + rest / N;
    const square = load<f64>(squares + (j << 3)) - (rest * rest) / N;
    const meanSquare = mean * mean;
    let next = meanSquares + meanSquare;
    meanSquaresLost += lost(meanSquares, meanSquare, next);
    meanSquares = next;
    if (square > 0) {
      next = scatter + square;
      scatterLost += lost(scatter, square, next);
      scatter = next;
      const bin = variances + (<usize>((reinterpret<u64>(square / N) >> 52) & 0x7ff) << 2);
      store<u32>(bin, load<u32>(bin) + 1);
      const ratio = (meanSquare * (N - 1)) / square;
      next = ratios + ratio;
      ratiosLost += lost(ratios, ratio, next);
      ratios = next;
      varying += 1;
    } else {
      constant += 1;
      if (mean == 0) dead += 1;
    }
  }
  store<f64>(result, meanSquares + meanSquaresLost);
  store<f64>(result + 8, scatter + scatterLost);
  store<f64>(result + 16, ratios + ratiosLost);
  store<f64>(result + 24, varying);
  store<f64>(result + 32, constant);
  store<f64>(result + 40, dead);
}

export function moments32(source: usize, stride: usize, rows: i32, width: i32, columns: i32, work: usize, norms: usize, products: usize,
  tables: usize, variances: usize, result: usize): void {
  moments<f32>(source, stride, rows, width, columns, work, norms, products, tables, variances, result);
}

export function moments64(source: usize, stride: usize, rows: i32, width: i32, columns: i32, work: usize, norms: usize, products: usize,
  tables: usize, variances: usize, result: usize): void {
  moments<f64>(source, stride, rows, width, columns, work, norms, products, tables, variances, result);
}

/** Adds the strips' shares of rows [from, to) in the order of the strips. */
export function addShares(shares: usize, strips: i32, pitch: usize, from: i32, to: i32, sums: usize): void {
  for (let i = from; i < to; i++) {
    let sum = load<f64>(sums + (<usize>i << 3));
    for (let s = 0; s < strips; s++) sum += load<f64>(shares + <usize>s * pitch + (<usize>i << 3));
    store<f64>(sums + (<usize>i << 3), sum);
  }
}
