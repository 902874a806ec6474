/**
 * What a file seems to be, other than the gradients of single examples in any order. It asks: no number is changed by it.
 * Its codes are stable, because the report as JSON shows them.
 */
export interface Suspicion {
  readonly code: SuspicionCode;
  /** How it was seen, with its number and that of an honest dump. A sentence without its full stop. */
  readonly found: string;
  /** What to do if it is so. */
  readonly remedy: string;
  /** A line of Python that does it, where there is one. */
  readonly fix?: string;
  /** Rows (0-based) that may be left out. */
  readonly rows?: readonly number[];
}

/** What each code means to a reader, in plain words. */
export const SUSPICIONS = {
  'rows/sequence': 'The rows seem to be a sequence',
  'rows/name': 'By its name, a row may not be a single example',
  'rows/order': 'The rows may be steps of training',
  'rows/averaged': 'The rows may be means of several examples',
  'rows/zero': 'The end of the file seems never written',
  'matrix/symmetric': 'This seems to be a symmetric matrix, not rows of gradients',
  'shape/parameters': 'This seems to be one gradient, without an axis of examples',
  'table/logger': 'This seems to be the table of a logger',
  'elements/unsigned': 'These gradients have no signs',
} as const satisfies Record<string, string>;

export type SuspicionCode = keyof typeof SUSPICIONS;

/** Hints for who is asked what a row is: an answer settles them. */
export const ABOUT_ROW_KIND: ReadonlySet<SuspicionCode> = new Set(['rows/name', 'rows/order', 'rows/averaged']);
