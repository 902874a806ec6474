import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/sections/evaluate';
import type { Table } from '../../src/shared/report';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { solve } from '../kernel/run';
import { stored } from '../kernel/stored';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

const layers = [
  { name: 'first', size: 3 },
  { name: 'second', size: 1 },
  { name: 'third', size: 5 },
];
const rows = noise(40, 9, 31).map((row) => row.map((value, j) => (j === 5 ? 0 : value * (1 + j) + 1)));

function layerTable(changes: Partial<Settings> = {}): Table {
  const summary = naiveSummary(rows, { layers });
  const section = evaluate(summary, settingsFor(summary, changes)).sections.find(({ id }) => id === 'layers')!;
  const figures = section.blocks.flatMap((block) => (block.kind === 'figures' ? block.figures : []));
  const found = figures.flatMap((figure) => (figure.kind === 'table' ? [figure.table] : []));
  return found[0]!;
}

describe.each<[string, Partial<Settings>]>([
  ['population', {}],
  ['sample', { convention: 'sample', datasetSize: 300 }],
])('the table of layers (%s)', (_, changes) => {
  const { rows: cells, foot, columns } = layerTable(changes);
  const sum = (index: number): number => cells.reduce((total, row) => total + (row[index]?.value ?? NaN), 0);

  test('has parts that add up to its foot: parameters, trace and squared gradient', () => {
    for (const index of [1, 2, 4]) expect(sum(index) / foot![index]!.value!).toBeCloseTo(1, 12);
    expect(sum(3)).toBeCloseTo(1, 12);
  });

  test('has a foot that is the card of the whole dump', () => {
    const summary = naiveSummary(rows, { layers });
    const { metrics } = evaluate(summary, settingsFor(summary, changes));
    const card = (id: string): unknown => {
      const outcome = metrics.find((metric) => metric.id === id)!.outcome;
      return outcome.kind === 'value' ? outcome.value : undefined;
    };
    const ids = [
      'covariance-trace',
      'true-gradient-squared-norm',
      'simple-noise-scale',
      'spectral-norm',
      'participation-ratio',
    ];
    expect([2, 4, 5, 6, 7].map((index) => foot![index]!.value)).toEqual(ids.map(card));
  });

  test('shows each layer as if it were a dump of its own', () => {
    let from = 0;
    for (const [k, { size }] of layers.entries()) {
      const own = naiveSummary(rows.map((row) => row.slice(from, from + size)));
      const { metrics } = evaluate(own, settingsFor(own, changes));
      const value = (id: string): number => {
        const outcome = metrics.find((metric) => metric.id === id)!.outcome;
        return outcome.kind === 'value' ? outcome.value : NaN;
      };
      expect(cells[k]![2]!.value).toBeCloseTo(value('covariance-trace'), 10);
      expect(cells[k]![4]!.value).toBeCloseTo(value('true-gradient-squared-norm'), 10);
      expect(cells[k]![6]!.value).toBeCloseTo(value('spectral-norm'), 10);
      expect(cells[k]![7]!.value).toBeCloseTo(value('participation-ratio'), 10);
      from += size;
    }
  });

  test('has a largest eigenvalue between that of any layer and their sum', () => {
    const whole = foot![6]!.value!;
    for (const row of cells) expect(row[6]!.value!).toBeLessThanOrEqual(whole);
    expect(sum(6)).toBeGreaterThanOrEqual(whole);
  });

  test('can be sorted by every number, and begins with the noisiest', () => {
    expect(layerTable(changes).sortedBy).toEqual({ column: 2, descending: true });
    columns.forEach((_column, index) => {
      // a layer whose unbiased signal is negative has no noise scale
      const known = cells.filter((row) => index !== 5 || row[4]!.value! > 0);
      if (index > 0) expect(known.every((row) => row[index]?.value !== undefined)).toBe(true);
    });
  });
});

test('parameters that never receive a gradient are named', () => {
  const summary = naiveSummary(rows, { layers });
  const section = evaluate(summary, settingsFor(summary)).sections.find(({ id }) => id === 'layers')!;
  const fine = section.blocks.flatMap((block) => (block.kind === 'fine' ? block.text : []));
  expect(JSON.stringify(fine)).toContain('1 of the 5 parameters of third never receive a gradient');
});

test('of more layers than anybody reads, the noisiest are told one by one, and the others add up', async () => {
  const many = Array.from({ length: 600 }, (_, l) => ({ name: `layer ${l}`, size: 1 + (l % 2) }));
  const d = many.reduce((sum, { size }) => sum + size, 0);
  const { arrays: _, ...dump } = stored(noise(6, d, 3), { layers: many });
  const summary: DumpSummary = { dump, ...(await solve(stored(noise(6, d, 3), { layers: many }))) };
  const block = evaluate(summary, settingsFor(summary)).sections.find(({ id }) => id === 'layers')!.blocks[1]!;
  if (block.kind !== 'figures' || block.figures[0]?.kind !== 'table') throw new Error('there is no table');
  const { rows, foot } = block.figures[0].table;
  const values = (column: number): number[] => rows.map((row) => row[column]!.value!);
  const sum = (column: number): number => values(column).reduce((total, value) => total + value, 0);
  expect(rows).toHaveLength(501);
  expect(rows.at(-1)![0]!.text).toEqual(['100 others together']);
  for (const column of [1, 2, 4]) expect(sum(column) / foot![column]!.value!).toBeCloseTo(1, 10);
  const left = summary.moments!.layers.map(({ scatter }) => scatter).sort((a, b) => a - b)[99]!;
  expect(Math.min(...values(2).slice(0, -1))).toBeGreaterThan(left / 6);
});
