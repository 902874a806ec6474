import { plainNumber, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Moments } from '../shared/summary';
import type { StatisticsContent } from './format';

type Checked = Pick<StatisticsContent, 'rows' | 'dtype' | 'moments' | 'gram'>;

/** How far two sums of the same terms may lie apart, relative to the larger: far above rounding, far below an error. */
export const APART = 1e-6;

/** Products in single precision round to 2⁻²⁴ of the lengths; many of them never leave more than this share of the longest. */
const MOST_ROUNDING = 1e-6;

/** float16 ends at 65504, in the bin of this exponent. */
const SATURATED = { magnitude: 65504, exponent: 15 };

/** Squares of smaller powers of two leave the range of doubles, and sums of them with it. */
const SMALLEST_SQUARED = -511;

export const contradiction = (found: string, array: string): AnalysisError =>
  new AnalysisError({
    code: 'gradstats/contradiction',
    found,
    where: `array “${array}”`,
    remedy: 'Write the statistics again from the dump.',
  });

/**
 * What the moments say twice, or cannot be: each number is held against every other that bounds it.
 *
 * @param counted whether the elements are counted by their size
 * @throws AnalysisError gradstats/contradiction
 */
export function checkStatistics(
  { rows: n, dtype, moments, gram }: Checked,
  parameters: number,
  counted: boolean,
): void {
  checkSigns(moments, gram.layers, gram.rounding);
  checkCounts(moments, n, parameters, dtype, counted);
  checkSums(moments, n, gram.rounding);
  checkMeanProducts(moments);
  checkMagnitudes(moments, n, parameters, counted);
  checkVariances(moments, n);
  checkSignalToNoise(moments, n);
  checkLayers(moments, gram, n);
}

const sumOf = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** What rounding of a mean of squared length m leaves in a sum of squares c around it. */
export const slack = (m: number, c: number): number =>
  64 * Number.EPSILON * Math.sqrt(m) * Math.sqrt(c) + (64 * Number.EPSILON) ** 2 * m;

function checkSums(
  { meanSquaredNorm: m, scatter, centeredSquaredNorms, layers }: Moments,
  n: number,
  rounding: number,
) {
  const layerSums = [
    ['mean_squared_norm', m, sumOf(layers.map(({ meanSquaredNorm }) => meanSquaredNorm))],
    ['scatter', scatter, sumOf(layers.map((layer) => layer.scatter))],
  ] as const;
  for (const [name, whole, together] of layerSums)
    if (Math.abs(whole - together) > APART * Math.max(whole, together))
      throw contradiction(`It is ${plainNumber(whole)}, and its layers add up to ${plainNumber(together)}`, name);
  const norms = sumOf(centeredSquaredNorms);
  const larger = Math.max(norms, scatter);
  if (Math.abs(norms - scatter) > APART * larger + slack(n * m, larger))
    throw contradiction(
      `They add up to ${plainNumber(norms, 6)}, and “scatter” is ${plainNumber(scatter, 6)}`,
      'centered_squared_norms',
    );
  const longest = centeredSquaredNorms.reduce((most, c) => Math.max(most, c), 0);
  if (rounding > MOST_ROUNDING * longest)
    throw contradiction(
      `It is ${plainNumber(rounding)}, more than products of rows of squared length ${plainNumber(longest)} can round`,
      'gram_rounding',
    );
}

function checkMeanProducts({ meanSquaredNorm: m, centeredSquaredNorms, meanProducts }: Moments): void {
  const length = Math.sqrt(m);
  let lengths = 0;
  meanProducts.forEach((product, i) => {
    const own = Math.sqrt(centeredSquaredNorms[i] ?? 0);
    lengths += own;
    // Cauchy and Schwarz: |ḡᵀxᵢ| ≤ ‖ḡ‖‖xᵢ‖
    if (Math.abs(product) > (1 + APART) * length * own + slack(m, m))
      throw contradiction(
        `Entry ${i} is ${plainNumber(product)}, more than the lengths of the mean and of row ${i} allow`,
        'mean_products',
      );
  });
  const sum = sumOf(meanProducts);
  if (Math.abs(sum) > APART * length * lengths + meanProducts.length * slack(m, m))
    throw contradiction(`They add up to ${plainNumber(sum)}, and those of centered rows to 0`, 'mean_products');
}

