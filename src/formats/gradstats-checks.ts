import { plainNumber, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Moments } from '../shared/summary';
import type { StatisticsContent } from './gradstats-form';

type Checked = Pick<StatisticsContent, 'samples' | 'moments' | 'gram'>;

/** How far two sums of the same terms may lie apart, relative to the larger: far above rounding, far below an error. */
const APART = 1e-6;

const refuse = (found: string, array: string): AnalysisError =>
  new AnalysisError({
    code: 'gradstats/contradiction',
    found,
    where: `array “${array}”`,
    remedy: 'Write the statistics again from the dump.',
  });

/**
 * What the moments say twice, or cannot be.
 *
 * @throws AnalysisError gradstats/contradiction
 */
export function checkStatistics({ samples: N, moments, gram }: Checked, parameters: number): void {
  checkSigns(moments, gram.layers, gram.rounding);
  checkCounts(moments, N, parameters);
  const { meanSquaredNorm: m, scatter, centeredSquaredNorms, meanProducts } = moments;
  const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
  const apart = (a: number, b: number): boolean => Math.abs(a - b) > APART * Math.max(a, b) + slack(N * m, Math.max(a, b)) + N * N * gram.rounding; // prettier-ignore
  const layerSums = [
    ['mean_squared_norm', m, sum(moments.layers.map(({ meanSquaredNorm }) => meanSquaredNorm))],
    ['scatter', scatter, sum(moments.layers.map((layer) => layer.scatter))],
  ] as const;
  for (const [name, whole, layers] of layerSums)
    if (Math.abs(whole - layers) > APART * Math.max(whole, layers))
      throw refuse(`It is ${plainNumber(whole)}, and its layers add up to ${plainNumber(layers)}`, name);
  const norms = sum(centeredSquaredNorms);
  if (apart(norms, scatter))
    throw refuse(
      `They add up to ${plainNumber(norms, 6)}, and “scatter” is ${plainNumber(scatter, 6)}`,
      'centered_squared_norms',
    );
  meanProducts.forEach((product, i) => {
    const c = centeredSquaredNorms[i] ?? 0;
    // Cauchy and Schwarz: |ḡᵀxᵢ| ≤ ‖ḡ‖‖xᵢ‖
    if (Math.abs(product) > (1 + APART) * Math.sqrt(m) * Math.sqrt(c) + slack(m, m))
      throw refuse(
        `Entry ${i} is ${plainNumber(product)}, more than the lengths of the mean and of row ${i} allow`,
        'mean_products',
      );
  });
  const { varianceHistogram, largestMagnitude, layers } = moments;
  if (varianceHistogram.counts.length > 0 && !(scatter > 0))
    throw refuse('Parameters vary, and “scatter” is 0', 'variance_counts');
  if (largestMagnitude === 0 && m + scatter > 0)
    throw refuse('It is 0, and the gradients are not', 'largest_magnitude');
  gram.layers.forEach(({ spectralNorm, frobeniusNorm }, l) => {
    const trace = (layers[l]?.scatter ?? 0) / N;
    const most = trace * (1 + APART) + slack(m, trace) + N * gram.rounding;
    if (spectralNorm > most)
      throw refuse(
        `Entry ${l} is ${plainNumber(spectralNorm)}, more than the trace ${plainNumber(trace)} of the layer`,
        'layer_spectral_norm',
      );
    if (frobeniusNorm > most)
      throw refuse(
        `Entry ${l} is ${plainNumber(frobeniusNorm ** 2)}, more than the squared trace ${plainNumber(trace ** 2)} of the layer`,
        'layer_squared_frobenius_norm',
      );
  });
}

/** What rounding of a mean of squared length m leaves in a sum of squares c around it. */
const slack = (m: number, c: number): number =>
  64 * Number.EPSILON * Math.sqrt(m) * Math.sqrt(c) + (64 * Number.EPSILON) ** 2 * m;

function checkSigns(moments: Moments, layers: Checked['gram']['layers'], rounding: number): void {
  const nonNegative: readonly (readonly [array: string, values: readonly number[] | Float64Array])[] = [
    ['gram_rounding', [rounding]],
    ['mean_squared_norm', [moments.meanSquaredNorm]],
    ['scatter', [moments.scatter]],
    ['centered_squared_norms', moments.centeredSquaredNorms],
    ['signal_to_noise', [moments.signalToNoise.sum]],
    ['signal_to_noise_parameters', [moments.signalToNoise.parameters]],
    ['constant_parameters', [moments.constantParameters]],
    ['saturated', [moments.saturated]],
    ['zeros', [moments.elementHistogram.zeros]],
    ['largest_magnitude', [moments.largestMagnitude]],
    ['variance_counts', moments.varianceHistogram.counts],
    ['positive_counts', moments.elementHistogram.positive],
    ['negative_counts', moments.elementHistogram.negative],
    ['layer_mean_squared_norm', moments.layers.map(({ meanSquaredNorm }) => meanSquaredNorm)],
    ['layer_scatter', moments.layers.map(({ scatter }) => scatter)],
    ['layer_dead_parameters', moments.layers.map(({ deadParameters }) => deadParameters)],
    ['layer_spectral_norm', layers.map(({ spectralNorm }) => spectralNorm)],
    ['layer_squared_frobenius_norm', layers.map(({ frobeniusNorm }) => frobeniusNorm)],
  ];
  const entry = (values: ArrayLike<number>, k: number): string => (values.length === 1 ? 'It' : `Entry ${k}`);
  for (const [array, values] of nonNegative) {
    const k = values.findIndex((value) => !(value >= 0 && value < Infinity));
    const value = values[k];
    if (value !== undefined)
      throw refuse(`${entry(values, k)} is ${shown(value)}, not a finite number from 0 up`, array);
  }
  const k = moments.meanProducts.findIndex((value) => !Number.isFinite(value));
  const value = moments.meanProducts[k];
  if (value !== undefined) throw refuse(`Entry ${k} is ${shown(value)}, not a finite number`, 'mean_products');
  for (const [array, first, bins] of [
    ['variance_first', moments.varianceHistogram.first, moments.varianceHistogram.counts],
    ['magnitude_first', moments.elementHistogram.first, moments.elementHistogram.positive],
  ] as const)
    if (first < -2200 || first + bins.length > 2200)
      throw refuse(`It is ${first} for ${bins.length} bins, beyond the exponents that numbers have`, array);
}

