import type { DumpMetadata, Layer } from '../../src/shared/dump';
import type {
  DumpSummary,
  GroupedRows,
  LayerMoments,
  LayerSpectrum,
  Moments,
  NoiseDirection,
  Spectrum,
} from '../../src/shared/summary';
import { canBeAll, suggestedSettings } from '../../src/shared/settings';
import type { Settings } from '../../src/shared/settings';

/**
 * A second way to every statistic, as slow and as plain as it gets: the d × d covariance is formed, its eigenvalues come
 * from Jacobi rotations, and nothing is shared with src. For small dumps in tests.
 */
export function naiveSummary(rows: readonly (readonly number[])[], metadata: DumpMetadata = {}): DumpSummary {
  const n = rows.length;
  const parameters = rows[0]?.length ?? 0;
  const dump = {
    name: 'hand.json',
    path: '/hand.json',
    format: 'json',
    rows: n,
    parameters,
    dtype: 'float64',
    bytes: 8 * n * parameters,
    layers: metadata.layers ?? [],
    metadata: { rows: 'example', ...metadata },
    notes: [],
  } as const;
  const moments = naiveMoments(rows, dump.layers);
  if (n < 2) return { dump, moments };
  const spectrum = naiveSpectrum(rows, dump.layers);
  const groups = metadata.groups && naiveGroups(rows, metadata.groups, dump.layers);
  const { labels } = metadata;
  const kinds = new Set(labels).size;
  const classes = labels && kinds > 1 && kinds <= 64 && kinds < n ? naiveGroups(rows, labels, dump.layers) : undefined;
  return {
    dump,
    moments,
    spectrum,
    ...(groups && { groups }),
    ...(classes && { classes }),
    directions: naiveDirections(rows, dump.layers, spectrum.eigenvectors.length),
  };
}

/** Means of the rows of each group, one group after the other. */
export function naiveGroups(
  rows: readonly (readonly number[])[],
  names: readonly (number | string)[],
  layers: readonly Layer[] = [],
): GroupedRows {
  const known = [...new Set(names)];
  const average = mean(rows);
  const members = known.map((name) => rows.filter((_, i) => names[i] === name));
  const means = members.map((group) => mean(group).map((value, j) => value - average[j]!));
  return {
    names: known.map(String),
    of: Int32Array.from(names, (name) => known.indexOf(name)),
    sizes: Float64Array.from(members, (group) => group.length),
    squaredDistances: Float64Array.from(means, (m) => dot(m, m)),
    layers: Float64Array.from(slices(layers), ({ from, to }) =>
      means.reduce((sum, m, p) => sum + members[p]!.length * dot(m.slice(from, to), m.slice(from, to)), 0),
    ),
    ...(known.length <= 64 && { products: Float64Array.from(means.flatMap((a) => means.map((b) => dot(a, b)))) }),
  };
}

function naiveDirections(
  rows: readonly (readonly number[])[],
  layers: readonly Layer[],
  count: number,
): readonly NoiseDirection[] {
  const { values, vectors } = jacobi(covariance(rows));
  return vectors.slice(0, count).map((vector, k) => {
    const components = vector.map((component, index) => ({ index, component }));
    components.sort((a, b) => Math.abs(b.component) - Math.abs(a.component));
    const sign = Math.sign(components[0]!.component);
    return {
      eigenvalue: values[k]!,
      residual: 0,
      spread: 1 / vector.reduce((sum, component) => sum + component ** 4, 0),
      parameters: components
        .slice(0, 10)
        .filter(({ component }) => component !== 0)
        .map(({ index, component }) => ({ index, component: sign * component })),
      layers: Float64Array.from(slices(layers), ({ from, to }) => dot(vector.slice(from, to), vector.slice(from, to))),
    };
  });
}

/** Settings for a hand-made dump, which is the whole data set unless a test says what else it is. */
export function settingsFor({ dump }: DumpSummary, changes: Partial<Settings> = {}): Settings {
  const { metadata, rows: n } = dump;
  const said = 'convention' in changes || 'datasetSize' in changes || !canBeAll(metadata);
  const known = said ? metadata : { datasetSize: n, ...metadata };
  return { ...suggestedSettings({ rows: n, metadata: known }, changes), ...changes };
}

export function mean(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
}

export function centered(rows: readonly (readonly number[])[]): number[][] {
  const average = mean(rows);
  return rows.map((row) => row.map((value, j) => value - average[j]!));
}

