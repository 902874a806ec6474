import type { GradientDump } from '../../shared/dump';
import { problemOf } from '../../shared/problem';
import type { Moments, Spectrum } from '../../shared/summary';
import { openBlocks } from '../blocks';
import type { Run, Solved } from '../kernel';
import { SHOWN_PARAMETERS } from '../matrix-spectrum';
import { refuseOneRow, scalingExponent, spectrum as plainSpectrum, withSmallParameterSpace } from '../spectrum';
import { fastestShape } from './engine';
import { fitting } from './gram-layout';
import { formCovarianceMatrix, withGramMatrix } from './gram-matrix';
import { moments } from './moments';
import { roundingOfProducts, spectrumOfCovariance, spectrumOfGram } from './matrix-spectrum';
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
  run: Run,
  found: (moments: Moments) => void = () => undefined,
): Solved {
  if (dump.samples > dump.parameters || dump.samples < 2) {
    const known = moments(machine, dump, run);
    found(known);
    refuseOneRow(dump);
    return { moments: known, spectrum: spectrumOfParameters(machine, dump, known, run) };
  }
  const plan = planOrMoments(machine, dump, run, found);
  const reader = openBlocks(dump);
  try {
    return withGramMatrix(machine, dump, run, plan, (pass, { moments: known, layers, exponent }) => {
      found(known);
      const rounding = roundingOfProducts(pass, known, dump.samples, exponent);
      const solved = spectrumOfGram(machine, pass, known, layers, exponent, rounding, run);
      return { moments: known, spectrum: withSmallParameterSpace(solved, dump, reader) };
    });
  } finally {
    reader.close();
  }
}

/** Where the products do not fit, the moments are known before that is said. */
function planOrMoments(machine: Machine, dump: GradientDump, run: Run, found: (moments: Moments) => void): PlannedGram {
  try {
    return planGram(machine, dump, run, false, [true, false]);
  } catch (error) {
    try {
      found(moments(machine, dump, run));
    } catch (other) {
      // of two refusals for want of memory that of the products is the larger
      if (problemOf(other).code !== 'memory/budget') throw other;
    }
    throw error;
  }
}

function spectrumOfParameters(machine: Machine, dump: GradientDump, known: Moments, run: Run): Spectrum {
  const { samples: N, parameters: d } = dump;
  if (d <= SHOWN_PARAMETERS || d * d * N < WORTH_TURNING) return plainSpectrum(dump, known, run);
  const exponent = scalingExponent(known);
  const { planned, ahead } = planGram(machine, dump, run, true, [true]);
  const reader = openBlocks(dump);
  try {
    return withPass(machine, dump, run, planned, 2, ahead, (pass) => {
      const rounding = roundingOfProducts(pass, known, N, exponent);
      const formed = formCovarianceMatrix(pass, dump, run, exponent);
      return spectrumOfCovariance(machine, pass, dump, formed, reader, exponent, rounding, run);
    });
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
 */
export function planGram(
  machine: Machine,
  dump: GradientDump,
  run: Run,
  turned: boolean,
  wholes: readonly boolean[],
): PlannedGram {
  const { samples: N, parameters: d } = dump;
  const [n, m] = turned ? [d, N] : [N, d];
  const multiplications = n * n * m;
  const worthNarrow = [NARROW, NARROW_LARGE].some(
    ({ columns, multiplications: most }) => m >= columns && multiplications >= most,
  );
  const wide = !fitsFloat32(dump) || !worthNarrow;
  const view = viewOf(dump, turned, turned ? wide : !fitsFloat32(dump));
  const work = multiplications / 64;
  const threads = threadsFor(machine, work);
  const ahead = readsAhead(dump, work, machine);
  machine.threads.prepare(threads - 1 + Number(ahead));
  const shape =
    multiplications > 4e9 ? fastestShape(machine.compiled, wide) : machine.compiled.variant === 'simd' ? 2 : 0;
  const planned = fitting(machine, run, view, dump, { threads, ahead, shape, wide }, wholes);
  return { planned, ahead };
}
