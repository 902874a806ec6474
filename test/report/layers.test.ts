import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/report/evaluate';
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
      // a layer whose signal is not resolved has a lower bound of its noise scale, which is not sorted
      const known = cells.filter((row) => index !== 5 || row[5]!.text[0] !== '≥ ');
      if (index > 0) expect(known.every((row) => row[index]?.value !== undefined)).toBe(true);
    });
  });
});

test('a layer whose signal is not resolved shows a lower bound in place of its noise scale, as a dump of its own would', () => {
  const of = noise(24, 6, 5).map((row) => row.map((value, j) => value + (j < 3 ? 2 : 0)));
  const halves = [{ name: 'signal', size: 3 }, { name: 'noise', size: 3 }]; // prettier-ignore
  const summary = naiveSummary(of, { layers: halves });
  const section = evaluate(summary, settingsFor(summary, { convention: 'sample' })).sections.find(({ id }) => id === 'layers')!; // prettier-ignore
  const figures = section.blocks.flatMap((block) => (block.kind === 'figures' ? block.figures : []));
  const [table] = figures.flatMap((figure) => (figure.kind === 'table' ? [figure.table] : []));
  const scales = table!.rows.map((row) => row[5]!);
  const alone = [0, 3].map((from) => {
    const own = naiveSummary(of.map((row) => row.slice(from, from + 3)));
    return evaluate(own, settingsFor(own, { convention: 'sample' })).metrics.find(({ id }) => id === 'simple-noise-scale')!.outcome; // prettier-ignore
  });
  expect(alone.map(({ kind }) => kind)).toEqual(['value', 'unavailable']);
  expect(scales[0]!.value).toBeCloseTo(alone[0]!.kind === 'value' ? alone[0]!.value : NaN, 10);
  expect(scales[1]).toMatchObject({ text: ['≥ ', expect.stringMatching(/^[\d.]+$/)] });
  expect(scales[1]!.value).toBeUndefined();
  // the rows of the layer say more than its sums do, so its own bound is the higher one, within a factor of 2
  const ratio = Number(scales[1]!.text[1]) / (alone[1]!.kind === 'unavailable' ? alone[1]!.interval!.lower : NaN);
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(1.1);
  expect(JSON.stringify(table!.note)).toContain('A noise scale with ≥ is a lower bound');
});

test('parameters that never receive a gradient are named', () => {
  const summary = naiveSummary(rows, { layers });
  const section = evaluate(summary, settingsFor(summary)).sections.find(({ id }) => id === 'layers')!;
  const fine = section.blocks.flatMap((block) => (block.kind === 'note' ? block.text : []));
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
