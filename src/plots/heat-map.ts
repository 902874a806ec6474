import type { Axis, Panel, Series } from '../shared/plot';

/** More cells a side than this hide one another. */
const MOST_CELLS = 64;

/** Ends of at most 64 blocks of so many indices, all but the last one as large: block b holds [ends[b], ends[b + 1]). */
export function blockEnds(count: number): readonly number[] {
  const size = Math.ceil(count / MOST_CELLS);
  return Array.from({ length: Math.ceil(count / size) + 1 }, (_, block) => Math.min(count, block * size));
}

/** A symmetric matrix as a square of cells; the first row lies at the bottom, so that the diagonal rises. */
export function heatMap({
  name,
  axis,
  ends,
  values,
  full,
  names,
  boundaries,
}: {
  readonly name: string;
  /** Of both sides, without its range. */
  readonly axis: Pick<Axis, 'title' | 'name'>;
  readonly ends: readonly number[];
  /** [blocks, blocks] */
  readonly values: ArrayLike<number>;
  /** The value of full color. */
  readonly full: number;
  readonly names: readonly string[];
  /** Indices before which a group begins. */
  readonly boundaries: readonly number[];
}): Panel {
  const blocks = ends.length - 1;
  const count = ends[blocks] ?? 0;
  const middle = (block: number): number => ((ends[block] ?? 0) + (ends[block + 1] ?? 0) - 1) / 2;
  const cell = <T>(make: (row: number, column: number) => T): T[] =>
    Array.from({ length: blocks * blocks }, (_, k) => make(Math.floor(k / blocks), k % blocks));
  const series: Series = {
    name,
    x: cell((_, column) => middle(column)),
    y: cell((row) => middle(row)),
    mark: 'cell',
    ink: 'data',
    shades: { values, full, ends },
    pointNames: names,
  };
  const side = { scale: 'linear' as const, min: -0.5, max: count - 0.5, ...axis };
  return {
    height: 348,
    equalUnits: true,
    x: side,
    y: side,
    series: [series],
    lines: boundaries.flatMap((at) =>
      (['x', 'y'] as const).map((way) => ({ axis: way, at: at - 0.5, ink: 'text' as const, dash: 'solid' as const })),
    ),
  };
}
