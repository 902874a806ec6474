import { multiplyAdd, sumLanes } from './lanes';

/** Bytes from a packed row to the next: 512 float32 or 256 float64, whose products are summed before they join the rest. */
export const PACKED: usize = 2048;

/**
 * C += A·Bᵀ for packed rows of A and B, `bytes` of each (a multiple of 16), C in float64 with rows `pitch` bytes apart.
 * On the diagonal (A = B) only entries on and above the diagonal are wanted, and blocks wholly below it are left out.
 *
 * The shape of the block held in registers never changes a result: each entry has its own accumulator.
 *
 * @param shape 0: 2×6, 1: 3×3, 2: 2×4. Rows of A and B are multiples of 12.
 */
function tile<T>(shape: i32, a: usize, m: usize, b: usize, n: usize, bytes: usize, c: usize, pitch: usize, diagonal: bool): void {
  if (shape == 0) {
    for (let j: usize = 0; j < n; j += 6)
      for (let i: usize = 0, end = diagonal ? min(m, j + 6) : m; i < end; i += 2)
        twoBySix<T>(a + i * PACKED, b + j * PACKED, bytes, c + i * pitch + j * 8, pitch);
  } else if (shape == 1) {
    for (let j: usize = 0; j < n; j += 3)
      for (let i: usize = 0, end = diagonal ? min(m, j + 3) : m; i < end; i += 3)
        threeByThree<T>(a + i * PACKED, b + j * PACKED, bytes, c + i * pitch + j * 8, pitch);
  } else {
    for (let j: usize = 0; j < n; j += 4)
      for (let i: usize = 0, end = diagonal ? min(m, j + 4) : m; i < end; i += 2)
        twoByFour<T>(a + i * PACKED, b + j * PACKED, bytes, c + i * pitch + j * 8, pitch);
  }
}

export function tile32(shape: i32, a: usize, m: usize, b: usize, n: usize, bytes: usize, c: usize, pitch: usize, diagonal: bool): void {
  tile<f32>(shape, a, m, b, n, bytes, c, pitch, diagonal);
}

export function tile64(shape: i32, a: usize, m: usize, b: usize, n: usize, bytes: usize, c: usize, pitch: usize, diagonal: bool): void {
  tile<f64>(shape, a, m, b, n, bytes, c, pitch, diagonal);
}

@inline
function add<T>(at: usize, sums: v128): void {
  store<f64>(at, load<f64>(at) + sumLanes<T>(sums));
}

function twoBySix<T>(a: usize, b: usize, bytes: usize, c: usize, pitch: usize): void {
  let p0 = v128.splat<T>(0), p1 = v128.splat<T>(0), p2 = v128.splat<T>(0);
  let p3 = v128.splat<T>(0), p4 = v128.splat<T>(0), p5 = v128.splat<T>(0);
  let q0 = v128.splat<T>(0), q1 = v128.splat<T>(0), q2 = v128.splat<T>(0);
  let q3 = v128.splat<T>(0), q4 = v128.splat<T>(0), q5 = v128.splat<T>(0);
  const a1 = a + PACKED;
  const b1 = b + PACKED, b2 = b1 + PACKED, b3 = b2 + PACKED, b4 = b3 + PACKED, b5 = b4 + PACKED;
  for (let k: usize = 0; k < bytes; k += 16) {
    const p = v128.load(a + k);
    const q = v128.load(a1 + k);
    let x = v128.load(b + k);
    p0 = multiplyAdd<T>(p, x, p0);
    q0 = multiplyAdd<T>(q, x, q0);
    x = v128.load(b1 + k);
    p1 = multiplyAdd<T>(p, x, p1);
    q1 = multiplyAdd<T>(q, x, q1);
    x = v128.load(b2 + k);
    p2 = multiplyAdd<T>(p, x, p2);
    q2 = multiplyAdd<T>(q, x, q2);
    x = v128.load(b3 + k);
    p3 = multiplyAdd<T>(p, x, p3);
    q3 = multiplyAdd<T>(q, x, q3);
    x = v128.load(b4 + k);
    p4 = multiplyAdd<T>(p, x, p4);
    q4 = multiplyAdd<T>(q, x, q4);
    x = v128.load(b5 + k);
    p5 = multiplyAdd<T>(p, x, p5);
    q5 = multiplyAdd<T>(q, x, q5);
  }
  add<T>(c, p0);
  add<T>(c + 8, p1);
  add<T>(c + 16, p2);
  add<T>(c + 24, p3);
  add<T>(c + 32, p4);
  add<T>(c + 40, p5);
  c += pitch;
  add<T>(c, q0);
  add<T>(c + 8, q1);
  add<T>(c + 16, q2);
  add<T>(c + 24, q3);
  add<T>(c + 32, q4);
  add<T>(c + 40, q5);
}

