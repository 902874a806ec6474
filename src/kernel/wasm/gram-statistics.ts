import type { GradientDump } from '../../shared/dump';
import type { Gram } from '../../shared/statistics';
import { besideBytes } from '../../shared/memory-budget';
import type { Moments, Spectrum } from '../../shared/summary';
import { clippedOfGiven } from '../eigen';
import { scalingExponent } from '../exponent';
import { eachRow, withPossible } from '../gram-statistics';
import type { AddedGram, PassContext } from '../kernel';
import { refuseOneRow } from '../spectrum';
import { withGramMatrix } from './gram-matrix';
import { layOutSolution } from './gram-layout';
import { roundingOfProducts, spectrumOfGram } from './matrix-spectrum';
import { withPass } from './pass';
import type { Machine } from './pass';
import { planGram } from './spectrum';
import { setUpper, upperElements } from './tiled-matrix';

/** @see Kernel.gram */
export function addGramOf(machine: Machine, dump: GradientDump, target: Float64Array, context: PassContext): AddedGram {
  refuseOneRow(dump);
  const { rows: n } = dump;
  // the matrix that the target holds is a part of the budget, too
  const rest = { ...context, memoryBudget: context.memoryBudget - target.byteLength };
  const plan = plannedBeside(target, () => planGram(machine, dump, rest, false, [false]));
  return withGramMatrix(machine, dump, context, plan, (pass, { moments, layers, exponent }) => {
    const back = 2 ** (-2 * exponent);
    upperElements(pass, (i, j, value) => {
      target[i * n + j]! += value * back;
      if (i !== j) target[j * n + i]! += value * back;
    });
    return { moments, layers, rounding: roundingOfProducts(pass, moments, n, exponent) * back };
  });
}

/** A refusal for want of memory says all of it, with the matrix that the target holds. */
function plannedBeside<T>(target: Float64Array, plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    throw besideBytes(error, target.byteLength, 'the products themselves take');
  }
}

/** @see Kernel.spectrumOfGram */
export function spectrumFromGram(
  machine: Machine,
  gram: Gram,
  moments: Moments,
  parameters: number,
  context: PassContext,
): Spectrum {
  const n = moments.centeredSquaredNorms.length;
  const exponent = scalingExponent(moments);
  const scale = 2 ** (2 * exponent);
  const planned = layOutSolution(machine, context, n, parameters);
  return withPass(machine, { arrays: [] }, context, planned, 0, false, (pass) => {
    eachRow(gram, n, context, (row, i) => setUpper(pass, row, i, scale));
    const rounding = gram.rounding * scale;
    const { spectrum } = spectrumOfGram(
      machine,
      pass,
      moments,
      gram.layers,
      exponent,
      rounding,
      context,
      clippedOfGiven,
    );
    return withPossible(spectrum, parameters);
  });
}