const shown = (value: number): string => (Number.isFinite(value) ? plainNumber(value) : String(value));

function checkCounts(moments: Moments, N: number, parameters: number): void {
  const total = (...lists: readonly Float64Array[]): number =>
    lists.reduce((sum, list) => sum + list.reduce((part, count) => part + count, 0), 0);
  const { varianceHistogram, elementHistogram, constantParameters, deadParameters, signalToNoise, saturated } = moments;
  const { positive, negative, zeros } = elementHistogram;
  const varying = total(varianceHistogram.counts);
  const refuseSum = (what: string, sum: number, expected: number, array: string): void => {
    if (sum !== expected) throw refuse(`${what} ${wholeNumber(sum)}, and there are ${wholeNumber(expected)}`, array);
  };
  refuseSum('With the constant ones it counts parameters', varying + constantParameters, parameters, 'variance_counts');
  refuseSum('It counts parameters that vary', signalToNoise.parameters, varying, 'signal_to_noise_parameters');
  refuseSum('With the others it counts elements', total(positive, negative) + zeros, N * parameters, 'zeros');
  if (deadParameters > constantParameters)
    throw refuse(
      `${wholeNumber(deadParameters)} parameters are always 0, and only ${wholeNumber(constantParameters)} are constant`,
      'layer_dead_parameters',
    );
  const odd = moments.layers.findIndex(({ size, deadParameters: dead }) => dead > size);
  if (odd >= 0) throw refuse(`Entry ${odd} is more than the parameters of the layer`, 'layer_dead_parameters');
  if (saturated > N * parameters) throw refuse('It is more than all elements', 'saturated');
}

/** Rows and columns that are compared at a time: each pair of stripes is read once. */
const STRIPE = 256;

/**
 * The products between rows: finite, symmetric, with the squared norms on the diagonal, and those of centered rows.
 *
 * @param read doubles, from a byte position on
 * @throws AnalysisError gradstats/contradiction, what `checkCanceled` throws
 */
export function checkGram(
  { samples: N, moments, gram }: Checked,
  read: (position: number, length: number) => Float64Array,
  checkCanceled: () => void,
): void {
  const { centeredSquaredNorms, meanSquaredNorm: m } = moments;
  const lengths = centeredSquaredNorms.map(Math.sqrt);
  const longest = lengths.reduce((sum, length) => sum + length, 0);
  const rounding = N * gram.rounding;
  const at = (list: Float64Array, k: number): number => list[k] ?? 0;
  /** Within which two computations of xᵢᵀxⱼ must agree. */
  const tolerance = (a: number, b: number): number => APART * a * b + slack(m, a * b) + rounding;
  for (let from = 0; from < N; from += STRIPE) {
    const count = Math.min(STRIPE, N - from);
    const rows = read(8 * from * N, 8 * count * N);
    for (let j = 0; j < N; j++) {
      if (j % STRIPE === 0) checkCanceled();
      const column = j < from ? rows.subarray(0, 0) : read(8 * (j * N + from), 8 * count);
      for (let i = 0; i < count; i++) {
        const value = at(rows, i * N + j);
        if (!Number.isFinite(value)) throw refuse(`Entry (${from + i}, ${j}) is ${value}, not a finite number`, 'gram');
        if (j < from) continue;
        const other = at(column, i);
        if (Math.abs(value - other) > tolerance(at(lengths, from + i), at(lengths, j)))
          throw refuse(
            `It is not symmetric: entry (${from + i}, ${j}) is ${plainNumber(value, 6)}, and (${j}, ${from + i}) is ${shown(other)}`,
            'gram',
          );
      }
    }
    for (let i = 0; i < count; i++) {
      const [row, length] = [rows.subarray(i * N, (i + 1) * N), at(lengths, from + i)];
      const squared = at(row, from + i);
      if (Math.abs(squared - length * length) > tolerance(length, length))
        throw refuse(
          `Entry (${from + i}, ${from + i}) is ${plainNumber(squared, 6)}, and the squared norm of row ${from + i} is ${plainNumber(length * length, 6)}`,
          'gram',
        );
      const sum = row.reduce((total, value) => total + value, 0);
      if (Math.abs(sum) > APART * length * longest + N * (slack(m, length * longest) + rounding))
        throw refuse(`Its row ${from + i} adds up to ${plainNumber(sum)}, and those of centered rows to 0`, 'gram');
      const beyond = row.findIndex((value, j) => Math.abs(value) > length * at(lengths, j) + tolerance(length, at(lengths, j))); // prettier-ignore
      if (beyond >= 0)
        throw refuse(
          `Entry (${from + i}, ${beyond}) is ${plainNumber(at(row, beyond))}, more than the lengths of both rows allow`,
          'gram',
        );
    }
  }
}
