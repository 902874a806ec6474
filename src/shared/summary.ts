import type { GradientDump, Layer, SourceFile } from './dump';
import type { Problem } from './problem';
import type { Suspicion } from './suspicion';

/**
 * What the analysis of a dump leaves: scalars and arrays no longer than n or min(n, d). It holds no convention (no 1/n
 * against 1/(n−1), no data-set size): those are chosen by the reader and enter with the settings, so that every metric and
 * plot is a pure function of a summary and settings, and moving a slider never touches the file. No number is a fourth power of
 * gradients: those leave the range of doubles where the gradients and their squares do not.
 *
 * Notation: gᵢ [d] the rows, ḡ = Σgᵢ/n, xᵢ = gᵢ − ḡ, Σ = Σ xᵢxᵢᵀ/n, K = XXᵀ/n.
 */
export interface DumpSummary {
  readonly dump: DumpDescription;
  /** What the file seems to be, other than gradients of examples in any order; known from the moments on. */
  readonly suspicions?: readonly Suspicion[];
  /** When all rows were read. */
  readonly moments?: Moments;
  /** When the products between them are solved. */
  readonly spectrum?: Spectrum;
  /** Until then, where that takes seconds: the analysis of some rows, evenly spaced, as a dump of its own. */
  readonly preview?: DumpSummary;
  /** Why there is no spectrum, although the analysis has ended. */
  readonly spectrumProblem?: Problem;
  /** After the spectrum: its leading eigenvectors over the parameters, noisiest first; empty when nothing varies. */
  readonly directions?: readonly NoiseDirection[];
  /** After the spectrum: what the files beside the dump say about it. */
  readonly companions?: Companions;
  /** After the spectrum: the rows in the groups that the metadata name. */
  readonly groups?: GroupedRows;
  /** The same of the labels of the metadata, where there are few of them. */
  readonly classes?: GroupedRows;
  /** On demand: what shuffling, drawing again and halving the rows says about the spectrum. */
  readonly resampling?: Resampling;
  /** Why parts of what comes after the spectrum are missing; each fails by itself. */
  readonly extraProblems?: ExtraProblems;
}

/** By what the reader misses; shuffles and companions carry their own problems. */
export type ExtraProblems = {
  readonly [Name in 'preview' | 'suspicions' | 'directions' | 'groups' | 'classes' | 'halves' | 'batches']?: Problem;
};

/** A dump without the whereabouts of its numbers. */
export type DumpDescription = Omit<GradientDump, 'arrays'> & {
  /** Of the bytes that were analyzed, hexadecimal. */
  readonly sha256?: string;
  /** The files that were reduced, for a file of statistics. */
  readonly sources?: readonly SourceFile[];
  /** Milliseconds since 1970, of the version analyzed. */
  readonly modified?: number;
};

/** First and second moments, in units of gradient² where not said otherwise. */
export interface Moments {
  /** ‖ḡ‖² */
  readonly meanSquaredNorm: number;
  /** Σᵢ‖xᵢ‖², without a divisor. */
  readonly scatter: number;
  /** [n] cᵢ = ‖xᵢ‖² */
  readonly centeredSquaredNorms: Float64Array;
  /** [n] aᵢ = ḡᵀxᵢ; ‖gᵢ‖² = ‖ḡ‖² + 2aᵢ + cᵢ. */
  readonly meanProducts: Float64Array;
  /** Σⱼ ḡⱼ²/sⱼ² over parameters of positive variance sⱼ² = (Σᵢ xᵢⱼ²)/(n−1), and how many those are. No unit. */
  readonly signalToNoise: { readonly sum: number; readonly parameters: number };
  /** Parameters whose gradient is the same in every row. */
  readonly constantParameters: number;
  /** Parameters whose gradient is exactly 0 in every row. */
  readonly deadParameters: number;
  /** Per-parameter variances (1/n) by powers of two: counts[k] parameters have variance in [2^(first+k), 2^(first+k+1)). */
  readonly varianceHistogram: { readonly first: number; readonly counts: Float64Array };
  /** Elements by magnitude, by powers of two, signs apart; zeros counted alone. Without bins where no element was seen alone. */
  readonly elementHistogram: {
    readonly first: number;
    readonly positive: Float64Array;
    readonly negative: Float64Array;
    readonly zeros: number;
  };
  /** Elements at the largest finite value of their type (65504 for float16): a sign of overflow. */
  readonly saturated: number;
  /** max |gᵢⱼ|, in units of gradient. */
  readonly largestMagnitude: number;
  /** One entry per layer of the dump, in order; empty without layers. Sums over layers give the whole. */
  readonly layers: readonly LayerMoments[];
}

