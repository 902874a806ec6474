import type { FileIdentity } from '../../storage/file';
import type { Cut } from './strips';
import type { View } from './view';

/** Bytes from a row to the next of strips that were converted or packed. */
export const PITCH = 2048;

/** Rows and columns of a tile of the matrix. */
export const TILE = 96;

/** Everything the threads of a pass must know; they share the memory it speaks of. */
export interface Task {
  readonly view: View;
  readonly cut: Cut;
  /** Versions of files that are open by now, by their paths. */
  readonly identities: ReadonlyMap<string, FileIdentity>;
  /** Threads that compute, the one that asks among them. */
  readonly threads: number;
  /** Where blocks are read to: two, alternating, or one. */
  readonly buffers: readonly number[];
  readonly workspaces: readonly WorkspaceLayout[];
  readonly moments?: MomentsLayout;
  readonly gram?: GramLayout;
}

/** What each thread has for itself. */
export interface WorkspaceLayout {
  /** Rows in the order and type of the kernel, rows PITCH apart; and columns on their way there. */
  readonly rows: number;
  readonly columns: number;
  /** Numbers of each column of a strip. */
  readonly work: number;
  /** Counts of elements by sign and exponent, and of columns by the exponent of their variance. */
  readonly tables: number;
  readonly variances: number;
}

export interface MomentsLayout {
  /** [slices of a block] of RECORD bytes */
  readonly records: number;
  /** [slices of a block][2][rows] */
  readonly shares: number;
  /** [2][rows] */
  readonly sums: number;
}

/** Bytes of what is kept of a slice. */
export const RECORD = 128;

export interface GramLayout {
  /** Rows, filled up to a multiple of 12 so that every shape of registers fits. */
  readonly padded: number;
  readonly shape: number;
  /** Whether products are formed in float64; else in float32. */
  readonly wide: boolean;
  /** [strips of a block][padded] rows, PITCH bytes apart */
  readonly packed: number;
  /** [strips of a block] bytes of a packed row, with 32 bits each */
  readonly widths: number;
  /** Where the matrix is: whole rows, or tile by tile. */
  readonly matrix: MatrixLayout;
  /** Of the layer in hand, when there are layers. */
  readonly layer?: MatrixLayout;
  /** How many groups of strips each tile has seen. */
  readonly progress: number;
  /** Two vectors, filled up to whole tiles. */
  readonly vectors: number;
  /** Turned only, [rows] each: first element, sum of deviations from it and its shares, mean. */
  readonly means?: { readonly origins: number; readonly sums: number; readonly shares: number; readonly means: number };
  readonly reduction?: ReductionLayout;
}

/** A symmetric matrix of which tiles (I, J ≥ I) are kept: in rows `pitch` apart, or one tile after the other. */
export interface MatrixLayout {
  readonly at: number;
  readonly padded: number;
  readonly pitch: number;
  readonly packed: boolean;
}

export interface ReductionLayout {
  readonly pitch: number;
  readonly diagonal: number;
  readonly offDiagonal: number;
  readonly factors: number;
  /** [PARTS][2] vectors */
  readonly products: number;
  /** Of each thread: vectors V and W [PANEL], and a row. */
  readonly panels: readonly { readonly V: number; readonly W: number; readonly row: number }[];
}

/** How many strips' products a tile takes before the next tile's turn: 4 MB of packed rows stay in the cache. */
export const groupOf = (padded: number): number => Math.max(1, Math.floor((4 << 20) / (padded * PITCH)));

/** Tiles along a side. */
export const tilesAlong = (padded: number): number => Math.ceil(padded / TILE);

/** Address of tile (I, J ≥ I) and the bytes between its rows. */
export function tileAt(matrix: MatrixLayout, I: number, J: number): number {
  if (!matrix.packed) return matrix.at + I * TILE * matrix.pitch + J * TILE * 8;
  const side = tilesAlong(matrix.padded);
  return matrix.at + (I * side - (I * (I - 1)) / 2 + (J - I)) * TILE * TILE * 8;
}
