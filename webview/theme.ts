import type { Ink } from '../src/shared/plot';
import { css, mixed, over, parsed, quietInk, roleInk, ROLES } from './inks';
import type { Rgb, Role, RoleInk } from './inks';

/** Colors for a canvas, which cannot follow CSS variables by itself. By role; read again when the theme changes. */
export interface Inks {
  readonly paper: string;
  readonly grid: string;
  readonly axis: string;
  readonly band: string;
  /** Below zero, where blue is above. */
  readonly negative: string;
  readonly line: Readonly<Record<Ink, string>>;
  /** Text in a chart's color needs more contrast than a line. */
  readonly label: Readonly<Record<Ink, string>>;
  readonly family: string;
}

/** Also puts them on the page, for its style sheet: `--data`, `--data-text`, `--data-wash`, and so for every role. */
export function readInks(): Inks {
  const style = getComputedStyle(document.body);
  const variable = (name: string): string => style.getPropertyValue(`--vscode-${name}`).trim();
  const high = /\bvscode-high-contrast(?:-light)?\b/.test(document.body.className);
  const paper = solid(variable('editor-background'), [255, 255, 255]);
  const text = solid(variable('foreground'), paper);
  const inks = Object.fromEntries(ROLES.map((role) => [role, roleInk(role, variable, paper, high)])) as Record<
    Role,
    RoleInk
  >;
  const quiet = quietInk(text, paper, high);
  for (const role of ROLES) {
    const { mark, text: label, wash } = inks[role];
    document.body.style.setProperty(`--${role}`, css(mark));
    document.body.style.setProperty(`--${role}-text`, css(label));
    document.body.style.setProperty(`--${role}-wash`, css(wash));
  }
  document.body.style.setProperty('--quiet', css(quiet));
  const plain = { text: css(text), quiet: css(quiet) };
  const { data, here, reference } = inks;
  return {
    paper: css(paper),
    grid: css(mixed(text, paper, high ? 0.28 : 0.09)),
    axis: css(mixed(text, paper, high ? 1 : 0.4)),
    band: css(reference.wash),
    negative: css(here.mark),
    line: { ...plain, data: css(data.mark), here: css(here.mark), reference: css(reference.mark) },
    // labels may stand on a band
    label: { ...plain, data: css(data.text), here: css(here.text), reference: css(reference.textOnWash) },
    family: variable('font-family'),
  };
}

/** What a browser makes of a color that it may write in many ways. */
function solid(color: string, paper: Rgb): Rgb {
  const known = parsed(color) ?? painted(color);
  return known === undefined ? paper : over(known, paper);
}

const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

function painted(color: string): readonly [number, number, number, number] | undefined {
  if (probe === null || !CSS.supports('color', color)) return undefined;
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = color;
  probe.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = probe.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

/** Calls back whenever the editor puts on another theme. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(() => changed());
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
