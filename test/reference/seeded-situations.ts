import type { DumpMetadata, Layer } from '../../src/shared/dump';
import { suggestedSettings } from '../../src/shared/settings';
import type { Settings } from '../../src/shared/settings';
import type { Companions, DumpSummary, Resampling } from '../../src/shared/summary';
import { uniformRandom } from '../../src/theory/random';
import { naiveComparison, naiveMatrix, naiveWeighted } from './companions';
import { covariance, jacobi, naiveSummary } from './naive';

type Rows = readonly (readonly number[])[];

/** What a situation was drawn as, so that a failure can be told in words. */
export interface SeededSituation {
  readonly name: string;
  readonly summary: DumpSummary;
  readonly settings: Settings;
}

/** Readings of one dump: so many settings are tried with each. */
export const READINGS = 16;

const NOISES = ['gaussian', 'isotropic', 'spiked', 'heavy', 'sparse', 'whole', 'line', 'outlier'] as const;
const MEANS = ['none', 'faint', 'weak', 'strong', 'sure', 'only', 'cancels'] as const;
const PROBLEM = {
  code: 'memory/budget',
  found: 'It needs 2 GiB and may take 350 MiB',
  remedy: 'Raise the budget.',
} as const;

class Chance {
  readonly uniform: () => number;
  constructor(seed: number) {
    this.uniform = uniformRandom(seed);
  }
  below = (end: number): number => Math.floor(this.uniform() * end);
  whole = (least: number, most: number): number => least + this.below(most - least + 1);
  /** Between the ends, evenly in the logarithm. */
  spread = (least: number, most: number): number => least * (most / least) ** this.uniform();
  one = <T>(list: readonly T[]): T => list[this.below(list.length)]!;
  odds = (share: number): boolean => this.uniform() < share;
  normal = (): number => Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
}

/**
 * Dumps of every kind, each with several settings. The same seed gives the same.
 *
 * @param seed of the dump; its readings follow from it
 */
export function seededSituations(seed: number): readonly SeededSituation[] {
  const chance = new Chance(20_000 + seed);
  const { rows, metadata, name } = drawnDump(chance);
  const summary = unstated(withExtras(chance, naiveSummary(rows, metadata), rows), seed);
  return Array.from({ length: READINGS }, (_, reading) => {
    const settings = saidOfRows(drawnSettings(chance, summary), seed + 3 * reading);
    return { name: `dump ${seed}, reading ${reading}: ${name}`, summary, settings };
  });
}

/** Nothing says what a row is, in one of eight dumps. */
function unstated(summary: DumpSummary, seed: number): DumpSummary {
  const { rows, ...metadata } = summary.dump.metadata;
  return seed % 8 === 5 && rows === 'example' ? { ...summary, dump: { ...summary.dump, metadata } } : summary;
}

/** What the reader says of the rows, now and then. */
function saidOfRows(settings: Settings, number: number): Settings {
  if (settings.convention === 'population') return settings;
  if (number % 40 === 7) return { ...settings, rows: 'step' };
  if (number % 40 === 8) return { ...settings, rows: { meanOf: 3 } };
  return number % 40 === 9 ? { ...settings, rows: 'example' } : settings;
}

