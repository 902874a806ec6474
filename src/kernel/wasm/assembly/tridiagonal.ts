import { multiplyAdd } from './lanes';

/** Pieces of the blocked Householder reduction; matrices hold their upper triangle, rows `pitch` bytes apart. */

@inline
function lanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

export function dot(x: usize, y: usize, n: i32): f64 {
  let a = f64x2.splat(0), b = f64x2.splat(0), c = f64x2.splat(0), d = f64x2.splat(0);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    a = multiplyAdd<f64>(v128.load(x), v128.load(y), a);
    b = multiplyAdd<f64>(v128.load(x, 16), v128.load(y, 16), b);
    c = multiplyAdd<f64>(v128.load(x, 32), v128.load(y, 32), c);
    d = multiplyAdd<f64>(v128.load(x, 48), v128.load(y, 48), d);
    x += 64;
    y += 64;
  }
  let sum = lanes(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
  for (; i < n; i++) {
    sum += load<f64>(x) * load<f64>(y);
    x += 8;
    y += 8;
  }
  return sum;
}

/** y += a·x */
export function addMultiple(a: f64, x: usize, y: usize, n: i32): void {
  const by = f64x2.splat(a);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(y, multiplyAdd<f64>(by, v128.load(x), v128.load(y)));
    v128.store(y, multiplyAdd<f64>(by, v128.load(x, 16), v128.load(y, 16)), 16);
    x += 32;
    y += 32;
  }
  for (; i < n; i++) {
    store<f64>(y, load<f64>(y) + a * load<f64>(x));
    x += 8;
    y += 8;
  }
}

/** y += a·x + b·z */
export function addTwoMultiples(a: f64, x: usize, b: f64, z: usize, y: usize, n: i32): void {
  const byA = f64x2.splat(a);
  const byB = f64x2.splat(b);
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    v128.store(y, multiplyAdd<f64>(byB, v128.load(z), multiplyAdd<f64>(byA, v128.load(x), v128.load(y))));
    x += 16;
    y += 16;
    z += 16;
  }
  if (i < n) store<f64>(y, load<f64>(y) + a * load<f64>(x) + b * load<f64>(z));
}

export function scale(a: f64, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(x + (<usize>i << 3), load<f64>(x + (<usize>i << 3)) * a);
}

/** y += A·x for rows [from, to) of the upper triangle and their mirror images. */
export function multiplyRows(A: usize, pitch: usize, n: i32, from: i32, to: i32, x: usize, y: usize): void {
  let r = from;
  for (; r + 4 <= to; r += 4) {
    const p0 = A + <usize>r * pitch, p1 = p0 + pitch, p2 = p1 + pitch, p3 = p2 + pitch;
    const o = <usize>r << 3;
    const x0 = load<f64>(x + o), x1 = load<f64>(x + o, 8), x2 = load<f64>(x + o, 16), x3 = load<f64>(x + o, 24);
    // the 4×4 triangle on the diagonal
    const a01 = load<f64>(p0 + o, 8), a02 = load<f64>(p0 + o, 16), a03 = load<f64>(p0 + o, 24);
    const a12 = load<f64>(p1 + o, 16), a13 = load<f64>(p1 + o, 24), a23 = load<f64>(p2 + o, 24);
    let s0 = load<f64>(p0 + o) * x0 + a01 * x1 + a02 * x2 + a03 * x3;
    let s1 = a01 * x0 + load<f64>(p1 + o, 8) * x1 + a12 * x2 + a13 * x3;
    let s2 = a02 * x0 + a12 * x1 + load<f64>(p2 + o, 16) * x2 + a23 * x3;
    let s3 = a03 * x0 + a13 * x1 + a23 * x2 + load<f64>(p3 + o, 24) * x3;
    let c = r + 4;
    if ((n - c) & 1) {
      const q = <usize>c << 3;
      const xc = load<f64>(x + q);
      const b0 = load<f64>(p0 + q), b1 = load<f64>(p1 + q), b2 = load<f64>(p2 + q), b3 = load<f64>(p3 + q);
      s0 += b0 * xc;
      s1 += b1 * xc;
      s2 += b2 * xc;
      s3 += b3 * xc;
      store<f64>(y + q, load<f64>(y + q) + b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3);
      c++;
    }
    const X0 = f64x2.splat(x0), X1 = f64x2.splat(x1), X2 = f64x2.splat(x2), X3 = f64x2.splat(x3);
    let t0 = f64x2.splat(0), t1 = f64x2.splat(0), t2 = f64x2.splat(0), t3 = f64x2.splat(0);
    const end = <usize>n << 3;
    for (let q = <usize>c << 3; q < end; q += 16) {
      const xc = v128.load(x + q);
      let yc = v128.load(y + q);
      const b0 = v128.load(p0 + q);
      t0 = multiplyAdd<f64>(b0, xc, t0);
      yc = multiplyAdd<f64>(b0, X0, yc);
      const b1 = v128.load(p1 + q);
      t1 = multiplyAdd<f64>(b1, xc, t1);
      yc = multiplyAdd<f64>(b1, X1, yc);
      const b2 = v128.load(p2 + q);
      t2 = multiplyAdd<f64>(b2, xc, t2);
      yc = multiplyAdd<f64>(b2, X2, yc);
      const b3 = v128.load(p3 + q);
      t3 = multiplyAdd<f64>(b3, xc, t3);
      yc = multiplyAdd<f64>(b3, X3, yc);
      v128.store(y + q, yc);
    }
    store<f64>(y + o, load<f64>(y + o) + s0 + lanes(t0));
    store<f64>(y + o, load<f64>(y + o, 8) + s1 + lanes(t1), 8);
    store<f64>(y + o, load<f64>(y + o, 16) + s2 + lanes(t2), 16);
    store<f64>(y + o, load<f64>(y + o, 24) + s3 + lanes(t3), 24);
  }
  for (; r < to; r++) {
    const o = <usize>r << 3;
    const p = A + <usize>r * pitch + o;
    const xr = load<f64>(x + o);
    const sum = load<f64>(p) * xr + dot(p + 8, x + o + 8, n - r - 1);
    addMultiple(xr, p + 8, y + o + 8, n - r - 1);
    store<f64>(y + o, load<f64>(y + o) + sum);
  }
}

