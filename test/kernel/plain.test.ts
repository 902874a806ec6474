import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainKernel } from '../../src/kernel/plain';
import type { GradientDump } from '../../src/shared/dump';
import type { Moments } from '../../src/shared/summary';
import { identical, narrow, opposites, threeByFour, wide } from '../reference/dumps';
import { naiveSummary } from '../reference/naive';
import { noise } from '../reference/noise';
import { close } from './close';
import { momentsOf, refused, solve, unhurried } from './run';
import { stored } from './stored';

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
const relative = (value: number, reference: number): number => Math.abs(value / reference - 1);

describe('published and exact values', () => {
  test('the two dumps of four rows have Σ = I and Σ = 4I', async () => {
    const { moments, spectrum } = await solve(stored(narrow));
    expect(moments).toMatchObject({ meanSquaredNorm: 18, scatter: 8, largestMagnitude: 4 });
    expect([...spectrum.eigenvalues]).toEqual([1, 1]);
    expect([...(spectrum.covariance ?? [])]).toEqual([1, 0, 0, 1]);
    const far = await solve(stored(wide));
    expect([...far.spectrum.eigenvalues]).toEqual([4, 4]);
    expect(far.moments.scatter).toBe(32);
  });

  test('the published three rows of four parameters have the printed eigenvalues and Gram matrix', async () => {
    const { moments, spectrum } = await solve(stored(threeByFour));
    expect(spectrum.eigenvalues[0]).toBeCloseTo(4.2264, 4);
    expect(spectrum.eigenvalues[1]).toBeCloseTo(0.32917, 4);
    expect(moments.meanSquaredNorm).toBeCloseTo(14.027778, 6);
    expect(moments.scatter / 3).toBeCloseTo(4.555556, 6);
    const published = [2.0093, -2.0463, 0.037, -2.0463, 2.3148, -0.2685, 0.037, -0.2685, 0.2315];
    published.forEach((value, k) => expect(spectrum.gram?.[k]).toBeCloseTo(value, 4));
  });

  test.each([
    // λ_max, smallest non-zero λ and participation ratio as SciPy gives them for these seeded normal numbers
    [200, 50, 1, 2.146027, 0.254954, 39.703],
    [64, 4096, 4, 81.109432, 49.175848, 61.989],
  ])(
    '%i × %i normal numbers of seed %i have the eigenvalues that NumPy finds',
    async (N, d, seed, most, least, ratio) => {
      const { spectrum } = await solve(stored(noise(N, d, seed)));
      const nonZero = spectrum.eigenvalues.filter((value) => value > spectrum.roundingFloor);
      expect(nonZero.length).toBe(Math.min(N - 1, d));
      expect(spectrum.eigenvalues[0]).toBeCloseTo(most, 5);
      expect(nonZero.at(-1)).toBeCloseTo(least, 5);
      expect(sum(nonZero) ** 2 / sum(nonZero.map((value) => value ** 2))).toBeCloseTo(ratio, 2);
    },
  );

  test('a dump of a trained network has the values that NumPy gives', async () => {
    const folder = path.resolve('test/fixtures/digits-mlp');
    const references = JSON.parse(readFileSync(path.join(folder, 'reference.json'), 'utf8')) as readonly {
      meanNormSq: number;
      trace: number;
      top: number[];
    }[];
    const reference = references[0]!;
    const bytes = readFileSync(path.join(folder, 'step-001000.npy'));
    const dump: GradientDump = {
      ...stored([[0]]),
      rows: 256,
      parameters: 610,
      layers: [512, 8, 80, 10].map((size, k) => ({ name: `layer ${k}`, size })),
      arrays: [
        {
          columns: 610,
          element: 'f4',
          littleEndian: true,
          order: 'C',
          location: { kind: 'memory', bytes, offset: 128 },
        },
      ],
    };
    const { moments, spectrum } = await solve(dump);
    expect(relative(moments.meanSquaredNorm, reference.meanNormSq)).toBeLessThan(1e-13);
    expect(relative(moments.scatter / 256, reference.trace)).toBeLessThan(1e-13);
    reference.top.forEach((value, k) => expect(relative(spectrum.eigenvalues[k]!, value)).toBeLessThan(1e-12));
    expect(relative(sum(spectrum.eigenvalues), reference.trace)).toBeLessThan(1e-13);
  });
});

