import type { GradientDump } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { Moments, WeightedProducts } from '../shared/summary';
import { openBlocks } from './blocks';
import { eachColumnTile } from './column-tiles';
import { exponentOf, scalingExponent } from './exponent';
import type { PassContext } from './kernel';

/** Parameters whose second moments are read at a time. */
const STRIP = 2 ** 16;

/**
 * Products of the rows in which parameter j counts 1/√vⱼ times: one more pass over the dump. Parameters with v = 0 are left
 * out: there the optimizer has seen no gradient yet, and its first step does not depend on how large one is.
 *
 * @param moments of the dump
 * @param secondMoments v, a dump of one row in the order of the columns
 * @throws AnalysisError metadata/invalid where v is negative, not a number, or 0 for all parameters; run/canceled
 */
export function weightedProducts(
  dump: GradientDump,
  moments: Pick<Moments, 'centeredSquaredNorms'>,
  secondMoments: GradientDump,
  context: PassContext,
): WeightedProducts {
  const { rows: n, parameters: d } = dump;
  const weights = weightsOf(secondMoments, d, context);
  const rowProducts = new Float64Array(n);
  const meanRowProducts = new Float64Array(n);
  let meanProduct = 0;
  let leftOut = 0;
  let [without, all] = [0, 0];
  eachColumnTile(dump, scalingExponent(moments), context, ({ centered, means, from, width }) => {
    for (let j = 0; j < width; j++) {
      const weight = weights[from + j]!;
      const mean = means[j]!;
      let scatter = 0;
      const along = weight * mean;
      for (let i = 0, k = j * n; i < n; i++, k++) {
        const x = centered[k]!;
        scatter += x * x;
        if (weight === 0) continue;
        rowProducts[i]! += weight * x * x;
        meanRowProducts[i]! += along * x;
      }
      all += scatter;
      meanProduct += along * mean;
      if (weight > 0 || (scatter === 0 && mean === 0)) continue;
      leftOut++;
      without += scatter;
    }
  });
  return {
    rowProducts,
    meanRowProducts,
    meanProduct,
    leftOut: { parameters: leftOut, share: all > 0 ? without / all : 0 },
  };
}

/** [d] 1/√v times a power of two, so that the smallest is near 1; 0 where v is. */
function weightsOf(file: GradientDump, d: number, context: PassContext): Float64Array {
  const weights = new Float64Array(d);
  const reader = openBlocks(file);
  let largest = 0;
  try {
    for (let from = 0; from < d; from += STRIP) {
      context.checkCanceled();
      const width = Math.min(STRIP, d - from);
      const part = weights.subarray(from, from + width);
      reader.readColumns(from, width, part);
      for (let j = 0; j < width; j++) {
        const v = part[j]!;
        if (!(v >= 0 && v < Infinity))
          throw new AnalysisError({
            code: v < 0 ? 'metadata/invalid' : 'data/non-finite',
            found: `The second moment of parameter ${from + j} is ${v}; it is an average of squares`,
            where: file.path,
            remedy: 'Save the averages of squared gradients, such as exp_avg_sq of PyTorch’s Adam.',
          });
        if (v > largest) largest = v;
      }
    }
    reader.checkUnchanged();
  } finally {
    reader.close();
  }
  if (largest === 0)
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: 'All second moments are 0, so the optimizer has seen no gradient yet',
      where: file.path,
      remedy: 'Save them after the first step.',
    });
  // an even power, whose root is a power of two as well
  const power = 2 ** (2 * Math.floor(exponentOf(largest) / 2));
  for (let j = 0; j < d; j++) weights[j] = weights[j] === 0 ? 0 : 1 / Math.sqrt(weights[j]! * power);
  return weights;
}
