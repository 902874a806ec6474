import { deepStrictEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Solved } from '../../src/kernel/kernel';
import { plainKernel } from '../../src/kernel/plain';
import { Pages, compile } from '../../src/kernel/wasm/engine';
import { solve } from '../../src/kernel/wasm/spectrum';
import { Threads } from '../../src/kernel/wasm/threads';
import type { ElementType, GradientDump, Layer } from '../../src/shared/dump';
import type { LeadingPlane } from '../../src/shared/summary';
import { normalRandom, uniformRandom } from '../../src/theory/random';
import { inFile, stored } from './stored';

type Rows = readonly (readonly number[])[];
type Random = () => number;
const below = (random: Random, n: number): number => Math.floor(random() * n);
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!;
/** As often between 1 and 10 as between 10 and 100. */
const sized = (random: Random, least: number, most: number): number =>
  Math.floor(least * (most / least + 0.999) ** random());

const RUN = { memoryBudget: 2 ** 30, checkCanceled: () => undefined, report: () => undefined } as const;

/** Cuts d parameters into up to four layers. */
function layersOf(random: Random, d: number): Layer[] {
  const sizes: number[] = [];
  for (let left = d, k = below(random, 4); left > 0; k--) {
    const size = k <= 0 ? left : 1 + below(random, left);
    sizes.push(size);
    left -= size;
  }
  return random() < 0.3 ? [] : sizes.map((size, k) => ({ name: `layer ${k}`, size }));
}

type Solve = (dump: GradientDump, memoryBudget?: number) => Solved;
/** A kernel of so many threads and bytes a block; the threads themselves serve all of them. */
function machines(folder: string): (parallel: number, blockBytes?: number) => Solve {
  const compiled = compile(folder);
  if (compiled === undefined) throw new Error('this engine does not run the kernel');
  const shared = { compiled, threads: new Threads(folder), pages: new Pages() };
  return (parallel, blockBytes) =>
    (dump, memoryBudget = RUN.memoryBudget) => {
      const machine = { ...shared, parallel, ...(blockBytes !== undefined && { blockBytes }) };
      return solve(machine, dump, { ...RUN, memoryBudget });
    };
}

/**
 * The same rows, read in blocks of a random size, from memory or a file, by a random number of threads.
 *
 * @param folder the built kernel
 * @throws Error with the seed and the run, when a bit depends on any of it
 */
export function fuzzBits(folder: string, seed: number, runs: number): { readonly runs: number } {
  const random = uniformRandom(seed);
  const kernelOf = machines(folder);
  const work = mkdtempSync(path.join(tmpdir(), 'fuzz-'));
  const file = path.join(work, 'rows');
  try {
    for (let run = 0; run < runs; run++) {
      // one in fifty has so many more rows than parameters that the rows are turned
      const tall = random() < 0.02;
      const [N, d] = tall ? [3300 + below(random, 500), 560] : [sized(random, 2, 90), sized(random, 90, 4000)];
      const normal = normalRandom(seed + run);
      const rows = Array.from({ length: N }, () => Array.from({ length: d }, () => Math.fround(normal())));
      const layers = layersOf(random, d);
      const element = pick(random, ['f4', 'f4', 'f8'] as const);
      const order = pick(random, ['C', 'F'] as const);
      const first = 1 + below(random, d - 1);
      // sums end where an array ends, so arrays side by side are one thing, and their joined rows another
      const same = { element, layers, widths: pick(random, [[d], [first, d - first]]) };
      const storage = { ...same, order, offset: below(random, 9) };
      const dump = stored(rows, storage);
      const [parallel, blockBytes] = [1 + below(random, 4), sized(random, 1, 2 ** 21)];
      const memoryBudget = pick(random, [2 ** 25, 2 ** 27, 2 ** 30]);
      const onDisk = random() < 0.7 ? inFile(dump, file, writeFileSync) : dump;
      const others = kernelOf(parallel, blockBytes)(onDisk, memoryBudget);
      try {
        deepStrictEqual(others, kernelOf(1)(stored(rows, same)));
      } catch (cause) {
        const how = { N, d, ...storage, parallel, blockBytes, memoryBudget, file: onDisk !== dump };
        throw new Error(`seed ${seed}, run ${run}: ${JSON.stringify(how)}`, { cause });
      }
    }
    return { runs };
  } finally {
    rmSync(work, { recursive: true });
  }
}

/* --- relations between a dump and one that was changed in a way whose consequence is known ---------------------------- */

