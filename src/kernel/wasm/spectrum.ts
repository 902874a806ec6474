import type { GradientDump } from '../../shared/dump';
import { problemOf } from '../../shared/problem';
import type { Moments, Spectrum } from '../../shared/summary';
import { openBlocks } from '../blocks';
import { scalingExponent } from '../exponent';
import type { PassContext, Solved } from '../kernel';
import { SHOWN_PARAMETERS } from '../matrix-spectrum';
import { refuseOneRow, spectrum as plainSpectrum, withSmallParameterSpace } from '../spectrum';
import { fastestShape } from './engine';
import { fitting } from './gram-layout';
import { formCovarianceMatrix, withGramMatrix } from './gram-matrix';
import { moments } from './moments';
import { roundingOfProducts, spectrumOfCovariance, spectrumOfGram } from './matrix-spectrum';
import type { Checked } from './matrix-spectrum';
import { readsAhead, threadsFor, withPass } from './pass';
import type { Machine, Plan } from './pass';
import { fitsFloat32, viewOf } from './view';

/** From here on, float32 products are precise enough, because so many of them average their rounding, and worth it. */
const NARROW = { columns: 2 ** 15, multiplications: 2 ** 33 };
/** And with half as many columns where doubles would take many seconds. */
const NARROW_LARGE = { columns: 2 ** 14, multiplications: 2 ** 38 };

/** Multiplications below which plain code that reads rows once more is as fast. */
const WORTH_TURNING = 1e9;

/** @see Kernel.solve; plain spectrum, whose numbers these are up to rounding */
export function solve(
  machine: Machine,
  dump: GradientDump,
  context: PassContext,
  found: (moments: Moments) => void = () => undefined,
): Solved {
  if (dump.rows > dump.parameters || dump.rows < 2) {
    const known = moments(machine, dump, context);
    found(known);
    refuseOneRow(dump);
    return { moments: known, spectrum: spectrumOfParameters(machine, dump, known, context) };
  }
  const plan = planOrMoments(machine, dump, context, found);
  const reader = openBlocks(dump);
  const attempt = (planned: PlannedGram, tell: (moments: Moments) => void): Solved & Checked =>
    withGramMatrix(machine, dump, context, planned, (pass, { moments: known, layers, exponent }) => {
      tell(known);
      const rounding = roundingOfProducts(pass, known, dump.rows, exponent);
      const { spectrum, held } = spectrumOfGram(machine, pass, known, layers, exponent, rounding, context);
      return { moments: known, spectrum: withSmallParameterSpace(spectrum, dump, reader), held };
    });
  try {
    const first = attempt(plan, found);
    const { moments: known, spectrum } = inDouble(first, () =>
      attempt(planGram(machine, dump, context, false, [true], true), () => undefined),
    );
    return { moments: known, spectrum };
  } finally {
    reader.close();
  }
}

/** Products in single precision that went beyond their bound are formed again in double, where memory allows it. */
function inDouble<T extends Checked>(first: T, again: () => T): T {
  if (first.held || first.spectrum.products === 'float64') return first;
  try {
    return again();
  } catch (error) {
    if (problemOf(error).code === 'memory/budget') return first;
    throw error;
  }
}

/** Where the products do not fit, the moments are known before that is said. */
function planOrMoments(
  machine: Machine,
  dump: GradientDump,
  context: PassContext,
  found: (moments: Moments) => void,
): PlannedGram {
  try {
    return planGram(machine, dump, context, false, [true, false]);
  } catch (error) {
    try {
      found(moments(machine, dump, context));
    } catch (other) {
      // of two refusals for want of memory that of the products is the larger
      if (problemOf(other).code !== 'memory/budget') throw other;
    }
    throw error;
  }
}

function spectrumOfParameters(machine: Machine, dump: GradientDump, known: Moments, context: PassContext): Spectrum {
  const { rows: n, parameters: d } = dump;
  if (d <= SHOWN_PARAMETERS || d * d * n < WORTH_TURNING) return plainSpectrum(dump, known, context);
  const exponent = scalingExponent(known);
  const reader = openBlocks(dump);
  const attempt = ({ planned, ahead }: PlannedGram): Checked =>
    withPass(machine, dump, context, planned, 2, ahead, (pass) => {
      const rounding = roundingOfProducts(pass, known, n, exponent);
      const formed = formCovarianceMatrix(pass, dump, context, exponent);
      return spectrumOfCovariance(machine, pass, dump, formed, reader, exponent, rounding, context);
    });
  try {
    const first = attempt(planGram(machine, dump, context, true, [true]));
    return inDouble(first, () => attempt(planGram(machine, dump, context, true, [true], true))).spectrum;
  } finally {
    reader.close();
  }
}

interface PlannedGram {
  readonly planned: Plan;
  /** Whether a thread reads ahead. */
  readonly ahead: boolean;
}

/**
 * How the products between the rows of the view are formed.
 *
 * @param wholes ways to keep the matrix, in whole rows or as tiles; the first that fits is taken
 * @param double whether products are formed in double precision whatever the size
 */
export function planGram(
  machine: Machine,
  dump: GradientDump,
  context: PassContext,
  turned: boolean,
  wholes: readonly boolean[],
  double = false,
): PlannedGram {
  const { rows: n, parameters: d } = dump;
  const [order, m] = turned ? [d, n] : [n, d];
  const multiplications = order * order * m;
  const worthNarrow = [NARROW, NARROW_LARGE].some(
    ({ columns, multiplications: most }) => m >= columns && multiplications >= most,
  );
  const wide = double || !fitsFloat32(dump) || !worthNarrow;
  const view = viewOf(dump, turned, turned ? wide : !fitsFloat32(dump));
  const work = multiplications / 64;
  const threads = threadsFor(machine, work);
  const ahead = readsAhead(dump, work, machine);
  machine.threads.prepare(threads - 1 + Number(ahead));
  const shape =
    multiplications > 4e9 ? fastestShape(machine.compiled, wide) : machine.compiled.variant === 'simd' ? 2 : 0;
  const planned = fitting(machine, context, view, dump, { threads, ahead, shape, wide }, wholes);
  return { planned, ahead };
}
