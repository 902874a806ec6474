import type { Label, TextSpan } from '../src/shared/plot';

interface Style {
  readonly family: string;
  readonly color: string;
  /** Drawn as a halo behind the text. */
  readonly paper?: string;
  readonly align?: 'left' | 'center' | 'right';
  readonly strong?: boolean;
}

const SIZE = 11;

/** Fonts that labels use; a canvas draws with a substitute until they are loaded. */
export const LABEL_FONTS = ['italic 12px KaTeX_Math', '12px KaTeX_Main', '12px KaTeX_AMS'];

function font([kind, text]: TextSpan, { family, strong = false }: Style): string {
  switch (kind) {
    case 'i':
    case 'b':
      return `italic ${SIZE * 1.12}px KaTeX_Math`;
    case 'r':
      return `${SIZE * 1.1}px KaTeX_Main`;
    case 'a':
      return `${SIZE * 1.1}px KaTeX_AMS`;
    case '_':
      return /^[A-Za-z]$/.test(text) ? `italic ${SIZE * 0.8}px KaTeX_Math` : `${SIZE * 0.76}px KaTeX_Main`;
    case '^':
      return `${SIZE * 0.76}px KaTeX_Main`;
    case 't':
      return `${strong ? 600 : 400} ${SIZE}px ${family}`;
  }
}

/** Writes runs of text and mathematics; y is the baseline. Returns the width. */
export function writeLabel(c: CanvasRenderingContext2D, label: Label, x: number, y: number, style: Style): number {
  c.save();
  c.textAlign = 'left';
  c.textBaseline = 'alphabetic';
  c.lineJoin = 'round';
  const widths = label.map((run) => {
    c.font = font(run, style);
    return c.measureText(run[1]).width + (run[0] === 'i' || run[0] === 'b' ? 0.5 : 0);
  });
  const total = widths.reduce((sum, width) => sum + width, 0);
  const start = style.align === 'right' ? x - total : style.align === 'center' ? x - total / 2 : x;
  for (const halo of style.paper === undefined ? [false] : [true, false]) {
    let at = start;
    label.forEach((run, index) => {
      const [kind, text] = run;
      const width = widths[index] ?? 0;
      const base = y + (kind === '_' ? SIZE * 0.22 : kind === '^' ? -SIZE * 0.4 : 0);
      c.font = font(run, style);
      if (halo) {
        c.strokeStyle = style.paper ?? '';
        c.lineWidth = 4;
        c.strokeText(text, at, base);
      } else {
        c.fillStyle = style.color;
        c.fillText(text, at, base);
        if (kind === 'b') bar(c, at, y, width, style.color);
      }
      at += width;
    });
  }
  c.restore();
  return total;
}

function bar(c: CanvasRenderingContext2D, x: number, y: number, width: number, color: string): void {
  c.strokeStyle = color;
  c.lineWidth = 0.8;
  c.beginPath();
  c.moveTo(x + 1.5, y - SIZE * 0.66);
  c.lineTo(x + width - 0.5, y - SIZE * 0.66);
  c.stroke();
}
