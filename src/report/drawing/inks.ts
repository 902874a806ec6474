import type { Ink } from '../../shared/plot';

/**
 * The inks of plots and marks. Pure functions: a test tries them on every theme of the editor. A theme's color is taken when it
 * is opaque, of the hue that its role has everywhere, and strong enough on the paper; else our own. Both are moved away from
 * the paper until marks and text have the contrast they need (WCAG 2.2, 1.4.3 and 1.4.11).
 */
export type Rgb = readonly [red: number, green: number, blue: number];
type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** `data` measured or computed, `here` the reader's own point, `reference` floors and noise scales, the others as named. */
export type Role = 'data' | 'here' | 'reference' | 'second' | 'third' | 'kept' | 'changed';

interface Source {
  readonly light: string;
  readonly dark: string;
  /** What the theme may give instead, and the hues in degrees that it may have. */
  readonly theme?: { readonly variable: string; readonly hues: readonly [from: number, to: number] };
}

const SOURCES: Readonly<Record<Role, Source>> = {
  data: { light: '#0063d3', dark: '#59a4f9', theme: { variable: 'charts-blue', hues: [195, 245] } },
  here: { light: '#b85c00', dark: '#f2a33c', theme: { variable: 'charts-orange', hues: [18, 50] } },
  reference: { light: '#652d90', dark: '#bf95e4', theme: { variable: 'charts-purple', hues: [260, 320] } },
  second: { light: '#00776b', dark: '#3fc7b4' },
  third: { light: '#b3266f', dark: '#f283b6' },
  kept: { light: '#2f7a2b', dark: '#89d185', theme: { variable: 'charts-green', hues: [80, 165] } },
  changed: { light: '#c72e0f', dark: '#f47a6b', theme: { variable: 'charts-red', hues: [340, 380] } },
};
export const ROLES = Object.keys(SOURCES) as readonly Role[];

/** Contrast that marks and text have at least. */
const LEAST = { mark: 3, text: 4.5 };
const LEAST_HIGH = { mark: 4.5, text: 7 };

export interface RoleInk {
  readonly mark: Rgb;
  readonly text: Rgb;
  /** A band or a cell behind marks, and text on it. */
  readonly wash: Rgb;
  readonly textOnWash: Rgb;
}

/** @param variable what the theme says of a color, by its name in VS Code; undefined or empty where it says nothing */
export function roleInk(
  role: Role,
  variable: (name: string) => string | undefined,
  paper: Rgb,
  high: boolean,
): RoleInk {
  const least = high ? LEAST_HIGH : LEAST;
  const { theme, ...own } = SOURCES[role];
  const given = theme && parsed(variable(theme.variable));
  const usable =
    given !== undefined &&
    given[3] > 0.99 &&
    isBetween(hue(solid(given)), theme?.hues) &&
    contrast(solid(given), paper) >= least.mark;
  const base = usable ? solid(given) : solid(parsed(isLight(paper) ? own.light : own.dark) ?? [0, 0, 0, 1]);
  const mark = away(base, paper, least.mark);
  const wash = mixed(mark, paper, high ? 0.3 : 0.13);
  return { mark, text: away(base, paper, least.text), wash, textOnWash: away(base, wash, least.text) };
}

/** Text that stands back: the same color, three quarters of it. */
export const quietInk = (text: Rgb, paper: Rgb, high: boolean): Rgb =>
  high ? text : away(mixed(text, paper, 0.74), paper, LEAST.text);

/** `#rgb`, `#rrggbb` (each with alpha), `rgb()` and `rgba()`; undefined for anything else. */
export function parsed(color: string | undefined): Rgba | undefined {
  const text = color?.trim() ?? '';
  const hex = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(text)?.[1];
  if (hex !== undefined) {
    const digits = hex.length <= 4 ? hex.replaceAll(/./g, '$&$&') : hex;
    const [red = 0, green = 0, blue = 0, alpha = 255] = (digits.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
    return [red, green, blue, alpha / 255];
  }
  const numbers = /^rgba?\(([^)]+)\)$/i
    .exec(text)?.[1]
    ?.split(/[\s,/]+/)
    .filter((part) => part !== '');
  if (numbers === undefined || numbers.length < 3) return undefined;
  const [red = NaN, green = NaN, blue = NaN, alpha = 1] = numbers.map((part) =>
    part.endsWith('%') ? parseFloat(part) / 100 : Number(part),
  );
  return [red, green, blue, alpha].every(Number.isFinite) ? [red, green, blue, alpha] : undefined;
}

