import type { ProductSums } from '../kernel';
import { Arena } from './arena';
import { instantiate } from './engine';
import { eachTile, tileCount } from './operations';
import type { Machine } from './pass';
import { PITCH, TILE } from './task';
import type { MatrixLayout } from './task';

/** Columns of a packed strip. */
const STRIP = PITCH / 8;

/** Blocks of results in the registers that both kinds of engines do well; see fastestShape for the best. */
const SHAPE = { 'relaxed-simd': 0, simd: 2 } as const;

/** @see Kernel.productSums; one thread, in double precision */
export function productSums({ compiled, pages }: Machine, order: number, count: number): ProductSums {
  const padded = Math.ceil(order / 12) * 12;
  const arena = new Arena();
  const packed = arena.take(padded * PITCH);
  const matrices = Array.from({ length: count }, (): MatrixLayout => ({
    at: arena.take(tileCount(padded) * TILE * TILE * 8),
    padded,
    pitch: TILE * 8,
    packed: true,
  }));
  const memory = pages.take(arena.bytes);
  const engine = instantiate(compiled.module, memory);
  const doubles = new Float64Array(memory.buffer);
  const shape = SHAPE[compiled.variant];

  return {
    add: (k, tile, width, checkCanceled) => {
      const { pitch } = matrices[k]!;
      for (let from = 0; from < width; from += STRIP) {
        checkCanceled();
        const columns = Math.min(STRIP, width - from);
        for (let i = 0; i < order; i++) {
          const start = packed / 8 + i * STRIP;
          doubles.set(tile.subarray(i * width + from, i * width + from + columns), start);
          // vectors hold two
          if (columns % 2 === 1) doubles[start + columns] = 0;
        }
        const bytes = Math.ceil(columns / 2) * 16;
        eachTile(matrices[k]!, ({ at, I, J, m, n, diagonal }) => {
          engine.tile64(shape, packed + I * TILE * PITCH, m, packed + J * TILE * PITCH, n, bytes, at, pitch, diagonal);
        });
      }
    },
    lower: (k) => {
      const lower = new Float64Array(order * order);
      eachTile(matrices[k]!, ({ at, I, J }) => {
        for (let i = I * TILE; i < Math.min(order, (I + 1) * TILE); i++)
          for (let j = Math.max(i, J * TILE); j < Math.min(order, (J + 1) * TILE); j++)
            lower[j * order + i] = doubles[at / 8 + (i - I * TILE) * TILE + j - J * TILE]!;
      });
      return lower;
    },
  };
}
