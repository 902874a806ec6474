import type { ProblemCode } from '../../src/shared/problem';

/** A file that must be refused, and how. */
export interface BadFile {
  readonly title: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly code: ProblemCode;
  /** Part of what was found. */
  readonly found: string | RegExp;
  /** The whole place, or the byte. */
  readonly where?: string | number;
}

/** `where`: the whole place, or the byte. */
export type Row = readonly [
  title: string,
  bytes: Uint8Array,
  code: ProblemCode,
  found: string | RegExp,
  where?: string | number | undefined,
];

export const badFiles = (extension: string, rows: readonly Row[]): readonly BadFile[] =>
  rows.map(([title, bytes, code, found, where]) => ({
    title,
    name: `grad${extension}`,
    bytes,
    code,
    found,
    ...(where !== undefined && { where }),
  }));