function threeByThree<T>(a: usize, b: usize, bytes: usize, c: usize, pitch: usize): void {
  let p0 = v128.splat<T>(0), p1 = v128.splat<T>(0), p2 = v128.splat<T>(0);
  let q0 = v128.splat<T>(0), q1 = v128.splat<T>(0), q2 = v128.splat<T>(0);
  let r0 = v128.splat<T>(0), r1 = v128.splat<T>(0), r2 = v128.splat<T>(0);
  const a1 = a + PACKED, a2 = a1 + PACKED;
  const b1 = b + PACKED, b2 = b1 + PACKED;
  for (let k: usize = 0; k < bytes; k += 16) {
    const p = v128.load(a + k);
    const q = v128.load(a1 + k);
    const r = v128.load(a2 + k);
    let x = v128.load(b + k);
    p0 = multiplyAdd<T>(p, x, p0);
    q0 = multiplyAdd<T>(q, x, q0);
    r0 = multiplyAdd<T>(r, x, r0);
    x = v128.load(b1 + k);
    p1 = multiplyAdd<T>(p, x, p1);
    q1 = multiplyAdd<T>(q, x, q1);
    r1 = multiplyAdd<T>(r, x, r1);
    x = v128.load(b2 + k);
    p2 = multiplyAdd<T>(p, x, p2);
    q2 = multiplyAdd<T>(q, x, q2);
    r2 = multiplyAdd<T>(r, x, r2);
  }
  add<T>(c, p0);
  add<T>(c + 8, p1);
  add<T>(c + 16, p2);
  c += pitch;
  add<T>(c, q0);
  add<T>(c + 8, q1);
  add<T>(c + 16, q2);
  c += pitch;
  add<T>(c, r0);
  add<T>(c + 8, r1);
  add<T>(c + 16, r2);
}

function twoByFour<T>(a: usize, b: usize, bytes: usize, c: usize, pitch: usize): void {
  let p0 = v128.splat<T>(0), p1 = v128.splat<T>(0), p2 = v128.splat<T>(0), p3 = v128.splat<T>(0);
  let q0 = v128.splat<T>(0), q1 = v128.splat<T>(0), q2 = v128.splat<T>(0), q3 = v128.splat<T>(0);
  const a1 = a + PACKED;
  const b1 = b + PACKED, b2 = b1 + PACKED, b3 = b2 + PACKED;
  for (let k: usize = 0; k < bytes; k += 16) {
    const p = v128.load(a + k);
    const q = v128.load(a1 + k);
    let x = v128.load(b + k);
    p0 = multiplyAdd<T>(p, x, p0);
    q0 = multiplyAdd<T>(q, x, q0);
    x = v128.load(b1 + k);
    p1 = multiplyAdd<T>(p, x, p1);
    q1 = multiplyAdd<T>(q, x, q1);
    x = v128.load(b2 + k);
    p2 = multiplyAdd<T>(p, x, p2);
    q2 = multiplyAdd<T>(q, x, q2);
    x = v128.load(b3 + k);
    p3 = multiplyAdd<T>(p, x, p3);
    q3 = multiplyAdd<T>(q, x, q3);
  }
  add<T>(c, p0);
  add<T>(c + 8, p1);
  add<T>(c + 16, p2);
  add<T>(c + 24, p3);
  c += pitch;
  add<T>(c, q0);
  add<T>(c + 8, q1);
  add<T>(c + 16, q2);
  add<T>(c + 24, q3);
}

/**
 * Moves what is not 0 in every packed row to the front of the rows, in whole vectors: each keeps its lane, and a product of
 * zeros changes no sum, so results stay the same to the bit. Parameters without a gradient, such as those of tokens that no
 * example has, cost nothing then.
 *
 * @param bytes of a row, a multiple of 16
 * @param kept room for a 32-bit offset of each vector
 * @returns bytes of a row that are left
 */
export function dropZeros(packed: usize, rows: usize, bytes: usize, kept: usize): usize {
  const end = packed + rows * PACKED;
  let count: usize = 0;
  for (let c: usize = 0; c < bytes; c += 16) {
    let row = packed + c;
    // the first row with a number there ends the search: of a dense strip, only the first row is looked at
    while (row < end && !v128.any_true(v128.load(row))) row += PACKED;
    if (row < end) {
      store<u32>(kept + (count << 2), <u32>c);
      count++;
    }
  }
  const left = count << 4;
  if (left == bytes) return bytes;
  for (let row = packed; row < end; row += PACKED)
    for (let k: usize = 0; k < count; k++) v128.store(row + (k << 4), v128.load(row + <usize>load<u32>(kept + (k << 2))));
  return left;
}
