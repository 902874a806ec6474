import { css, over, parsed, ROLES, themeInks } from '../src/report/drawing/inks';
import type { PlotInks, Rgb } from '../src/report/drawing/inks';

/**
 * Colors for a canvas, which cannot follow CSS variables by itself; read again when the theme changes. Also puts them on the
 * page, for its style sheet: `--data`, `--data-text`, `--data-wash`, and so for every role.
 */
export function readInks(): PlotInks {
  const style = getComputedStyle(document.body);
  const variable = (name: string): string => style.getPropertyValue(`--vscode-${name}`).trim();
  const high = /\bvscode-high-contrast(?:-light)?\b/.test(document.body.className);
  const paper = solid(variable('editor-background'), [255, 255, 255]);
  const text = solid(variable('foreground'), paper);
  const { roles, quiet, plot } = themeInks({ variable, paper, text, high, family: variable('font-family') });
  for (const role of ROLES) {
    const { mark, text: label, wash } = roles[role];
    document.body.style.setProperty(`--${role}`, css(mark));
    document.body.style.setProperty(`--${role}-text`, css(label));
    document.body.style.setProperty(`--${role}-wash`, css(wash));
  }
  document.body.style.setProperty('--quiet', css(quiet));
  return plot;
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