/**
 * A −= VWᵀ + WVᵀ for rows [from, to), from even, of the upper triangle; V and W hold `count` vectors `pitch` bytes apart.
 * Reads and writes up to 7 elements before the diagonal and 8 after the last column, where nothing of value lies.
 */
export function rankTwoUpdate(A: usize, pitch: usize, n: i32, from: i32, to: i32, V: usize, W: usize, count: i32): void {
  const length = <usize>count * pitch;
  for (let band = from & ~63; band < n; band += 64) {
    const end = min(band + 64, n);
    const last = min(to, end);
    for (let r = from; r < last; r += 2) {
      const p = A + <usize>r * pitch, q = p + pitch;
      const ro = <usize>r << 3;
      for (let c = max(band, r & ~7); c < end; c += 8) {
        const o = <usize>c << 3;
        let a0 = v128.load(p + o), a1 = v128.load(p + o, 16), a2 = v128.load(p + o, 32), a3 = v128.load(p + o, 48);
        let b0 = v128.load(q + o), b1 = v128.load(q + o, 16), b2 = v128.load(q + o, 32), b3 = v128.load(q + o, 48);
        for (let k: usize = 0; k < length; k += pitch) {
          const v = V + k, w = W + k;
          const vp = f64x2.neg(v128.load64_splat(v + ro)), vq = f64x2.neg(v128.load64_splat(v + ro, 8));
          const wp = f64x2.neg(v128.load64_splat(w + ro)), wq = f64x2.neg(v128.load64_splat(w + ro, 8));
          let z = v128.load(w + o);
          a0 = multiplyAdd<f64>(vp, z, a0);
          b0 = multiplyAdd<f64>(vq, z, b0);
          z = v128.load(w + o, 16);
          a1 = multiplyAdd<f64>(vp, z, a1);
          b1 = multiplyAdd<f64>(vq, z, b1);
          z = v128.load(w + o, 32);
          a2 = multiplyAdd<f64>(vp, z, a2);
          b2 = multiplyAdd<f64>(vq, z, b2);
          z = v128.load(w + o, 48);
          a3 = multiplyAdd<f64>(vp, z, a3);
          b3 = multiplyAdd<f64>(vq, z, b3);
          z = v128.load(v + o);
          a0 = multiplyAdd<f64>(wp, z, a0);
          b0 = multiplyAdd<f64>(wq, z, b0);
          z = v128.load(v + o, 16);
          a1 = multiplyAdd<f64>(wp, z, a1);
          b1 = multiplyAdd<f64>(wq, z, b1);
          z = v128.load(v + o, 32);
          a2 = multiplyAdd<f64>(wp, z, a2);
          b2 = multiplyAdd<f64>(wq, z, b2);
          z = v128.load(v + o, 48);
          a3 = multiplyAdd<f64>(wp, z, a3);
          b3 = multiplyAdd<f64>(wq, z, b3);
        }
        v128.store(p + o, a0);
        v128.store(p + o, a1, 16);
        v128.store(p + o, a2, 32);
        v128.store(p + o, a3, 48);
        v128.store(q + o, b0);
        v128.store(q + o, b1, 16);
        v128.store(q + o, b2, 32);
        v128.store(q + o, b3, 48);
      }
    }
  }
}
