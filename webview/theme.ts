import type { Ink } from '../src/shared/plot';

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

export function readInks(): Inks {
  const style = getComputedStyle(document.body);
  const variable = (name: string): string => style.getPropertyValue(`--vscode-${name}`).trim();
  const contrast = /\bvscode-high-contrast(?:-light)?\b/.test(document.body.className);
  const text = variable('foreground');
  const paper = variable('editor-background');
  const data = variable('charts-blue');
  const here = variable('charts-orange');
  const reference = variable('charts-purple');
  const quiet = contrast ? text : mix(text, paper, 0.74);
  return {
    paper,
    grid: mix(text, paper, contrast ? 0.28 : 0.09),
    axis: mix(text, paper, contrast ? 1 : 0.4),
    band: mix(reference, paper, contrast ? 0.28 : 0.13),
    // the high-contrast light theme gives its charts a second blue for orange
    negative: document.body.classList.contains('vscode-high-contrast-light') ? '#b75501' : here,
    line: { text, quiet, data, here, reference },
    label: {
      text,
      quiet,
      data: contrast ? text : mix(data, text, 0.75),
      here: contrast ? text : mix(here, text, 0.55),
      reference: contrast ? text : mix(reference, text, 0.7),
    },
    family: variable('font-family'),
  };
}

const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

function mix(a: string, b: string, share: number): string {
  const [p, q] = [rgb(a), rgb(b)];
  return `rgb(${[0, 1, 2].map((k) => Math.round((p[k] ?? 0) * share + (q[k] ?? 0) * (1 - share))).join(' ')})`;
}

function rgb(color: string): Uint8ClampedArray {
  if (probe === null) return new Uint8ClampedArray(4);
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = color;
  probe.fillRect(0, 0, 1, 1);
  return probe.getImageData(0, 0, 1, 1).data;
}

/** Calls back whenever the editor puts on another theme. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(() => changed());
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