/** Σ with divisor 1/n, [d][d]. */
export function covariance(rows: readonly (readonly number[])[]): number[][] {
  const x = centered(rows);
  const columns = x[0]!.map((_, j) => x.map((row) => row[j]!));
  return columns.map((a) => columns.map((b) => dot(a, b) / rows.length));
}

/** M = Σᵢ gᵢgᵢᵀ/n, [d][d]. */
function secondMoment(rows: readonly (readonly number[])[]): number[][] {
  const columns = rows[0]!.map((_, j) => rows.map((row) => row[j]!));
  return columns.map((a) => columns.map((b) => dot(a, b) / rows.length));
}

/** Mean of cos(gᵢ, gⱼ) over pairs of different rows that have a length. */
export function meanCosine(rows: readonly (readonly number[])[]): number | undefined {
  const cosines = rows.flatMap((a, i) =>
    rows.slice(0, i).map((b) => dot(a, b) / Math.sqrt(dot(a, a)) / Math.sqrt(dot(b, b))),
  );
  const defined = cosines.filter((cosine) => !Number.isNaN(cosine));
  return defined.length === 0 ? undefined : defined.reduce((sum, cosine) => sum + cosine, 0) / defined.length;
}

/** The same from the sum of all directions: ‖Σuᵢ‖² = m + m(m − 1)·mean. */
function meanCosineBySum(rows: readonly (readonly number[])[]): number | undefined {
  const units = rows
    .filter((row) => dot(row, row) > 0)
    .map((row) => row.map((value) => value / Math.sqrt(dot(row, row))));
  const sum = mean(units).map((value) => value * units.length);
  return units.length < 2 ? undefined : (dot(sum, sum) / units.length - 1) / (units.length - 1);
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Eigenvalues of a symmetric matrix, largest first, with the eigenvectors as rows, by cyclic Jacobi rotations. */
export function jacobi(matrix: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = a.map((_, i) => a.map((__, j): number => (i === j ? 1 : 0)));
  const largest = Math.max(...a.flatMap((row) => row.map(Math.abs)));
  const settled = (): boolean => a.every((row, i) => row.every((x, j) => i === j || Math.abs(x) <= 2 ** -70 * largest));
  for (let sweep = 0; sweep < 60 && !settled(); sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (a[p]![q] === 0) continue;
        const angle = Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!) / 2;
        const c = Math.cos(angle);
        const s = Math.sin(angle);
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[k]![p]!, a[k]![q]!];
          a[k]![p] = c * x - s * y;
          a[k]![q] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[p]![k]!, a[q]![k]!];
          a[p]![k] = c * x - s * y;
          a[q]![k] = s * x + c * y;
          const [e, f] = [v[p]![k]!, v[q]![k]!];
          v[p]![k] = c * e - s * f;
          v[q]![k] = s * e + c * f;
        }
      }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v[i]!) };
}

function naiveMoments(rows: readonly (readonly number[])[], layers: readonly Layer[]): Moments {
  const average = mean(rows);
  const x = centered(rows);
  const n = rows.length;
  const sums = average.map((_, j) => x.reduce((sum, row) => sum + row[j]! ** 2, 0));
  const columns = average.map((_, j) => rows.map((row) => row[j]!));
  const dead = columns.map((column) => column.every((value) => value === 0));
  const ratios = average.flatMap((g, j) => (sums[j]! > 0 ? [g ** 2 / (sums[j]! / (n - 1))] : []));
  const elements = rows.flat();
  return {
    meanSquaredNorm: dot(average, average),
    scatter: sums.reduce((sum, value) => sum + value, 0),
    centeredSquaredNorms: Float64Array.from(x, (row) => dot(row, row)),
    meanProducts: Float64Array.from(x, (row) => dot(average, row)),
    signalToNoise: { sum: ratios.reduce((sum, ratio) => sum + ratio, 0), parameters: ratios.length },
    constantParameters: sums.filter((sum) => sum === 0).length,
    deadParameters: dead.filter(Boolean).length,
    varianceHistogram: binary(sums.map((sum) => sum / n)),
    elementHistogram: {
      first: binary(elements.map(Math.abs)).first,
      positive: binary(elements.map(Math.abs), (i) => elements[i]! > 0).counts,
      negative: binary(elements.map(Math.abs), (i) => elements[i]! < 0).counts,
      zeros: elements.filter((element) => element === 0).length,
    },
    saturated: 0,
    largestMagnitude: Math.max(...elements.map(Math.abs)),
    layers: slices(layers).map(({ name, size, from, to }): LayerMoments => ({
      name,
      size,
      meanSquaredNorm: dot(average.slice(from, to), average.slice(from, to)),
      scatter: sums.slice(from, to).reduce((sum, value) => sum + value, 0),
      deadParameters: dead.slice(from, to).filter(Boolean).length,
    })),
  };
}

