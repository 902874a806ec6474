import type { GradientDump } from '../../shared/dump';
import type { Moments, Spectrum } from '../../shared/summary';
import { openBlocks } from '../blocks';
import type { Run } from '../kernel';
import { SHOWN_PARAMETERS } from '../matrix-spectrum';
import { refuseOneRow, scalingExponent, spectrum as plainSpectrum, withSmallParameterSpace } from '../spectrum';
import { fastestShape } from './engine';
import { fitting } from './gram-layout';
import { formCovarianceMatrix, formGramMatrix } from './gram-matrix';
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

/** @see plain spectrum, whose numbers these are up to rounding */
export function spectrum(machine: Machine, dump: GradientDump, moments: Moments, run: Run): Spectrum {
  refuseOneRow(dump);
  const { samples: N, parameters: d } = dump;
  const turned = N > d;
  if (turned && (d <= SHOWN_PARAMETERS || d * d * N < WORTH_TURNING)) return plainSpectrum(dump, moments, run);
  const exponent = scalingExponent(moments);
  const { planned, ahead } = planGram(machine, dump, exponent, run, turned, turned ? [true] : [true, false]);
  const reader = openBlocks(dump);
  try {
    return withPass(machine, dump, run, planned, turned ? 2 : 1, ahead, (pass) => {
      const rounding = roundingOfProducts(pass, moments, N, exponent);
      if (turned) {
        const formed = formCovarianceMatrix(pass, dump, run, exponent);
        return spectrumOfCovariance(machine, pass, dump, formed, reader, exponent, rounding, run);
      }
      const layers = formGramMatrix(pass, dump, moments, run, exponent);
      const solved = spectrumOfGram(machine, pass, moments, layers, exponent, rounding, run);
      return withSmallParameterSpace(solved, dump, reader);
    });
  } finally {
    reader.close();
  }
}

/**
 * How the products between the rows of the view are formed.
 *
 * @param wholes ways to keep the matrix, in whole rows or as tiles; the first that fits is taken
 */
export function planGram(
  machine: Machine,
  dump: GradientDump,
  exponent: number,
  run: Run,
  turned: boolean,
  wholes: readonly boolean[],
): { readonly planned: Plan; readonly ahead: boolean } {
  const { samples: N, parameters: d } = dump;
  const [n, m] = turned ? [d, N] : [N, d];
  const multiplications = n * n * m;
  const worthNarrow = [NARROW, NARROW_LARGE].some(
    ({ columns, multiplications: most }) => m >= columns && multiplications >= most,
  );
  const wide = !fitsFloat32(dump) || !worthNarrow;
  const view = viewOf(dump, turned, wide);
  const work = multiplications / 64;
  const threads = threadsFor(machine, work);
  const ahead = readsAhead(dump, work, machine);
  const shape =
    multiplications > 4e9 ? fastestShape(machine.compiled, wide) : machine.compiled.variant === 'simd' ? 2 : 0;
  const planned = fitting(machine, run, view, dump, { threads, ahead, shape, scale: 2 ** exponent }, wholes);
  return { planned, ahead };
}
