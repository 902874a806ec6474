import { describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { evaluate } from '../../src/report/evaluate';
import type { PlotSpec } from '../../src/shared/plot';
import type { MetricResult, Report, Table } from '../../src/shared/report';
import {
  csv,
  latexFormula,
  latexReport,
  latexTable,
  markdown,
  plotCsv,
  tableCsv,
  valueText,
} from '../../webview/export-text';
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
    const lines = plotCsv({ title: name, panels: [panel] } as unknown as PlotSpec, { name })
      .trimEnd()
      .split('\n');
    const [head, row, ...rest] = lines.filter((line) => !line.startsWith('#'));
    expect([head, rest]).toEqual(['series,name,x,y', []]);
    for (const line of lines.filter((each) => each.startsWith('#')))
      expect([',', ';'].flatMap((separator) => cellsOf(line, separator)).filter((cell) => FORMULA.test(cell))).toEqual(
        [],
      );
    const cells = cellsOf(row!, ',');
    expect(cells.slice(2)).toEqual(['1', '-2']);
    expect(cells.slice(0, 2).filter((cell) => FORMULA.test(cell))).toEqual([]);
  });

  test.each(NAMES)('of a table with a layer called %j holds no formula', (name) => {
    const lines = tableCsv(tableWith(name), { name }).trimEnd().split('\n');
    const [head, ...rows] = lines.filter((line) => !line.startsWith('#'));
    expect(head).toBe('"layer","share","‖G‖²"');
    expect(rows.map((row) => row.split(',').slice(-2))).toEqual([['0.25', '-1.5e-7']]);
    for (const row of rows)
      expect(
        cellsOf(row, ',')
          .slice(0, -1)
          .filter((cell) => FORMULA.test(cell)),
      ).toEqual([]);
  });

  test('keeps every digit, and negative numbers as they are', () => {
    const line = csv(report('grad.npy'))
      .split('\n')
      .find((each) => each.startsWith('covariance-trace,'));
    const { outcome } = report('grad.npy').metrics.find(({ id }) => id === 'covariance-trace')!;
    expect(outcome.kind === 'value' && Number(line?.split(',')[2])).toBe(outcome.kind === 'value' && outcome.value);
  });
});

const tableWith = (name: string): Table => ({
  id: 'layers',
  caption: ['Layers of ', { math: String.raw`\Sigma` }],
  columns: [
    { head: ['layer'], align: 'left' },
    { head: ['share'], align: 'right' },
    { head: [{ math: String.raw`\lVert G\rVert^2` }], align: 'right' },
  ],
  rows: [[{ text: [name] }, { text: ['25 %'], value: 0.25 }, { text: ['−1.5 ×10⁻⁷'], value: -1.5e-7 }]],
});

