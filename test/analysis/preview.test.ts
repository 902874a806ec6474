import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { preview } from '../../src/analysis/preview';
import { plainKernel } from '../../src/kernel/plain';
import { evaluate } from '../../src/report/evaluate';
import type { GradientDump } from '../../src/shared/dump';
import type { ReportBlock } from '../../src/shared/report';
import type { DumpSummary } from '../../src/shared/summary';
import { inFile, stored } from '../kernel/stored';
import { solve, unhurried } from '../kernel/run';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

const folder = mkdtempSync(path.join(tmpdir(), 'preview-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = noise(600, 12, 5);
const previewOf = (dump: GradientDump, budget = 2 ** 24, slow = 1): Promise<DumpSummary | undefined> =>
  preview(dump, plainKernel, unhurried, budget, slow);

describe('the preview of a spectrum that takes seconds', () => {
  test('is the analysis of 256 rows, evenly spaced, wherever they are stored', async () => {
    const kept = Array.from({ length: 256 }, (_, i) => rows[Math.floor((i * 600) / 256)]!);
    const { moments, spectrum } = await solve(stored(kept));
    const inMemory = stored(rows, { widths: [5, 7] });
    for (const dump of [inMemory, inFile(inMemory, path.join(folder, 'rows'), writeFileSync)]) {
      const found = await previewOf(dump);
      expect(found?.dump).toMatchObject({ rows: 256, parameters: 12 });
      expect(found?.moments).toEqual(moments);
      expect(found?.spectrum).toEqual(spectrum);
    }
  });

  test('keeps loss and label of each of its rows', async () => {
    const losses = rows.map((_, i) => i);
    const found = await previewOf({ ...stored(rows.slice(0, 40)), metadata: { losses: losses.slice(0, 40) } });
    expect(found?.dump.metadata.losses).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i));
  });

  test('is not made where the spectrum itself is quick, rows are too long for the budget, too few, or lie apart', async () => {
    expect(await previewOf(stored(rows), 2 ** 24, 600 * 12 * 12 + 1)).toBeUndefined();
    expect(await previewOf(stored(rows), 4 * 8 * 12 * 8 - 1)).toBeUndefined();
    expect(await previewOf(stored(rows.slice(0, 15)))).toBeUndefined();
    expect(await previewOf(stored(rows, { order: 'F' }))).toBeUndefined();
  });

  test('is given up without a word where its own spectrum does not fit', async () => {
    expect(await previewOf(stored(rows), 4 * 8 * 12 * 8)).toBeUndefined();
  });
});

describe('the report of a preview', () => {
  const { spectrum, directions: _, ...known } = naiveSummary(noise(40, 6, 3), { batchSize: 8, learningRate: 0.1 });
  const some = naiveSummary(noise(40, 6, 3).filter((_row, i) => i % 2 === 0));
  const blocksOf = (summary: DumpSummary): readonly ReportBlock[] =>
    evaluate(summary, settingsFor(summary, { convention: 'population' })).sections.find(({ id }) => id === 'spectrum')!.blocks; // prettier-ignore

  test('shows the spectrum of some rows as a sample of all of them, and says so', () => {
    const [note, ...blocks] = blocksOf({ ...known, preview: some });
    expect(note).toEqual({
      kind: 'note',
      text: [{ strong: 'A preview from 20 of the 40 rows' }, ', until the spectrum of all is known.'],
    });
    const sample = evaluate(some, settingsFor(some, { ...settingsFor(known), convention: 'sample', datasetSize: 40 }));
    const own = sample.sections.find(({ id }) => id === 'spectrum')!.blocks;
    expect(blocks).toEqual(own.filter(({ kind }) => kind !== 'offer'));
  });

  test('is one of some rows throughout, as long as nothing is known of all', () => {
    const opened = { dump: known.dump, preview: some };
    const report = evaluate(opened, settingsFor(known));
    const sample = evaluate(some, settingsFor(some, { ...settingsFor(known), convention: 'sample', datasetSize: 40 }));
    expect(report.metrics).toEqual(sample.metrics);
    expect(report.dump).toBe(known.dump);
    for (const { blocks } of report.sections)
      expect(blocks[0]).toEqual({
        kind: 'note',
        text: [{ strong: 'A preview from 20 of the 40 rows' }, ', until all have been read.'],
      });
  });

  test('has everything else from all rows', () => {
    const [withPreview, without] = [{ ...known, preview: some }, known].map((summary) => {
      const { sections, metrics } = evaluate(summary, settingsFor(summary));
      return [sections.filter(({ id }) => id !== 'spectrum'), metrics];
    });
    expect(withPreview).toEqual(without);
  });

  test('gives way to the spectrum of all rows, and to the reason why there is none', () => {
    expect(blocksOf({ ...known, spectrum: spectrum!, preview: some })).toEqual(
      blocksOf({ ...known, spectrum: spectrum! }),
    );
    const spectrumProblem = { code: 'memory/budget', found: 'It does not fit', remedy: 'Raise it.' } as const;
    expect(blocksOf({ ...known, spectrumProblem, preview: some })).toEqual(blocksOf({ ...known, spectrumProblem }));
  });
});
