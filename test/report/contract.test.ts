import katex from 'katex';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import { PLOTS } from '../../src/plots';
import { SECTIONS } from '../../src/report/dump';
import { evaluate } from '../../src/report/evaluate';
import type { ReportBlock, Report, Text } from '../../src/shared/report';
import type { DumpSummary } from '../../src/shared/summary';
import { SITUATIONS } from '../reference/situations';

const render = (tex: string): string =>
  katex.renderToString(tex, { throwOnError: true, strict: 'error', trust: false });

/** Every piece of running text of a block. */
function texts(block: ReportBlock): readonly Text[] {
  switch (block.kind) {
    case 'verdict':
    case 'finding':
    case 'note':
    case 'offer':
      return [block.text];
    case 'question':
      return [block.text, block.note, ...block.answers.flatMap(({ verdict, note }) => [verdict, note])];
    case 'balance':
      return [...block.parts.map(({ label }) => label), [block.summary]];
    case 'cards':
      return [block.caption, ...(block.aside ? [block.aside] : [])];
    case 'formulas':
    case 'four-gradients':
    case 'calculator':
      return [];
    case 'fold':
      return [[block.title]];
    case 'figures':
      return block.figures.flatMap((figure) => {
        if (figure.kind === 'plot') return [];
        const { caption, columns, rows, foot, note } = figure.table;
        const cells = [...rows, ...(foot ? [foot] : [])].flat();
        return [caption, ...columns.map(({ head }) => head), ...cells.map(({ text }) => text), ...(note ? [note] : [])];
      });
    case 'theory':
      return [[block.title], ...block.paragraphs.flatMap((paragraph) => ('formula' in paragraph ? [] : [paragraph]))];
  }
}

const plain = (text: Text): string =>
  text
    .map((phrase) => (typeof phrase === 'string' ? phrase : 'strong' in phrase ? phrase.strong : phrase.math))
    .join('');

const formulas = (block: ReportBlock): readonly string[] => {
  if (block.kind === 'formulas')
    return block.formulas
      .flat()
      .flatMap(({ symbol, substituted }) => [symbol, ...(substituted === undefined ? [] : [substituted])]);
  if (block.kind !== 'theory') return [];
  return block.paragraphs.flatMap((paragraph) => ('formula' in paragraph ? [paragraph.formula] : []));
};

const unnamed = (text: string, { dump }: DumpSummary): string =>
  dump.layers.reduce((rest, { name }) => rest.replaceAll(name, 'layer'), text);

const blocksOf = (report: Report): readonly ReportBlock[] => report.sections.flatMap(({ blocks }) => blocks);

test('every section has an id, a short name and a title of its own', () => {
  expect(new Set(SECTIONS.map(({ id }) => id)).size).toBe(SECTIONS.length);
  for (const { id, short, title } of SECTIONS) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(short.length).toBeLessThanOrEqual(18);
    expect(title).not.toBe('');
  }
});

describe.each(SITUATIONS)('with $name', ({ summary, settings }) => {
  const report = evaluate(summary, settings);
  const blocks = blocksOf(report);

  test('the sentences hold no number that is none, and no pieces of TeX', () => {
    for (const block of blocks)
      for (const text of texts(block)) {
        expect(plain(text)).not.toMatch(/NaN|Infinity|undefined|\[object|\s\s/);
        expect(text).not.toContainEqual({ strong: '' });
        for (const phrase of text)
          // names from the file stand there as they are
          if (typeof phrase === 'string') expect(unnamed(phrase, summary)).not.toMatch(/[\\$]|\s\s/);
          else if ('math' in phrase) expect(render(phrase.math)).toContain('katex');
      }
  });

  test('no block fails for a reason of ours', () => {
    for (const block of blocks)
      for (const text of texts(block)) expect(plain(text)).not.toMatch(/fault of the extension|went wrong/);
  });

  test('every formula renders', () => {
    for (const block of blocks) for (const tex of formulas(block)) expect(render(tex)).toContain('katex');
  });

  test('tables are rectangular, shares lie between 0 and 1, and bars are parts of a whole', () => {
    for (const block of blocks) {
      if (block.kind === 'balance') expect(block.parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
      if (block.kind !== 'figures') continue;
      for (const figure of block.figures) {
        if (figure.kind !== 'table') continue;
        const { columns, rows, foot, ownRow } = figure.table;
        for (const row of [...rows, ...(foot ? [foot] : [])]) {
          expect(row.length).toBe(columns.length);
          for (const { share, value } of row) {
            if (share !== undefined) expect(share >= 0 && share <= 1).toBe(true);
            if (value !== undefined) expect(Number.isFinite(value)).toBe(true);
          }
        }
        if (ownRow !== undefined) expect(rows[ownRow]).toBeDefined();
      }
    }
  });

  test('the finding of the first section begins it', () => {
    if (summary.moments === undefined) return;
    expect(blocks[0]?.kind).toBe('verdict');
    expect(plain(texts(blocks[0]!)[0]!).length).toBeGreaterThan(20);
  });
});

describe('on the page', () => {
  const situation = SITUATIONS.find(({ name }) => name === 'layers of a sample')!;
  const blocks = blocksOf(evaluate(situation.summary, situation.settings));

  test('every metric has one card', () => {
    const shown = blocks.flatMap((block) => (block.kind === 'cards' ? block.metrics : []));
    expect([...shown].sort()).toEqual(METRICS.map(({ id }) => id as string).sort());
  });

  test('every plot is shown once', () => {
    const shown = blocks.flatMap((block) =>
      block.kind === 'figures'
        ? block.figures.flatMap((figure) => (figure.kind === 'plot' ? [figure.plot.id] : []))
        : [],
    );
    expect([...shown].sort()).toEqual(PLOTS.map(({ id }) => id).sort());
  });
});