/** A color over the paper. */
export const over = ([red, green, blue, alpha]: Rgba, paper: Rgb): Rgb => mixed([red, green, blue], paper, alpha);

const mixed = (a: Rgb, b: Rgb, share: number): Rgb => [
  a[0] * share + b[0] * (1 - share),
  a[1] * share + b[1] * (1 - share),
  a[2] * share + b[2] * (1 - share),
];

/** Relative luminance of WCAG 2.2. */
function luminance([red, green, blue]: Rgb): number {
  const linear = (value: number): number => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** 1 … 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Degrees; NaN where it is gray. */
export function hue([red, green, blue]: Rgb): number {
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  if (range < 24) return NaN;
  const sixths =
    most === red ? (green - blue) / range : most === green ? (blue - red) / range + 2 : (red - green) / range + 4;
  return (60 * sixths + 360) % 360;
}

export const css = (color: Rgb): string => `rgb(${color.map(Math.round).join(' ')})`;

const solid = ([red, green, blue]: Rgba): Rgb => [red, green, blue];
const isLight = (paper: Rgb): boolean => luminance(paper) > 0.18;
const isBetween = (angle: number, [from, to]: readonly [number, number] = [0, 360]): boolean =>
  (angle >= from && angle <= to) || (angle + 360 >= from && angle + 360 <= to);

/** Steps from the paper, towards black or white, until the contrast is reached. */
function away(color: Rgb, paper: Rgb, least: number): Rgb {
  const end: Rgb = isLight(paper) ? [0, 0, 0] : [255, 255, 255];
  let moved = color;
  // what is left is rounded to whole numbers when it is written
  for (let step = 0; step < 24 && contrast(rounded(moved), rounded(paper)) < least; step++)
    moved = mixed(end, moved, 0.1);
  return moved;
}

const rounded = ([red, green, blue]: Rgb): Rgb => [Math.round(red), Math.round(green), Math.round(blue)];

/** Colors of a plot by role, as CSS writes them. */
export interface PlotInks {
  readonly paper: string;
  readonly grid: string;
  readonly axis: string;
  readonly band: string;
  /** Of the color of its line in the band around a line, so that two bands may overlap. */
  readonly bandShare: number;
  /** Below zero, where the ink of data is above. */
  readonly negative: string;
  readonly line: Readonly<Record<Ink, string>>;
  /** Text in a chart's color needs more contrast than a line. */
  readonly label: Readonly<Record<Ink, string>>;
  /** Of fonts for text that is not mathematics. */
  readonly family: string;
}

/** What a theme says: its colors by their names in VS Code, its paper and its text. */
export interface Theme {
  readonly variable: (name: string) => string | undefined;
  readonly paper: Rgb;
  readonly text: Rgb;
  readonly high: boolean;
  readonly family: string;
}

/** The inks of every role, and the colors of plots made of them. */
export function themeInks({ variable, paper, text, high, family }: Theme): {
  readonly roles: Readonly<Record<Role, RoleInk>>;
  readonly quiet: Rgb;
  readonly plot: PlotInks;
} {
  const roles = Object.fromEntries(ROLES.map((role) => [role, roleInk(role, variable, paper, high)])) as Record<
    Role,
    RoleInk
  >;
  const quiet = quietInk(text, paper, high);
  const each = (part: 'mark' | 'text'): Record<Role, string> =>
    Object.fromEntries(ROLES.map((role) => [role, css(roles[role][part])])) as Record<Role, string>;
  const plain = { text: css(text), quiet: css(quiet) };
  return {
    roles,
    quiet,
    plot: {
      paper: css(paper),
      grid: css(mixed(text, paper, high ? 0.28 : 0.09)),
      axis: css(mixed(text, paper, high ? 1 : 0.4)),
      band: css(roles.reference.wash),
      bandShare: high ? 0.3 : 0.15,
      negative: css(roles.here.mark),
      line: { ...plain, ...each('mark') },
      // labels may stand on a band
      label: { ...plain, ...each('text'), reference: css(roles.reference.textOnWash) },
      family,
    },
  };
}

/** Without a theme: on white paper, or on dark. */
export const printedTheme = (kind: 'light' | 'dark'): Theme => ({
  variable: () => undefined,
  paper: kind === 'light' ? [255, 255, 255] : [31, 31, 31],
  text: kind === 'light' ? [32, 32, 32] : [204, 204, 204],
  high: false,
  family: 'system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif',
});