/** The largest of the elements, their histogram, and the squared norms that they add up to. */
function checkMagnitudes(moments: Moments, n: number, parameters: number, counted: boolean): void {
  const { meanSquaredNorm: m, scatter, centeredSquaredNorms, meanProducts, largestMagnitude: largest } = moments;
  const { first, positive, negative, zeros } = moments.elementHistogram;
  const counts = positive.map((count, k) => count + (negative[k] ?? 0));
  const top = counts.findLastIndex((count) => count > 0);
  const array = 'largest_magnitude';
  if (largest === 0 && m + scatter > 0) throw contradiction('It is 0, and the gradients are not', array);
  const bin = first + top;
  const lowest = bin > LOWEST_BIN ? 2 ** bin : 0;
  if (counted && (top < 0 ? largest > 0 : largest < lowest || largest >= 2 ** (Math.max(bin, LOWEST_BIN) + 1)))
    throw contradiction(
      top < 0
        ? `It is ${plainNumber(largest)}, and all elements are 0`
        : `It is ${plainNumber(largest)}, and the largest element that is counted lies between 2^${bin} and 2^${bin + 1}`,
      array,
    );
  const square = largest * largest;
  const alive = parameters - moments.deadParameters;
  let longest = 0;
  centeredSquaredNorms.forEach((c, i) => {
    const squared = m + 2 * (meanProducts[i] ?? 0) + c;
    const off = APART * (Math.sqrt(m) + Math.sqrt(c)) ** 2 + slack(m, m + c);
    longest = Math.max(longest, squared + off);
    if (squared > alive * square * (1 + APART) + off)
      throw contradiction(
        `It is ${plainNumber(largest)}, too small for row ${i}, whose squared norm is ${plainNumber(squared)}`,
        array,
      );
  });
  if (square > longest * (1 + APART) && square > 0)
    throw contradiction(
      `It is ${plainNumber(largest)}, and the squared norm of no row is more than ${plainNumber(longest)}`,
      array,
    );
  const total = n * m + scatter;
  if (total > (n * parameters - zeros) * square * (1 + APART))
    throw contradiction(
      `It is ${plainNumber(largest)}, too small for rows whose squared norms add up to ${plainNumber(total)}`,
      array,
    );
  const [least, most] = boundsOf({ first, counts }, 2);
  if (counted && (total < least * (1 - APART) || total > most * (1 + APART)))
    throw contradiction(
      `The squares of the elements counted add up to between ${shown(least)} and ${shown(most)}, and those of the rows to ${plainNumber(total)}`,
      'magnitude_first',
    );
  moments.layers.forEach(({ size, deadParameters, meanSquaredNorm, scatter: own }, l) => {
    const squares = n * meanSquaredNorm + own;
    if (squares > n * (size - deadParameters) * square * (1 + APART))
      throw contradiction(
        `Entry ${l} and the mean make squared norms of ${plainNumber(squares)}, more than the parameters of the layer that are not always 0 can have`,
        'layer_scatter',
      );
  });
}

/** Numbers below 2⁻¹⁰²² may all lie in this bin. */
const LOWEST_BIN = -1023;

/** What numbers add up to that are counted by powers of two, each to the given power: at least, and at most. */
function boundsOf(
  { first, counts }: Moments['varianceHistogram'],
  power: number,
): readonly [least: number, most: number] {
  let [least, most] = [0, 0];
  counts.forEach((count, k) => {
    if (count === 0) return;
    const bin = first + k;
    if (bin > LOWEST_BIN) least += count * 2 ** (power * bin);
    most += count * 2 ** (power * (Math.max(bin, LOWEST_BIN) + 1));
  });
  return [least, most];
}

function checkVariances({ varianceHistogram, scatter, layers }: Moments, n: number): void {
  const varying = sumOf(varianceHistogram.counts);
  if (varying > 0 && !(scatter > 0)) throw contradiction('Parameters vary, and “scatter” is 0', 'variance_counts');
  if (varying === 0 && scatter > 0)
    throw contradiction(`It is ${plainNumber(scatter)}, and no parameter varies`, 'scatter');
  const possible = sumOf(layers.map(({ size, scatter: own, deadParameters: dead }) => (own > 0 ? size - dead : 0)));
  if (varying > possible)
    throw contradiction(
      `It counts ${wholeNumber(varying)} parameters that vary, and the layers have at most ${wholeNumber(possible)}`,
      'variance_counts',
    );
  const [least, most] = boundsOf(varianceHistogram, 1);
  const trace = scatter / n;
  if (trace < least * (1 - APART) || trace > most * (1 + APART))
    throw contradiction(
      `The variances counted add up to between ${shown(least)} and ${shown(most)}, and “scatter” divided by the rows is ${plainNumber(trace)}`,
      'variance_first',
    );
}

