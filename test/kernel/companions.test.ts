import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareDumps } from '../../src/kernel/dump-comparison';
import type { PassContext } from '../../src/kernel/kernel';
import { leadingDirections } from '../../src/kernel/leading-directions';
import { matrixCompanion } from '../../src/kernel/matrix-companion';
import { plainKernel } from '../../src/kernel/plain';
import { secant } from '../../src/kernel/secant';
import type { ElementType, GradientDump } from '../../src/shared/dump';
import type { DumpComparison, MatrixSummary, Spectrum } from '../../src/shared/summary';
import { naiveComparison, naiveMatrix } from '../reference/companions';
import { covariance, jacobi } from '../reference/naive';
import { noise } from '../reference/noise';
import { refused, solve, unhurried } from './run';
import { stored } from './stored';

type Rows = readonly (readonly number[])[];

const folder = path.join(import.meta.dirname, '../fixtures/digits-mlp');
const fixture = (file: string, element: ElementType, samples: number, from = 0): GradientDump => {
  const bytes = readFileSync(path.join(folder, file));
  const offset = bytes.readUInt16LE(8) + 10;
  const row = 610 * (element === 'f4' ? 4 : 8);
  const location = { kind: 'memory', bytes, offset: offset + from * row } as const;
  const arrays = [{ columns: 610, element, littleEndian: true, order: 'C', location } as const];
  return { ...stored([[0]]), path: file, rows: samples, parameters: 610, arrays };
};
const close = (found: number, expected: number, tolerance = 1e-10): void =>
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected));
const reference = (JSON.parse(readFileSync(path.join(folder, 'reference.json'), 'utf8')) as Record<string, never>[]).at(
  -1,
)!;

