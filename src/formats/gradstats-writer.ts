import { isCounted } from '../shared/statistics';
import type { Statistics } from '../shared/statistics';
import { ELEMENT_COUNTS, GRADSTATS, MARK } from './gradstats-form';
import type { ArrayName } from './gradstats-form';
import { storedZip } from './zip-writer';
import type { NewEntry } from './zip-writer';

/**
 * A file of statistics, piece by piece: what readGradstats reads, and np.load. The same statistics are the same bytes.
 *
 * @param statistics whose products are in memory
 * @throws AnalysisError file/too-large, what `checkCanceled` throws
 */
export function gradstatsFile(
  { dump, sources, moments, gram }: Statistics,
  checkCanceled: () => void,
): Iterable<Uint8Array> {
  const { rows: n, parameters, dtype, metadata, notes } = dump;
  const counted = isCounted(moments);
  const description = {
    version: counted ? 1 : 2,
    samples: n,
    parameters,
    dtype,
    layered: dump.layers.length > 0,
    layers: moments.layers.map(({ name, size }) => ({ name, size })),
    metadata,
    sources,
    notes,
  };
  const { varianceHistogram, elementHistogram, layers } = moments;
  const { bytes, offset } = memoryOf(gram);
  const values: Readonly<Record<ArrayName, Uint8Array | readonly number[] | Float64Array>> = {
    gradstats: new TextEncoder().encode(JSON.stringify(description)),
    gram: bytes.subarray(offset, offset + 8 * n * n),
    gram_rounding: [gram.rounding],
    mean_squared_norm: [moments.meanSquaredNorm],
    scatter: [moments.scatter],
    centered_squared_norms: moments.centeredSquaredNorms,
    mean_products: moments.meanProducts,
    signal_to_noise: [moments.signalToNoise.sum],
    signal_to_noise_parameters: [moments.signalToNoise.parameters],
    constant_parameters: [moments.constantParameters],
    saturated: [moments.saturated],
    zeros: [elementHistogram.zeros],
    largest_magnitude: [moments.largestMagnitude],
    variance_first: [varianceHistogram.first],
    variance_counts: varianceHistogram.counts,
    magnitude_first: [elementHistogram.first],
    positive_counts: elementHistogram.positive,
    negative_counts: elementHistogram.negative,
    layer_mean_squared_norm: layers.map(({ meanSquaredNorm }) => meanSquaredNorm),
    layer_scatter: layers.map(({ scatter }) => scatter),
    layer_dead_parameters: layers.map(({ deadParameters }) => deadParameters),
    layer_spectral_norm: gram.layers.map(({ spectralNorm }) => spectralNorm),
    layer_squared_frobenius_norm: gram.layers.map(({ frobeniusNorm }) => frobeniusNorm ** 2),
  };
  const entry = (name: ArrayName): NewEntry => {
    const { dtype: type, shape } = GRADSTATS[name];
    const data = encoded(values[name], type);
    const length = name === MARK ? data.length : data.length / 8;
    const dimensions = shape.length === 2 ? [n, n] : shape.map(() => length);
    return { name: `${name}.npy`, pieces: [npyHeader(type, dimensions), data] };
  };
  const known = (Object.keys(GRADSTATS) as ArrayName[]).filter((name) => counted || !ELEMENT_COUNTS.includes(name));
  return storedZip(known.map(entry), checkCanceled);
}

function memoryOf({ products: { location } }: Statistics['gram']): { bytes: Uint8Array; offset: number } {
  if (location.kind === 'memory') return location;
  throw new RangeError('the products are in a file already');
}

/** Little-endian, as every platform of Node is. */
function encoded(values: Uint8Array | readonly number[] | Float64Array, type: string): Uint8Array {
  if (values instanceof Uint8Array) return values;
  const typed = type === 'int64' ? BigInt64Array.from(values, BigInt) : Float64Array.from(values);
  return new Uint8Array(typed.buffer);
}

const DESCR: Readonly<Record<string, string>> = { float64: '<f8', int64: '<i8', uint8: '|u1' };

/** Version 1.0, filled up so that the data begin at a multiple of 64 bytes. */
function npyHeader(type: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape.join()},` : shape.join(', ');
  const text = `{'descr': '${DESCR[type] ?? ''}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const padded = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11)}\n`;
  return Uint8Array.of(
    ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >>> 8],
    ...new TextEncoder().encode(padded),
  );
}