describe('against the slow and plain way', () => {
  const layers = [
    { name: 'a', size: 3 },
    { name: 'b', size: 1 },
    { name: 'c', size: 2 },
  ];
  test.each([
    ['as many rows as fit into Σ', 4, 6],
    ['more rows than parameters', 9, 6],
  ])('every statistic agrees: %s', async (_, N, d) => {
    const rows = noise(N, d, 7).map((row) => row.map((value, j) => (j === 3 ? 0 : value + 1)));
    const { moments, spectrum } = await solve(stored(rows, { layers }));
    const naive = naiveSummary(rows, { layers });
    close(moments, { ...naive.moments, largestMagnitude: Math.max(...rows.flat().map(Math.abs)) }, 1e-12);
    const { plane, roundingFloor, absoluteRowSum, gram, eigenvectors, ...rest } = spectrum;
    const {
      plane: naivePlane,
      eigenvectors: naiveVectors,
      roundingFloor: _floor,
      absoluteRowSum: _bound,
      gram: naiveGram,
      ...naiveRest
    } = naive.spectrum!;
    close(rest, naiveRest, 1e-12);
    close(gram, naiveGram, 1e-12);
    // an eigenvector has no sign
    expect(eigenvectors).toHaveLength(naiveVectors.length);
    for (const [k, vector] of eigenvectors.entries())
      expect(Math.abs(vector.reduce((total, value, i) => total + value * naiveVectors[k]![i]!, 0))).toBeCloseTo(1, 12);
    expect(roundingFloor).toBeLessThan(1e-12);
    expect(absoluteRowSum).toBeGreaterThanOrEqual(spectrum.eigenvalues[0]!);
    // the plane up to the sign of each axis, which the mean gradient fixes
    for (const axis of [0, 1] as const) {
      expect(plane.mean[axis]).toBeGreaterThanOrEqual(0);
      const sign = Math.sign(naivePlane.mean[axis]);
      for (let i = 0; i < N; i++)
        expect(plane.points[2 * i + axis]).toBeCloseTo(sign * naivePlane.points[2 * i + axis]!, 12);
    }
    close(plane.covariance, naivePlane.covariance, 1e-12);
  });

  test('rows and parameters change places without changing the eigenvalues of a matrix centered both ways', async () => {
    const [N, d] = [12, 20];
    const raw = noise(N, d, 3);
    const columns = raw[0]!.map((_, j) => raw.reduce((total, row) => total + row[j]! / N, 0));
    const rowMeans = raw.map((row) => row.reduce((total, value) => total + value / d, 0));
    const all = rowMeans.reduce((total, value) => total + value / N, 0);
    const both = raw.map((row, i) => row.map((value, j) => value - columns[j]! - rowMeans[i]! + all));
    const turned = both[0]!.map((_, j) => both.map((row) => row[j]!));
    const byGram = await solve(stored(both));
    const byCovariance = await solve(stored(turned));
    expect([byGram.spectrum.matrix, byCovariance.spectrum.matrix]).toEqual(['gram', 'covariance']);
    byGram.spectrum.eigenvalues.forEach((value, k) =>
      expect(byCovariance.spectrum.eigenvalues[k]! * (d / N)).toBeCloseTo(value, 13),
    );
  });
});

describe('numerical stability', () => {
  test.each([0, 100, 1_000, 10_000])('a common offset of %i standard deviations costs nothing', async (offset) => {
    // multiples of 2⁻²⁰, so that the offset itself rounds nothing
    const plain = noise(32, 2000, 9).map((row) => row.map((value) => Math.round(value * 2 ** 20) / 2 ** 20));
    const here = await solve(stored(plain));
    const there = await solve(stored(plain.map((row) => row.map((value) => value + offset))));
    expect(relative(there.moments.scatter, here.moments.scatter)).toBeLessThan(1e-12);
    for (let k = 0; k < 31; k++)
      expect(relative(there.spectrum.eigenvalues[k]!, here.spectrum.eigenvalues[k]!)).toBeLessThan(1e-12);
  });

  test.each([40, -40, 300, -300])('everything is exactly homogeneous under a scaling by 2^%i', async (power) => {
    for (const [N, d] of [
      [7, 30],
      [30, 7],
    ] as const) {
      const rows = noise(N, d, 5).map((row) => row.map((value) => value + 0.5));
      const layers = [
        { name: 'a', size: 4 },
        { name: 'b', size: d - 4 },
      ];
      const here = await solve(stored(rows, { layers }));
      const there = await solve(stored(rows.map((row) => row.map((value) => value * 2 ** power)), { layers })); // prettier-ignore
      const [one, two] = [2 ** -power, 2 ** (-2 * power)];
      const { moments: m, spectrum: s } = there;
      expect(m.meanSquaredNorm * two).toBe(here.moments.meanSquaredNorm);
      expect(m.scatter * two).toBe(here.moments.scatter);
      expect(m.meanProducts.map((value) => value * two)).toEqual(here.moments.meanProducts);
      expect(m.signalToNoise).toEqual(here.moments.signalToNoise);
      expect(m.varianceHistogram.first - 2 * power).toBe(here.moments.varianceHistogram.first);
      expect(m.elementHistogram.first - power).toBe(here.moments.elementHistogram.first);
      expect(s.eigenvalues.map((value) => value * two)).toEqual(here.spectrum.eigenvalues);
      expect(s.plane.points.map((value) => value * one)).toEqual(here.spectrum.plane.points);
      expect(s.layers.map(({ spectralNorm }) => spectralNorm * two)).toEqual(
        here.spectrum.layers.map(({ spectralNorm }) => spectralNorm),
      );
    }
  });

  test('a change of sign of all gradients changes no bit of the result, the axes turn along', async () => {
    const rows = noise(6, 20, 8);
    const here = await solve(stored(rows));
    const there = await solve(stored(rows.map((row) => row.map((value) => -value))));
    expect(there.spectrum.eigenvalues).toEqual(here.spectrum.eigenvalues);
    expect(there.moments.meanProducts).toEqual(here.moments.meanProducts);
    expect(there.spectrum.plane.points).toEqual(here.spectrum.plane.points);
  });

  test('the traces of layers add up, and none exceeds the norm of the whole', async () => {
    const layers = [300, 1, 40, 259].map((size, k) => ({ name: `${k}`, size }));
    const { moments, spectrum } = await solve(stored(noise(20, 600, 4), { layers }));
    const total = moments.layers.reduce((all, { scatter }) => all + scatter, 0);
    expect(relative(total, moments.scatter)).toBeLessThan(1e-14);
    expect(relative(sum(spectrum.eigenvalues), moments.scatter / 20)).toBeLessThan(1e-14);
    const norms = spectrum.layers.map(({ spectralNorm }) => spectralNorm);
    expect(Math.max(...norms)).toBeLessThanOrEqual(spectrum.eigenvalues[0]!);
    expect(norms.reduce((all, norm) => all + norm, 0)).toBeGreaterThanOrEqual(spectrum.eigenvalues[0]!);
  });

  test('the order of rows and of columns matters to rounding only', async () => {
    const rows = noise(15, 400, 6);
    const here = await solve(stored(rows));
    const turned = await solve(stored([...rows].reverse().map((row) => [...row].reverse())));
    here.spectrum.eigenvalues.forEach((value, k) => expect(turned.spectrum.eigenvalues[k]).toBeCloseTo(value, 12));
    expect(relative(turned.moments.scatter, here.moments.scatter)).toBeLessThan(1e-15);
  });
});

