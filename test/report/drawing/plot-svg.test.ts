import { describe, expect, test } from 'vitest';
import { printedTheme, themeInks } from '../../../src/report/drawing/inks';
import { plotSvg } from '../../../src/report/drawing/plot-svg';
import type { Axis, Panel, PlotSpec, Series } from '../../../src/shared/plot';
import { faultOfMarkup } from './markup';

const { plot: inks } = themeInks(printedTheme('light'));
const axis = (min: number, max: number, name: string, scale: Axis['scale'] = 'linear'): Axis => ({
  scale,
  min,
  max,
  title: [['t', name]],
  name,
});
// 62 pixels of margins: ten pixels a unit from 44 on; 56 of them upwards: ten a unit up from 100
const WIDTH = 162;
const panelOf = (series: readonly Series[], more: Partial<Panel> = {}): Panel => ({
  height: 136,
  x: axis(0, 10, 'x'),
  y: axis(0, 8, 'y'),
  series,
  ...more,
});
const plotOf = (panel: Panel, more: Partial<PlotSpec> = {}): PlotSpec => ({
  id: 'tried',
  title: 'Tried',
  subtitle: 'by hand',
  summary: 'Two points.',
  panels: [panel],
  ...more,
});
const svgOf = (panel: Panel, more: Partial<PlotSpec> = {}): string =>
  plotSvg(plotOf(panel, more), inks, { width: WIDTH });
const points = { name: 'points', x: [1, 5], y: [2, 8], mark: 'disc', ink: 'data' } as const;

test('a point lies where its numbers say: (1, 2) of 10 and 8 at 54 and 80, by hand', () => {
  const svg = svgOf(panelOf([points]));
  expect(svg).toContain('<circle cx="54" cy="80" r="2.5"/>');
  expect(svg).toContain('<circle cx="94" cy="20" r="2.5"/>');
});

test('on a log axis equal ratios are equally long: 10 of 1 … 100 lies in the middle', () => {
  const svg = svgOf(panelOf([{ ...points, x: [10], y: [4] }], { x: axis(1, 100, 'x', 'log') }));
  expect(svg).toContain('<circle cx="94" cy="60" r="2.5"/>');
});

test('a line is broken where a number is missing, and so is the band around it', () => {
  const y = [1, 2, NaN, 4, 5];
  const interval = { lower: y.map((value) => value - 1), upper: y.map((value) => value + 1) };
  const svg = svgOf(panelOf([{ name: 'line', x: [0, 1, 2, 3, 4], y, mark: 'line', ink: 'second', interval }]));
  expect(svg).toContain('d="M44 90L54 80M74 60L84 50"');
  expect(svg).toContain('d="M44 80L54 70L54 90L44 100zM74 50L84 40L84 60L74 70z"');
  expect(svg).toContain('fill-opacity="0.15"');
  expect(svg).not.toContain('NaN');
});

test('a bound is an open arrow with a bar across it, as far as there is room', () => {
  const bound = (y: number): string =>
    svgOf(panelOf([{ name: 'at least', x: [5], y: [y], mark: 'arrow-up', ink: 'data' }]));
  // bar at y = 2, which is pixel 80; tip 16 above it
  expect(bound(2)).toContain('M98 80L90 80M94 80L94 64M97.5 68.5L94 64L90.5 68.5');
  // at 7 the edge lies 10 above: the tip stops 2 before it
  expect(bound(7)).toContain('M94 30L94 22');
});

test('whiskers go from the lower to the upper end', () => {
  const svg = svgOf(panelOf([{ ...points, x: [5], y: [4], interval: { lower: [2], upper: [7] } }]));
  expect(svg).toContain('d="M94 80L94 30"');
});

