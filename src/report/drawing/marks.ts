import type { Dash, Series } from '../../shared/plot';
import type { PlotInks } from './inks';

/** Lengths of strokes and gaps, in pixels. */
export const DASHES: Readonly<Record<Dash, readonly number[]>> = {
  solid: [],
  dashed: [6, 4],
  dotted: [1.5, 3],
  'dash-dot': [7, 3, 1.5, 3],
};

/** How a mark is drawn; the radius is that of the circle around it. */
export interface MarkStyle {
  readonly radius: number;
  readonly stroke: string;
  readonly strokeWidth: number;
  /** Undefined where the paper shines through. */
  readonly fill?: string;
}

export const isArrow = ({ mark }: Series): boolean => mark.startsWith('arrow');

export function markStyle({ mark, ink, size }: Series, inks: PlotInks): MarkStyle {
  const stroke = inks.line[ink];
  // one of many points, drawn thin; a single one stands out
  const small = (size ?? (mark === 'circle' ? 2.5 : 5)) <= 4;
  switch (mark) {
    case 'line':
      return { radius: 0, stroke, strokeWidth: size ?? 2 };
    case 'bar':
      return { radius: 0, stroke, strokeWidth: size ?? 16 };
    case 'disc':
      return ink === 'here'
        ? { radius: size ?? 2.5, stroke: inks.line.text, strokeWidth: 1.5, fill: stroke }
        : { radius: size ?? 2.5, stroke, strokeWidth: 0, fill: stroke };
    case 'circle':
      return {
        radius: size ?? 2.5,
        stroke,
        strokeWidth: small ? 1 : 2,
        ...(['data', 'second', 'third'].includes(ink) && !small && { fill: inks.paper }),
      };
    case 'square':
    case 'triangle':
      return { radius: size ?? 5, stroke, strokeWidth: small ? 1 : 2, ...(!small && { fill: inks.paper }) };
    case 'cross':
      return { radius: size ?? 7, stroke, strokeWidth: small ? 1 : 3 };
    case 'cell':
      return { radius: 0, stroke, strokeWidth: 0 };
    case 'arrow-up':
    case 'arrow-down':
    case 'arrow-left':
    case 'arrow-right':
      return { radius: size ?? 16, stroke, strokeWidth: 1.4 };
  }
}

/**
 * The strokes of an open arrow that begins at (x, y) with a bar across it: x and y in turn, in pixels.
 *
 * @param length from the bar to the tip; shortened so that the tip stays inside
 */
export function arrowStrokes(
  mark: Series['mark'],
  x: number,
  y: number,
  length: number,
  inside: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): readonly (readonly (readonly [x: number, y: number])[])[] {
  const [right, down] =
    mark === 'arrow-up' ? [0, -1] : mark === 'arrow-down' ? [0, 1] : mark === 'arrow-left' ? [-1, 0] : [1, 0];
  const room =
    right > 0 ? inside.right - x : right < 0 ? x - inside.left : down > 0 ? inside.bottom - y : y - inside.top;
  const long = Math.max(6, Math.min(length, room - 2));
  const at = (along: number, across: number): readonly [number, number] => [
    x + right * along + down * across,
    y + down * along + right * across,
  ];
  return [
    [at(0, -4), at(0, 4)],
    [at(0, 0), at(long, 0)],
    [at(long - 4.5, -3.5), at(long, 0), at(long - 4.5, 3.5)],
  ];
}