/** Rows of many kinds: of few or many digits, near or far from zero, sparse, equal, of one scale or of many. */
function made(random: Random, seed: number): Rows {
  const normal = normalRandom(seed);
  const [N, d] = [sized(random, 2, 40), sized(random, 1, 60)];
  const offset = pick(random, [0, 0, 1, 100]);
  const kinds: readonly ((i: number, j: number) => number)[] = [
    () => normal() + offset,
    (_, j) => normal() * 2 ** ((j % 7) * 5) + offset,
    (i) => normal() * 2 ** ((i % 5) * 5),
    () => Math.round(3 * normal()),
    () => (random() < 0.8 ? 0 : normal()),
    (i) => normal() * 2 ** -20 + (i % 2),
    () => Math.round((normal() + offset) * 2 ** 8) / 2 ** 8,
    (_, j) => (j % 3 === 0 ? offset : normal()),
  ];
  const kind = pick(random, kinds);
  return Array.from({ length: N }, (_, i) => Array.from({ length: d }, (__, j) => kind(i, j)));
}

/** The largest differences that were met. */
export interface RelationCounts {
  readonly runs: number;
  /** Of the trace, when rows change places, in units of its last place. */
  readonly traceUlps: number;
  /** How often it was more than two. */
  readonly above: number;
  /** Of an eigenvalue, when rows or parameters change places, or every row stands twice, over what rounding may do. */
  readonly eigenvalueShare: number;
  /** Of the trace from the sum of the eigenvalues, over what rounding may do. */
  readonly sumShare: number;
}

const ulp = (x: number): number => 2 ** Math.max(-1074, Math.floor(Math.log2(Math.abs(x))) - 52);
const trace = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
function shuffled<T>(random: Random, from: readonly T[]): T[] {
  const all = [...from];
  for (let k = all.length - 1; k > 0; k--) {
    const other = below(random, k + 1);
    [all[k], all[other]] = [all[other]!, all[k]!];
  }
  return all;
}

/**
 * Rows scaled by a power of two, with the other sign, in another order, twice, and with a parameter that is always 0.
 *
 * @throws Error with the seed and the run, when a relation does not hold
 */
export async function fuzzRelations(folder: string, seed: number, runs: number): Promise<RelationCounts> {
  const random = uniformRandom(seed);
  const fast = machines(folder)(1);
  const solvers = [fast, async (dump: GradientDump) => plainKernel.solve(dump, RUN)];
  let [traceUlps, above, eigenvalueShare, sumShare] = [0, 0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const rows = made(random, seed + run);
    const [N, d] = [rows.length, rows[0]!.length];
    const element: ElementType = random() < 0.5 && fits32(rows) ? 'f4' : 'f8';
    const layers = layersOf(random, d);
    const power = (1 + below(random, element === 'f4' ? 40 : 200)) * pick(random, [1, -1]);
    const solve = pick(random, solvers);
    const fail = (relation: string, cause: unknown): never => {
      throw new Error(`seed ${seed}, run ${run}: ${relation}, of ${N} × ${d} ${element}: ${JSON.stringify(rows).slice(0, 4000)}`, { cause }); // prettier-ignore
    };
    const check = (relation: string, holds: () => void): void => {
      try {
        holds();
      } catch (error) {
        fail(relation, error);
      }
    };
    const here = await solve(stored(rows, { element, layers }));

    const scaled = await solve(stored(rows.map((row) => row.map((x) => x * 2 ** power)), { element, layers })); // prettier-ignore
    check(`scaled by 2^${power}`, () => deepStrictEqual(scaledBack(scaled, power), scaledBack(here, 0)));

    const negative = await solve(stored(rows.map((row) => row.map((x) => -x)), { element, layers })); // prettier-ignore
    check('with the other sign', () => deepStrictEqual(mirrored(negative), scaledBack(here, 0)));

    // a sum of n products is off by at most n·ε of what they are without their signs, and so is no eigenvalue by more (Weyl)
    const tolerance = (there: Solved): number =>
      here.spectrum.roundingFloor + there.spectrum.roundingFloor + 2 * Math.max(N, d) * Number.EPSILON * here.moments.scatter / N; // prettier-ignore
    const near = (relation: string, there: Solved): void => {
      const [a, b] = [here.spectrum.eigenvalues, there.spectrum.eigenvalues];
      for (let k = 0; k < Math.max(a.length, b.length); k++) {
        const apart = Math.abs((a[k] ?? 0) - (b[k] ?? 0));
        if (apart === 0) continue;
        const share = apart / tolerance(there);
        if (share > 1) fail(`${relation}: λ of ${k} is ${String(b[k])} for ${String(a[k])}`, share);
        eigenvalueShare = Math.max(eigenvalueShare, share);
      }
    };
    const turned = await solve(stored(shuffled(random, rows), { element, layers }));
    near('rows in another order', turned);
    if (turned.moments.scatter !== here.moments.scatter) {
      // where whole columns are read, chunks of 32 rows are not compensated: seen where one parameter has nearly all of it
      const ulps = Math.abs(turned.moments.scatter - here.moments.scatter) / ulp(here.moments.scatter);
      if (ulps > (N > d ? 2 : 4)) fail(`rows in another order: ${ulps} ulps of the trace`, undefined);
      traceUlps = Math.max(traceUlps, ulps);
      if (ulps > 2) above++;
    }
    const places = shuffled(random, [...rows[0]!.keys()]);
    near('parameters in another order', await solve(stored(rows.map((row) => places.map((j) => row[j]!)), { element }))); // prettier-ignore
    near('every row twice', await solve(stored([...rows, ...rows], { element, layers })));
    near('with a parameter that is always 0', await solve(stored(rows.map((row) => [...row, 0]), { element }))); // prettier-ignore

    const { eigenvalues } = here.spectrum;
    const rest = Math.abs(trace(eigenvalues) - here.moments.scatter / N);
    if (rest > 0) {
      const share = rest / (tolerance(here) * eigenvalues.length);
      if (share > 1) fail('the trace is the sum of the eigenvalues', share);
      sumShare = Math.max(sumShare, share);
    }
  }
  return { runs, traceUlps, above, eigenvalueShare, sumShare };
}

