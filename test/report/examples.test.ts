import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/report/evaluate';
import type { DumpMetadata } from '../../src/shared/dump';
import type { Section, Table } from '../../src/shared/report';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

const rows = noise(30, 5, 77).map((row, i) => row.map((value) => (i === 12 ? 9 * value : value) + 0.4));

function section(list: readonly (readonly number[])[], metadata: DumpMetadata = {}): Section {
  const summary = naiveSummary(list, metadata);
  return evaluate(summary, settingsFor(summary)).sections.find(({ id }) => id === 'examples')!;
}
const tableOf = ({ blocks }: Section): Table => {
  const figures = blocks.flatMap((block) => (block.kind === 'figures' ? block.figures : []));
  return figures.flatMap((figure) => (figure.kind === 'table' ? [figure.table] : []))[0]!;
};
const traceOf = (list: readonly (readonly number[])[]): number => {
  const { moments } = naiveSummary(list);
  return moments!.scatter / list.length;
};

describe('the table of examples', () => {
  const { rows: cells, columns } = tableOf(section(rows));

  test('begins with the outlier, and says how much less noise there is without it', () => {
    const [first] = cells;
    expect(first![0]!.value).toBe(12);
    const without = traceOf(rows.filter((_, i) => i !== 12)) / traceOf(rows) - 1;
    expect(first![3]!.value).toBeCloseTo(without, 12);
    expect(without).toBeLessThan(-0.5);
  });

  test('has every row once, ordered by influence on the trace', () => {
    expect(cells.map((row) => row[0]!.value).sort((a, b) => a! - b!)).toEqual(rows.map((_, i) => i));
    const changes = cells.map((row) => Math.abs(row[3]!.value!));
    expect(changes).toEqual(changes.toSorted((a, b) => b - a));
  });

  test('has the length of each row and its cosine to the mean', () => {
    const mean = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
    for (const row of cells) {
      const g = rows[row[0]!.value!]!;
      expect(row[1]!.value).toBeCloseTo(Math.hypot(...g), 10);
      const product = g.reduce((sum, value, j) => sum + value * mean[j]!, 0);
      expect(row[2]!.value).toBeCloseTo(product / Math.hypot(...g) / Math.hypot(...mean), 10);
    }
  });

  test('has no labels and losses unless the metadata tells them', () => {
    expect(columns.length).toBe(5);
    const labels = rows.map((_, i) => (i % 2 === 0 ? i : `class ${i}`));
    const table = tableOf(section(rows, { labels, losses: rows.map((_, i) => i / 10) }));
    expect(table.columns.map(({ head }) => head).slice(5)).toEqual([['label'], ['loss']]);
    for (const row of table.rows) {
      const i = row[0]!.value!;
      expect(row[5]!.text).toEqual([String(labels[i])]);
      expect(row[6]!.value).toBe(i / 10);
    }
  });

  test('ends after two hundred rows and says so', () => {
    const table = tableOf(section(noise(260, 3, 5)));
    expect(table.rows.length).toBe(200);
    expect(table.note).toEqual(['The 200 most influential of 260 rows, counted from 0.']);
  });
});

test('equal rows are named', () => {
  const twice = [...rows, rows[3]!, rows[3]!];
  const fine = section(twice).blocks.flatMap((block) => (block.kind === 'note' ? block.text : []));
  expect(JSON.stringify(fine)).toContain('Equal rows: 3 and 30; 3 and 31; 30 and 31.');
  expect(section(rows).blocks.some((block) => block.kind === 'note')).toBe(false);
});

test('where the products between all rows were not kept, the section says for how many they are', () => {
  const { spectrum, ...summary } = naiveSummary(rows);
  const { gram: _, ...rest } = spectrum!;
  const many = { ...summary, spectrum: rest };
  const { blocks } = evaluate(many, settingsFor(many)).sections.find(({ id }) => id === 'examples')!;
  expect(blocks).toContainEqual({
    kind: 'note',
    text: ['The cosines between all pairs are drawn for up to 512 rows; this dump has 30.'],
  });
});