function drawnDump(chance: Chance): { rows: Rows; metadata: DumpMetadata; name: string } {
  const n = chance.one([1, 2, 3, 4, 5, 6, 7, 8, chance.whole(9, 16), chance.whole(9, 31), chance.whole(32, 70), chance.whole(9, 70), chance.odds(0.2) ? chance.whole(71, 600) : 12, chance.odds(0.08) ? chance.whole(601, 5000) : 40]); // prettier-ignore
  const d = chance.one([1, 2, 2, 3, 4, 5, 6, 8]);
  const noise = chance.one(NOISES);
  const mean = chance.one(MEANS);
  const size = chance.one([1, 1, 1, 1, 1e-3, 1e4, 1e-60, 1e60]);
  const deviations = drawnNoise(chance, { noise, n, d });
  const length = { none: 0, faint: 0.05, weak: 0.25, strong: 1, sure: 8, only: 1e6, cancels: 0 }[mean];
  const aim = Array.from({ length: d }, chance.normal);
  const still = chance.odds(0.03);
  const rows = deviations.map((row, i) =>
    row.map((value, j) => {
      const opposite =
        mean === 'cancels'
          ? n % 2 === 1 && i === n - 1
            ? 0
            : (-1) ** i * deviations[2 * Math.floor(i / 2)]![j]!
          : value;
      return size * ((still ? 0 : opposite) + (length * aim[j]!) / Math.sqrt(d));
    }),
  );
  if (chance.odds(0.15) && n > 2) rows[n - 1] = [...rows[0]!];
  if (chance.odds(0.1)) for (const row of rows) row[0] = 0;
  const layers = chance.odds(0.5) ? drawnLayers(chance, d) : undefined;
  const averaged = chance.odds(0.2) ? chance.one([2, 3, 16, 100]) : 1;
  const metadata: DumpMetadata = {
    ...(layers && { layers }),
    ...(averaged > 1 && { rows: { meanOf: averaged } }),
    ...(chance.odds(0.1) && { batches: 'independent' as const }),
    ...(chance.odds(0.3) && { labels: rows.map((_, i) => (chance.odds(0.5) ? i % 3 : ['cat', 'dog'][i % 2]!)) }),
    ...(chance.odds(0.3) && { losses: rows.map(() => chance.spread(1e-3, 10)) }),
    ...(chance.odds(0.1) && { loss: chance.one([0, -1, 0.5]) }),
    ...(chance.odds(0.3) && { optimizer: chance.one(['SGD', 'AdamW', 'Lion', 'momentum']) }),
    ...(chance.odds(0.1) && { convention: chance.one(['population', 'sample'] as const) }),
  };
  return {
    rows,
    metadata,
    name: `${n} × ${d}, noise ${still ? 'none' : noise}, mean ${mean}, size ${size}, means of ${averaged}`,
  };
}

function drawnNoise(
  chance: Chance,
  { noise, n, d }: { noise: (typeof NOISES)[number]; n: number; d: number },
): readonly (readonly number[])[] {
  const along = Array.from({ length: d }, chance.normal);
  return Array.from({ length: n }, (_, i) => {
    const row = Array.from({ length: d }, chance.normal);
    if (noise === 'gaussian') return row.map((value, j) => value * 2 ** -j);
    if (noise === 'spiked') return row.map((value, j) => (j === 0 ? 5 * value : value));
    // Student's t with three degrees of freedom
    if (noise === 'heavy') return row.map((value) => (value * Math.sqrt(3)) / Math.hypot(chance.normal(), chance.normal(), chance.normal())); // prettier-ignore
    if (noise === 'sparse') return row.map((value) => (chance.odds(0.6) ? 0 : value));
    if (noise === 'whole') return row.map((value) => Math.round(value));
    if (noise === 'line') return along.map((value) => value * row[0]!);
    if (noise === 'outlier') return row.map((value) => (i === 0 ? 30 * value : value));
    return row;
  });
}

function drawnLayers(chance: Chance, d: number): readonly Layer[] {
  const first = chance.whole(1, d);
  const sizes = first === d ? [d] : chance.odds(0.5) && d - first > 1 ? [first, 1, d - first - 1] : [first, d - first];
  return sizes.map((size, k) => ({ name: ['embed.weight', 'body.0', 'head.bias'][k]!, size }));
}

function withExtras(chance: Chance, summary: DumpSummary, rows: Rows): DumpSummary {
  const { spectrum, ...rest } = summary;
  if (spectrum === undefined) return summary;
  const { directions: _, ...before } = rest;
  const kind = chance.uniform();
  if (kind < 0.03) return before;
  if (kind < 0.06) return { ...before, spectrumProblem: PROBLEM };
  if (kind < 0.08) return { ...before, preview: summary };
  if (kind < 0.1) {
    const { gram, covariance: __, ...reduced } = spectrum;
    return {
      ...before,
      dump: { ...summary.dump, format: 'gradstats' },
      spectrum: { ...reduced, ...(gram && { gram }) },
    };
  }
  const n = rows.length;
  const d = rows[0]!.length;
  const companions = n > 1 && chance.odds(0.5) ? drawnCompanions(chance, rows) : undefined;
  const resampling = chance.odds(0.5) ? drawnResampling(chance, rows) : undefined;
  const suspicion = {
    code: 'rows/sequence',
    found: 'Neighboring rows are alike: 0.3 where 2 is expected',
    remedy: 'Save one file for each step.',
  } as const;
  return {
    ...summary,
    ...(d > 2 && n > d && chance.odds(0.05) && { spectrum: partial(spectrum) }),
    ...(companions && { companions }),
    ...(resampling && { resampling }),
    ...(chance.odds(0.05) && { suspicions: [suspicion] }),
    ...(chance.odds(0.04) && { extraProblems: { halves: PROBLEM, batches: PROBLEM } }),
  };
}