describe('what has no spectrum, or no statistics at all', () => {
  test('one row has moments and no covariance', async () => {
    const known: Moments[] = [];
    await expect(plainKernel.solve(stored([[3, 4]]), unhurried, (moments) => known.push(moments))).rejects.toEqual(
      refused('data/too-few-examples'),
    );
    expect(known).toMatchObject([{ meanSquaredNorm: 25, scatter: 0 }]);
  });

  test('identical rows have a covariance of zero', async () => {
    const { moments, spectrum } = await solve(stored(identical));
    expect(moments).toMatchObject({ scatter: 0, constantParameters: 3, deadParameters: 0 });
    expect([...spectrum.eigenvalues]).toEqual([0, 0, 0]);
    expect(spectrum.plane.determined).toBe(false);
  });

  test('opposite rows have a mean of exactly zero', async () => {
    const { moments } = await solve(stored(opposites));
    expect(moments.meanSquaredNorm).toBe(0);
  });

  test('all zeros are zeros, and dead', async () => {
    const { moments, spectrum } = await solve(stored([[0, 0, 0], [0, 0, 0]])); // prettier-ignore
    expect(moments).toMatchObject({ scatter: 0, deadParameters: 3, elementHistogram: { zeros: 6 } });
    expect([...spectrum.eigenvalues]).toEqual([0, 0]);
  });

  test.each([
    ['by columns', 5, 9],
    ['by rows', 9, 5],
  ])('NaN and infinity are counted and located, read %s', async (_, N, d) => {
    const rows = noise(N, d, 2);
    rows[3]![4] = NaN;
    rows[3]![2] = -Infinity;
    rows[4]![0] = Infinity;
    const layers = [
      { name: 'w', size: 1 },
      { name: 'b', size: d - 1 },
    ];
    const message = new RegExp(`1 NaN and 2 infinite in 2 of ${N} rows.*row 3, parameter 2, which is 1 of layer b`);
    await expect(momentsOf(stored(rows, { layers }), plainKernel, unhurried)).rejects.toEqual(
      refused('data/non-finite', message),
    );
  });

  test('squares beyond the range of doubles are refused, large gradients below it are not', async () => {
    await expect(momentsOf(stored([[1e200], [3e200]]), plainKernel, unhurried)).rejects.toEqual(
      refused('data/overflow'),
    );
    await expect(momentsOf(stored([[1e-200], [3e-200]]), plainKernel, unhurried)).rejects.toEqual(
      refused('data/overflow'),
    );
    const { moments } = await solve(stored([[1e153], [3e153]]));
    expect(moments.scatter).toBeCloseTo(2e306, -300);
  });

  test('what needs more than the budget is refused with the figure, before anything is allocated', async () => {
    const dump = stored(noise(60, 60, 1));
    await expect(plainKernel.solve(dump, { ...unhurried, memoryBudget: 100_000 })).rejects.toEqual(
      refused('memory/budget', /60 × 60 matrix.* need .* the budget is/),
    );
  });

  test('a run that is canceled ends there', async () => {
    const dump = stored(noise(60, 600, 1));
    let calls = 0;
    const stop = { ...unhurried, checkCanceled: () => { if (++calls > 2) throw new Error('stop'); } }; // prettier-ignore
    await expect(plainKernel.solve(dump, stop)).rejects.toThrow('stop');
  });
});