/** Counts of positive values by powers of two; `counted` may leave some out without moving the bins. */
function binary(
  values: readonly number[],
  counted: (index: number) => boolean = () => true,
): { first: number; counts: Float64Array } {
  const bins = values.map((value) => (value > 0 ? Math.floor(Math.log2(value)) : undefined));
  const filled = bins.filter((bin) => bin !== undefined);
  if (filled.length === 0) return { first: 0, counts: new Float64Array(0) };
  const first = Math.min(...filled);
  const counts = new Float64Array(Math.max(...filled) - first + 1);
  for (const [i, bin] of bins.entries()) if (bin !== undefined && counted(i)) counts[bin - first]!++;
  return { first, counts };
}

function naiveSpectrum(rows: readonly (readonly number[])[], layers: readonly Layer[]): Spectrum {
  const n = rows.length;
  const x = centered(rows);
  const parameters = x[0]!.length;
  const sigma = covariance(rows);
  // more rows have no products in a summary, and forming them would take long
  const gram = n <= 512 ? x.map((a) => x.map((b) => dot(a, b) / n)) : undefined;
  const { values, vectors } = jacobi(sigma);
  const count = Math.min(n, parameters);
  const trace = values.reduce((sum, value) => sum + value, 0);
  const roundingFloor = 64 * 2 ** -52 * trace;
  const average = mean(rows);
  const axes: readonly number[][] =
    parameters === 2
      ? [
          [1, 0],
          [0, 1],
        ]
      : [vectors[0]!, vectors[1] ?? average.map(() => 0)];
  const points = rows.map((row) => axes.map((axis) => dot(row, axis)));
  const plane = covariance(points);
  const cosine = gram === undefined ? meanCosineBySum(rows) : meanCosine(rows);
  const close = (a = 0, b = 0): boolean => Math.abs(a - b) <= roundingFloor;
  const kept = vectors.slice(0, Math.min(5, count)).filter((_, k) => values[k]! > roundingFloor);
  return {
    eigenvalues: Float64Array.from(values.slice(0, count), (value) => Math.max(0, value)),
    roundingFloor,
    frobeniusNorm: Math.sqrt(sigma.flat().reduce((sum, value) => sum + value * value, 0)),
    absoluteRowSum:
      gram === undefined
        ? trace * n
        : Math.max(...gram.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0))),
    secondMomentNorm: jacobi(secondMoment(rows)).values[0] ?? 0,
    ...(cosine !== undefined && { meanCosine: cosine }),
    matrix: n <= parameters ? 'gram' : 'covariance',
    products: 'float64',
    kernel: 'plain',
    plane: {
      axes: parameters === 2 ? 'parameters' : 'eigenvectors',
      points: Float64Array.from(points.flat()),
      mean: [dot(average, axes[0]!), dot(average, axes[1]!)],
      covariance: [plane[0]![0]!, plane[0]![1]!, plane[1]![1]!],
      determined: !close(values[0], values[1]) && !close(values[1], values[2] ?? -trace),
    },
    eigenvectors: kept.map((v, k) =>
      Float64Array.from(n > parameters ? v : x.map((row) => dot(row, v) / Math.sqrt(n * values[k]!))),
    ),
    layers: slices(layers).map(({ from, to }): LayerSpectrum => {
      const block = sigma.slice(from, to).map((row) => row.slice(from, to));
      return {
        spectralNorm: jacobi(block).values[0] ?? 0,
        frobeniusNorm: Math.sqrt(block.flat().reduce((sum, value) => sum + value * value, 0)),
      };
    }),
    ...(parameters <= 64 && { covariance: Float64Array.from(sigma.flat()) }),
    ...(gram !== undefined && { gram: Float64Array.from(gram.flat()) }),
  };
}

function slices(layers: readonly Layer[]): (Layer & { from: number; to: number })[] {
  let to = 0;
  return layers.map((layer) => ({ ...layer, from: to, to: (to += layer.size) }));
}
