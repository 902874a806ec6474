import type { GradientDump } from '../shared/dump';
import { beyondMemory } from '../shared/memory-budget';
import { AnalysisError } from '../shared/problem';
import type { MatrixSummary, Spectrum } from '../shared/summary';
import { openBlocks } from './blocks';
import { exponentOf, largestOf } from './exponent';
import type { PassContext } from './kernel';
import { leadingDirections, leadingEigenvectors, MOST_DIRECTIONS, overlaps } from './leading-directions';
import { frobeniusNorm, multiply } from './symmetric';

/** Rows read at a time. */
const STRIP = 64;

/** Beyond it a matrix is not a symmetric one that was rounded, but something else. */
const MOST_ASYMMETRY = 1e-2;

/**
 * What a symmetric [d, d] matrix A says about a dump: its spectrum, and its products with the covariance and the mean.
 *
 * @throws AnalysisError metadata/invalid when A does not fit, data/non-finite, memory/budget, run/canceled
 */
export function matrixCompanion(
  dump: GradientDump,
  matrix: GradientDump,
  spectrum: Spectrum | undefined,
  context: PassContext,
): MatrixSummary {
  const { parameters: d } = dump;
  if (matrix.rows !== d || matrix.parameters !== d)
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: `The matrix is ${matrix.rows} × ${matrix.parameters}, but the dump has ${d} parameters`,
      where: matrix.path,
      remedy: `Name a file with a ${d} × ${d} matrix.`,
    });
  const needed = 8 * (2 * d * d + STRIP * d + 24 * d + 2 * dump.rows);
  if (needed > context.memoryBudget)
    throw beyondMemory('memory/budget', `The ${d} × ${d} matrix and its solution need`, needed, context.memoryBudget, { where: matrix.path }); // prettier-ignore
  const { A, asymmetry, exponent } = readSymmetric(matrix, context);
  const directions = spectrum === undefined ? [] : leadingDirections(dump, spectrum, context);
  const solved = leadingEigenvectors(A, d, MOST_DIRECTIONS, context);
  const largest = solved.eigenvalues[0]!;
  const smallest = solved.eigenvalues[d - 1]!;
  let trace = 0;
  for (let j = 0; j < d; j++) trace += A[j * d + j]!;
  const norm = frobeniusNorm(A, d);
  const plane = inPlane(A, d, spectrum, directions);

  const positive = smallest > d * Number.EPSILON * largest;
  const alongNoise = Float64Array.from(directions, (u) => quadraticForm(A, d, u, u));
  const { rows, ...found } = products(dump, A, solved.vectors, positive, context);
  const { rowProducts, meanRowProducts, meanProduct, noiseAlong, inverse } = found;
  const back = (value: number): number => value * 2 ** -exponent;
  const backTwice = (value: number): number => value * 2 ** -rows * 2 ** -rows;
  const ofRows = (value: number): number => backTwice(back(value));
  const ofInverse = (value: number): number => backTwice(value) * 2 ** exponent;
  return finite(matrix.path, {
    trace: back(trace),
    frobeniusNorm: back(norm),
    eigenvalues: { largest: back(largest), smallest: back(smallest) },
    asymmetry,
    rowProducts: rowProducts.map(ofRows),
    meanRowProducts: meanRowProducts.map(ofRows),
    meanProduct: ofRows(meanProduct),
    ...(inverse && {
      inverse: {
        covarianceProduct: ofInverse(inverse.covarianceProduct),
        meanProduct: ofInverse(inverse.meanProduct),
        condition: largest / smallest,
      },
    }),
    alongNoise: alongNoise.map(back),
    noiseAlong: noiseAlong.map(backTwice),
    ...(plane && { plane: [back(plane[0]), back(plane[1]), back(plane[2])] }),
    overlaps: overlaps(directions, solved.vectors),
  });
}

