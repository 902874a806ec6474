/** Tiles of symmetric matrices of float64: m rows `pitch` bytes apart, of which a diagonal tile holds j ≥ i only. */

/** Target += source. */
export function addTile(source: usize, sourcePitch: usize, target: usize, pitch: usize, m: i32, n: i32): void {
  for (let i = 0; i < m; i++) {
    for (let j: usize = 0; j < (<usize>n) << 3; j += 16)
      v128.store(target + j, f64x2.add(v128.load(target + j), v128.load(source + j)));
    source += sourcePitch;
    target += pitch;
  }
}

export function scaleTile(tile: usize, pitch: usize, m: i32, n: i32, factor: f64): void {
  const by = f64x2.splat(factor);
  for (let i = 0; i < m; i++) {
    for (let j: usize = 0; j < (<usize>n) << 3; j += 16) v128.store(tile + j, f64x2.mul(v128.load(tile + j), by));
    tile += pitch;
  }
}

export function clearTile(tile: usize, pitch: usize, m: i32, n: i32): void {
  for (let i = 0; i < m; i++) {
    memory.fill(tile, 0, (<usize>n) << 3);
    tile += pitch;
  }
}

/** What the tile and its mirror image add to ‖A‖_F². */
export function squaredNorm(tile: usize, pitch: usize, m: i32, n: i32, diagonal: bool): f64 {
  let total = 0.0;
  for (let i = 0; i < m; i++) {
    let sum = 0.0;
    if (diagonal) {
      const x = load<f64>(tile + ((<usize>i) << 3));
      total += x * x;
    }
    for (let j = diagonal ? i + 1 : 0; j < n; j++) {
      const x = load<f64>(tile + ((<usize>j) << 3));
      sum += x * x;
    }
    total += 2 * sum;
    tile += pitch;
  }
  return total;
}

/** What the tile and its mirror image add to the sums of magnitudes of its rows and of its columns. */
export function absoluteSums(
  tile: usize,
  pitch: usize,
  m: i32,
  n: i32,
  diagonal: bool,
  rows: usize,
  columns: usize,
): void {
  for (let i = 0; i < m; i++) {
    let sum = diagonal ? Math.abs(load<f64>(tile + ((<usize>i) << 3))) : 0.0;
    for (let j = diagonal ? i + 1 : 0; j < n; j++) {
      const x = Math.abs(load<f64>(tile + ((<usize>j) << 3)));
      const at = columns + ((<usize>j) << 3);
      sum += x;
      store<f64>(at, load<f64>(at) + x);
    }
    const at = rows + ((<usize>i) << 3);
    store<f64>(at, load<f64>(at) + sum);
    tile += pitch;
  }
}

/** y += A·x for the part of A that is this tile and its mirror image; xi and yi belong to its rows, xj and yj to its columns. */
export function multiplyTile(
  tile: usize,
  pitch: usize,
  m: i32,
  n: i32,
  diagonal: bool,
  xi: usize,
  yi: usize,
  xj: usize,
  yj: usize,
): void {
  for (let i = 0; i < m; i++) {
    const x = load<f64>(xi);
    let sum = diagonal ? load<f64>(tile + ((<usize>i) << 3)) * x : 0.0;
    let j = diagonal ? i + 1 : 0;
    if (j < n && j & 1) {
      const a = load<f64>(tile + ((<usize>j) << 3));
      const at = yj + ((<usize>j) << 3);
      sum += a * load<f64>(xj + ((<usize>j) << 3));
      store<f64>(at, load<f64>(at) + a * x);
      j++;
    }
    const xs = f64x2.splat(x);
    let sums = f64x2.splat(0);
    for (; j + 2 <= n; j += 2) {
      const o = (<usize>j) << 3;
      const a = v128.load(tile + o);
      sums = f64x2.add(sums, f64x2.mul(a, v128.load(xj + o)));
      v128.store(yj + o, f64x2.add(v128.load(yj + o), f64x2.mul(a, xs)));
    }
    sum += f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    if (j < n) {
      const o = (<usize>j) << 3;
      const a = load<f64>(tile + o);
      sum += a * load<f64>(xj + o);
      store<f64>(yj + o, load<f64>(yj + o) + a * x);
    }
    store<f64>(yi, load<f64>(yi) + sum);
    xi += 8;
    yi += 8;
    tile += pitch;
  }
}
