import type { GradientDump } from '../shared/dump';
import { beyondMemory, workingMemory } from '../shared/memory-budget';
import { AnalysisError } from '../shared/problem';
import type { DumpComparison, Spectrum } from '../shared/summary';
import { openBlocks } from './blocks';
import { exponentOf, largestOf } from './exponent';
import { centerColumns } from './gram-matrix';
import type { Kernel, PassContext } from './kernel';
import { leadingDirections, overlaps, principalCosines } from './leading-directions';

/** Columns of one tile. */
const STRIP = 256;

/**
 * What a second dump of the same parameters says about the first: both covariances meet in the n × m products of their
 * centered rows, XYᵀ, and nothing of size d×d is formed.
 *
 * @throws AnalysisError metadata/invalid when the dumps do not fit, data/non-finite, memory/budget, run/canceled
 */
export async function compareDumps(
  dump: GradientDump,
  other: GradientDump,
  spectrum: Spectrum,
  kernel: Kernel,
  context: PassContext,
): Promise<DumpComparison> {
  if (other.parameters !== dump.parameters)
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: `The other dump has ${other.parameters} parameters, this one ${dump.parameters}`,
      where: other.path,
      remedy: 'Compare dumps of the same model.',
    });
  const needed = 8 * (dump.rows * other.rows + STRIP * (dump.rows + other.rows));
  if (needed > context.memoryBudget)
    throw beyondMemory('memory/budget', `Comparing ${dump.rows} with ${other.rows} rows needs`, needed, context.memoryBudget, { where: other.path, otherwise: 'compare fewer rows', bytes: Math.max(needed, workingMemory(other.rows, other.parameters)) }); // prettier-ignore
  const { moments, spectrum: otherSpectrum } = await kernel.solve(other, context);
  const [directions, others] = [
    leadingDirections(dump, spectrum, context),
    leadingDirections(other, otherSpectrum, context),
  ];
  return {
    rows: other.rows,
    meanSquaredNorm: moments.meanSquaredNorm,
    scatter: moments.scatter,
    frobeniusNorm: otherSpectrum.frobeniusNorm,
    ownMeanDeviation: rootMeanSquare(moments.meanProducts),
    ...crossProducts(dump, other, moments.centeredSquaredNorms, context),
    overlaps: overlaps(directions, others),
    principalCosines: principalCosines(directions, others, context),
  };
}

/** √tr(ΣΣ′) = ‖XYᵀ‖_F/√(nm), ḡᵀȳ and √ȳᵀΣȳ = ‖Xȳ‖/√n, by blocks of columns. */
function crossProducts(
  dump: GradientDump,
  other: GradientDump,
  otherSquaredNorms: Float64Array,
  context: PassContext,
): Pick<DumpComparison, 'crossNorm' | 'meanProduct' | 'meanDeviation' | 'matchingRows'> {
  const { rows: n, parameters: d } = dump;
  const m = other.rows;
  const products = new Float64Array(n * m);
  const alongOther = new Float64Array(n);
  const x = new Float64Array(n * STRIP);
  const y = new Float64Array(m * STRIP);
  const means = new Float64Array(STRIP);
  const otherMeans = new Float64Array(STRIP);
  let meanProduct = 0;
  const readers = [openBlocks(dump), openBlocks(other)] as const;
  try {
    for (let from = 0; from < d; from += STRIP) {
      const width = Math.min(STRIP, d - from);
      readers[0].readColumns(from, width, x);
      readers[1].readColumns(from, width, y);
      centerColumns(x, n, width, 1, means);
      centerColumns(y, m, width, 1, otherMeans);
      for (let j = 0; j < width; j++) meanProduct += means[j]! * otherMeans[j]!;
      for (let i = 0; i < n; i++) {
        if (i % 16 === 0) context.checkCanceled();
        for (let j = 0; j < width; j++) alongOther[i]! += x[i * width + j]! * otherMeans[j]!;
        for (let k = 0; k < m; k++) {
          let sum = 0;
          for (let j = 0; j < width; j++) sum += x[i * width + j]! * y[k * width + j]!;
          products[i * m + k]! += sum;
        }
      }
    }
    for (const reader of readers) reader.checkUnchanged();
  } finally {
    for (const reader of readers) reader.close();
  }
  return {
    crossNorm: rootMeanSquare(products),
    meanProduct,
    meanDeviation: rootMeanSquare(alongOther),
    ...(n === m && { matchingRows: matchingRows(products, otherSquaredNorms) }),
  };
}

/**
 * @param products [n, n] xᵢᵀyₖ
 * @param squaredNorms [n] ‖yₖ‖²
 * @returns rows i whose cosine with yᵢ is larger than that with any other yₖ
 */
function matchingRows(products: Float64Array, squaredNorms: Float64Array): number {
  const n = squaredNorms.length;
  const lengths = squaredNorms.map(Math.sqrt);
  let count = 0;
  for (let i = 0; i < n; i++) {
    // the length of xᵢ is the same in all of them; a row of zeros has no angle
    const along = (k: number): number => (lengths[k]! > 0 ? products[i * n + k]! / lengths[k]! : -Infinity);
    const own = along(i);
    let best = own > 0;
    for (let k = 0; k < n && best; k++) best = k === i || along(k) < own;
    if (best) count++;
  }
  return count;
}

/** Of numbers of any scale. */
function rootMeanSquare(values: Float64Array): number {
  const scale = 2 ** exponentOf(largestOf(values));
  return Math.sqrt(values.reduce((sum, value) => sum + (value * scale) ** 2, 0) / values.length) / scale;
}