export interface LayerMoments extends Layer {
  readonly meanSquaredNorm: number;
  readonly scatter: number;
  readonly deadParameters: number;
}

/** Rows in groups, in the order in which these first appear; with mₚ = ḡₚ − ḡ, the mean of the centered rows of a group. */
export interface GroupedRows {
  /** [P] as the metadata have them. */
  readonly names: readonly string[];
  /** [n] index of the group of each row. */
  readonly of: Int32Array;
  /** [P] nₚ, rows of each. */
  readonly sizes: Float64Array;
  /** [P] ‖mₚ‖² */
  readonly squaredDistances: Float64Array;
  /** Σ nₚ‖mₚ‖² of each layer, in the order of the dump; empty without layers, and where only products of rows are known. */
  readonly layers: Float64Array;
  /** [P, P] mₚᵀm_q; absent for more than 64 groups of more than 512 rows. */
  readonly products?: Float64Array;
}

/** Spectrum of Σ with divisor 1/n. */
export interface Spectrum {
  /** [min(n, d)] λ₁ ≥ λ₂ ≥ … ≥ 0; fewer when only the top was computed. */
  readonly eigenvalues: Float64Array;
  /** Only when the matrix does not fit into memory as a whole, so that no more than the leading eigenvalues were found. */
  readonly partial?: PartialSpectrum;
  /** Eigenvalues below it are rounding, not data. */
  readonly roundingFloor: number;
  /** ‖Σ‖_F, from the entries of the matrix that was solved, independently of the eigenvalues. */
  readonly frobeniusNorm: number;
  /** maxᵢ Σⱼ|Kᵢⱼ|, an upper bound of λ₁. */
  readonly absoluteRowSum: number;
  /** λ₁ of M = Σᵢ gᵢgᵢᵀ/n, the uncentered second moment. */
  readonly secondMomentNorm: number;
  /** Mean cosine between different rows, rows of length 0 left out; absent when fewer than two have a length. */
  readonly meanCosine?: number;
  /** `gram`: the n×n matrix K was solved; `covariance`: the d×d matrix Σ, the smaller of the two. */
  readonly matrix: 'gram' | 'covariance';
  /** Precision of the products that were added up, always in double precision. */
  readonly products: 'float32' | 'float64';
  /** Which arithmetic ran: `plain` TypeScript, or WebAssembly with or without fused multiply-add. */
  readonly kernel: 'plain' | 'simd' | 'relaxed-simd';
  readonly plane: LeadingPlane;
  /**
   * Unit eigenvectors of the matrix that was solved, [n] of K or [d] of Σ: of the leading five eigenvalues that are more than
   * rounding. An eigenvector u of K belongs to v = Xᵀu/√(nλ) of Σ; neither has a sign.
   */
  readonly eigenvectors: readonly Float64Array[];
  /** One entry per layer, in the order of the dump; empty without layers. */
  readonly layers: readonly LayerSpectrum[];
  /** For d ≤ 64 only: Σ, [d, d] row-major. */
  readonly covariance?: Float64Array;
  /** For n ≤ 512 only: K, [n, n] row-major. */
  readonly gram?: Float64Array;
}

/** What is known of a spectrum whose end is not. Each λₖ found is a lower bound of the k-th eigenvalue. */
export interface PartialSpectrum {
  /** tr Σ of all eigenvalues, found or not. */
  readonly trace: number;
  /** An eigenvalue lies within residuals[k] of the k-th one found. */
  readonly residuals: Float64Array;
  /** λ₁ is at most this: what the trace, ‖Σ‖_F and the row sums leave. */
  readonly upperBound: number;
}

