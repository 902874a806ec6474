import type { Control } from './control';
import type { WorkerView } from './strip-source';

/** Columns that are reduced before the rest of the matrix is updated. */
export const PANEL = 32;

/** Rows below which threads would wait for each other longer than they work. */
const WORTH_SHARING = 768;

/** Shares of a matrix-vector product, whatever the number of threads, so that it never changes the order of summation. */
export const PARTS = 4;

/**
 * Blocked Householder reduction of the matrix (upper triangle, rows) to tridiagonal form, by all threads together. Vector vₖ
 * of reflection Hₖ = I − τₖvₖvₖᵀ takes the place of row k from the diagonal on; its first element is 1.
 *
 * Each thread computes all short vectors by itself, which is cheaper than waiting for them; the long products are shared.
 *
 * @see Dongarra, Sorensen & Hammarling 1989 (LAPACK's dsytrd)
 */
export function reduce({ engine, task, index, doubles: f }: WorkerView, control: Control, check: () => void): void {
  const { view, gram } = task;
  const n = view.rows;
  const threads = n < WORTH_SHARING ? 1 : task.threads;
  if (index >= threads) return;
  const together = (): void => (threads > 1 ? control.barrier(check) : check());
  const { at: A } = gram!.matrix;
  const { pitch, diagonal, offDiagonal, factors, products, panels } = gram!.reduction!;
  const { V, W, row } = panels[index]!;
  let parity = 0;
  let k = 0;
  for (; k < n - 2; k += PANEL) {
    const count = Math.min(PANEL, n - 2 - k);
    f.fill(0, V / 8, (V + PANEL * pitch) / 8);
    f.fill(0, W / 8, (W + PANEL * pitch) / 8);
    for (let i = 0; i < count; i++) {
      const j = k + i;
      const m = n - j - 1;
      const o = (j + 1) * 8;
      // row j as the reflections of this panel leave it
      f.copyWithin((row + j * 8) / 8, (A + j * pitch + j * 8) / 8, (A + j * pitch + n * 8) / 8);
      for (let p = 0; p < i; p++) {
        const [v, w] = [V + p * pitch + j * 8, W + p * pitch + j * 8];
        engine.addTwoMultiples(-f[v / 8]!, w, -f[w / 8]!, v, row + j * 8, n - j);
      }
      const head = f[(row + o) / 8]!;
      const norm = Math.sqrt(engine.dot(row + o, row + o, m));
      const v = V + i * pitch;
      const w = W + i * pitch;
      let factor = 0;
      let off = head;
      if (norm > 0) {
        off = head >= 0 ? -norm : norm;
        factor = (off - head) / off;
        f.copyWithin((v + o) / 8, (row + o) / 8, (row + n * 8) / 8);
        engine.scale(1 / (head - off), v + o, m);
      }
      f[(v + o) / 8] = 1;
      for (let part = index; part < PARTS; part += threads) {
        const y = products + (2 * part + parity) * pitch;
        f.fill(0, (y + o) / 8, (y + n * 8) / 8);
        engine.multiplyRows(A, pitch, n, partStart(j + 1, n, part), partStart(j + 1, n, part + 1), v, y);
      }
      together();
      if (index === 0) {
        f[diagonal / 8 + j] = f[(row + j * 8) / 8]!;
        f[offDiagonal / 8 + j] = off;
        f[factors / 8 + j] = factor;
        // nobody reads row j any more
        f.copyWithin((A + j * pitch + o) / 8, (v + o) / 8, (v + n * 8) / 8);
      }
      f.copyWithin((w + o) / 8, (products + parity * pitch + o) / 8, (products + parity * pitch + n * 8) / 8);
      for (let part = 1; part < PARTS; part++)
        engine.addMultiple(1, products + (2 * part + parity) * pitch + o, w + o, m);
      parity = 1 - parity;
      for (let p = 0; p < i; p++) {
        const [vp, wp] = [V + p * pitch + o, W + p * pitch + o];
        engine.addTwoMultiples(-engine.dot(wp, v + o, m), vp, -engine.dot(vp, v + o, m), wp, w + o, m);
      }
      engine.scale(factor, w + o, m);
      engine.addMultiple(-0.5 * factor * engine.dot(w + o, v + o, m), v + o, w + o, m);
    }
    together();
    const first = k + count;
    const band = Math.max(8, Math.min(64, Math.floor((n - first) / (4 * threads)) & ~1));
    for (let r = first, turn = 0; r < n; r += band, turn++)
      if (turn % threads === index) engine.rankTwoUpdate(A, pitch, n, r, Math.min(n, r + band), V, W, count);
    together();
  }
  if (index !== 0) return;
  for (let j = Math.max(0, n - 2); j < n; j++) {
    f[diagonal / 8 + j] = f[(A + j * pitch + j * 8) / 8]!;
    f[factors / 8 + j] = 0;
    if (j + 1 < n) f[offDiagonal / 8 + j] = f[(A + j * pitch + (j + 1) * 8) / 8]!;
  }
}

/** Where a part of the rows [first, n) of a triangle begins: parts of equal area, in fours. */
function partStart(first: number, n: number, part: number): number {
  if (part === 0) return first;
  if (part === PARTS) return n;
  const rows = n - first;
  return Math.min(n, first + (Math.round(rows * (1 - Math.sqrt(1 - part / PARTS))) & ~3));
}
