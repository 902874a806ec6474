import { describe, expect, test } from 'vitest';
import { identical, narrow, opposites, threeByFour, wide } from '../reference/dumps';
import { meanCosine, naiveSummary } from '../reference/naive';
import { noise } from '../reference/noise';
import { solve } from './run';
import { stored } from './stored';

type Rows = readonly (readonly number[])[];

describe.each([
  ['more rows than parameters', noise(30, 7, 3).map((row) => row.map((value) => value + 0.3))],
  ['more parameters than rows', noise(7, 30, 3).map((row) => row.map((value) => value + 0.3))],
  ['a mean that dwarfs the spread', noise(6, 9, 4).map((row) => row.map((value) => 1000 + value))],
  ['three by four', threeByFour],
  ['opposites', opposites],
  ['identical rows', identical],
  [
    'a row of zeros among few parameters',
    [
      [1, 2],
      [0, 0],
      [3, -1],
      [0.5, 0.5],
    ],
  ],
  [
    'a row of zeros among many parameters',
    [
      [1, 2, 0, 4, 1],
      [0, 0, 0, 0, 0],
      [3, -1, 2, 1, 1],
    ],
  ],
] as [string, Rows][])('%s', (_, rows) => {
  test('have the second moment and the mean cosine that explicit products give', async () => {
    const { spectrum } = await solve(stored(rows));
    expect(spectrum.secondMomentNorm / naiveSummary(rows).spectrum!.secondMomentNorm).toBeCloseTo(1, 12);
    expect(spectrum.meanCosine).toBeCloseTo(meanCosine(rows)!, 12);
  });

  test('keep them exactly when scaled by a power of two', async () => {
    const { spectrum } = await solve(stored(rows));
    for (const factor of [2 ** 40, 2 ** -40]) {
      const scaled = await solve(stored(rows.map((row) => row.map((value) => value * factor))));
      expect(scaled.spectrum.secondMomentNorm).toBe(spectrum.secondMomentNorm * factor ** 2);
      expect(scaled.spectrum.meanCosine).toBe(spectrum.meanCosine);
    }
  });
});

test('four gradients near and far have the published mean cosine', async () => {
  expect((await solve(stored(narrow))).spectrum.meanCosine).toBeCloseTo(0.932455532, 9);
  expect((await solve(stored(wide))).spectrum.meanCosine).toBeCloseTo(0.785469427, 9);
});

test('there is no mean cosine without two rows that have a length', async () => {
  for (const rows of [
    [
      [1, 2],
      [0, 0],
      [0, 0],
    ],
    [
      [1, 2, 3],
      [0, 0, 0],
    ],
    [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  ])
    expect((await solve(stored(rows))).spectrum.meanCosine).toBeUndefined();
});