test('one unit is equally long on both axes where the panel says so', () => {
  const square = panelOf([{ ...points, x: [0, 10], y: [0, 10] }], { y: axis(0, 10, 'y'), equalUnits: true });
  const places = Array.from(svgOf(square).matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g), ([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  const [[x0 = 0, y0 = 0] = [], [x1 = 0, y1 = 0] = []] = places;
  expect(x1 - x0).toBeCloseTo(y0 - y1, 6);
});

test('cells of a matrix are deeper the farther from 0, and of the other ink below it', () => {
  const shades = { values: [1, 0.5, -0.25, 0], full: 1, ends: [0, 1, 2] };
  const x = [0, 1, 0, 1];
  const svg = svgOf(
    panelOf([{ name: 'matrix', x, y: [0, 0, 1, 1], mark: 'cell', ink: 'data', shades }], {
      x: axis(-0.5, 1.5, 'x'),
      y: axis(-0.5, 1.5, 'y'),
    }),
  );
  // the panel is as wide as high: 142 − 62 pixels across, 80 up
  expect(svg).toContain(`d="M44 60h40v40h-40z" fill="${inks.line.data}" fill-opacity="1"`);
  expect(svg).toContain(`d="M84 60h40v40h-40z" fill="${inks.line.data}" fill-opacity="0.5"`);
  expect(svg).toContain(`d="M44 20h40v40h-40z" fill="${inks.negative}" fill-opacity="0.25"`);
  // 0 is paper
  expect(svg).not.toContain('M84 20h40');
});

describe('every text', () => {
  const hostile = `</text><script>alert(1)</script>"'& \u202e\u0000 x`;

  test('from a file is escaped, with what is unseen written out', () => {
    const svg = plotSvg(
      plotOf(
        panelOf(
          [
            { ...points, name: hostile },
            { ...points, name: `${hostile}2`, ink: 'second' },
          ],
          {
            labels: [{ x: 5, y: 4, text: [['t', hostile.slice(0, 9)]], ink: 'data' }],
            x: axis(0, 10, hostile),
          },
        ),
        { title: hostile, subtitle: hostile, summary: hostile },
      ),
      inks,
      { width: 640, caption: true, source: hostile },
    );
    expect(svg).not.toMatch(/<script|<\/text><script|\u202e|\u0000/);
    expect(svg).toContain('&lt;/text&gt;');
    expect(faultOfMarkup(svg)).toBeUndefined();
  });

  test('of any length stays within the width', () => {
    const name = 'encoder.'.repeat(100);
    const svg = plotSvg(
      plotOf(
        panelOf([
          { ...points, name },
          { ...points, name: 'b' },
        ]),
      ),
      inks,
      {
        width: 400,
        caption: true,
        source: name,
      },
    );
    const texts = Array.from(svg.matchAll(/<text[^>]*>([^<]*)/g), ([, text = '']) => text);
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(100);
    expect(texts.join('')).toContain('encoder.encoder.');
  });

  test('for whoever does not see the plot is its title and its summary', () => {
    const svg = svgOf(panelOf([points]));
    expect(svg).toContain('role="img" aria-labelledby="tried-title tried-desc"');
    expect(svg).toContain('<title id="tried-title">Tried by hand</title><desc id="tried-desc">Two points.</desc>');
  });
});

test('several things that are drawn are named in a legend, one thing is not', () => {
  expect(svgOf(panelOf([points]))).not.toContain('>points<');
  const svg = svgOf(panelOf([points, { ...points, name: 'a line', mark: 'line', ink: 'reference', dash: 'dashed' }]));
  expect(svg).toContain('>points<');
  expect(svg).toContain('>a line<');
});

test('a plot that is unavailable says why', () => {
  const unavailable = { code: 'value/undefined', found: 'The rows are equal', remedy: 'Dump others.' } as const;
  const svg = svgOf(panelOf([points]), { panels: [], unavailable });
  expect(svg).toContain('The rows are equal');
  expect(faultOfMarkup(svg)).toBeUndefined();
});

test('nothing in a picture is style, script or an address', () => {
  const svg = plotSvg(plotOf(panelOf([points])), inks, { width: 400, caption: true, source: 'x' });
  expect(svg).not.toMatch(/style=|<style|<script|href|url\((?!#)/);
});