/** @throws AnalysisError data/overflow when a product of the matrix and the rows is beyond the range of doubles */
function finite(where: string, summary: MatrixSummary): MatrixSummary {
  const { rowProducts, meanRowProducts, noiseAlong, inverse } = summary;
  const numbers = [summary.trace, summary.frobeniusNorm, summary.meanProduct, inverse?.covarianceProduct ?? 0, inverse?.meanProduct ?? 0]; // prettier-ignore
  if ([numbers, rowProducts, meanRowProducts, noiseAlong].every((list) => list.every(Number.isFinite))) return summary;
  throw new AnalysisError({
    code: 'data/overflow',
    found: 'Products of the matrix with the squares of the gradients exceed 1.8e308',
    where,
    remedy: 'Scale the matrix by a power of two, which keeps every bit:',
    fix: 'A = np.ldexp(A, -600)',
  });
}

/** The symmetric part of a matrix, times 2^exponent so that it is near 1, and how far the matrix was from it. */
function readSymmetric(
  matrix: GradientDump,
  context: PassContext,
): { readonly A: Float64Array; readonly asymmetry: number; readonly exponent: number } {
  const d = matrix.parameters;
  const A = new Float64Array(d * d);
  const reader = openBlocks(matrix);
  try {
    for (let from = 0; from < d; from += STRIP) {
      context.checkCanceled();
      const count = Math.min(STRIP, d - from);
      reader.readRows(from, count, A.subarray(from * d, (from + count) * d));
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
  const exponent = exponentOf(largestOf(A.map((entry) => (Number.isFinite(entry) ? entry : 0))));
  const scale = 2 ** exponent;
  let most = 0;
  let apart = 0;
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      const [below, above] = [A[i * d + j]! * scale, A[j * d + i]! * scale];
      if (!Number.isFinite(below) || !Number.isFinite(above))
        throw new AnalysisError({
          code: 'data/non-finite',
          found: `The matrix holds a number that is not finite`,
          where: `${matrix.path}, entry (${i}, ${j})`,
          remedy: 'Write the matrix again.',
        });
      most = Math.max(most, Math.abs(below), Math.abs(above));
      apart = Math.max(apart, Math.abs(below - above));
      A[i * d + j] = A[j * d + i] = (below + above) / 2;
    }
  const asymmetry = most === 0 ? 0 : apart / most;
  if (asymmetry > MOST_ASYMMETRY)
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: `The matrix is not symmetric: two mirrored entries differ by ${(100 * asymmetry).toFixed(1)} % of the largest entry`,
      where: matrix.path,
      remedy: 'Name a file with a Hessian or a Fisher matrix.',
    });
  return { A, asymmetry, exponent };
}

/** Of rows times 2^rows, and A as it was given. */
interface MatrixProducts {
  readonly rows: number;
  readonly rowProducts: Float64Array;
  readonly meanRowProducts: Float64Array;
  readonly meanProduct: number;
  readonly noiseAlong: Float64Array;
  readonly inverse?: { readonly covarianceProduct: number; readonly meanProduct: number };
}

