import type { GradientDump } from '../shared/dump';
import type { Gram } from '../shared/statistics';
import type { Moments, Spectrum } from '../shared/summary';

/**
 * The passes over the numbers of a dump. `plain` is the reference in TypeScript; the WebAssembly kernel is the fast one.
 * Both give the same numbers up to rounding, and each gives bitwise the same ones whatever the block size and the threads.
 */
export interface Kernel {
  /**
   * Means, norms, variances, histograms; and the smaller of K (n×n) and Σ (d×d), its eigenvalues and its leading plane. For
   * n ≤ d the WebAssembly kernel reads each row once.
   *
   * @param found receives the moments as soon as they are known, and also where no spectrum is computed
   */
  readonly solve: (dump: GradientDump, context: PassContext, found?: (moments: Moments) => void) => Promise<Solved>;
  /** The first half of it, with K whatever n and d: adds n·K to `target` [n, n], both triangles, in units of gradient². */
  readonly gram: (dump: GradientDump, target: Float64Array, context: PassContext) => Promise<AddedGram>;
  /** The other half: what K says together with the moments, without the rows. For n ≤ d the same bits as `solve`. */
  readonly spectrumOfGram: (
    gram: Gram,
    moments: Moments,
    parameters: number,
    context: PassContext,
  ) => Promise<Spectrum>;
  /** Room for `count` sums of products [order, order], all 0; that of an earlier call, and of a pass, is used again. */
  readonly productSums: ProductSumsOf;
}

export type ProductSumsOf = (order: number, count: number) => ProductSums;

/** Symmetric matrices A_k that grow by the products of tiles. */
export interface ProductSums {
  /** A_k += T·Tᵀ for a tile T [order, width], row-major. */
  readonly add: (k: number, tile: Float64Array, width: number, checkCanceled: () => void) => void;
  /** A_k as [order, order], of which the lower triangle counts. */
  readonly lower: (k: number) => Float64Array;
}

export interface Solved {
  readonly moments: Moments;
  readonly spectrum: Spectrum;
}

/** What is known besides the products that were added. */
export type AddedGram = Omit<Gram, 'products'> & { readonly moments: Moments };

/** What a pass is given beside the dump, and what it must do at every block. */
export interface PassContext {
  /** Bytes the pass may allocate in all; it computes what it needs first and refuses with memory/budget. */
  readonly memoryBudget: number;
  /** Bytes that were taken from it before, for whoever says what is needed in all. */
  readonly held?: number;
  /** Throws run/canceled when the reader asked to stop. Called at least every 50 ms. */
  readonly checkCanceled: () => void;
  readonly report: (done: { readonly block: number; readonly blocks: number; readonly bytesDone: number }) => void;
}
