import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/report/evaluate';
import { jsonReport } from '../../src/report/json-report';
import type { ReportBlock } from '../../src/shared/report';
import type { DumpSummary } from '../../src/shared/summary';
import { naiveSummary, settingsFor } from '../reference/naive';

const layers = [
  { name: 'body', size: 3 },
  { name: 'head', size: 2 },
];
// two directions by construction: (0, 0, 0, 0.6, 0.8) with variance 25, the first parameter with variance 1
const rows = [
  [1, 0, 0, 3, 4],
  [-1, 0, 0, 3, 4],
  [1, 0, 0, -3, -4],
  [-1, 0, 0, -3, -4],
];

function tableOf(summary: DumpSummary, convention: 'population' | 'sample' = 'population') {
  const { sections } = evaluate(summary, settingsFor(summary, { convention }));
  const figures = sections.flatMap(({ blocks }) =>
    blocks.flatMap((block: ReportBlock) => (block.kind === 'figures' ? block.figures : [])),
  );
  const found = figures.flatMap((figure) => (figure.kind === 'table' ? [figure.table] : []));
  return found.find(({ id }) => id === 'noise-directions');
}

describe('what the noisiest directions are made of', () => {
  test('is told by layer and by parameter, as shares of the squared length', () => {
    const table = tableOf(naiveSummary(rows, { layers }))!;
    expect(table.caption.slice(1)).toEqual([
      ': the first is spread as if over 1.9 of the 5 parameters, 100 % of it in head',
    ]);
    expect(table.rows.map((row) => row.slice(2).flatMap(({ text }) => text))).toEqual([
      ['1.9', 'head 100 %', 'head[1] 64 %, head[0] 36 %'],
      ['1.0', 'body 100 %', 'body[0] 100 %'],
    ]);
    expect(table.rows.map((row) => row[1]?.value)).toEqual([25, 1].map((value) => expect.closeTo(value, 12) as number));
  });

  test('follows the convention: eigenvalues of a sample are larger by n/(n−1)', () => {
    expect(tableOf(naiveSummary(rows), 'sample')?.rows[0]?.[1]?.value).toBeCloseTo((25 * 4) / 3, 12);
  });

  test('has no column of layers where the dump tells none apart', () => {
    const table = tableOf(naiveSummary(rows))!;
    expect(table.columns).toHaveLength(4);
    expect(table.rows[0]?.[3]?.text).toEqual(['[4] 64 %, [3] 36 %']);
  });

  test('says that directions of equal eigenvalues are any', () => {
    const words = (rows: readonly (readonly number[])[]): string => JSON.stringify(tableOf(naiveSummary(rows))?.note);
    expect(words([[1, 1, 0], [-1, 1, 0], [1, -1, 0], [-1, -1, 0]])).toContain('any rotation of their directions'); // prettier-ignore
    expect(words(rows)).not.toContain('any turn');
  });

  test('is left out before it is known, and where nothing varies', () => {
    const { directions: _, ...before } = naiveSummary(rows);
    expect(tableOf(before)).toBeUndefined();
    expect(tableOf(naiveSummary([[1, 2], [1, 2]]))).toBeUndefined(); // prettier-ignore
  });

  test('is in the report for programs, with the residual', () => {
    const summary = naiveSummary(rows, { layers });
    const { directions } = jsonReport(evaluate(summary, settingsFor(summary)), summary);
    expect(directions?.[0]).toEqual({
      eigenvalue: expect.closeTo(25, 12) as number,
      residual: 0,
      spread: expect.closeTo(1 / (0.6 ** 4 + 0.8 ** 4), 12) as number,
      parameters: [
        { index: 4, component: expect.closeTo(0.8, 12) as number },
        { index: 3, component: expect.closeTo(0.6, 12) as number },
      ],
      layers: [0, 1].map((share) => expect.closeTo(share, 12) as number),
    });
  });
});
