import type { Problem } from './problem';

/** A plot as data. One file of the page knows how to draw it. */
export interface PlotSpec {
  /** Stable, kebab-case. */
  readonly id: string;
  /** What is shown: begins the caption, strong. */
  readonly title: string;
  /** How it is shown: ends the caption, quiet. */
  readonly subtitle: string;
  /** The plot in one or two sentences, for whoever does not see it. */
  readonly summary: string;
  /** Stacked from top to bottom; they share the width of their y axes. */
  readonly panels: readonly Panel[];
  /** Set instead of panels when there is nothing to draw, and why. */
  readonly unavailable?: Problem | 'pending';
  readonly note?: string;
}

export interface Panel {
  /** CSS pixels. */
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  /** One unit is equally long on both axes; both ranges stay in sight. */
  readonly equalUnits?: boolean;
  /** The first is drawn on top. */
  readonly series: readonly Series[];
  readonly bands?: readonly { readonly axis: 'x' | 'y'; readonly from: number; readonly to: number }[];
  readonly lines?: readonly { readonly axis: 'x' | 'y'; readonly at: number; readonly ink: Ink; readonly dash: Dash }[];
  readonly labels?: readonly PlotLabel[];
  /** The reader's own setting as a line across, which can be dragged along the x axis. */
  readonly here?: { readonly setting: 'batchSize'; readonly at: number };
}

export interface Axis {
  readonly scale: 'linear' | 'log';
  readonly min: number;
  readonly max: number;
  readonly title: Label;
  /** In the data table and spoken text, where there is no mathematics. */
  readonly name: string;
  /** Where to put ticks; decades or round numbers otherwise. */
  readonly ticks?: readonly number[];
  /** Where 0 stands on a logarithmic axis, left of all other values. */
  readonly zero?: number;
  /** Only whole numbers have a meaning here, such as numbers of examples. */
  readonly whole?: boolean;
  /** The axis stands below another panel that shares it: no ticks, no title. */
  readonly blank?: boolean;
}

/**
 * By role: `data` measured or computed, `here` the reader's own point, `reference` floors and noise scales, `second` and `third`
 * other runs or dumps, `kept` and `changed` what a rule or a run does.
 */
export type Ink = 'data' | 'here' | 'reference' | 'second' | 'third' | 'kept' | 'changed' | 'quiet' | 'text';
export type Dash = 'solid' | 'dashed' | 'dotted' | 'dash-dot';

/** An open arrow that begins at a bound, with a bar across it: the value lies further that way. */
export type Arrow = 'arrow-up' | 'arrow-down' | 'arrow-left' | 'arrow-right';

export interface Series {
  /** Heads its columns in the data table. */
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Where y is NaN a line is broken, and another mark is left out. */
  readonly mark: 'line' | 'disc' | 'circle' | 'square' | 'triangle' | 'cross' | 'bar' | 'cell' | Arrow;
  /** Of the cells of a square matrix, row by row; row and column k reach from ends[k] − ½ to ends[k + 1] − ½. */
  readonly shades?: Shades;
  readonly ink: Ink;
  readonly dash?: Dash;
  /** Pixels: line width, or radius of a mark. */
  readonly size?: number;
  /** Fills from the line down to the x axis or to the next series. */
  readonly fill?: 'axis' | 'next';
  /** Of y at each x: a band around a line, a whisker through a mark; NaN where there is none. */
  readonly interval?: { readonly lower: ArrayLike<number>; readonly upper: ArrayLike<number> };
  /** Decoration only (an ellipse, an axis cross): not in the data table, not stepped through by keys. */
  readonly decoration?: boolean;
  /** The reader may drag its points, where the figure says what happens then. */
  readonly draggable?: boolean;
  /** What a reading says of each point in place of y, such as its interval. */
  readonly said?: readonly string[];
  /** Names of the points, such as the index of an example. */
  readonly pointNames?: readonly string[];
}

/** Paper at 0, the ink of data at `full`, its opposite at −full. */
export interface Shades {
  readonly values: ArrayLike<number>;
  readonly full: number;
  readonly ends: readonly number[];
}

/**
 * A text drawn inside the plot, at a point, moved by dx, dy pixels, with a halo in the color of the paper. Where something is in
 * the way it goes to another side of the point; without room it is left out, so that it says nothing that is not said elsewhere.
 */
export interface PlotLabel {
  readonly x: number;
  readonly y: number;
  readonly text: Label;
  /** What is written where the text finds no room. */
  readonly short?: Label;
  readonly ink: Ink;
  readonly align?: 'left' | 'center' | 'right';
  readonly dx?: number;
  readonly dy?: number;
  readonly strong?: boolean;
  /** A thin line leads from the label to this point. */
  readonly leader?: { readonly x: number; readonly y: number };
}

/**
 * Runs of text and mathematics that a canvas can write:
 * t text, i italic symbol, b italic symbol with a bar, r upright mathematics, a blackboard bold, _ subscript, ^ superscript.
 */
export type TextSpan = readonly [kind: 't' | 'i' | 'b' | 'r' | 'a' | '_' | '^', text: string];
export type Label = readonly TextSpan[];
