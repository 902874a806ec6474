import type { Label, TextSpan } from '../../shared/plot';
import { visible } from '../../shared/foreign-text';

/** Pixels of the text of plots. */
export const SIZE = 11;

/** How large a span is, and how far it is moved down. */
export function sizeOf([kind, text]: TextSpan): {
  readonly size: number;
  readonly down: number;
  readonly italic: boolean;
} {
  switch (kind) {
    case 'i':
    case 'b':
      return { size: SIZE * 1.12, down: 0, italic: true };
    case 'r':
    case 'a':
      return { size: SIZE * 1.1, down: 0, italic: false };
    case '_':
      return /^[A-Za-z]$/.test(text)
        ? { size: SIZE * 0.8, down: SIZE * 0.22, italic: true }
        : { size: SIZE * 0.76, down: SIZE * 0.22, italic: false };
    case '^':
      return { size: SIZE * 0.76, down: -SIZE * 0.4, italic: false };
    case 't':
      return { size: SIZE, down: 0, italic: false };
  }
}

/**
 * About how wide a label is, where nothing can measure it: by the widths of Helvetica.
 *
 * @returns pixels
 */
export const estimatedWidth = (label: Label, strong = false): number =>
  label.reduce((sum, span) => sum + textWidth(span[1], sizeOf(span).size) * (strong ? 1.06 : 1), 0);

/** Thousandths of the size, by character. */
const ADVANCES: readonly (readonly [width: number, characters: string])[] = [
  [222, "ijl'"],
  [278, ' fItI.,:;!/|\u00a0·'],
  [333, 'r()-`[]‹›'],
  [389, '*'],
  [500, 'ckJsvxyz'],
  [584, '+=<>−×≥≤~±≈'],
  [611, 'FTZ'],
  [667, 'ABEKPSVXY&'],
  [722, 'CDHNRUw'],
  [778, 'GOQ'],
  [833, 'mM'],
  [889, '%'],
  [944, 'W'],
  [1000, '…—@'],
];
const advances = new Map(
  ADVANCES.flatMap(([width, characters]) => Array.from(characters, (each) => [each, width] as const)),
);

/** @param size of the font, in pixels */
export function textWidth(text: string, size: number): number {
  let sum = 0;
  for (const character of text) sum += advances.get(character) ?? (character > '\u2e7f' ? 1000 : 556);
  return (sum * size) / 1000;
}

/** Lines no wider than so many pixels; a word that is wider is broken. */
export function wrapped(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer, size) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const character of word) {
      if (line !== '' && textWidth(line + character, size) > width) {
        lines.push(line);
        line = '';
      }
      line += character;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** A text inside of XML or HTML, or of an attribute: nothing in it is markup, and every character is seen. */
export const escaped = (text: string): string =>
  visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
