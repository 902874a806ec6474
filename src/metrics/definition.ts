import type { Interval, MetricDescription } from '../shared/report';
import type { Quantities } from './quantities';

/** Cards that the page shows together; a section says where. */
export type Cards =
  | 'glance'
  | 'training'
  | 'spectrum'
  | 'batch'
  | 'agreement'
  | 'scaling'
  | 'optimizer'
  | 'clipping'
  | 'over time'
  | 'tails'
  | 'groups'
  | 'conflict'
  | 'second dump'
  | 'Fisher matrix'
  | 'Hessian';

/** A metric: what it means, where it is shown and how it is computed, in one object. */
export interface MetricDefinition extends MetricDescription {
  readonly cards: Cards;
  /** The formula, one entry per column: TeX, and a word that stands below it. */
  readonly formula: readonly { readonly symbol: string; readonly word?: string }[];
  /**
   * Throws an AnalysisError when there is no such number for this dump; what it asks of the quantities may throw, too.
   * Returns finite numbers only.
   */
  readonly compute: (quantities: Quantities) => Estimate;
}

export interface Estimate {
  readonly value: number;
  readonly interval?: Interval;
  /** What stands in the place of each entry of `formula`: TeX, a number (written with four digits), or nothing to repeat the symbol. */
  readonly substituted: readonly (string | number | undefined)[];
  /** A fact for the card; without one, and without an interval, the card says whether the value is exact. */
  readonly note?: string;
  /** `none`: the value does not depend on which rows were drawn. */
  readonly sampling?: 'none';
  /** Only when it differs from the convention of the settings. */
  readonly convention?: string;
}

/** Types a definition without widening its id. */
export const defineMetric = <const Definition extends MetricDefinition>(definition: Definition): Definition =>
  definition;