/** A leading eigenvector v [d] of Σ, of unit length, seen in the parameters. */
export interface NoiseDirection {
  /** vᵀΣv with divisor 1/n, from the rows in double precision. */
  readonly eigenvalue: number;
  /** An eigenvalue of Σ lies within so much of it. */
  readonly residual: number;
  /** 1/Σⱼvⱼ⁴: over how many parameters it is spread, 1 … d. */
  readonly spread: number;
  /** The largest components, at most ten, by magnitude; the first is positive. */
  readonly parameters: readonly { readonly index: number; readonly component: number }[];
  /** Σⱼvⱼ² of each layer, together 1; empty without layers. */
  readonly layers: Float64Array;
}

export interface LayerSpectrum {
  readonly spectralNorm: number;
  /** ‖Σ_l‖_F */
  readonly frobeniusNorm: number;
}

/** The rows seen in two directions: the two parameters when d = 2, else the leading two eigenvectors of Σ. */
export interface LeadingPlane {
  readonly axes: 'parameters' | 'eigenvectors';
  /** [n, 2] row-major: gᵢ (not centered) along both axes. */
  readonly points: Float64Array;
  readonly mean: readonly [number, number];
  /** Covariance (1/n) within the plane: xx, xy, yy. */
  readonly covariance: readonly [number, number, number];
  /** False when λ₁ and λ₂, or λ₂ and λ₃, agree to rounding: then the axes are an arbitrary choice. */
  readonly determined: boolean;
}

/** How far the spectrum can be trusted. Seeded, so that every look shows the same; eigenvalues with divisor 1/n. */
export interface Resampling {
  readonly seed: number;
  /**
   * [draws] λ₁ of the dump with every column shuffled by itself, largest first: what the same parameters would show if their
   * noise were independent. The largest of 19 is exceeded by chance in one of 20 cases. Or why there is none.
   */
  readonly shuffled: Float64Array | { readonly problem: Problem };
  /** Overlap of the leading directions of two halves of the rows; only where K is at hand, and for 8 rows or more. */
  readonly halves?: readonly SubspaceOverlap[];
  /** What ‖ḡ_B‖² does from batch to batch; only where K is at hand. */
  readonly batches?: BatchNormSpread;
}

/** Of batches of B rows drawn from those of the dump, without or with replacement. */
export interface BatchNormSpread {
  /** [k] B, ascending from 1 to n. */
  readonly sizes: Float64Array;
  readonly without: NormDeviations;
  readonly with: NormDeviations;
}