/** As if only the two leading eigenvalues had been found. */
function partial(spectrum: NonNullable<DumpSummary['spectrum']>): NonNullable<DumpSummary['spectrum']> {
  const trace = spectrum.eigenvalues.reduce((sum, value) => sum + value, 0);
  return {
    ...spectrum,
    eigenvalues: spectrum.eigenvalues.slice(0, 2),
    partial: { trace, residuals: new Float64Array(2), upperBound: Math.min(trace, spectrum.frobeniusNorm) },
  };
}

function drawnCompanions(chance: Chance, rows: Rows): Companions {
  const d = rows[0]!.length;
  const sigma = covariance(rows);
  const size = Math.sqrt(sigma.flat().reduce((sum, value) => sum + value ** 2, 0)) || 1;
  const symmetric = (entry: (i: number, j: number) => number): number[][] => {
    const half = sigma.map((row, i) => row.map((__, j) => (j <= i ? entry(i, j) : 0)));
    return half.map((row, i) => row.map((__, j) => half[Math.max(i, j)]![Math.min(i, j)]!));
  };
  const factor = Array.from({ length: d }, () => Array.from({ length: d }, chance.normal));
  const matrices: readonly (() => number[][])[] = [
    () => sigma.map((row) => row.map((value) => value / size)),
    () => symmetric((i, j) => (i === j ? 1 : 0)),
    () => symmetric((i, j) => (i === j ? 1 + i : 0.2)),
    () => symmetric((i, j) => factor[i]!.reduce((sum, value, k) => sum + value * factor[j]![k]!, 0)),
    () => symmetric((i, j) => (i === j ? (i === 0 ? -0.5 : 2) : 0.1)),
    () => symmetric((i, j) => (i === j ? -1 : 0)),
    () => symmetric(() => chance.normal()),
  ];
  const matrix = (): number[][] =>
    chance
      .one(matrices)()
      .map((row) => row.map((value) => value));
  const others = rows.map((row) => row.map((value) => 1.3 * value + 0.1 * Math.sqrt(size) * chance.normal()));
  const beside = <T>(name: string, summary: T) =>
    chance.odds(0.1) ? { path: `/run/${name}.npy`, problem: { ...PROBLEM } } : { path: `/run/${name}.npy`, summary };
  const varies = jacobi(sigma).values[0]! > 0;
  if (d < 2 || !varies || rows.length > 600) return {};
  return {
    ...(chance.odds(0.7) && { hessian: beside('hessian', naiveMatrix(rows, matrix())) }),
    ...(chance.odds(0.3) && { fisher: beside('fisher', naiveMatrix(rows, matrix())) }),
    ...(chance.odds(0.3) && { modelLabels: beside('labels', naiveComparison(rows, others)) }),
    // of their own, so that no other draw is shifted
    ...(rows.length % 5 < 2 && { secondMoments: { path: '/run/v.npy', summary: naiveWeighted(rows, rows[0]!.map((_, j) => [1, 0.3, 0.01, 0, 2][j % 5]!)) } }), // prettier-ignore
    ...(chance.odds(0.4) && { compared: beside('later', naiveComparison(rows, others)) }),
  };
}

