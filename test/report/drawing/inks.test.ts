import { describe, expect, test } from 'vitest';
import { contrast, hue, over, parsed, quietInk, roleInk, ROLES } from '../../../src/report/drawing/inks';
import type { Rgb } from '../../../src/report/drawing/inks';
import written from '../../fixtures/themes.json';

// Every theme that comes with VS Code, as test/webview/themes.mjs wrote it down.

interface Theme {
  readonly name: string;
  readonly kind: 'vs' | 'vs-dark' | 'hc-black' | 'hc-light';
  readonly colors: Readonly<Record<string, string>>;
}
const themes = written as readonly Theme[];
const solid = (color: string | undefined, paper: Rgb): Rgb => over(parsed(color) ?? [NaN, NaN, NaN, 1], paper);
const rounded = (color: Rgb): Rgb => color.map(Math.round) as unknown as Rgb;

test('the themes are those of VS Code, of all four kinds', () => {
  expect(themes.length).toBeGreaterThanOrEqual(19);
  expect(new Set(themes.map(({ kind }) => kind)).size).toBe(4);
});

describe.each(themes)('in the theme $name', ({ kind, colors }) => {
  const high = kind.startsWith('hc');
  const paper = rounded(solid(colors['paper'], [255, 255, 255]));
  const ink = (role: (typeof ROLES)[number]) => roleInk(role, (name) => colors[name], paper, high);

  test.each(ROLES)('marks of %s have 3 : 1 and its text 4.5 : 1, in high contrast 4.5 and 7', (role) => {
    const { mark, text, wash, textOnWash } = ink(role);
    expect(contrast(rounded(mark), paper)).toBeGreaterThanOrEqual(high ? 4.5 : 3);
    expect(contrast(rounded(text), paper)).toBeGreaterThanOrEqual(high ? 7 : 4.5);
    expect(contrast(rounded(textOnWash), rounded(wash))).toBeGreaterThanOrEqual(high ? 7 : 4.5);
  });

  test('quiet text has 4.5 : 1', () => {
    const text = solid(colors['text'], paper);
    expect(contrast(rounded(quietInk(text, paper, high)), paper)).toBeGreaterThanOrEqual(4.5);
  });

  test('what agrees is blue and what opposes is orange, whatever the theme says', () => {
    expect(hue(ink('data').mark)).toSatisfy((angle: number) => angle >= 190 && angle <= 250);
    expect(hue(ink('here').mark)).toSatisfy((angle: number) => angle >= 15 && angle <= 55);
  });

  test('kept is green and changed is red', () => {
    expect(hue(ink('kept').mark)).toSatisfy((angle: number) => angle >= 80 && angle <= 165);
    expect(hue(ink('changed').mark)).toSatisfy((angle: number) => angle <= 25 || angle >= 335);
  });
});

describe('a color of the theme is taken', () => {
  const white: Rgb = [255, 255, 255];
  const taken = (color: string): boolean =>
    roleInk('here', () => color, white, false).mark.join() === (parsed(color) ?? []).slice(0, 3).join();

  test.each([
    ['opaque, orange and strong', '#a04e00', true],
    ['translucent', '#a04e0080', false],
    ['pale', '#f0c090', false],
    ['blue', '#0050a0', false],
    ['empty', '', false],
    ['not a color', 'none', false],
  ])('when it is %s: %s, %s', (_, color, expected) => expect(taken(color)).toBe(expected));
});

test('contrast is that of WCAG: 21 of black on white, and of #777 on white 4.48 by hand', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBe(21);
  // 119/255 = 0.46667; ((0.46667 + 0.055)/1.055)^2.4 = 0.18447; 1.05/0.23447
  expect(contrast([0x77, 0x77, 0x77], [255, 255, 255])).toBeCloseTo(4.478, 3);
});

test.each([
  ['#f00', [255, 0, 0, 1]],
  ['#ff000080', [255, 0, 0, 128 / 255]],
  ['rgba(1, 2, 3, 0.5)', [1, 2, 3, 0.5]],
  ['rgb(1 2 3 / 50%)', [1, 2, 3, 0.5]],
  [' #FFF ', [255, 255, 255, 1]],
  ['color(srgb 1 0 0)', undefined],
])('a color is read as it is written: %s', (text, expected) => expect(parsed(text)).toEqual(expected));