/** [k] ‖ḡ_B‖² minus its expectation: 95 % of the batches lie between. */
export interface NormDeviations {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** A companion file: what it says about the dump, or why it could not be used. Absent when there is none. */
export type Companion<T> = { readonly path: string } & ({ readonly summary: T } | { readonly problem: Problem });

/** By the metadata key that names each of them. Like everything here: Σ and other covariances with divisor 1/n. */
export interface Companions {
  readonly hessian?: Companion<MatrixSummary>;
  readonly fisher?: Companion<MatrixSummary>;
  /** Gradients of the same model with labels drawn from its own predictions: their second moment is the Fisher matrix. */
  readonly modelLabels?: Companion<DumpComparison>;
  /** Another dump to compare with: another step, or other examples. */
  readonly compared?: Companion<DumpComparison>;
  /** v of the optimizer, which divides each step by √v. */
  readonly secondMoments?: Companion<WeightedProducts>;
}

/** Paths, absolute or relative to the dump; false for none, whatever the metadata says. */
export type CompanionChoice = { readonly [Name in keyof Companions]?: string | false };

/** A symmetric [d, d] matrix A beside the dump: the Hessian of the mean loss, or a Fisher matrix. */
export interface MatrixSummary {
  readonly trace: number;
  /** ‖A‖_F */
  readonly frobeniusNorm: number;
  /** Largest and smallest; the spectral norm is the larger of their magnitudes. */
  readonly eigenvalues: { readonly largest: number; readonly smallest: number };
  /** max|A − Aᵀ|/max|A|; the symmetric part is used. */
  readonly asymmetry: number;
  /** [n] xᵢᵀAxᵢ, whose mean is tr(AΣ). */
  readonly rowProducts: Float64Array;
  /** [n] ḡᵀAxᵢ */
  readonly meanRowProducts: Float64Array;
  /** ḡᵀAḡ */
  readonly meanProduct: number;
  /** The same with A⁻¹, for a positive definite A only; condition is the ratio of its extreme eigenvalues. */
  readonly inverse?: { readonly covarianceProduct: number; readonly meanProduct: number; readonly condition: number };
  /** [k] uᵀAu for the leading eigenvectors u of Σ, at most ten. */
  readonly alongNoise: Float64Array;
  /** [k] vᵀΣv for the leading eigenvectors v of A, at most ten. */
  readonly noiseAlong: Float64Array;
  /** A within the leading plane of Σ: xx, xy, yy. */
  readonly plane?: readonly [number, number, number];
  readonly overlaps: readonly SubspaceOverlap[];
}

/**
 * What the optimizer's second moments v say of the rows: products in which parameter j counts pⱼ = 1/√vⱼ times. They share a
 * power of two as a factor, which cancels in ratios, as does the scale of the rows.
 */
export interface WeightedProducts {
  /** [n] Σⱼ pⱼxᵢⱼ² */
  readonly rowProducts: Float64Array;
  /** [n] Σⱼ pⱼḡⱼxᵢⱼ */
  readonly meanRowProducts: Float64Array;
  /** Σⱼ pⱼḡⱼ² */
  readonly meanProduct: number;
  /** Parameters with v = 0 whose gradients are not all 0; they are left out. With the share that they have of tr Σ. */
  readonly leftOut: { readonly parameters: number; readonly share: number };
}

/** ‖UᵀV‖_F²/k for the leading k eigenvectors U of Σ and V of the other matrix: 1 for the same space, about k/d by chance. */
export interface SubspaceOverlap {
  readonly directions: number;
  readonly overlap: number;
}

/** A second dump with rows yᵢ of the same d parameters, mean ȳ, covariance Σ′. */
export interface DumpComparison {
  /** Rows of the second dump. */
  readonly rows: number;
  /** ‖ȳ‖² */
  readonly meanSquaredNorm: number;
  /** Σᵢ‖yᵢ − ȳ‖² */
  readonly scatter: number;
  /** ‖Σ′‖_F */
  readonly frobeniusNorm: number;
  /** √tr(ΣΣ′) */
  readonly crossNorm: number;
  /** ḡᵀȳ */
  readonly meanProduct: number;
  /** √ȳᵀΣȳ */
  readonly meanDeviation: number;
  /** √ȳᵀΣ′ȳ */
  readonly ownMeanDeviation: number;
  readonly overlaps: readonly SubspaceOverlap[];
  /** [k] Cosines of the principal angles between the k leading directions of both, largest first; no unit. */
  readonly principalCosines: Float64Array;
  /**
   * Rows i for which yᵢ − ȳ makes the smallest angle with xᵢ of all rows of the second dump: about one in other examples, nearly
   * all where row i is the same example at a step nearby. Absent unless both have as many rows.
   */
  readonly matchingRows?: number;
  /** Curvature along the way between the two, when both dumps name their parameters; or why they cannot be used. */
  readonly secant?: Secant | { readonly problem: Problem };
}

/** With Δθ from this dump's parameters to the other's. */
export interface Secant {
  /** ‖Δθ‖² */
  readonly squaredDistance: number;
  /** Δθᵀ(ȳ − ḡ)/‖Δθ‖² */
  readonly curvature: number;
  /** [n] Δθᵀgᵢ/‖Δθ‖², the slope along the way at its beginning, row by row. */
  readonly before: Float64Array;
  /** [n′] The same of the other dump, at the end of the way. */
  readonly after: Float64Array;
  /** Whether row i of both is known to be the same example. */
  readonly paired: boolean;
}