/** Between what the same mean makes of it at the smallest variances that are counted, and at the largest. */
function checkSignalToNoise(moments: Moments, n: number): void {
  const { signalToNoise, varianceHistogram, meanSquaredNorm: m, largestMagnitude, layers } = moments;
  const { first, counts } = varianceHistogram;
  const square = Math.min(largestMagnitude ** 2, m);
  const bins = [...counts].flatMap((count, k) => (count > 0 ? [{ count, bin: first + k }] : []));
  const spread = (mean: number, list: typeof bins, varianceOf: (bin: number) => number): number => {
    let [sum, left] = [0, mean];
    for (const { count, bin } of list) {
      const here = Math.min(left, count * square);
      if (here > 0) sum += here / varianceOf(bin);
      left -= here;
    }
    return sum * ((n - 1) / n);
  };
  const most = spread(m, bins, (bin) => (bin > LOWEST_BIN ? 2 ** bin : 0));
  const steady = moments.constantParameters - moments.deadParameters;
  const varying = Math.max(0, m - steady * square) * (1 - APART);
  const ofBins = spread(varying, bins.toReversed(), (bin) => 2 ** (Math.max(bin, LOWEST_BIN) + 1));
  // no variance of a layer is more than all of them; a constant parameter holds what it likes of the mean of one layer
  const ofLayers = layers
    .map(({ meanSquaredNorm, scatter }) => (scatter > 0 ? (meanSquaredNorm / scatter) * (n - 1) : 0))
    .toSorted((a, b) => b - a);
  const least = Math.max(ofBins, sumOf(ofLayers.slice(steady)));
  const { sum } = signalToNoise;
  if (sum > most * (1 + APART) || sum < least * (1 - APART))
    throw contradiction(
      `It is ${plainNumber(sum)}, and the mean and the variances make it between ${shown(least)} and ${shown(most)}`,
      'signal_to_noise',
    );
}

/** λ₁² ≤ ‖K‖² ≤ λ₁·tr, tr/rank ≤ λ₁ ≤ tr, tr²/rank ≤ ‖K‖², of each layer. */
function checkLayers({ layers, meanSquaredNorm: m }: Moments, gram: Checked['gram'], n: number): void {
  const spectral = 'layer_spectral_norm';
  const frobenius = 'layer_squared_frobenius_norm';
  layers.forEach(({ size, scatter, deadParameters, meanSquaredNorm }, l) => {
    const { spectralNorm, frobeniusNorm: norm } = gram.layers[l] ?? { spectralNorm: 0, frobeniusNorm: 0 };
    const trace = scatter / n;
    const squaredFrobeniusNorm = norm ** 2;
    const rank = Math.max(1, Math.min(n - 1, size - deadParameters));
    const off = APART * trace + slack(m, trace) + n * gram.rounding;
    if (deadParameters === size && meanSquaredNorm + scatter > 0)
      throw contradiction(`All parameters of layer ${l} are always 0, and its rows are not`, 'layer_dead_parameters');
    const least = trace / rank;
    const bounds = `for the trace ${plainNumber(trace)} of the layer and at most ${wholeNumber(rank)} eigenvalues`;
    if (spectralNorm > trace + off)
      throw contradiction(
        `Entry ${l} is ${plainNumber(spectralNorm)}, more than the trace ${plainNumber(trace)} of the layer`,
        spectral,
      );
    if (spectralNorm < least - off)
      throw contradiction(`Entry ${l} is ${plainNumber(spectralNorm)}, too small ${bounds}`, spectral);
    if (norm > trace + off)
      throw contradiction(
        `Entry ${l} is ${plainNumber(squaredFrobeniusNorm)}, more than the squared trace ${plainNumber(trace ** 2)} of the layer`,
        frobenius,
      );
    if (norm < trace / Math.sqrt(rank) - off)
      throw contradiction(`Entry ${l} is ${plainNumber(squaredFrobeniusNorm)}, too small ${bounds}`, frobenius);
    if (spectralNorm > norm + off)
      throw contradiction(
        `Entry ${l} is ${plainNumber(squaredFrobeniusNorm)}, less than the square of the layer’s largest eigenvalue ${plainNumber(spectralNorm)}`,
        frobenius,
      );
    if (norm > Math.sqrt(spectralNorm + off) * Math.sqrt(trace + off))
      throw contradiction(
        `Entry ${l} is ${plainNumber(squaredFrobeniusNorm)}, more than the largest eigenvalue ${plainNumber(spectralNorm)} times the trace ${plainNumber(trace)} of the layer`,
        frobenius,
      );
  });
}

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
      throw contradiction(`${entry(values, k)} is ${shown(value)}, not a finite number from 0 up`, array);
  }
  const k = moments.meanProducts.findIndex((value) => !Number.isFinite(value));
  const value = moments.meanProducts[k];
  if (value !== undefined) throw contradiction(`Entry ${k} is ${shown(value)}, not a finite number`, 'mean_products');
  for (const [array, first, bins] of [
    ['variance_first', moments.varianceHistogram.first, moments.varianceHistogram.counts],
    ['magnitude_first', moments.elementHistogram.first, moments.elementHistogram.positive],
  ] as const)
    if (first < -2200 || first + bins.length > 2200)
      throw contradiction(`It is ${first} for ${bins.length} bins, beyond the exponents that numbers have`, array);
}