describe('beside the gradients of a network', () => {
  const dump = fixture('step-001000.npy', 'f4', 256);
  // python3, with H and F loaded, x the centered rows, S = xᵀx/256, m the mean, U and V the leading eigenvectors of S and A:
  // print(np.trace(A), (A*A).sum(), eigvalsh(A)[[-1, 0]], (A*S).sum(), m@A@m, [norm(U[:,:k].T@V[:,:k])**2/k for k in (1,2,5,10)],
  //       U[:,:2].T@A@U[:,:2], [V[:,k]@S@V[:,k] for k in range(10)])
  test.each([
    [
      'hessian-001000.npy',
      {
        trace: 15.464776429303958,
        square: 18.100370309732114,
        ends: [2.2784110627256022, -0.02290469627985988],
        mean: 0.027094693831793238,
        overlaps: [0.6300416030395677, 0.5813095247205647, 0.737016243537541, 0.8131562391245236],
        plane: [1.9841053669879722, 0.2225633364831383, 1.6056021204496236],
        noiseAlong: [
          0.7776046053054695, 0.5136528318941272, 0.5292564119384424, 0.28367884613973526, 0.24229223356761123,
          0.3195707607191248, 0.24065016026196642, 0.103631766311196, 0.08577078879580405, 0.05603199688913571,
        ],
      },
    ],
    [
      'fisher-001000.npy',
      {
        trace: 12.73591477952111,
        square: 13.068237483042838,
        ends: [2.071868650659615, 0],
        mean: 0.02388310590319572,
        overlaps: [0.5711269213709514, 0.6068481390594739, 0.7483529827849706, 0.8291635115065377],
        plane: [1.7855121154390443, 0.22466632001607031, 1.3848559755905105],
        noiseAlong: [
          0.7594023021345117, 0.5614184331933951, 0.5254450129816846, 0.27614320237577544, 0.25070898342206877,
          0.3068380420467022, 0.2620639316707036, 0.11581075528390153, 0.08160392089191618, 0.051594500877005976,
        ],
      },
    ],
  ])('%s agrees with NumPy', async (file, expected) => {
    const { spectrum } = await solve(dump);
    const found = matrixCompanion(dump, fixture(file, 'f8', 610), spectrum, unhurried);
    close(found.trace, expected.trace);
    close(found.frobeniusNorm ** 2, expected.square);
    close(found.eigenvalues.largest, expected.ends[0]!);
    expect(found.eigenvalues.smallest).toBeCloseTo(expected.ends[1]!, 12);
    close(found.meanProduct, expected.mean);
    expect(found.overlaps.map(({ directions }) => directions)).toEqual([1, 2, 5, 10]);
    found.overlaps.forEach(({ overlap }, k) => close(overlap, expected.overlaps[k]!, 1e-8));
    const [xx, xy, yy] = found.plane!;
    [xx, Math.abs(xy), yy].forEach((entry, k) => close(entry, expected.plane[k]!, 1e-8));
    expect(found.inverse).toBeUndefined();
    expect(found.alongNoise[0]).toBeCloseTo(xx, 12);
    expect(found.alongNoise[1]).toBeCloseTo(yy, 12);
    found.noiseAlong.forEach((value, k) => close(value, expected.noiseAlong[k]!, 1e-8));
    expect(found.asymmetry).toBeLessThan(1e-15);

    const product = found.rowProducts.reduce((sum, value) => sum + value, 0) / 256;
    const cosine = product / (found.frobeniusNorm * spectrum.frobeniusNorm);
    const hessian = file.startsWith('hessian');
    close(cosine, hessian ? reference['cosSigmaH']! : reference['cosSigmaF']!);
    close(found.trace, hessian ? reference['hessianTrace']! : reference['fisherTrace']!);
    if (hessian) close(product, reference['trHSigma']!);
    expect(found.meanRowProducts.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
  });

  test('a matrix with 48 rows of nothing but zeros has a spectrum when taken as a dump itself', async () => {
    const { spectrum } = await solve(fixture('hessian-001000.npy', 'f8', 610));
    // python3: x = H - H.mean(0); w = np.linalg.eigvalsh(x@x.T/610)[::-1]; print(w[0], w[1], w.sum())
    close(spectrum.eigenvalues[0]!, 0.0072178399778171955);
    close(spectrum.eigenvalues[1]!, 0.006317937834977995);
    close(
      spectrum.eigenvalues.reduce((sum, value) => sum + value, 0),
      0.027605648131386978,
    );
  });

  test('its first 100 rows compare with the other 156 as NumPy says', async () => {
    const [first, rest] = [fixture('step-001000.npy', 'f4', 100), fixture('step-001000.npy', 'f4', 156, 100)];
    const { spectrum } = await solve(first);
    const found = await compareDumps(first, rest, spectrum, plainKernel, unhurried);
    // python3: S0, S1 = np.cov(g[:100].T, bias=True), np.cov(g[100:].T, bias=True); a, b their means
    // print((S0*S1).sum(), a@b, b@S0@b, b@S1@b, (S1*S1).sum(), overlaps as above)
    close(found.crossNorm ** 2, 1.1732907331997255);
    close(found.meanProduct, -0.0023127574698626977);
    close(found.meanDeviation ** 2, 0.011160005013777579);
    close(found.ownMeanDeviation ** 2, 0.025981021415149023);
    close(found.frobeniusNorm ** 2, 2.979324483348475);
    [0.032805942037484, 0.2307561149895852, 0.5782995262311543, 0.5730459228948857].forEach((overlap, k) =>
      close(found.overlaps[k]!.overlap, overlap, 1e-7),
    );
    expect(found.matchingRows).toBeUndefined();
  });

  test('its rows at steps 200 and 1,000 are recognized as the same examples, and its halves as others', async () => {
    const at = (step: string): GradientDump => fixture(`run/step-${step}.npy`, 'f4', 32);
    const [from, to] = [at('000200'), at('001000')];
    const found = await compareDumps(from, to, (await solve(from)).spectrum, plainKernel, unhurried);
    // python3: x, y the centered rows as doubles; c = (x@y.T)/np.linalg.norm(y, axis=1); print((c.argmax(1) == np.arange(32)).sum())
    expect(found.matchingRows).toBe(23);
    // python3: U, V the leading ten eigenvectors; print(np.linalg.svd(U.T@V)[1])
    [
      0.979726393526169, 0.974325734367316, 0.9473735444312095, 0.9291094316961176, 0.907540205458997,
      0.8701611642045592, 0.846639126516447, 0.5728913927657852, 0.4127642092062123, 0.3400837539402926,
    ].forEach((cosine, k) => close(found.principalCosines[k]!, cosine, 1e-8));

    const [first, rest] = [fixture('step-001000.npy', 'f4', 128), fixture('step-001000.npy', 'f4', 128, 128)];
    const halves = await compareDumps(first, rest, (await solve(first)).spectrum, plainKernel, unhurried);
    expect(halves.matchingRows).toBe(1);
  });
});

/** The products of a summary and of the slow and plain way are the same numbers. */
function same(found: MatrixSummary | DumpComparison, expected: MatrixSummary | DumpComparison): void {
  const flat = (value: unknown, name = ''): [string, number][] => {
    if (typeof value === 'number') return [[name, value]];
    const entries = Object.entries(value as object).sort(([a], [b]) => a.localeCompare(b));
    return entries.flatMap(([key, entry]) => flat(entry, `${name}.${key}`));
  };
  const [a, b] = [flat(found), flat(expected)];
  expect(a.map(([name]) => name)).toEqual(b.map(([name]) => name));
  for (const [k, [name, value]] of a.entries()) expect(value, name).toBeCloseTo(b[k]![1], 9);
}

describe('against the slow and plain way', () => {
  const positive = (d: number, seed: number): Rows => covariance(noise(3 * d, d, seed));
  const signs = (summary: MatrixSummary): MatrixSummary => {
    // the axes of the plane have no sign of their own
    const [xx, xy, yy] = summary.plane!;
    return { ...summary, plane: [xx, Math.abs(xy), yy] };
  };
  test.each([
    [12, 4, 'few parameters: Σ itself is at hand'],
    [9, 70, 'more parameters than are shown: K is at hand'],
    [600, 70, 'neither is: the leading plane alone'],
    [7, 2, 'two parameters'],
  ])('%i × %i, %s', async (N, d) => {
    const rows = noise(N, d, 3).map((row) => row.map((value, j) => value * (1 + (j % 5)) + 0.3));
    const dump = stored(rows);
    const { spectrum } = await solve(dump);
    const matrix = positive(d, 8);
    const found = matrixCompanion(dump, stored(matrix), spectrum, unhurried);
    const naive = naiveMatrix(rows, matrix);
    const most = found.overlaps.length;
    same(
      signs({ ...found, overlaps: found.overlaps.slice(0, 2) }),
      signs({
        ...naive,
        asymmetry: found.asymmetry,
        overlaps: naive.overlaps.slice(0, most),
        alongNoise: naive.alongNoise.slice(0, found.alongNoise.length),
      }),
    );

    const others = noise(30, d, 4).map((row) => row.map((value, j) => value * (1 + (j % 3)) - 0.1));
    const comparison = await compareDumps(dump, stored(others), spectrum, plainKernel, unhurried);
    const plain = naiveComparison(rows, others, comparison.principalCosines.length);
    same(
      { ...comparison, overlaps: comparison.overlaps.slice(0, 2) },
      { ...plain, overlaps: plain.overlaps.slice(0, comparison.overlaps.length) },
    );
  });

  test('leading directions are the eigenvectors of Σ, and point the way of the plane’s axes', async () => {
    const rows = noise(9, 70, 5);
    const dump = stored(rows);
    const { spectrum } = await solve(dump);
    const directions = leadingDirections(dump, spectrum, unhurried);
    const { vectors } = jacobi(covariance(rows));
    expect(directions.length).toBe(8); // nine centered rows span eight directions
    directions.forEach((u, k) => {
      const cosine = vectors[k]!.reduce((sum, value, j) => sum + value * u[j]!, 0);
      expect(Math.abs(cosine)).toBeCloseTo(1, 9);
    });
    for (const axis of [0, 1])
      rows.forEach((row, i) =>
        expect(row.reduce((sum, value, j) => sum + value * directions[axis]![j]!, 0)).toBeCloseTo(
          spectrum.plane.points[2 * i + axis]!,
          9,
        ),
      );
  });

  test('a dump compared with itself has the same covariance and the same directions', async () => {
    const dump = stored(noise(20, 70, 6));
    const { spectrum } = await solve(dump);
    const found = await compareDumps(dump, dump, spectrum, plainKernel, unhurried);
    close(found.crossNorm, spectrum.frobeniusNorm, 1e-12);
    for (const { overlap } of found.overlaps) expect(overlap).toBeCloseTo(1, 9);
  });

  test('nothing changes when a matrix is scaled but by its factor', async () => {
    const rows = noise(12, 5, 9);
    const dump = stored(rows);
    const { spectrum } = await solve(dump);
    const matrix = positive(5, 2);
    const once = matrixCompanion(dump, stored(matrix), spectrum, unhurried);
    const twice = matrixCompanion(
      dump,
      stored(matrix.map((row) => row.map((value) => 2 * value))),
      spectrum,
      unhurried,
    );
    expect(twice.trace).toBe(2 * once.trace);
    expect([...twice.rowProducts]).toEqual([...once.rowProducts].map((value) => 2 * value));
    expect(twice.inverse!.covarianceProduct).toBeCloseTo(once.inverse!.covarianceProduct / 2, 12);
    twice.overlaps.forEach(({ overlap }, k) => expect(overlap).toBeCloseTo(once.overlaps[k]!.overlap, 9));
  });
});

describe('the curvature along the way between two dumps', () => {
  const d = 300; // more than one tile
  const rows = noise(12, d, 41);
  const [from, to] = [noise(1, d, 42), noise(1, d, 43)];
  const way = to[0]!.map((value, j) => value - from[0]![j]!);
  const length = way.reduce((sum, value) => sum + value * value, 0);

  test('is exact on a quadratic, and without error when all examples share its Hessian', () => {
    const later = rows.map((row) => row.map((value, j) => value + (1 + (j % 7)) * way[j]!));
    const found = secant(stored(rows), stored(later), stored(from), stored(to), unhurried);
    const expected = way.reduce((sum, value, j) => sum + (1 + (j % 7)) * value * value, 0) / length;
    expect(found.curvature).toBeCloseTo(expected, 11);
    expect(found.squaredDistance).toBeCloseTo(length, 10);
    const own = found.after.map((value, i) => value - found.before[i]! - expected);
    expect(Math.max(...own.map(Math.abs))).toBeLessThan(1e-11);
  });

  test('is the mean of the examples’ own curvatures, which are kept', () => {
    const later = rows.map((row, i) => row.map((value, j) => value + i * i * way[j]!));
    const { curvature, before, after, paired } = secant(stored(rows), stored(later), stored(from), stored(to), unhurried); // prettier-ignore
    after.forEach((value, i) => expect(value - before[i]!).toBeCloseTo(i * i, 10));
    expect(curvature).toBeCloseTo(rows.reduce((sum, _, i) => sum + i * i, 0) / 12, 10);
    expect(paired).toBe(false);
    const fewer = secant(stored(rows), stored(later.slice(1)), stored(from), stored(to), unhurried);
    expect(fewer.after).toEqual(after.slice(1));
    const slope = rows.map((row) => row.reduce((sum, value, j) => sum + value * way[j]!, 0) / length);
    fewer.before.forEach((value, i) => expect(value).toBeCloseTo(slope[i]!, 11));
  });

  test('takes rows as the same examples only where their labels say so', () => {
    const many = noise(20, 3, 44);
    const labels = many.map((_, i) => (i * 7) % 5);
    const [start, end] = [[[0, 0, 0]], [[1, 2, 3]]];
    const paired = (own: unknown, other: unknown): boolean =>
      secant(
        { ...stored(many), metadata: { labels: own as number[] } },
        { ...stored(many), metadata: { labels: other as number[] } },
        stored(start),
        stored(end),
        unhurried,
      ).paired;
    expect(paired(labels, labels)).toBe(true);
    expect(paired(labels, [...labels].reverse())).toBe(false);
    expect(paired([...labels].sort(), [...labels].sort())).toBe(false);
    expect(paired(labels, undefined)).toBe(false);
  });

  test('needs two different points with as many parameters as the gradients', () => {
    const attempt = (start: Rows, end: Rows): unknown =>
      secant(stored(rows), stored(rows), stored(start), stored(end), unhurried);
    expect(() => attempt(from, from)).toThrow(/same parameters/);
    expect(() => attempt(from, [[1, 2]])).toThrow(/1 × 2, not a vector of 300/);
    expect(() => attempt(from, [from[0]!.map(() => NaN)])).toThrow(/NaN/);
  });
});

describe('a companion is refused', () => {
  const dump = stored(noise(6, 3, 1));
  const spectrum = async (): Promise<Spectrum> => (await solve(dump)).spectrum;
  const identity = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const attempt = async (matrix: Rows, context: PassContext = unhurried): Promise<MatrixSummary> =>
    matrixCompanion(dump, stored(matrix), await spectrum(), context);

  test('when its size is not that of the parameters', async () => {
    await expect(
      attempt([
        [1, 0],
        [0, 1],
      ]),
    ).rejects.toEqual(refused('metadata/invalid', /2 × 2.*3 parameters/));
    const wide = compareDumps(dump, stored(noise(4, 5, 1)), await spectrum(), plainKernel, unhurried);
    await expect(wide).rejects.toEqual(refused('metadata/invalid', /5 parameters/));
  });

  test('when it is far from symmetric; a matrix that is only rounded is read by its symmetric part', async () => {
    await expect(
      attempt([
        [1, 0.1, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]),
    ).rejects.toEqual(refused('metadata/invalid', /not symmetric.*10\.0 %/));
    expect(
      (
        await attempt([
          [1, 1e-7, 0],
          [0, 1, 0],
          [0, 0, 1],
        ])
      ).asymmetry,
    ).toBeCloseTo(1e-7, 12);
  });

  test('when an entry is not finite, and where', async () => {
    await expect(
      attempt([
        [1, 0, 0],
        [0, NaN, 0],
        [0, 0, 1],
      ]),
    ).rejects.toEqual(refused('data/non-finite', /entry \(1, 1\)/));
  });

  test('when it does not fit the budget, or the reader cancels', async () => {
    await expect(attempt(identity, { ...unhurried, memoryBudget: 1000 })).rejects.toEqual(refused('memory/budget'));
    const canceled = (): never => {
      throw new Error('stop');
    };
    await expect(attempt(identity, { ...unhurried, checkCanceled: canceled })).rejects.toThrow('stop');
    const compare = compareDumps(dump, dump, await spectrum(), plainKernel, { ...unhurried, memoryBudget: 100 });
    await expect(compare).rejects.toEqual(refused('memory/budget'));
  });
});

describe('matrices and dumps of any scale', () => {
  const rows = noise(20, 6, 3).map((row) => row.map((value) => value + 0.3));
  const matrix = rows[0]!.map((_, i) => rows[0]!.map((__, j) => (i === j ? 2 + i : 0.25)));
  const times = (list: readonly (readonly number[])[], power: number) =>
    stored(list.map((row) => row.map((value) => value * 2 ** power)));

  test.each([
    [660, 0],
    [-700, 0],
    [200, 300],
    [500, -400],
    [-300, 300],
  ])('a matrix times 2^%i beside rows times 2^%i says exactly what both say near 1', async (ofMatrix, ofRows) => {
    const here = matrixCompanion(stored(rows), stored(matrix), (await solve(stored(rows))).spectrum, unhurried);
    const scaled = times(rows, ofRows);
    const there = matrixCompanion(scaled, times(matrix, ofMatrix), (await solve(scaled)).spectrum, unhurried);
    const by = (power: number) => (value: number) => value * 2 ** Math.trunc(power / 2) * 2 ** (power - Math.trunc(power / 2)); // prettier-ignore
    expect(there.trace).toBe(by(ofMatrix)(here.trace));
    expect(there.frobeniusNorm).toBe(by(ofMatrix)(here.frobeniusNorm));
    expect(there.eigenvalues.largest).toBe(by(ofMatrix)(here.eigenvalues.largest));
    expect(there.rowProducts).toEqual(here.rowProducts.map(by(ofMatrix + 2 * ofRows)));
    expect(there.noiseAlong).toEqual(here.noiseAlong.map(by(2 * ofRows)));
    expect(there.overlaps).toEqual(here.overlaps);
  });

  test('products beyond the range of doubles are refused in words', async () => {
    const { spectrum } = await solve(stored(rows));
    const huge = times(rows, 400);
    expect(() => matrixCompanion(huge, times(matrix, 600), spectrum, unhurried)).toThrow(/exceed 1\.8e308.*ldexp/);
  });

  test.each([-470, -265, 300, 500])('two dumps times 2^%i are as alike as before', async (power) => {
    const others = noise(15, 6, 4);
    const compared = async (at: number) =>
      compareDumps(times(rows, at), times(others, at), (await solve(times(rows, at))).spectrum, plainKernel, unhurried);
    const [here, there] = [await compared(0), await compared(power)];
    for (const key of ['frobeniusNorm', 'crossNorm', 'meanDeviation', 'ownMeanDeviation', 'meanProduct'] as const)
      expect(there[key]).toBe(here[key] * 2 ** power * 2 ** power);
    expect(there.overlaps).toEqual(here.overlaps);
    expect(there.principalCosines).toEqual(here.principalCosines);
    expect(there.matchingRows).toBe(here.matchingRows);
  });
});
