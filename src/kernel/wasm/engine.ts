import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Addresses are byte offsets in the memory; sizes are elements where not said otherwise. See assembly/ for each function. */
export interface Engine {
  readonly tile32: Tile;
  readonly tile64: Tile;
  readonly dropZeros: (packed: number, rows: number, bytes: number, kept: number) => number;
  readonly packColumns32: PackColumns;
  readonly packColumns64: PackColumns;
  /** From float32 to float64. */
  readonly packWidened: PackColumns;
  readonly packRows32: PackRows;
  readonly packRows64: PackRows;
  readonly rowSums32: RowSums;
  readonly rowSums64: RowSums;
  readonly moments32: StripMoments;
  readonly moments64: StripMoments;
  readonly addShares: (shares: number, strips: number, pitch: number, from: number, to: number, sums: number) => void;
  readonly copyRows: (
    source: number,
    stride: number,
    target: number,
    pitch: number,
    rows: number,
    bytes: number,
    padded: number,
  ) => void;
  readonly swap2: (at: number, count: number) => void;
  readonly swap4: (at: number, count: number) => void;
  readonly swap8: (at: number, count: number) => void;
  readonly widenHalf: (source: number, target: number, count: number) => void;
  readonly widenBrain: (source: number, target: number, count: number) => void;
  readonly widenSingle: (source: number, target: number, count: number) => void;
  readonly transpose32: Transpose;
  readonly transpose64: Transpose;
  readonly addTile: (source: number, sourcePitch: number, target: number, pitch: number, m: number, n: number) => void;
  readonly scaleTile: (tile: number, pitch: number, m: number, n: number, factor: number) => void;
  readonly clearTile: (tile: number, pitch: number, m: number, n: number) => void;
  readonly squaredNorm: (tile: number, pitch: number, m: number, n: number, diagonal: boolean) => number;
  readonly absoluteSums: (
    tile: number,
    pitch: number,
    m: number,
    n: number,
    diagonal: boolean,
    rows: number,
    columns: number,
  ) => void;
  readonly multiplyTile: (
    tile: number,
    pitch: number,
    m: number,
    n: number,
    diagonal: boolean,
    xi: number,
    yi: number,
    xj: number,
    yj: number,
  ) => void;
  readonly dot: (x: number, y: number, n: number) => number;
  readonly addMultiple: (a: number, x: number, y: number, n: number) => void;
  readonly addTwoMultiples: (a: number, x: number, b: number, z: number, y: number, n: number) => void;
  readonly scale: (a: number, x: number, n: number) => void;
  readonly multiplyRows: (A: number, pitch: number, n: number, from: number, to: number, x: number, y: number) => void;
  readonly rankTwoUpdate: (
    A: number,
    pitch: number,
    n: number,
    from: number,
    to: number,
    V: number,
    W: number,
    count: number,
  ) => void;
}
type Tile = (
  shape: number,
  a: number,
  m: number,
  b: number,
  n: number,
  bytes: number,
  c: number,
  pitch: number,
  diagonal: boolean,
) => void;
type PackColumns = (
  source: number,
  stride: number,
  rows: number,
  width: number,
  target: number,
  means: number,
  scale: number,
) => void;
type PackRows = (
  source: number,
  stride: number,
  rows: number,
  width: number,
  paddedWidth: number,
  target: number,
  means: number,
  scale: number,
) => void;
type RowSums = (source: number, stride: number, rows: number, width: number, origins: number, sums: number) => void;
type StripMoments = (
  source: number,
  stride: number,
  rows: number,
  width: number,
  columns: number,
  work: number,
  norms: number,
  products: number,
  tables: number,
  variances: number,
  result: number,
) => void;
type Transpose = (source: number, target: number, pitch: number, rows: number, columns: number, padded: number) => void;

/** Fused multiply-add where the engine has it; else each product is rounded by itself. */
export type Variant = 'relaxed-simd' | 'simd';

export interface Compiled {
  readonly variant: Variant;
  readonly module: WebAssembly.Module;
}

/**
 * The first variant that this engine compiles, or none: then plain TypeScript has to do.
 *
 * @param folder where build.mjs left its files
 */
export function compile(folder: string, variants: readonly Variant[] = ['relaxed-simd', 'simd']): Compiled | undefined {
  for (const variant of variants)
    try {
      const bytes = readFileSync(path.join(folder, `kernel-${variant}.wasm`));
      return { variant, module: new WebAssembly.Module(bytes) };
    } catch {
      // not built, or an instruction this engine does not know: the next one
    }
  return undefined;
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Engine {
  const abort = (): never => {
    throw new RangeError('the kernel aborted');
  };
  const exports: unknown = new WebAssembly.Instance(module, { env: { memory, abort } }).exports;
  return exports as Engine;
}

/**
 * A memory that threads share. The next pass uses it again, because the system gets it back late; so it holds what the
 * largest pass so far needed.
 */
export class Pages {
  #memory: WebAssembly.Memory | undefined;

  /** So many bytes, all 0. */
  take(bytes: number): WebAssembly.Memory {
    const pages = Math.ceil(bytes / PAGE);
    const had = this.#memory;
    // nothing is taken from the system before it is touched
    const memory = had ?? new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared: true });
    this.#memory = memory;
    if (had) {
      new Uint8Array(had.buffer, 0, Math.min(bytes, had.buffer.byteLength)).fill(0);
      const more = pages - had.buffer.byteLength / PAGE;
      if (more > 0) had.grow(more);
    }
    return memory;
  }

  /** For a memory that a thread left behind may still write to. */
  abandon(): void {
    this.#memory = undefined;
  }
}
const PAGE = 65536;
const MOST_PAGES = 65535;

/** The most that 32-bit addresses reach. */
export const ADDRESSABLE = MOST_PAGES * PAGE;

/** Which block of results the registers hold: by measurement, because engines differ by a factor of two. Results do not. */
export function fastestShape({ module, variant }: Compiled, wide: boolean): number {
  const rows = 48;
  const operand = PAGE;
  const result = operand + rows * 2048;
  const engine = instantiate(module, new Pages().take(result + rows * rows * 8));
  const tile = wide ? engine.tile64 : engine.tile32;
  const time = (shape: number, most: number): number => {
    const start = performance.now();
    let best = Infinity;
    for (let last = start; last - start < most;) {
      tile(shape, operand, rows, operand, rows, 2048, result, rows * 8, false);
      const now = performance.now();
      best = Math.min(best, now - last);
      last = now;
    }
    return best;
  };
  const shapes = variant === 'simd' ? [2, 1] : [0, 1];
  for (const shape of shapes) time(shape, WARM_UP); // until the optimizing compiler has replaced the first one's code
  const times = shapes.map((shape) => time(shape, WARM_UP / 2));
  return shapes[times.indexOf(Math.min(...times))]!;
}
const WARM_UP = 3;