export const shown = (value: number): string => (Number.isFinite(value) ? plainNumber(value) : String(value));

function checkCounts(moments: Moments, n: number, parameters: number, dtype: string, counted: boolean): void {
  const total = (...lists: readonly Float64Array[]): number => sumOf(lists.map((list) => sumOf(list)));
  const {
    varianceHistogram,
    elementHistogram,
    constantParameters,
    deadParameters,
    signalToNoise,
    saturated,
    largestMagnitude,
  } = moments;
  const { first, positive, negative, zeros } = elementHistogram;
  const varying = total(varianceHistogram.counts);
  const refuseSum = (what: string, sum: number, expected: number, array: string): void => {
    if (sum !== expected)
      throw contradiction(`${what} ${wholeNumber(sum)}, and there are ${wholeNumber(expected)}`, array);
  };
  refuseSum('With the constant ones it counts parameters', varying + constantParameters, parameters, 'variance_counts');
  refuseSum('It counts parameters that vary', signalToNoise.parameters, varying, 'signal_to_noise_parameters');
  if (counted)
    refuseSum('With the others it counts elements', total(positive, negative) + zeros, n * parameters, 'zeros');
  if (deadParameters > constantParameters)
    throw contradiction(
      `${wholeNumber(deadParameters)} parameters are always 0, and only ${wholeNumber(constantParameters)} are constant`,
      'layer_dead_parameters',
    );
  const odd = moments.layers.findIndex(({ size, deadParameters: dead }) => dead > size);
  if (odd >= 0) throw contradiction(`Entry ${odd} is more than the parameters of the layer`, 'layer_dead_parameters');
  // where squares underflow, a parameter may count as constant, or as 0, that is not
  const tiny = positive.some((count, k) => first + k < SMALLEST_SQUARED && count + (negative[k] ?? 0) > 0);
  const [fewest, most] = [n * deadParameters, n * deadParameters + (n - 1) * varying];
  if (!tiny && (zeros < fewest || zeros > most))
    throw contradiction(
      `It is ${wholeNumber(zeros)}, and the parameters that are always 0 and those that vary make it between ${wholeNumber(fewest)} and ${wholeNumber(most)}`,
      'zeros',
    );
  if (saturated > n * parameters) throw contradiction('It is more than all elements', 'saturated');
  if (saturated === 0 && dtype === 'float16' && largestMagnitude >= SATURATED.magnitude)
    throw contradiction(`It is 0, and the largest element is ${SATURATED.magnitude}, where float16 ends`, 'saturated');
  const k = SATURATED.exponent - first;
  const large = (positive[k] ?? 0) + (negative[k] ?? 0);
  if (counted && saturated > large)
    throw contradiction(
      `It is ${wholeNumber(saturated)}, and ${wholeNumber(large)} elements are as large as ${SATURATED.magnitude}, where float16 ends`,
      'saturated',
    );
  if (saturated > 0 && !/(?:^|[^b])(?:float16|f2)|half/i.test(dtype))
    throw contradiction(
      `It is ${wholeNumber(saturated)}, and elements of type ${dtype.slice(0, 40)} do not end at ${SATURATED.magnitude}`,
      'saturated',
    );
}
