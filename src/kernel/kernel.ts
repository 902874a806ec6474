import type { GradientDump } from '../shared/dump';
import type { Gram } from '../shared/statistics';
import type { Moments, Spectrum } from '../shared/summary';

/**
 * The passes over the numbers of a dump. `plain` is the reference in TypeScript; the WebAssembly kernel is the fast one.
 * Both give the same numbers up to rounding, and each gives bitwise the same ones whatever the block size and the threads.
 */
export interface Kernel {
  /** First pass: means, norms, variances, histograms. Bound by memory bandwidth. */
  readonly moments: (dump: GradientDump, run: Run) => Promise<Moments>;
  /** Second pass: the smaller of K (N×N) and Σ (d×d), its eigenvalues and its leading plane. */
  readonly spectrum: (dump: GradientDump, moments: Moments, run: Run) => Promise<Spectrum>;
  /** The first half of it, with K whatever N and d: adds N·K to `target` [N, N], both triangles, in units of gradient². */
  readonly gram: (
    dump: GradientDump,
    moments: Moments,
    target: Float64Array,
    run: Run,
  ) => Promise<Omit<Gram, 'products'>>;
  /** The other half: what K says together with the moments, without the rows. For N ≤ d the same bits as `spectrum`. */
  readonly spectrumOfGram: (gram: Gram, moments: Moments, parameters: number, run: Run) => Promise<Spectrum>;
}

/** What a pass is given beside the dump, and what it must do at every block. */
export interface Run {
  /** Bytes the pass may allocate in all; it computes what it needs first and refuses with memory/budget. */
  readonly memoryBudget: number;
  /** Throws run/canceled when the reader asked to stop. Called at least every 50 ms. */
  readonly checkCanceled: () => void;
  readonly report: (done: { readonly block: number; readonly blocks: number; readonly bytesDone: number }) => void;
}
