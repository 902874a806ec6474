import type { Problem } from './problem';
import type { View } from './settings';
import type { Training } from './training';

/**
 * What is kept of one step of a run once its dump was analyzed: results, and none of the matrices or rows that they came from,
 * so that the memory of a run does not grow with its dumps. At most 4 KB as JSON for 50 layers.
 */
export interface StepSummary {
  /** n */
  readonly rows: number;
  /** d */
  readonly parameters: number;
  readonly loss?: number;
  /** Seen so far, where a log says it. */
  readonly tokens?: number;
  readonly training: Training;
  readonly view: View;
  /** By the ids of metrics, only those that have a value or a bound. */
  readonly metrics: Readonly<Record<string, StepValue>>;
  /** Why others have none: each reason once, with the ids. */
  readonly unavailable: readonly { readonly reason: string; readonly metrics: readonly string[] }[];
  /** λ₁ … λ₅ in the convention of the view, with four digits. */
  readonly eigenvalues: readonly number[];
  /** tr Σ and ‖G‖² of each layer of a dump, in their order, with four digits; none of a norm log. */
  readonly layers: readonly (readonly [trace: number, signal: number])[];
}

/** A value; with both ends of its interval, or with the lower end and null. */
export type StepValue = readonly [value: number | null, lower?: number, upper?: number | null];

/** A step of a run: where it is, and what is known of it. */
export interface RunPoint {
  readonly step: number;
  /** As people know it: relative to the run, or the line of a log. */
  readonly file: string;
  readonly summary?: StepSummary;
  /** Why there is none; the other steps are not touched by it. */
  readonly problem?: Problem;
}

/** Squared norms of gradients of two batch sizes, step after step: a run without a single dump. */
export interface NormLog {
  readonly name: string;
  readonly path: string;
  /** L names; empty where only totals are given, then the columns below are one. */
  readonly layers: readonly string[];
  /** [T], strictly ascending. */
  readonly steps: Float64Array;
  /** [T] b < B, examples of the smaller and the larger batch. */
  readonly smallSizes: Float64Array;
  readonly largeSizes: Float64Array;
  /** [T, max(1, L)] ‖g_b‖² and ‖g_B‖², row-major. */
  readonly small: Float64Array;
  readonly large: Float64Array;
  /** [T], NaN where a step does not say it; empty where none does. */
  readonly learningRates: Float64Array;
  readonly losses: Float64Array;
  readonly tokens: Float64Array;
  /** What is said of all steps. */
  readonly training: Partial<Training>;
  /** Steps that cannot be used, the first hundred. */
  readonly problems: readonly { readonly step?: number; readonly line: number; readonly problem: Problem }[];
  readonly notes: readonly string[];
}