/** What LaTeX would do with a text of a cell: commands that are not ours, the end of the cell, of the row, of the line. */
const active = (cell: string): string[] =>
  cell
    .replaceAll(
      /\\(?:textbackslash|textasciicircum|textasciitilde|textless|textgreater|textbar|dots|char34|char96)\{\}/g,
      '',
    )
    .replaceAll(/\\[&%$#_{}]/g, '')
    .match(/[\\&%$#^_~\n]|\[(?!\})/g) ?? [];

describe('an export as LaTeX', () => {
  test.each([
    String.raw`\input{/etc/passwd}`,
    String.raw`\write18{rm -rf x}`,
    'a & b',
    String.raw`a \\ b`,
    '50% of it',
    'a_b^c~d#e$f{g}',
    '[1cm]',
    '*',
    'a\n\\end{tabular}',
    '\u202eevil',
    '^^5cinput{x}',
  ])('shows a layer called %j as text', (name) => {
    const lines = latexTable(tableWith(name), { name }).split('\n');
    const [row = '', ...others] = lines.filter((line) => line.includes('25\\ \\%') || line.includes('25 \\%'));
    expect(others).toEqual([]);
    const cells = row.replace(/ \\\\$/, '').split(/(?<!\\) & /);
    expect(cells).toHaveLength(3);
    expect(active(cells[0] ?? '')).toEqual([]);
    // behind the end of a row and the rule before it
    expect(cells[0]).not.toMatch(/^\s*[[*]/);
    expect(lines.filter((line) => !line.startsWith('%') && line.includes('{tabular}'))).toHaveLength(2);
    for (const line of lines.slice(
      0,
      lines.findIndex((each) => each.startsWith('\\begin')),
    ))
      expect(line).toMatch(/^% /);
  });

  test('of a table has the rules of booktabs, and numbers in mathematics', () => {
    expect(latexTable(tableWith('a'), { name: 'grad.npy', settings: 'batch size 32' })).toBe(
      [
        '% file: grad.npy',
        '% batch size 32',
        `% gradient-covariance ${version}`,
        String.raw`% needs \usepackage{amsmath,amssymb,booktabs}`,
        String.raw`\begin{tabular}{lrr}`,
        String.raw`  \toprule`,
        String.raw`  layer & share & $\lVert G\rVert^2$ \\`,
        String.raw`  \midrule`,
        String.raw`  a & 25 \% & $-$1.5 $\times$10$^{-}$$^{7}$ \\`,
        String.raw`  \bottomrule`,
        String.raw`\end{tabular}`,
        '',
      ].join('\n'),
    );
  });

  test('of every number and table of a report is what pdfLaTeX can print', () => {
    const whole = report('größe.npy');
    const tables = whole.sections.flatMap(({ blocks }) =>
      blocks.flatMap((block) =>
        block.kind === 'figures' ? block.figures.flatMap((each) => (each.kind === 'table' ? [each.table] : [])) : [],
      ),
    );
    expect(tables.length).toBeGreaterThan(3);
    for (const text of [latexReport(whole), ...tables.map((table) => latexTable(table, { name: 'größe.npy' }))]) {
      expect(text.match(/[^\n -~äöüßé]/gu) ?? []).toEqual([]);
      // as many signs as open and close mathematics
      expect((text.match(/(?<!\\)\$/g) ?? []).length % 2).toBe(0);
    }
  });

  test('of a formula has a line in symbols and a line with numbers', () => {
    const metric = { id: 'sgd-temperature', terms: [{ symbol: 'T' }, { symbol: '=' }, { symbol: String.raw`\frac{\eta}{B}`, substituted: String.raw`\frac{0.1}{32}` }] }; // prettier-ignore
    expect(latexFormula(metric, { name: 'a%\n\\b.npy' }).split('\n')).toEqual([
      String.raw`% file: a%\u000a\b.npy`,
      `% gradient-covariance ${version}`,
      '% sgd-temperature',
      String.raw`\begin{gather*}`,
      String.raw`  T = \frac{\eta}{B} \\`,
      String.raw`  T = \frac{0.1}{32}`,
      String.raw`\end{gather*}`,
      '',
    ]);
  });
});

test('a value is copied with every digit, a bound with its sign, and what is missing not at all', () => {
  const outcome = (of: object): Pick<MetricResult, 'outcome'> => ({ outcome: of as MetricResult['outcome'] });
  expect(valueText(outcome({ kind: 'value', value: 0.1 + 0.2 }))).toBe('0.30000000000000004');
  expect(valueText(outcome({ kind: 'unavailable', problem: {}, interval: { lower: 32 } }))).toBe('≥ 32');
  expect(valueText(outcome({ kind: 'unavailable', problem: {} }))).toBeUndefined();
});

test('an export names the program that made it', () => {
  expect(csv(report('grad.npy'))).toContain(`# program: gradient-covariance ${version}\n`);
  expect(markdown(report('grad.npy'))).toContain(`- program: gradient-covariance ${version}\n`);
  expect(latexReport(report('grad.npy'))).toContain(`% gradient-covariance ${version}\n`);
  expect(tableCsv(tableWith('a'), { name: 'grad.npy' })).toContain(`# program: gradient-covariance ${version}\n`);
  expect(plotCsv({ title: 'a', panels: [] } as unknown as PlotSpec, { name: 'grad.npy' })).toContain(
    `# program: gradient-covariance ${version}\n`,
  );
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