function drawnResampling(chance: Chance, rows: Rows): Resampling {
  const n = rows.length;
  const shuffles = Array.from({ length: 19 }, () => {
    const columns = rows[0]!.map((_, j) => {
      const column = rows.map((row) => row[j]!);
      for (let i = n - 1; i > 0; i--) {
        const k = chance.below(i + 1);
        [column[i], column[k]] = [column[k]!, column[i]!];
      }
      return column;
    });
    return jacobi(covariance(rows.map((_, i) => columns.map((column) => column[i]!)))).values[0]!;
  });
  const sizes = [1, ...(n > 2 ? [Math.ceil(n / 2)] : []), ...(n > 1 ? [n] : [])];
  const trace = covariance(rows).reduce((sum, row, j) => sum + row[j]!, 0);
  const spread = (finite: boolean) => ({
    lower: Float64Array.from(sizes, (size) => (finite && size === n ? 0 : (-0.5 * trace) / size)),
    upper: Float64Array.from(sizes, (size) => (finite && size === n ? 0 : (2 * trace) / size)),
  });
  return {
    seed: 1,
    shuffled: chance.odds(0.1) ? { problem: PROBLEM } : Float64Array.from(shuffles.sort((a, b) => b - a)),
    ...(n >= 8 && chance.odds(0.7) && { halves: [{ directions: 1, overlap: chance.uniform() }, ...(chance.odds(0.5) ? [{ directions: 2, overlap: chance.uniform() }] : [])] }), // prettier-ignore
    ...(n <= 512 && { batches: { sizes: Float64Array.from(sizes), without: spread(true), with: spread(false) } }),
  };
}

/** Of the rows, so that no other draw is shifted: none, or to a length near that of the rows, with noise for privacy or without. */
function clippingOf(n: number, moments: DumpSummary['moments']): Pick<Settings, 'clip' | 'privacyNoise'> {
  if (moments === undefined || n % 3 === 0) return {};
  const length = Math.sqrt(moments.meanSquaredNorm + moments.scatter / n);
  if (!(length > 0)) return {};
  return { clip: length * (n % 3 === 1 ? 0.6 : 1.3), ...(n % 2 === 0 && { privacyNoise: 0.5 }) };
}

function drawnSettings(chance: Chance, { dump, moments }: DumpSummary): Settings {
  const n = dump.rows;
  const { metadata } = dump;
  const averaged = typeof metadata.rows === 'object' ? metadata.rows.meanOf : 1;
  const examples = n * averaged;
  const datasetSize = chance.one([undefined, undefined, n, examples, examples + 1, Math.ceil(chance.spread(examples, 100 * examples)), 10 * examples, 1_000_000, chance.odds(0.3) ? Math.max(1, Math.floor(examples / 2)) : undefined]); // prettier-ignore
  const known = chance.odds(0.5) ? undefined : chance.one(['population', 'sample'] as const);
  const said = {
    ...(datasetSize !== undefined && { datasetSize }),
    ...(known && { convention: known }),
    ...(chance.odds(0.3) && datasetSize !== undefined && { replacement: chance.one(['with', 'without'] as const) }),
    ...(chance.odds(0.3) && { momentum: chance.one([0.5, 0.9, 0.99]) }),
    ...(chance.odds(0.3) && { optimizer: chance.one(['adam', 'sgd', 'momentum']) }),
    ...(chance.odds(0.15) && { gradientScale: chance.one([1 / n, 1024, 0.1]) }),
  };
  const base = suggestedSettings({ rows: n, metadata }, said);
  const most = base.convention === 'population' ? n : (base.datasetSize ?? 10_000);
  const batchSize = chance.one([undefined, averaged, most, Math.max(1, most - 1), Math.round(chance.spread(1, most)), Math.round(chance.spread(averaged, Math.max(averaged, most))), chance.odds(0.1) ? most + 1 : 2]); // prettier-ignore
  const learningRate = chance.one([undefined, 0.1, 0.1, 1e-4, 3, 0.01]);
  return {
    ...base,
    ...(batchSize !== undefined && { batchSize }),
    ...(learningRate !== undefined && { learningRate }),
    ...(chance.odds(0.1) && { dampening: 0.5 }),
    ...clippingOf(n, moments),
    scaleFactor: chance.one([4, 4, 1, 1 / 64, 64, 0.5, 2, chance.spread(1 / 64, 64)]),
  };
}
