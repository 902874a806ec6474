import type { DumpMetadata, GradientDump, Layer } from './dump';

/**
 * What the analysis of a dump leaves: scalars and arrays no longer than N or min(N, d). It holds no convention (no 1/N
 * against 1/(N−1), no data-set size): those are chosen by the reader and enter with the settings, so that every metric and
 * plot is a pure function of a summary and settings, and moving a slider never touches the file.
 *
 * Notation: gᵢ [d] the rows, ḡ = Σgᵢ/N, xᵢ = gᵢ − ḡ, Σ = Σ xᵢxᵢᵀ/N, K = XXᵀ/N.
 */
export interface DumpSummary {
  readonly dump: DumpDescription;
  /** After the first pass. */
  readonly moments?: Moments;
  /** After the second pass. */
  readonly spectrum?: Spectrum;
  /** Why there is no spectrum, although the analysis has ended. */
  readonly spectrumProblem?: import('./problem').Problem;
}

/** A dump without the whereabouts of its numbers. */
export type DumpDescription = Omit<GradientDump, 'arrays'> & {
  /** Of the bytes that were analyzed, hexadecimal. */
  readonly sha256?: string;
  /** Milliseconds since 1970, of the version analyzed. */
  readonly modified?: number;
};

/** First and second moments, in units of gradient² where not said otherwise. */
export interface Moments {
  /** ‖ḡ‖² */
  readonly meanSquaredNorm: number;
  /** Σᵢ‖xᵢ‖², without a divisor. */
  readonly scatter: number;
  /** [N] cᵢ = ‖xᵢ‖² */
  readonly centeredSquaredNorms: Float64Array;
  /** [N] aᵢ = ḡᵀxᵢ; ‖gᵢ‖² = ‖ḡ‖² + 2aᵢ + cᵢ. */
  readonly meanProducts: Float64Array;
  /** Σⱼ ḡⱼ²/sⱼ² over parameters of positive variance sⱼ² = (Σᵢ xᵢⱼ²)/(N−1), and how many those are. No unit. */
  readonly signalToNoise: { readonly sum: number; readonly parameters: number };
  /** Parameters whose gradient is the same in every row. */
  readonly constantParameters: number;
  /** Parameters whose gradient is exactly 0 in every row. */
  readonly deadParameters: number;
  /** Per-parameter variances (1/N) by powers of two: counts[k] parameters have variance in [2^(first+k), 2^(first+k+1)). */
  readonly varianceHistogram: { readonly first: number; readonly counts: Float64Array };
  /** Elements by magnitude, by powers of two, signs apart; zeros counted alone. */
  readonly elementHistogram: {
    readonly first: number;
    readonly positive: Float64Array;
    readonly negative: Float64Array;
    readonly zeros: number;
  };
  /** Elements at the largest finite value of their type (65504 for float16): a sign of overflow. */
  readonly saturated: number;
  /** One entry a layer of the dump, in order; empty without layers. Sums over layers give the whole. */
  readonly layers: readonly LayerMoments[];
}

export interface LayerMoments extends Layer {
  readonly meanSquaredNorm: number;
  readonly scatter: number;
  readonly deadParameters: number;
}

/** Spectrum of Σ with divisor 1/N. */
export interface Spectrum {
  /** [min(N, d)] λ₁ ≥ λ₂ ≥ … ≥ 0; fewer when only the top was computed. */
  readonly eigenvalues: Float64Array;
  /** Eigenvalues below it are rounding, not data. */
  readonly roundingFloor: number;
  /** ‖Σ‖_F², from the entries of the matrix that was solved, independently of the eigenvalues. */
  readonly squaredFrobeniusNorm: number;
  /** maxᵢ Σⱼ|Kᵢⱼ|, an upper bound of λ₁. */
  readonly absoluteRowSum: number;
  /** `gram`: the N×N matrix K was solved; `covariance`: the d×d matrix Σ, the smaller of the two. */
  readonly matrix: 'gram' | 'covariance';
  /** Which arithmetic ran: `plain` TypeScript, or WebAssembly with or without fused multiply-add. */
  readonly kernel: 'plain' | 'simd' | 'relaxed-simd';
  readonly plane: LeadingPlane;
  /** One entry a layer, in the order of the dump; empty without layers. */
  readonly layers: readonly LayerSpectrum[];
  /** For d ≤ 64 only: Σ, [d, d] row-major. */
  readonly covariance?: Float64Array;
  /** For N ≤ 512 only: K, [N, N] row-major. */
  readonly gram?: Float64Array;
}

export interface LayerSpectrum {
  readonly spectralNorm: number;
  /** ‖Σ_l‖_F² */
  readonly squaredFrobeniusNorm: number;
}

/** The rows seen in two directions: the two parameters when d = 2, else the leading two eigenvectors of Σ. */
export interface LeadingPlane {
  readonly axes: 'parameters' | 'eigenvectors';
  /** [N, 2] row-major: gᵢ (not centered) along both axes. */
  readonly points: Float64Array;
  readonly mean: readonly [number, number];
  /** Covariance (1/N) within the plane: xx, xy, yy. */
  readonly covariance: readonly [number, number, number];
  /** False when λ₁ and λ₂, or λ₂ and λ₃, agree to rounding: then the axes are an arbitrary choice. */
  readonly determined: boolean;
}

export type { DumpMetadata };
