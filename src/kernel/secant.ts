import type { GradientDump } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import { sameExamples } from '../shared/same-examples';
import type { Secant } from '../shared/summary';
import { openBlocks } from './blocks';
import type { PassContext } from './kernel';

/** Columns of one tile. */
const STRIP = 256;

/**
 * Curvature of the loss along the way Δθ between the parameters of two dumps: Δθᵀ(ȳ − ḡ)/‖Δθ‖².
 *
 * @param from parameters of the dump, [1, d]; a vector [d] is read as one row
 * @param to parameters of the other dump, [1, d]
 * @throws AnalysisError metadata/invalid when the parameters do not fit or are the same, run/canceled
 */
export function secant(
  dump: GradientDump,
  other: GradientDump,
  from: GradientDump,
  to: GradientDump,
  context: PassContext,
): Secant {
  const d = dump.parameters;
  const start = parameters(from, d);
  const way = parameters(to, d);
  for (let j = 0; j < d; j++) way[j]! -= start[j]!;
  const squaredDistance = way.reduce((sum, value) => sum + value * value, 0);
  if (!(squaredDistance > 0 && Number.isFinite(squaredDistance)))
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: squaredDistance === 0 ? 'Both dumps have the same parameters' : 'The parameters hold NaN or infinity',
      where: to.path,
      remedy: 'Compare dumps of two different steps.',
    });
  const slopes = (of: GradientDump): Float64Array => along(of, way, context).map((value) => value / squaredDistance);
  const [before, after] = [slopes(dump), slopes(other)];
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const curvature = mean(after) - mean(before);
  return { squaredDistance, curvature, before, after, paired: sameExamples(dump, other).same };
}

function parameters(dump: GradientDump, d: number): Float64Array {
  if (dump.rows !== 1 || dump.parameters !== d)
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: `The parameters are ${dump.rows} × ${dump.parameters}, not a vector of ${d}`,
      where: dump.path,
      remedy: 'Write the parameters as one vector or row, in the order of the gradients.',
    });
  const values = new Float64Array(d);
  const reader = openBlocks(dump);
  try {
    reader.readRows(0, 1, values);
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
  return values;
}

/** [n] Δθᵀgᵢ */
function along(dump: GradientDump, way: Float64Array, context: PassContext): Float64Array {
  const { rows: n, parameters: d } = dump;
  const products = new Float64Array(n);
  const tile = new Float64Array(n * STRIP);
  const reader = openBlocks(dump);
  try {
    for (let first = 0; first < d; first += STRIP) {
      context.checkCanceled();
      const width = Math.min(STRIP, d - first);
      reader.readColumns(first, width, tile);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < width; j++) products[i]! += tile[i * width + j]! * way[first + j]!;
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
  return products;
}