/** xᵢᵀAxᵢ, ḡᵀAxᵢ, ḡᵀAḡ, vᵀΣv for the vectors v, and products with A⁻¹ when A is positive definite; A is overwritten then. */
function products(
  dump: GradientDump,
  A: Float64Array,
  vectors: readonly Float64Array[],
  positive: boolean,
  context: PassContext,
): MatrixProducts {
  const { rows: n, parameters: d } = dump;
  const rowProducts = new Float64Array(n);
  const noiseAlong = new Float64Array(vectors.length);
  const meanRowProducts = new Float64Array(n);
  const reader = openBlocks(dump);
  try {
    const rows = new Float64Array(STRIP * d);
    const eachRow = (visit: (row: Float64Array, i: number) => void): void => {
      for (let from = 0; from < n; from += STRIP) {
        context.checkCanceled();
        const count = Math.min(STRIP, n - from);
        reader.readRows(from, count, rows);
        for (let i = 0; i < count; i++) visit(rows.subarray(i * d, (i + 1) * d), from + i);
      }
    };
    // means as deviations from the first row: equal rows leave exactly nothing, however large they are
    const origin = new Float64Array(d);
    const mean = new Float64Array(d);
    let largest = 0;
    eachRow((row, i) => {
      if (i === 0) origin.set(row);
      largest = Math.max(largest, largestOf(row));
      for (let j = 0; j < d; j++) mean[j]! += (row[j]! - origin[j]!) / n;
    });
    const exponent = exponentOf(largest);
    const scale = 2 ** exponent;
    for (let j = 0; j < d; j++) mean[j] = (mean[j]! + origin[j]!) * scale;
    const image = new Float64Array(d);
    const meanImage = new Float64Array(d);
    multiply(A, d, mean, meanImage);
    eachRow((row, i) => {
      if (i % 16 === 0) context.checkCanceled();
      subtract(row, mean, scale);
      multiply(A, d, row, image);
      rowProducts[i] = dot(row, image);
      meanRowProducts[i] = dot(row, meanImage);
      for (const [k, vector] of vectors.entries()) noiseAlong[k]! += dot(row, vector) ** 2 / n;
    });
    const meanProduct = dot(mean, meanImage);
    if (!positive) return { rows: exponent, rowProducts, meanRowProducts, meanProduct, noiseAlong };

    factorize(A, d, context);
    let covarianceProduct = 0;
    eachRow((row) => {
      subtract(row, mean, scale);
      covarianceProduct += halfSolved(A, d, row) / n;
    });
    reader.checkUnchanged();
    return {
      rows: exponent,
      rowProducts,
      meanRowProducts,
      meanProduct,
      noiseAlong,
      inverse: { covarianceProduct, meanProduct: halfSolved(A, d, mean.slice()) },
    };
  } finally {
    reader.close();
  }
}

/** A within the plane of the first two directions; with two parameters that is A itself. */
function inPlane(
  A: Float64Array,
  d: number,
  spectrum: Spectrum | undefined,
  directions: readonly Float64Array[],
): readonly [number, number, number] | undefined {
  if (spectrum?.plane.axes === 'parameters') return d === 2 ? [A[0]!, A[2]!, A[3]!] : undefined;
  const [first, second] = directions;
  if (first === undefined || second === undefined) return undefined;
  const entry = (u: Float64Array, v: Float64Array): number => quadraticForm(A, d, u, v);
  return [entry(first, first), entry(first, second), entry(second, second)];
}

/** uᵀAv */
function quadraticForm(A: Float64Array, d: number, u: Float64Array, v: Float64Array): number {
  const image = new Float64Array(d);
  multiply(A, d, v, image);
  return dot(u, image);
}

/** A = LLᵀ in place of the lower triangle. */
function factorize(A: Float64Array, d: number, context: PassContext): void {
  for (let i = 0; i < d; i++) {
    if (i % 32 === 0) context.checkCanceled();
    for (let j = 0; j <= i; j++) {
      let rest = A[i * d + j]!;
      for (let k = 0; k < j; k++) rest -= A[i * d + k]! * A[j * d + k]!;
      A[i * d + j] = i === j ? Math.sqrt(rest) : rest / A[j * d + j]!;
    }
  }
}

/** ‖L⁻¹v‖² = vᵀA⁻¹v; v is overwritten. */
function halfSolved(L: Float64Array, d: number, v: Float64Array): number {
  for (let i = 0; i < d; i++) {
    let rest = v[i]!;
    for (let k = 0; k < i; k++) rest -= L[i * d + k]! * v[k]!;
    v[i] = rest / L[i * d + i]!;
  }
  return dot(v, v);
}

/** @param mean of the scaled rows */
function subtract(row: Float64Array, mean: Float64Array, scale: number): void {
  for (let j = 0; j < row.length; j++) row[j] = row[j]! * scale - mean[j]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}