const fits32 = (rows: Rows): boolean => rows.every((row) => row.every((x) => Math.fround(x) === x));

/** Everything that was computed, in units of gradients 2^power times smaller. */
function scaledBack({ moments: m, spectrum: s }: Solved, power: number): unknown {
  const [one, two] = [1, 2].map((degree) => 2 ** (-degree * power)) as [number, number];
  return {
    moments: {
      ...m,
      meanSquaredNorm: m.meanSquaredNorm * two,
      scatter: m.scatter * two,
      centeredSquaredNorms: m.centeredSquaredNorms.map((x) => x * two),
      meanProducts: m.meanProducts.map((x) => x * two),
      varianceHistogram: { ...m.varianceHistogram, first: m.varianceHistogram.first - (m.varianceHistogram.counts.length > 0 ? 2 * power : 0) }, // prettier-ignore
      elementHistogram: { ...m.elementHistogram, first: m.elementHistogram.first - (m.largestMagnitude > 0 ? power : 0) }, // prettier-ignore
      largestMagnitude: m.largestMagnitude * one,
      layers: m.layers.map((layer) => ({ ...layer, meanSquaredNorm: layer.meanSquaredNorm * two, scatter: layer.scatter * two })), // prettier-ignore
    },
    spectrum: {
      ...s,
      eigenvalues: s.eigenvalues.map((x) => x * two),
      roundingFloor: s.roundingFloor * two,
      frobeniusNorm: s.frobeniusNorm * two,
      absoluteRowSum: s.absoluteRowSum * two,
      secondMomentNorm: s.secondMomentNorm * two,
      plane: {
        ...s.plane,
        // whether a zero is negative is no statement
        points: s.plane.points.map((x) => x * one + 0),
        mean: s.plane.mean.map((x) => x * one + 0),
        covariance: s.plane.covariance.map((x) => x * two),
      },
      layers: s.layers.map((layer) => ({ spectralNorm: layer.spectralNorm * two, frobeniusNorm: layer.frobeniusNorm * two })), // prettier-ignore
      ...(s.covariance && { covariance: s.covariance.map((x) => x * two) }),
      ...(s.gram && { gram: s.gram.map((x) => x * two) }),
    },
  };
}

/** Everything that was computed, of the gradients with the other sign. Directions of the noise turn along with the mean. */
function mirrored({ moments: m, spectrum: s }: Solved): unknown {
  const { positive, negative, ...histogram } = m.elementHistogram;
  const { points, mean, axes } = s.plane;
  const [x, y] = mean;
  const plane: LeadingPlane = { ...s.plane, ...(axes === 'parameters' && { points: points.map((at) => -at), mean: [-x, -y] }) }; // prettier-ignore
  const elementHistogram = { ...histogram, positive: negative, negative: positive };
  return scaledBack({ moments: { ...m, elementHistogram }, spectrum: { ...s, plane } }, 0);
}
