import type { Moments, PartialSpectrum } from '../../shared/summary';
import { KEPT } from '../eigen';
import type { Tridiagonal } from '../eigen';
import type { PassContext } from '../kernel';
import { lanczos } from '../lanczos';
import type { Multiply } from '../uncentered';
import { LEADING, STEPS } from './gram-layout';
import { OPERATION } from './operations';
import type { Pass } from './pass';

/** The matrix in tridiagonal form, divided by n; it takes its place. */
export function reducedMatrix(pass: Pass, n: number): Tridiagonal {
  const { rows: order } = pass.task.view;
  const { doubles, engine } = pass.hands;
  const { diagonal, offDiagonal, factors, panels } = pass.task.gram!.reduction!;
  const { at, pitch } = pass.task.gram!.matrix;
  const x = panels[0]!.V; // free when the reduction is done
  pass.fork(OPERATION.reduce);
  return {
    diagonal: doubles.slice(diagonal / 8, diagonal / 8 + order).map((value) => value / n),
    offDiagonal: doubles.slice(offDiagonal / 8, offDiagonal / 8 + order - 1).map((value) => value / n),
    rotate: (vector, forward) => {
      doubles.set(vector, x / 8);
      for (let step = 0; step < order - 1; step++) {
        const k = forward ? order - 2 - step : step;
        const factor = doubles[factors / 8 + k]!;
        if (factor === 0) continue;
        const from = 8 * (k + 1);
        const [row, rest, length] = [at + k * pitch + from, x + from, order - k - 1];
        engine.addMultiple(-factor * engine.dot(row, rest, length), row, rest, length);
      }
      vector.set(doubles.subarray(x / 8, x / 8 + order));
      return vector;
    },
  };
}

/** Bounds of λ₁ that are known before it, all times 2^(2·exponent). */
interface Bounds {
  readonly trace: number;
  /** ‖K‖_F */
  readonly norm: number;
  readonly rowSum: number;
}

/** Eigenvalues, all or the leading ones, and eigenvectors of the largest. */
export interface LeadingEigenvalues {
  readonly eigenvalues: Float64Array;
  /** Below it they are rounding. */
  readonly floor: number;
  readonly eigenvectors: readonly Float64Array[];
  readonly partial?: PartialSpectrum;
}

/** The leading eigenvalues only, with what is known of the rest: the trace is exact, and bounds the largest from above. */
export function leadingEigenvalues(
  times: Multiply,
  moments: Moments,
  context: PassContext,
  exponent: number,
  floor: number,
  { trace, norm, rowSum }: Bounds,
): LeadingEigenvalues {
  const back = 2 ** (-2 * exponent);
  const n = moments.meanProducts.length;
  const found = lanczos(n, times, LEADING, 1e-9, STEPS, context.checkCanceled);
  const others = found.values.slice(1).reduce((sum, value) => sum + value, 0);
  return {
    eigenvalues: found.values.map((value) => Math.max(0, value)),
    floor,
    eigenvectors: found.vectors.slice(0, KEPT).filter((_, k) => found.values[k]! > floor),
    partial: {
      trace: moments.scatter / n,
      residuals: found.residuals.map((residual) => residual * back),
      upperBound: Math.min(norm, rowSum, trace - others) * back,
    },
  };
}
