import { describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { evaluate } from '../../src/report/evaluate';
import type { PlotSpec } from '../../src/shared/plot';
import type { Report } from '../../src/shared/report';
import { csv, markdown, plotCsv } from '../../webview/export-text';
import { large } from '../reference/situations';

const report = (name: string, dtype = 'float32'): Report => {
  const { dump, ...rest } = large.summary;
  return evaluate({ ...rest, dump: { ...dump, name, dtype } }, large.settings);
};

/** Cells of a line as a spreadsheet splits it. */
const cellsOf = (line: string, separator: string): string[] =>
  line
    .split(new RegExp(`${separator}(?=(?:[^"]*"[^"]*")*[^"]*$)`))
    .map((cell) => cell.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'));

const NAMES = ['=1+1', '@SUM(A1)', '+1', '-1+cmd|x', '\t=1+1', '\r=1+1', 'a,=1+1', 'a;=1+1', 'a\n=1+1', 'a","=1+1'];
const FORMULA = /^\s*[=+\-@]/;

describe('an export as CSV', () => {
  test.each(NAMES)('of a file called %j holds no formula', (name) => {
    const text = csv(report(`${name}.npy`, name));
    expect(text.split('\n').filter((line) => /1\+1|SUM|cmd/.test(line))).toHaveLength(name === '+1' ? 0 : 2);
    for (const line of text.split('\n')) {
      // numbers may be negative
      const texts = [',', ';', '\t'].flatMap((separator) => cellsOf(line, separator));
      expect(texts.filter((cell) => FORMULA.test(cell) && Number.isNaN(Number(cell)))).toEqual([]);
    }
  });

  test.each(NAMES)('of a plot with a layer called %j holds no formula', (name) => {
    const series = { name, x: [1], y: [-2], pointNames: [name], mark: 'points', ink: 'data' };
    const panel = { x: { name: 'layer' }, y: { name: 'trace' }, series: [series] };
    const [head, row, ...rest] = plotCsv({ panels: [panel] } as unknown as PlotSpec)
      .trimEnd()
      .split('\n');
    expect([head, rest]).toEqual(['series,name,x,y', []]);
    const cells = cellsOf(row!, ',');
    expect(cells.slice(2)).toEqual(['1', '-2']);
    expect(cells.slice(0, 2).filter((cell) => FORMULA.test(cell))).toEqual([]);
  });

  test('keeps every digit, and negative numbers as they are', () => {
    const line = csv(report('grad.npy'))
      .split('\n')
      .find((each) => each.startsWith('covariance-trace,'));
    const { outcome } = report('grad.npy').metrics.find(({ id }) => id === 'covariance-trace')!;
    expect(outcome.kind === 'value' && Number(line?.split(',')[2])).toBe(outcome.kind === 'value' && outcome.value);
  });
});

test('an export names the program that made it', () => {
  expect(csv(report('grad.npy'))).toContain(`# program: gradient-covariance ${version}\n`);
  expect(markdown(report('grad.npy'))).toContain(`- program: gradient-covariance ${version}\n`);
});

describe('an export as Markdown', () => {
  test.each([
    '![x](https://evil.example/a.png).npy',
    '[x](command:evil).npy',
    '<img src=x onerror=alert(1)>.npy',
    'https://evil.example/a.npy',
    '@everyone.npy',
    'a`![x](y)`.npy',
    'a\n\n![x](y).npy',
    '| a | b |.npy',
  ])('shows a file called %j as code', (name) => {
    const [line = ''] = markdown(report(name)).split('\n');
    const [, fence = '', inside = ''] = /^- file: (`+)(.*)\1$/.exec(line) ?? [];
    expect(inside.trim()).toBe(name.replaceAll('\n', String.raw`\u000a`));
    expect(inside.match(/`+/g)?.map(({ length }) => length) ?? []).not.toContain(fence.length);
  });
});
