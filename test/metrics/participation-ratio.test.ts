import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/report/evaluate';
import type { DumpMetadata } from '../../src/shared/dump';
import type { DumpSummary } from '../../src/shared/summary';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

/** Jacobi's rotations of one dump take a while, and several sizes of the data set are asked of it. */
const summaries = new Map<readonly (readonly number[])[], DumpSummary>();
const summaryOf = (rows: readonly (readonly number[])[]): DumpSummary => {
  const summary = summaries.get(rows) ?? naiveSummary(rows);
  summaries.set(rows, summary);
  return summary;
};
const noteOf = (
  rows: readonly (readonly number[])[],
  datasetSize: number | undefined,
  metadata: DumpMetadata = {},
): string => {
  const { dump, ...known } = summaryOf(rows);
  const summary = { ...known, dump: { ...dump, metadata } };
  const settings = settingsFor(summary, { convention: 'sample', ...(datasetSize && { datasetSize }) });
  return evaluate(summary, settings).metrics.find(({ id }) => id === 'participation-ratio')!.note!;
};
const debiased = (rows: readonly (readonly number[])[], datasetSize?: number): number =>
  Number(noteOf(rows, datasetSize).split(' ')[0]);
const sums = (rows: readonly (readonly number[])[]): { ratio: number } => {
  const { spectrum, moments } = summaryOf(rows);
  return { ratio: (moments!.scatter / rows.length / spectrum!.frobeniusNorm) ** 2 };
};

describe('the debiased participation ratio', () => {
  const rows = noise(40, 30, 9);

  test('ends at the value of the rows when all but one of them were seen, and is the larger one for an unknown size', () => {
    const { ratio } = sums(rows);
    expect(debiased(rows, 41) / ratio).toBeCloseTo(1, 1);
    expect(debiased(rows) / ratio).toBeGreaterThan(1.3);
  });

  test('grows with the size of the data set and nowhere jumps', () => {
    const found = [41, 42, 45, 50, 60, 80, 160, 640, 1e6].map((size) => debiased(rows, size));
    for (let k = 1; k < found.length; k++) expect(found[k]!).toBeGreaterThanOrEqual(found[k - 1]!);
    expect(found.at(-1)).toBeCloseTo(debiased(rows), 1);
  });

  test('is by hand 22/7 for four rows along three axes of a data set of five, and not resolved for an unknown size', () => {
    // gᵢ = 4eᵢ on three of four axes, and 0: the mean is (1, 1, 1, 0), ‖xᵢ‖² = 11 three times and 3, xᵢᵀxⱼ = −5 and −1
    // Σᵢⱼ(xᵢᵀxⱼ)² = 3·121 + 9 + 6·25 + 6·1 = 528, (Σ‖xᵢ‖²)² = 36² = 1296, Σ‖xᵢ‖⁴ = 3·121 + 9 = 372;
    // over 9, 9 and 3: tr S² = 176/3, (tr S)² = 144, and 124
    // 3/8·(6·176/3 + 144 − 4·124) = 0: perpendicular pairs only, so tr Σ² is not resolved for N = ∞
    // 3/8·(5·144 − 4·124 + 2·176/3) = 128 and 2·124 + 3/4·(2·144 + 4·176/3) = 640;
    // p = 3/2·0 + 320, q = 3/2·128 + 320 = 512; (4·512 − 2·320)/(3·320 − 512) = 1408/448 = 22/7
    const axes = [
      [4, 0, 0, 0],
      [0, 4, 0, 0],
      [0, 0, 4, 0],
      [0, 0, 0, 0],
    ];
    expect(noteOf(axes, 5)).toBe('3.14 debiased');
    expect(noteOf(axes, undefined)).toBe('not resolved when debiased');
  });

  test('says that heavy tails leave it too large, and not so of Gaussian rows', () => {
    const heavy = rows.map((row, i) => (i === 7 ? row.map((value) => 30 * value) : row));
    expect(noteOf(heavy, 1000)).toContain(', or less: heavy tails');
    expect(noteOf(rows, 1000)).not.toContain('heavy');
  });

  test('takes means of several examples for independent draws, whatever the data set', () =>
    expect(noteOf(rows, 700, { rows: { meanOf: 16 } })).toBe(noteOf(rows, undefined)));
});
